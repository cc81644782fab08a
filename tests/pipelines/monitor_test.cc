#include "engine/monitor.h"

#include <arpa/inet.h>
#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <nlohmann/json.hpp>

#include "pipelines/graphs.h"

using namespace lc;
using engine::Monitor;
using engine::MonitorPicture;
using Json = nlohmann::json;

namespace {

constexpr std::chrono::minutes kLimit{1};

std::unique_ptr<Monitor> must_create(const std::string& address = "127.0.0.1:0") {
  auto monitor = Monitor::create(address);
  REQUIRE_MESSAGE(monitor, (monitor ? "" : monitor.error().text));
  return *std::move(monitor);
}

int port_of(const Monitor& monitor) {
  const std::string& url = monitor.url();
  return std::stoi(url.substr(url.rfind(':') + 1));
}

std::string token_of(const Monitor& monitor) {
  const auto at = monitor.url().find("token=");
  return at == std::string::npos ? "" : monitor.url().substr(at + 6);
}

httplib::Client client_of(const Monitor& monitor) {
  httplib::Client client("127.0.0.1", port_of(monitor));
  client.set_read_timeout(20);
  return client;
}

MonitorPicture picture(const std::string& label = "frog") {
  return {.jpeg = {0xff, 0xd8, 1, 2, 0xff, 0xd9},
          .capture_ns = 1'795'248'000'000'000'123,
          .label = label,
          .confidence = 0.75};
}

// Asks until `good` holds, for a minute at most.
template <class Good>
httplib::Result get_until(httplib::Client& client, const std::string& path, Good good) {
  const auto end = std::chrono::steady_clock::now() + kLimit;
  auto result = client.Get(path.c_str());
  while (!(result && good(*result)) && std::chrono::steady_clock::now() < end) result = client.Get(path.c_str());
  return result;
}

}  // namespace

TEST_CASE("monitor: serves the page and its parts, to be kept by nobody and framed by nobody") {
  const auto monitor = must_create();
  auto client = client_of(*monitor);
  for (const auto& [path, type] : {std::pair{"/", "text/html; charset=utf-8"},
                                   {"/monitor.js", "text/javascript; charset=utf-8"},
                                   {"/monitor.css", "text/css; charset=utf-8"},
                                   {"/icon.svg", "image/svg+xml"}}) {
    CAPTURE(std::string(path));
    const auto got = client.Get(path);
    REQUIRE(got);
    CHECK(got->status == 200);
    CHECK(got->get_header_value("Content-Type") == type);
    CHECK(got->get_header_value("Cache-Control") == "no-store");
    CHECK(got->get_header_value("Content-Security-Policy").find("frame-ancestors 'none'") != std::string::npos);
    CHECK(got->get_header_value("Cross-Origin-Resource-Policy") == "same-origin");
    CHECK(got->get_header_value("Access-Control-Allow-Origin").empty());
  }
  CHECK(client.Get("/nothing")->status == 404);
  CHECK(client.Post("/", "x", "text/plain")->status == 405);
}

TEST_CASE("monitor: other pages cannot load anything, parts are not served, and a tenth viewer is told to come again") {
  const auto monitor = must_create();
  auto client = client_of(*monitor);
  CHECK(client.Get("/picture?after=0", {{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "no-cors"}})->status == 403);
  CHECK(client.Get("/", {{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "navigate"}})->status == 200);
  CHECK(client.Get("/picture?after=0", {{"Sec-Fetch-Site", "same-origin"}})->status == 204);
  CHECK(client.Get("/status", {{"Range", "bytes=0-,0-,0-"}})->status == 416);
  int refused = 0;
  for (int round = 0; round < 20 && refused == 0; ++round) {  // on a busy machine they may come too slowly
    std::vector<std::future<int>> viewers;
    for (int i = 0; i < 14; ++i)
      viewers.push_back(std::async(std::launch::async, [&] { return client_of(*monitor).Get("/picture?after=9")->status; }));
    for (auto& viewer : viewers) refused += viewer.get() == 503;
  }
  CHECK(refused > 0);
  CHECK(refused <= 6);
}

