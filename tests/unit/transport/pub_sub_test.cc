#include <thread>

#include "support.h"

using namespace lc;
using namespace lc::test;
using namespace lc::transport;

namespace {

std::string ipc(const TempDir& dir) { return "ipc://" + (dir / "s").string(); }

std::unique_ptr<Publisher> bound_publisher(const std::string& endpoint,
                                           std::function<void()> on_key_frame_wanted = {}) {
  PublisherOptions options;
  options.endpoint = endpoint;
  options.attach = Attach::bind;
  options.on_key_frame_wanted = std::move(on_key_frame_wanted);
  auto publisher = Publisher::create(std::move(options));
  REQUIRE(publisher);
  return std::move(*publisher);
}

std::unique_ptr<Subscriber> connected(const std::string& endpoint,
                                      const std::function<void(SubscriberOptions&)>& change = {}) {
  SubscriberOptions options;
  options.endpoint = endpoint;
  if (change) change(options);
  auto subscriber = Subscriber::create(std::move(options));
  REQUIRE(subscriber);
  return std::move(*subscriber);
}

void publish(Publisher& publisher, const MessageShape& shape) {
  REQUIRE(publisher.publish(make_message(shape)) == Publish::queued);
}

}  // namespace

TEST_CASE("pub/sub: a late joiner at an idle publisher gets the announcement, and a key frame is asked for") {
  const TempDir dir;
  for (const std::string& endpoint : {std::string("tcp://127.0.0.1:*"), ipc(dir)}) {
    CAPTURE(endpoint);
    Tally wanted;
    const auto publisher = bound_publisher(endpoint, [&] { wanted.add(); });
    publish(*publisher, {.type = 'K', .number = 1});
    publish(*publisher, {.type = 'K', .number = 2});
    REQUIRE(publisher->finish(kLimit));
    for (int joiner = 1; joiner <= 3; ++joiner) {
      const auto subscriber = connected(publisher->bound_endpoint());
      CHECK(number_of(next(*subscriber, "K")) == 2);
      CHECK(wanted.reaches(joiner));
    }
    CHECK(publisher->stats().malformed == 0);
  }
}

TEST_CASE("pub/sub: what is sent arrives unchanged and in order") {
  Tally wanted;
  const auto publisher = bound_publisher("tcp://127.0.0.1:*", [&] { wanted.add(); });
  CHECK(port_of(publisher->bound_endpoint()) > 0);
  const auto subscriber = connected(publisher->bound_endpoint());
  REQUIRE(wanted.reaches(1));
  for (std::uint32_t i = 1; i <= 100; ++i) {
    const Bytes sent = make_message({.number = i, .is_key = i % 10 == 1, .size = 60 + 997 * i});
    REQUIRE(publisher->publish(sent) == Publish::queued);
    CHECK(next(*subscriber) == sent);
  }
  REQUIRE(publisher->finish(kLimit));  // a message may arrive before its sender has counted it
  CHECK(publisher->stats().messages_sent == 100);
  CHECK(publisher->stats().subscribers == 1);
  CHECK(publisher->stats().peers == 1);
  CHECK(subscriber->stats().messages_received == 100);
  CHECK(subscriber->stats().bytes_received == publisher->stats().bytes_sent);
  CHECK(subscriber->stats().link == LinkState::connected);
}

