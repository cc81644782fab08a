#include <thread>

#include "support.h"

using namespace lc;
using namespace lc::test;
using namespace lc::transport;

namespace {

template <class Options>
Options options_for(const std::string& endpoint, Attach attach, std::size_t queue) {
  Options options;
  options.endpoint = endpoint;
  options.attach = attach;
  options.pattern = Pattern::push_pull;
  options.queue_messages = queue;
  return options;
}

}  // namespace

TEST_CASE("push/pull: nothing is lost on the way to a slow consumer, the end included") {
  constexpr std::uint32_t kCount = 600;
  const TempDir dir;
  for (const Attach sender_attaches : {Attach::bind, Attach::connect}) {
    CAPTURE(static_cast<int>(sender_attaches));
    const std::string endpoint = "ipc://" + (dir / (sender_attaches == Attach::bind ? "a" : "b")).string();
    const Attach other = sender_attaches == Attach::bind ? Attach::connect : Attach::bind;
    auto publisher = Publisher::create(options_for<PublisherOptions>(endpoint, sender_attaches, 3)).value();
    const auto subscriber = Subscriber::create(options_for<SubscriberOptions>(endpoint, other, 2)).value();
    std::thread sender([&] {
      for (std::uint32_t i = 1; i <= kCount; ++i)  // 30 MB: much more than all buffers
        if (publisher->publish(make_message({.number = i, .size = 50'000})) != Publish::queued) return;
      CHECK(publisher->finish(kLimit));
      publisher.reset();
    });
    for (std::uint32_t i = 1; i <= kCount; ++i) REQUIRE(number_of(next(*subscriber)) == i);
    sender.join();
    CHECK(subscriber->stats().dropped == 0);
    CHECK(subscriber->stats().messages_received == kCount);
  }
}

TEST_CASE("push/pull: a sender without a receiver waits, and ends at once when it is interrupted") {
  const TempDir dir;
  const std::string endpoint = "ipc://" + (dir / "s").string();
  for (const Attach attach : {Attach::bind, Attach::connect}) {
    const auto publisher = Publisher::create(options_for<PublisherOptions>(endpoint, attach, 2)).value();
    REQUIRE(publisher->publish(make_message({})) == Publish::queued);
    REQUIRE(publisher->publish(make_message({})) == Publish::queued);
    CHECK_FALSE(publisher->finish(1ms));
    Publish outcome = Publish::queued;
    std::thread sender([&] {
      while (outcome == Publish::queued) outcome = publisher->publish(make_message({}));
    });
    publisher->interrupt();
    sender.join();
    CHECK(outcome == Publish::interrupted);
    CHECK_FALSE(publisher->finish(kLimit));
    CHECK(publisher->stats().messages_sent == 0);
    publisher->discard_queue();
    publisher->resume();
    CHECK(publisher->publish(make_message({})) == Publish::queued);
  }
}

TEST_CASE("push/pull: a receiver that restarts goes on, and a key frame is asked for") {
  const TempDir dir;
  const std::string endpoint = "ipc://" + (dir / "s").string();
  Tally wanted;
  auto options = options_for<PublisherOptions>(endpoint, Attach::connect, 8);
  options.on_key_frame_wanted = [&] { wanted.add(); };
  const auto publisher = Publisher::create(std::move(options)).value();
  for (std::uint32_t life = 1; life <= 2; ++life) {
    const auto subscriber =
        Subscriber::create(options_for<SubscriberOptions>(endpoint, Attach::bind, 8)).value();
    REQUIRE(wanted.reaches(static_cast<int>(life)));
    REQUIRE(publisher->publish(make_message({.number = life})) == Publish::queued);
    CHECK(number_of(next(*subscriber)) == life);
  }
}

TEST_CASE("push/pull: a filter on senders is refused, since it would lose what others are waiting for") {
  auto options = options_for<SubscriberOptions>("tcp://127.0.0.1:*", Attach::bind, 8);
  options.sender = Bytes(8);
  CHECK(Subscriber::create(std::move(options)).error().code == Errc::invalid_config);
}