TEST_CASE("monitor: strangers who send without end, or nothing, take neither its memory nor its threads nor its end") {
  const auto monitor = must_create("0.0.0.0:0");
  const auto connect = [&] {
    const std::string& url = monitor->url();
    const int port = std::stoi(url.substr(url.rfind(':') + 1));
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return socket;
  };
  // A line without an end: the connection is closed after 8 KiB.
  const int endless = connect();
  const std::string much(65536, 'a');
  ssize_t sent = 0, all = 0;
  while (all < (64 << 20) && (sent = ::send(endless, much.data(), much.size(), MSG_NOSIGNAL)) > 0) all += sent;
  CHECK(all < (64 << 20));
  ::close(endless);
  // More silent connections than it serves or lets wait.
  std::vector<int> silent;
  for (int i = 0; i < 200; ++i) silent.push_back(connect());
  for (const int socket : silent) ::send(socket, "G", 1, MSG_NOSIGNAL);
  const auto begin = std::chrono::steady_clock::now();
  httplib::Client client("127.0.0.1", std::stoi(monitor->url().substr(monitor->url().rfind(':') + 1)));
  client.set_read_timeout(20);
  const auto got = get_until(client, "/status?token=" + token_of(*monitor), [](const auto& r) { return r.status == 200; });
  REQUIRE(got);
  CHECK(got->status == 200);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(30));
  for (const int socket : silent) ::close(socket);
}

TEST_CASE("monitor: its end waits for no client") {
  auto monitor = must_create();
  std::vector<std::unique_ptr<httplib::Client>> clients;
  std::vector<std::future<void>> waiting;
  for (int i = 0; i < 6; ++i) {
    waiting.push_back(std::async(std::launch::async, [port = port_of(*monitor)] {
      httplib::Client client("127.0.0.1", port);
      client.Get("/snapshot.jpg");
    }));
  }
  get_until(*std::make_unique<httplib::Client>("127.0.0.1", port_of(*monitor)), "/status",
            [&](const auto&) { return monitor->is_watched(); });
  const auto begin = std::chrono::steady_clock::now();
  monitor.reset();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
}

TEST_CASE("monitor: a picture comes with its number, capture time and label, once") {
  const auto monitor = must_create();
  auto client = client_of(*monitor);
  CHECK(client.Get("/picture?after=0")->status == 204);
  CHECK(client.Get("/snapshot.jpg")->status == 404);
  auto waiting = std::async(std::launch::async, [&] {
    auto other = client_of(*monitor);
    return get_until(other, "/picture?after=0", [](const auto& r) { return r.status == 200; });
  });
  monitor->show(picture("a b/\xc3\xa9"));
  const auto got = waiting.get();
  REQUIRE(got);
  CHECK(got->status == 200);
  CHECK(got->get_header_value("Content-Type") == "image/jpeg");
  CHECK(got->get_header_value("X-Number") == "1");
  CHECK(got->get_header_value("X-Capture-Ns") == "1795248000000000123");
  // Some versions of the client decode headers, a browser does not.
  CHECK(httplib::detail::decode_url(got->get_header_value("X-Label"), false) == "a b/\xc3\xa9");
  CHECK(got->get_header_value("X-Confidence") == "0.7500");
  CHECK(got->body == std::string("\xff\xd8\x01\x02\xff\xd9"));
  CHECK(client.Get("/picture?after=1")->status == 204);
  monitor->show(picture());
  CHECK(client.Get("/snapshot.jpg")->body.size() == 6);
  CHECK(client.Get("/picture?after=1")->get_header_value("X-Number") == "2");
}

TEST_CASE("monitor: a picture of long ago is not given as new, and a script is told its age") {
  const auto monitor = must_create();
  auto client = client_of(*monitor);
  monitor->show(picture());
  CHECK(get_until(client, "/picture?after=0", [](const auto& r) { return r.status == 204; })->status == 204);
  const auto snapshot = client.Get("/snapshot.jpg");
  CHECK(snapshot->status == 404);
  CHECK(snapshot->body.find("no new picture for") == 0);
  const auto status = Json::parse(client.Get("/status")->body);
  CHECK(status["picture"]["number"] == 1);
  CHECK(status["picture"]["age_ms"] >= 1000);
}