TEST_CASE(
    "pub/sub: a subscriber's wish for a key frame reaches the sender that it listens to, and only that one") {
  Tally wanted, other_wanted;
  // As behind a relay: two publishers connect to one subscriber.
  SubscriberOptions options;
  options.endpoint = "tcp://127.0.0.1:*";
  options.attach = Attach::bind;
  const auto subscriber = Subscriber::create(std::move(options)).value();
  const auto connect_publisher = [&](Tally& tally) {
    PublisherOptions publisher;
    publisher.endpoint = subscriber->bound_endpoint();
    publisher.on_key_frame_wanted = [&] { tally.add(); };
    return Publisher::create(std::move(publisher)).value();
  };
  const auto one = connect_publisher(wanted), other = connect_publisher(other_wanted);
  REQUIRE(wanted.reaches(1));
  REQUIRE(other_wanted.reaches(1));
  publish(*other, {.number = 1, .device = 2});
  CHECK(number_of(next(*subscriber)) == 1);
  publish(*one, {.number = 2, .device = 1});
  CHECK(number_of(next(*subscriber)) == 2);
  subscriber->request_key_frame();
  CHECK(wanted.reaches(2));
  CHECK(one->stats().key_frame_requests == 1);
  publish(*other, {.number = 3, .device = 2});
  CHECK(number_of(next(*subscriber)) == 3);
  subscriber->request_key_frame();
  CHECK(other_wanted.reaches(2));
  CHECK(other->stats().key_frame_requests == 1);
  CHECK(one->stats().key_frame_requests == 1);
}

TEST_CASE("pub/sub: a filter lets through one device's messages of every type, and no welcome of another's") {
  Tally wanted;
  const auto publisher = bound_publisher("tcp://127.0.0.1:*", [&] { wanted.add(); });
  publish(*publisher, {.type = 'K', .device = 2});
  REQUIRE(publisher->finish(kLimit));
  const auto subscriber = connected(publisher->bound_endpoint(), [](SubscriberOptions& options) {
    options.sender = Bytes(8, std::byte{1});
  });
  REQUIRE(wanted.reaches(1));
  CHECK(publisher->stats().subscribers == 1);
  for (const char type : std::string("FKHE")) {
    publish(*publisher, {.type = type, .number = 1, .device = 2});
    publish(*publisher, {.type = type, .number = 2, .device = 1, .stream = 9});
  }
  for (const char type : std::string("FKHE")) {
    const Bytes message = next(*subscriber, "FKHE");
    CHECK(static_cast<char>(message.at(3)) == type);
    CHECK(number_of(message) == 2);
  }
  CHECK(subscriber->stats().messages_received == 4);
}

TEST_CASE("pub/sub: a subscriber finds a publisher that starts late, and again after a restart") {
  const TempDir dir;
  LinkLog log;
  const auto subscriber =
      connected(ipc(dir), [&](SubscriberOptions& options) { options.on_link_change = log.callback(); });
  CHECK(subscriber->describe_link().find("nobody answers") != std::string::npos);
  for (std::uint32_t life = 1; life <= 3; ++life) {
    Tally wanted;
    const auto publisher = bound_publisher(ipc(dir), [&] { wanted.add(); });
    REQUIRE(wanted.reaches(1));
    publish(*publisher, {.number = life});
    CHECK(number_of(next(*subscriber)) == life);
  }
  CHECK(subscriber->stats().reconnects == 2);
  CHECK(log.reaches(LinkState::connected));
}

TEST_CASE("pub/sub: a consumer that is slow gets the newest, and knows what it missed") {
  Tally wanted;
  const auto publisher = bound_publisher("tcp://127.0.0.1:*", [&] { wanted.add(); });
  const auto slow =
      connected(publisher->bound_endpoint(), [](SubscriberOptions& options) { options.queue_messages = 4; });
  REQUIRE(wanted.reaches(1));
  const auto fast = connected(publisher->bound_endpoint());
  REQUIRE(wanted.reaches(2));
  constexpr std::uint32_t kCount = 200;
  for (std::uint32_t i = 1; i <= kCount; ++i) {
    publish(*publisher, {.number = i});
    CHECK(number_of(next(*fast)) == i);  // every one, whatever the other does
  }
  CHECK(fast->stats().dropped == 0);
  // The last message that the slow one sees is the last that was sent.
  std::uint32_t last = 0, taken = 0;
  while (last != kCount) {
    last = number_of(next(*slow));
    ++taken;
    REQUIRE(last > 0);
  }
  CHECK(slow->stats().dropped + taken == kCount);
}

