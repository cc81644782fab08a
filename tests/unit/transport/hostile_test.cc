#include <thread>

#include "support.h"

using namespace lc;
using namespace lc::test;
using namespace lc::transport;

namespace {

std::unique_ptr<Publisher> bound_publisher(const std::string& endpoint, Tally& wanted) {
  PublisherOptions options;
  options.endpoint = endpoint;
  options.attach = Attach::bind;
  options.on_key_frame_wanted = [&] { wanted.add(); };
  auto publisher = Publisher::create(std::move(options));
  REQUIRE(publisher);
  return std::move(*publisher);
}

}  // namespace

TEST_CASE("hostile: a publisher survives clients that speak something else, and serves the others") {
  Tally wanted;
  const auto publisher = bound_publisher("tcp://127.0.0.1:*", wanted);
  const int port = port_of(publisher->bound_endpoint());
  {
    RawSocket web = RawSocket::connect_to(port);
    web.write("GET / HTTP/1.1\r\nHost: camera\r\n\r\n");
    RawSocket noise = RawSocket::connect_to(port);
    noise.write(Bytes(4096, std::byte{0xff}));
    CHECK(noise.is_closed_by_peer());
    RawSocket silent = RawSocket::connect_to(port);
  }
  SubscriberOptions options;
  options.endpoint = publisher->bound_endpoint();
  const auto subscriber = Subscriber::create(std::move(options)).value();
  REQUIRE(wanted.reaches(1));
  REQUIRE(publisher->publish(make_message({.number = 1})) == Publish::queued);
  CHECK(number_of(next(*subscriber)) == 1);
  CHECK(publisher->stats().refused > 0);
}

TEST_CASE("hostile: a subscriber sends a publisher nonsense, and too much of it") {
  Tally wanted;
  const auto publisher = bound_publisher("tcp://127.0.0.1:*", wanted);
  RawSocket peer = RawSocket::connect_to(port_of(publisher->bound_endpoint()));
  shake_hands(peer, "SUB");
  peer.write(zmtp_frame(as_bytes("LC1Inot a request")));
  peer.write(zmtp_frame(as_bytes("\x02what")));
  peer.write(zmtp_frame({}));
  peer.write(zmtp_frame(as_bytes("LC1I")));
  REQUIRE(wanted.reaches(1));
  CHECK(publisher->stats().malformed == 3);
  CHECK(publisher->stats().key_frame_requests == 1);
  peer.write(zmtp_frame(Bytes(kMaxRequestBytes + 1)));
  CHECK(peer.is_closed_by_peer());
}

TEST_CASE("hostile: what a sender sends wrongly is counted and not handed out") {
  SubscriberOptions options;
  options.endpoint = "tcp://127.0.0.1:*";
  options.attach = Attach::bind;
  options.pattern = Pattern::push_pull;
  const auto subscriber = Subscriber::create(std::move(options)).value();
  RawSocket peer = RawSocket::connect_to(port_of(subscriber->bound_endpoint()));
  shake_hands(peer, "PUSH");
  const Bytes good = make_message({.number = 7});
  Bytes short_one = good, wrong_type = good;
  short_one.resize(kHeaderBytes - 1);
  wrong_type[kTypeOffset] = std::byte{'R'};
  peer.write(zmtp_frame({}));
  peer.write(zmtp_frame(as_bytes("hello")));
  peer.write(zmtp_frame(short_one));
  peer.write(zmtp_frame(wrong_type));
  peer.write(zmtp_frame(good, true));  // a message of two parts is none of ours
  peer.write(zmtp_frame(good));
  peer.write(zmtp_frame(good));
  CHECK(next(*subscriber, "FKHE") == good);
  CHECK(subscriber->stats().malformed == 5);
  CHECK(subscriber->stats().messages_received == 1);
  // A size beyond the limit ends the connection before anything is allocated for it.
  Bytes huge{std::byte{2}};
  Writer(huge).big(std::uint64_t{1} << 40);
  peer.write(huge);
  CHECK(peer.is_closed_by_peer());
}

TEST_CASE("hostile: after a message beyond the limit the subscriber comes back, though ZeroMQ gives up") {
  Tally wanted;
  const auto publisher = bound_publisher("tcp://127.0.0.1:*", wanted);
  SubscriberOptions options;
  options.endpoint = publisher->bound_endpoint();
  options.max_message_bytes = 1000;
  const auto subscriber = Subscriber::create(std::move(options)).value();
  REQUIRE(wanted.reaches(1));
  REQUIRE(publisher->publish(make_message({.number = 1, .size = 1001})) == Publish::queued);
  REQUIRE(wanted.reaches(2));
  REQUIRE(publisher->publish(make_message({.number = 2, .size = 1000})) == Publish::queued);
  CHECK(number_of(next(*subscriber)) == 2);
  CHECK(subscriber->stats().reconnects == 1);
  CHECK(subscriber->stats().messages_received == 1);
}

TEST_CASE(
    "hostile: a subscriber at a port where something else speaks says so, and finds the publisher later") {
  auto server = std::make_unique<RawSocket>(RawSocket::listen_anywhere());
  const int port = server->port();
  LinkLog log;
  SubscriberOptions options;
  options.endpoint = fmt::format("tcp://127.0.0.1:{}", port);
  options.on_link_change = log.callback();
  const auto subscriber = Subscriber::create(std::move(options)).value();
  {
    RawSocket peer = server->accept();
    peer.write(Bytes(200, std::byte{0xff}));
    CHECK(log.reaches(LinkState::handshake_failed));
    CHECK(log.last_text().find("does not speak ZeroMQ") != std::string::npos);
  }
  server.reset();
  Tally wanted;
  const auto publisher = bound_publisher(fmt::format("tcp://127.0.0.1:{}", port), wanted);
  REQUIRE(wanted.reaches(1));
  REQUIRE(publisher->publish(make_message({.number = 3})) == Publish::queued);
  CHECK(number_of(next(*subscriber)) == 3);
}

TEST_CASE("hostile: a publisher that freezes is noticed, and connected to anew") {
  RawSocket server = RawSocket::listen_anywhere();
  LinkLog log;
  SubscriberOptions options;
  options.endpoint = fmt::format("tcp://127.0.0.1:{}", server.port());
  options.heartbeat_interval = 50ms;
  options.heartbeat_timeout = 200ms;
  options.on_link_change = log.callback();
  const auto subscriber = Subscriber::create(std::move(options)).value();
  RawSocket frozen = server.accept();
  shake_hands(frozen, "XPUB");
  REQUIRE(log.reaches(LinkState::connected));
  CHECK(log.reaches(LinkState::no_peer));
  RawSocket again = server.accept();
  shake_hands(again, "XPUB");
  again.write(zmtp_frame(make_message({.number = 8})));
  CHECK(number_of(next(*subscriber)) == 8);
  CHECK(subscriber->stats().reconnects == 1);
}