TEST_CASE("monitor: the status is the node's, with the last note and this machine's clock") {
  const auto monitor = must_create();
  auto client = client_of(*monitor);
  CHECK_FALSE(Json::parse(client.Get("/status")->body).contains("picture"));
  monitor->set_status(R"({"node": "receiver", "state": "playing"})");
  monitor->note("no peer");
  const auto status = Json::parse(client.Get("/status")->body);
  CHECK(status["status"]["node"] == "receiver");
  CHECK(status["note"]["text"] == "no peer");
  const auto now = std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
  CHECK(std::abs(status["now_ns"].get<std::int64_t>() - now) < 60'000'000'000);
}

TEST_CASE("monitor: counts as watched while pictures are asked for, not for the numbers") {
  const auto monitor = must_create();
  auto client = client_of(*monitor);
  client.Get("/status");
  client.Get("/");
  CHECK_FALSE(monitor->is_watched());
  client.Get("/picture?after=0");
  CHECK(monitor->is_watched());
}

TEST_CASE("monitor: on loopback it answers to loopback names only, so that no foreign page can read it") {
  const auto monitor = must_create();
  auto client = client_of(*monitor);
  const auto status_for = [&](const std::string& host) { return client.Get("/status", {{"Host", host}})->status; };
  for (const char* host : {"localhost", "localhost:1", "127.0.0.1", "127.1.2.3:80", "[::1]:5"})
    CHECK(status_for(host) == 200);
  for (const char* host :
       {"evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", ""})
    CHECK(status_for(host) == 403);
}

TEST_CASE("monitor: on other addresses nothing is served without the token, which becomes a cookie") {
  const auto monitor = must_create("0.0.0.0:0");
  monitor->show(picture());
  const std::string token = token_of(*monitor);
  REQUIRE(token.size() == 32);
  const std::string authority = monitor->url().substr(7, monitor->url().find('/', 7) - 7);
  const int port = std::stoi(authority.substr(authority.rfind(':') + 1));
  const std::string name = fmt::format("latentcast-monitor-{}", port);  // another one for another monitor
  httplib::Client client("127.0.0.1", port);
  for (const char* path : {"/", "/picture?after=0", "/status", "/snapshot.jpg", "/monitor.js"}) {
    CHECK(client.Get(path)->status == 403);
    CHECK(client.Get(path, {{"Cookie", name + "=" + std::string(32, '0')}})->status == 403);
    CHECK(client.Get(path, {{"Cookie", name + "=" + token.substr(0, 31)}})->status == 403);
    CHECK(client.Get(path, {{"Cookie", "a=b; " + name + "=" + token}})->status == 200);
  }
  const auto first = client.Get(("/?token=" + token).c_str());
  CHECK(first->status == 302);
  CHECK(first->get_header_value("Location") == "/");
  const std::string cookie = first->get_header_value("Set-Cookie");
  CHECK(cookie.find(name + "=" + token) == 0);
  CHECK(cookie.find("HttpOnly") != std::string::npos);
  CHECK(cookie.find("SameSite=Lax") != std::string::npos);
  CHECK(client.Get(("/snapshot.jpg?token=" + token).c_str())->status == 200);  // scripts
  CHECK(token_of(*must_create("0.0.0.0:0")) != token);
}

TEST_CASE("monitor: wrong addresses and taken ports are one sentence each") {
  for (const char* address :
       {"", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "::1:80", "[]:1"}) {
    CAPTURE(std::string(address));
    const auto monitor = Monitor::create(address);
    REQUIRE_FALSE(monitor);
    CHECK(monitor.error().code == Errc::invalid_config);
    CHECK(monitor.error().text.find("expected HOST:PORT") != std::string::npos);
  }
  const auto first = must_create();
  const auto second = Monitor::create(fmt::format("127.0.0.1:{}", port_of(*first)));
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::unavailable);
  CHECK(second.error().text.find("the port is taken") != std::string::npos);
}

TEST_CASE("monitor: ends although clients wait, or connect and say nothing") {
  auto monitor = must_create();
  std::vector<std::future<bool>> waiting;
  for (int i = 0; i < 20; ++i)
    waiting.push_back(std::async(std::launch::async, [&, port = port_of(*monitor)] {
      httplib::Client client("127.0.0.1", port);
      return static_cast<bool>(client.Get("/picture?after=99"));
    }));
  httplib::Client silent("127.0.0.1", port_of(*monitor));
  while (!monitor->is_watched()) std::this_thread::yield();
  const auto begin = std::chrono::steady_clock::now();
  monitor.reset();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
  for (auto& one : waiting) one.wait();
}

