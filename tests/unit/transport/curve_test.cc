#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "support.h"
#include "transport/curve_keys.h"

using namespace lc;
using namespace lc::test;
using namespace lc::transport;

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

void write(const std::filesystem::path& path, const std::string& text) { std::ofstream(path) << text; }

// A server, two clients with keys, and the server's list with the first of them.
struct Keys {
  TempDir dir;
  std::filesystem::path server = dir / "server", client = dir / "client", stranger = dir / "stranger",
                        list = dir / "allowed";
  Keys() {
    for (const auto& path : {server, client, stranger}) REQUIRE(create_curve_key(path));
    allow(client);
  }
  void allow(const std::filesystem::path& who) {
    std::ofstream(list, std::ios::app)
        << "# the list\n\n"
        << who.filename().string() << "\t" << to_z85(load_curve_public_key(who.string() + ".pub").value())
        << " \n";
  }
};

Result<std::unique_ptr<Publisher>> serve(const Keys& keys, Tally& wanted) {
  PublisherOptions options;
  options.endpoint = "tcp://127.0.0.1:*";
  options.attach = Attach::bind;
  options.curve.key = keys.server;
  options.curve.allow = keys.list;
  options.on_key_frame_wanted = [&] { wanted.add(); };
  return Publisher::create(std::move(options));
}

std::unique_ptr<Subscriber> connected(const Publisher& publisher, CurveFiles files, LinkLog& log) {
  SubscriberOptions options;
  options.endpoint = publisher.bound_endpoint();
  options.curve = std::move(files);
  options.handshake_timeout = 500ms;
  options.on_link_change = log.callback();
  auto subscriber = Subscriber::create(std::move(options));
  REQUIRE(subscriber);
  return std::move(*subscriber);
}

CurveFiles client_files(const std::filesystem::path& key, const std::filesystem::path& server) {
  CurveFiles files;
  files.key = key;
  files.server = server.string() + ".pub";
  return files;
}

void check_nothing_arrived(Publisher& publisher, Subscriber& subscriber) {
  for (std::uint32_t i = 1; i <= 50; ++i)
    REQUIRE(publisher.publish(make_message({.number = i})) == Publish::queued);
  REQUIRE(publisher.finish(kLimit));
  CHECK(publisher.stats().subscribers == 0);
  CHECK(publisher.stats().peers == 0);
  CHECK(subscriber.stats().messages_received == 0);
  Bytes message;
  CHECK(subscriber.receive(message, 0ms) == Receive::timeout);
}

}  // namespace

TEST_CASE("curve: a listed client gets in, and a message comes through") {
  const Keys keys;
  Tally wanted;
  LinkLog log;
  const auto publisher = serve(keys, wanted).value();
  const auto subscriber = connected(*publisher, client_files(keys.client, keys.server), log);
  REQUIRE(wanted.reaches(1));
  REQUIRE(publisher->publish(make_message({.number = 4})) == Publish::queued);
  CHECK(number_of(next(*subscriber)) == 4);
}

TEST_CASE(
    "curve: an unlisted client gets no message and is told why; once listed it gets in without a restart") {
  Keys keys;
  Tally wanted;
  LinkLog log;
  const auto publisher = serve(keys, wanted).value();
  const auto subscriber = connected(*publisher, client_files(keys.stranger, keys.server), log);
  REQUIRE(log.reaches(LinkState::not_allowed));
  CHECK(log.last_text().find("allow-list does not have our key") != std::string::npos);
  check_nothing_arrived(*publisher, *subscriber);
  keys.allow(keys.stranger);
  REQUIRE(wanted.reaches(1));
  REQUIRE(publisher->publish(make_message({.number = 5})) == Publish::queued);
  CHECK(number_of(next(*subscriber)) == 5);
}

TEST_CASE("curve: with a dead authenticator nobody gets in, listed or not") {
  const Keys keys;
  Tally wanted;
  const auto publisher = serve(keys, wanted).value();
  publisher->stop_authenticator();
  for (const auto& client : {keys.client, keys.stranger}) {
    LinkLog log;
    const auto subscriber = connected(*publisher, client_files(client, keys.server), log);
    REQUIRE(log.reaches(LinkState::handshake_failed));
    check_nothing_arrived(*publisher, *subscriber);
  }
  CHECK(wanted.count() == 0);
}

TEST_CASE("curve: a list that cannot be read any more keeps everyone out") {
  const Keys keys;
  Tally wanted;
  LinkLog log;
  const auto publisher = serve(keys, wanted).value();
  write(keys.list, "rubbish");
  const auto subscriber = connected(*publisher, client_files(keys.client, keys.server), log);
  REQUIRE(log.reaches(LinkState::not_allowed));
  check_nothing_arrived(*publisher, *subscriber);
}

TEST_CASE("curve: who is taken out of the list while connected gets nothing more, and the others come back") {
  Keys keys;
  keys.allow(keys.stranger);
  Tally wanted;
  LinkLog first_log, second_log;
  const auto publisher = serve(keys, wanted).value();
  const auto first = connected(*publisher, client_files(keys.client, keys.server), first_log);
  REQUIRE(wanted.reaches(1));
  const auto second = connected(*publisher, client_files(keys.stranger, keys.server), second_log);
  REQUIRE(wanted.reaches(2));
  REQUIRE(publisher->publish(make_message({.number = 1})) == Publish::queued);
  CHECK(number_of(next(*first)) == 1);
  CHECK(number_of(next(*second)) == 1);
  write(keys.list, "");
  keys.allow(keys.client);
  REQUIRE(second_log.reaches(LinkState::not_allowed));
  REQUIRE(wanted.reaches(3));  // the first one, again
  REQUIRE(publisher->publish(make_message({.number = 2})) == Publish::queued);
  CHECK(number_of(next(*first)) == 2);
  Bytes message;
  CHECK(second->receive(message, 0ms) == Receive::timeout);
  CHECK(second->stats().messages_received == 1);
}

