#include "transport/endpoint.h"

#include <fstream>

#include "support/test.h"

using namespace lc;
using namespace lc::transport;

TEST_CASE("endpoint: the forms that we take") {
  const auto tcp = parse_endpoint("tcp://camera-7.local:5600", Attach::connect);
  REQUIRE(tcp);
  CHECK(tcp->host == "camera-7.local");
  CHECK(tcp->port == 5600);
  CHECK(parse_endpoint("tcp://*:5600", Attach::bind)->host == "*");
  CHECK(parse_endpoint("tcp://[fe80::1]:5600", Attach::connect)->is_ipv6);
  CHECK(parse_endpoint("tcp://127.0.0.1:0", Attach::bind)->text == "tcp://127.0.0.1:*");
  CHECK(parse_endpoint("tcp://127.0.0.1:*", Attach::bind)->port == 0);
  CHECK(parse_endpoint("ipc:///tmp/a.sock", Attach::connect)->path == "/tmp/a.sock");
  CHECK(parse_endpoint("inproc://a", Attach::connect)->scheme == Scheme::inproc);
}

TEST_CASE("endpoint: what is wrong is named, with what to write instead") {
  const struct {
    const char* text;
    Attach attach;
    const char* says;
  } kWrong[] = {
      {"", Attach::bind, "no endpoint given"},
      {"localhost:5600", Attach::connect, "write tcp://localhost:5600"},
      {"localhost", Attach::connect, "write tcp://localhost:5600,"},
      {"udp://a:1", Attach::bind, "'udp' is not a transport"},
      {"tcp://", Attach::bind, "has no port"},
      {"tcp://a", Attach::bind, "has no port"},
      {"tcp://[::1]", Attach::bind, "has no port"},
      {"tcp://:5600", Attach::bind, "names no host"},
      {"tcp://a:b", Attach::bind, "'b' is not a port"},
      {"tcp://a:65536", Attach::bind, "'65536' is not a port"},
      {"tcp://a:-1", Attach::bind, "'-1' is not a port"},
      {"tcp://a b:1", Attach::bind, "no valid host"},
      {"tcp://::1:5600", Attach::bind, "no valid host"},
      {"tcp://*:5600", Attach::connect, "'*' is for binding"},
      {"tcp://a:0", Attach::connect, "name the port"},
      {"tcp://a:*", Attach::connect, "name the port"},
      {"ipc://", Attach::bind, "names no file"},
      {"ipc://*", Attach::bind, "names no file"},
      {"inproc://", Attach::bind, "names no name"},
  };
  for (const auto& wrong : kWrong) {
    CAPTURE(wrong.text);
    const auto endpoint = parse_endpoint(wrong.text, wrong.attach);
    REQUIRE_FALSE(endpoint);
    CHECK(endpoint.error().code == Errc::invalid_config);
    const bool is_said = endpoint.error().text.find(wrong.says) != std::string::npos;
    CHECK_MESSAGE(is_said, endpoint.error().text);
  }
  CHECK_FALSE(parse_endpoint("ipc://" + std::string(200, 'a'), Attach::bind));
  CHECK_FALSE(parse_endpoint(std::string("tcp://a:1\0", 10), Attach::bind));
}

TEST_CASE("endpoint: an ipc path that holds a user's file, or has no folder, is refused") {
  const test::TempDir dir;
  std::ofstream(dir / "notes.txt") << "mine";
  const auto check = [&](const std::string& name) {
    return check_ipc_path(parse_endpoint("ipc://" + (dir / name).string(), Attach::bind).value());
  };
  CHECK(check("free.sock"));
  CHECK(check("notes.txt").error().text.find("would be lost") != std::string::npos);
  CHECK(check("none/a.sock").error().text.find("no folder") != std::string::npos);
}