TEST_CASE(
    "monitor: a pipeline encodes no picture for nobody, shows them to who asks, and ends behind the closed valve") {
  test::PipelineText text;
  const auto graph = text.graph(
      "parameters: {monitor: {type: string, default: \"127.0.0.1:0\"}}\n"
      "elements:\n"
      "  - videotestsrc: {is-live: true, num-buffers: 60}\n"
      "  - caps: \"video/x-raw,format=I420,width=64,height=48,framerate=30/1\"\n"
      "  - tee: {name: pictures}\n"
      "  - fakesink: {async: false}\n"
      "branches:\n"
      "  monitor:\n"
      "    from: pictures\n"
      "    elements:\n"
      "      - valve: {name: monitor_valve, drop: true, drop-mode: forward-sticky-events}\n"
      "      - queue\n"
      "      - jpegenc\n"
      "      - appsink: {name: monitor, sync: false, async: false, max-buffers: 1, drop: true}\n");
  REQUIRE(graph);
  engine::RunOptions options;
  options.status_ms = 50;
  std::future<std::string> watcher;
  std::string url;
  options.on_monitor = [&](const std::string& address) { url = address; };
  int unwatched_pictures = -1;
  options.on_status = [&](engine::Status& status) {
    CHECK((status.monitor.empty() || status.monitor == url));
    if (status.state != "playing" || watcher.valid()) return true;
    const int port = std::stoi(url.substr(url.rfind(':') + 1));
    httplib::Client client("127.0.0.1", port);
    unwatched_pictures = Json::parse(client.Get("/status")->body).contains("picture") ? 1 : 0;
    watcher = std::async(std::launch::async, [port] {
      httplib::Client other("127.0.0.1", port);
      const auto got = get_until(other, "/picture?after=0", [](const auto& r) { return r.status == 200; });
      return got ? got->body : "";
    });
    return true;
  };
  const auto outcome = engine::run(*graph, options);
  CHECK_FALSE(outcome.error);
  CHECK(outcome.status.state == "done");
  CHECK(unwatched_pictures == 0);
  REQUIRE(watcher.valid());
  CHECK(watcher.get().substr(0, 2) == "\xff\xd8");
}

TEST_CASE("monitor: a picture that only stands in for a lost one is not shown as new") {
  test::PipelineText text;
  // videorate flags what it repeats as aedecode does: 5 of 50 pictures a second are new.
  const auto graph = text.graph(
      "parameters: {monitor: {type: string, default: \"127.0.0.1:0\"}}\n"
      "elements:\n"
      "  - videotestsrc: {is-live: true, num-buffers: 12}\n"
      "  - caps: \"video/x-raw,format=I420,width=64,height=48,framerate=5/1\"\n"
      "  - videorate\n"
      "  - caps: \"video/x-raw,framerate=50/1\"\n"
      "  - valve: {name: monitor_valve}\n"
      "  - jpegenc\n"
      "  - appsink: {name: monitor, sync: false, async: false}\n");
  REQUIRE(graph);
  engine::RunOptions options;
  options.status_ms = 50;
  std::string url;
  std::uint64_t shown = 0;
  options.on_monitor = [&](const std::string& address) { url = address; };
  options.on_status = [&](engine::Status&) {
    httplib::Client client("127.0.0.1", std::stoi(url.substr(url.rfind(':') + 1)));
    client.Get("/picture?after=1000000");  // keeps the valve open
    if (const auto status = Json::parse(client.Get("/status")->body); status.contains("picture"))
      shown = status["picture"]["number"];
    return true;
  };
  CHECK_FALSE(engine::run(*graph, options).error);
  CHECK(shown >= 1);
  CHECK(shown <= 12);
}

TEST_CASE("monitor: a pipeline without pictures for it, or with a wrong address, does not start") {
  test::PipelineText text;
  const std::string head =
      "parameters: {monitor: {type: string, default: \"%\"}}\nelements: [videotestsrc: {num-buffers: 1}, fakesink]\n";
  for (const auto& [address, sentence] :
       {std::pair{"127.0.0.1:0", "an appsink named 'monitor'"}, {"nonsense", "expected HOST:PORT"}}) {
    std::string content = head;
    content.replace(content.find('%'), 1, address);
    const auto graph = text.graph(content);
    REQUIRE(graph);
    const auto outcome = engine::run(*graph, {});
    REQUIRE(outcome.error);
    CHECK(outcome.error->text.find(sentence) != std::string::npos);
    CHECK_FALSE(outcome.was_built);
  }
}