TEST_CASE("pub/sub: a peer that reads nothing at all does not hurt the others") {
  Tally wanted;
  const auto publisher = bound_publisher("tcp://127.0.0.1:*", [&] { wanted.add(); });
  RawSocket deaf = RawSocket::connect_to(port_of(publisher->bound_endpoint()));
  shake_hands(deaf, "SUB");
  deaf.write(zmtp_frame(as_bytes("\x01LC1")));
  REQUIRE(wanted.reaches(1));
  const auto subscriber = connected(publisher->bound_endpoint());
  REQUIRE(wanted.reaches(2));
  CHECK(publisher->stats().subscribers == 2);
  for (std::uint32_t i = 1; i <= 200; ++i) {  // 20 MB: far more than the buffers on the way
    publish(*publisher, {.number = i, .size = 100'000});
    REQUIRE(number_of(next(*subscriber)) == i);
  }
  CHECK(publisher->stats().dropped == 0);
}

TEST_CASE("pub/sub: a wait ends at once when it is interrupted, and stopping never waits") {
  const auto subscriber = connected("tcp://127.0.0.1:1");  // nobody there
  Bytes message;
  Receive outcome = Receive::message;
  const auto start = std::chrono::steady_clock::now();
  std::thread reader([&] { outcome = subscriber->receive(message, kLimit); });
  subscriber->interrupt();
  reader.join();
  CHECK(outcome == Receive::interrupted);
  CHECK(subscriber->receive(message, kLimit) == Receive::interrupted);
  subscriber->resume();
  CHECK(subscriber->receive(message, 0ms) == Receive::timeout);
  CHECK(subscriber->describe_link().find("nobody answers") != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - start < kLimit);
}

TEST_CASE("pub/sub: inproc works within one context") {
  const auto context = Context::create().value();
  Tally wanted;
  PublisherOptions options;
  options.endpoint = "inproc://camera";
  options.attach = Attach::bind;
  options.context = context;
  options.on_key_frame_wanted = [&] { wanted.add(); };
  const auto publisher = Publisher::create(std::move(options)).value();
  const auto subscriber =
      connected("inproc://camera", [&](SubscriberOptions& other) { other.context = context; });
  REQUIRE(wanted.reaches(1));
  publish(*publisher, {.number = 5});
  CHECK(number_of(next(*subscriber)) == 5);

  SubscriberOptions alone;
  alone.endpoint = "inproc://camera";
  CHECK(Subscriber::create(std::move(alone)).error().text.find("write ipc://PATH") != std::string::npos);
}

TEST_CASE("pub/sub: a port in use is one clear sentence, on tcp and on ipc") {
  const TempDir dir;
  for (const std::string& endpoint : {std::string("tcp://127.0.0.1:*"), ipc(dir)}) {
    const auto first = bound_publisher(endpoint);
    PublisherOptions options;
    options.endpoint = first->bound_endpoint();
    options.attach = Attach::bind;
    const auto second = Publisher::create(std::move(options));
    REQUIRE_FALSE(second);
    CHECK(second.error().code == Errc::unavailable);
    CHECK(second.error().text.starts_with(first->bound_endpoint()));
    CHECK(second.error().text.find("choose another") != std::string::npos);
  }
}

TEST_CASE("pub/sub: what is not sealed, or too large, is not taken") {
  const auto publisher = bound_publisher("tcp://127.0.0.1:*");
  CHECK(publisher->publish(as_bytes("pixels")) == Publish::not_sealed);
  CHECK(publisher->publish({}) == Publish::not_sealed);
  CHECK(publisher->publish(make_message({.size = kMaxMessageBytes})) == Publish::queued);
  CHECK(publisher->publish(make_message({.size = kMaxMessageBytes + 1})) == Publish::too_large);
}