TEST_CASE("curve: a wrong server key and a client without keys are told apart from an absent peer") {
  const Keys keys;
  Tally wanted;
  const auto publisher = serve(keys, wanted).value();
  {
    LinkLog log;
    const auto subscriber = connected(*publisher, client_files(keys.client, keys.stranger), log);
    REQUIRE(log.reaches(LinkState::handshake_failed));
    CHECK(log.last_text().find("is its public key the one in our file") != std::string::npos);
    check_nothing_arrived(*publisher, *subscriber);
  }
  {
    LinkLog log;
    const auto subscriber = connected(*publisher, {}, log);
    REQUIRE(log.reaches(LinkState::handshake_failed));
    CHECK(log.last_text().find("demands CURVE keys") != std::string::npos);
    check_nothing_arrived(*publisher, *subscriber);
  }
}

TEST_CASE("curve: does not start with an empty list, or with half of the files") {
  const Keys keys;
  Tally wanted;
  write(keys.list, "# nobody\n");
  CHECK(serve(keys, wanted).error().text.find("allows nobody") != std::string::npos);
  const auto error_with = [](CurveFiles files, const char* endpoint = "tcp://127.0.0.1:*") {
    PublisherOptions options;
    options.endpoint = endpoint;
    options.attach = Attach::bind;
    options.curve = std::move(files);
    const auto publisher = Publisher::create(std::move(options));
    return publisher ? std::string() : publisher.error().text;
  };
  CurveFiles files;
  files.allow = keys.list;
  CHECK(error_with(files).find("secret key file") != std::string::npos);
  files = {};
  files.key = keys.server;
  CHECK(error_with(files).find("curve-allow") != std::string::npos);
  files.allow = keys.dir / "none";
  CHECK(error_with(files).find("none") != std::string::npos);
  CHECK(error_with(files, "inproc://a").find("inproc") != std::string::npos);
}

TEST_CASE("curve keys: made once, private, and read back") {
  const TempDir dir;
  const auto path = dir / "key";
  REQUIRE(create_curve_key(path));
  CHECK_FALSE(create_curve_key(path));
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  const auto pair = load_curve_key(path);
  REQUIRE(pair);
  CHECK(load_curve_public_key(path.string() + ".pub").value() == pair->public_key);
  CHECK(load_curve_public_key(path).error().text.find("is a secret key") != std::string::npos);
  CHECK_FALSE(load_curve_key(path.string() + ".pub"));  // mode 0644, and no secret in it
}

TEST_CASE("curve keys: a secret that others could read or replace is refused, with the remedy") {
  const TempDir dir;
  const auto path = dir / "key";
  REQUIRE(create_curve_key(path));
  const auto error = [&](const std::filesystem::path& which) {
    const auto pair = load_curve_key(which);
    return pair ? std::string() : pair.error().text;
  };
  ::chmod(path.c_str(), 0640);
  CHECK(error(path).find("chmod 600") != std::string::npos);
  ::chmod(path.c_str(), 0600);
  REQUIRE(::symlink(path.c_str(), (dir / "link").c_str()) == 0);
  CHECK(error(dir / "link").find("symbolic link") != std::string::npos);
  REQUIRE(::link(path.c_str(), (dir / "twin").c_str()) == 0);
  CHECK(error(path).find("hard link") != std::string::npos);
  ::unlink((dir / "twin").c_str());
  ::chmod(dir.path().c_str(), 0777);
  CHECK(error(path).find("chmod go-w") != std::string::npos);
  ::chmod(dir.path().c_str(), 0700);
  CHECK(error(path).empty());
  CHECK(load_curve_key(dir / "none").error().code == Errc::not_found);
  CHECK(load_curve_key(dir.path()).error().code == Errc::refused);
}

TEST_CASE("curve keys: damaged files are refused, every prefix of them included") {
  const TempDir dir;
  const auto path = dir / "key", damaged = dir / "damaged";
  REQUIRE(create_curve_key(path));
  const std::string text = text_of(path);
  const auto load = [&](const std::string& content) {
    write(damaged, content);
    ::chmod(damaged.c_str(), 0600);
    return load_curve_key(damaged);
  };
  CHECK(load(text));
  for (std::size_t size = 0; size + 1 < text.size(); ++size) CHECK_FALSE(load(text.substr(0, size)));
  const std::size_t secret = text.find("secret: ") + 8;
  for (const char wrong : {' ', '\0', '\x80', '"'}) {
    std::string other = text;
    other[secret + 5] = wrong;
    CHECK_FALSE(load(other));
  }
  std::string other_key = text;
  other_key[secret + 5] = other_key[secret + 5] == 'a' ? 'b' : 'a';
  CHECK(load(other_key).error().text.find("does not belong") != std::string::npos);
}

TEST_CASE("allow-list: names and keys, with comments; a wrong line is named") {
  const TempDir dir;
  const auto path = dir / "list";
  const std::string key(40, '0');
  write(path, "# clients\n\nward-3 " + key + "\n  desk\t" + key + "\n");
  const auto clients = load_allow_list(path).value();
  REQUIRE(clients.size() == 2);
  CHECK(clients[0].name == "ward-3");
  CHECK(clients[1].name == "desk");
  for (const std::string& line :
       {key, "name " + key + "0", std::string("name"), "name " + std::string(40, '"')}) {
    write(path, "# one\n" + line + "\n");
    const auto wrong = load_allow_list(path);
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().text.find("list:2: expected") != std::string::npos);
  }
}
