#include "transport/message_queue.h"

#include <thread>

#include "support.h"

using namespace lc;
using namespace lc::test;
using transport::MessageQueue;
using transport::WhenFull;

namespace {

std::string content(MessageQueue& queue) {
  std::string text;
  for (Bytes message; queue.try_pop(message);)
    text += fmt::format("{}{}{} ", static_cast<char>(message[3]), transport::is_key_frame(message) ? "*" : "",
                        number_of(message));
  return text;
}

void push(MessageQueue& queue, const MessageShape& shape) {
  Bytes message = make_message(shape);
  REQUIRE(queue.try_push(message));
}

}  // namespace

TEST_CASE("message queue: when it is full the oldest ordinary frames go first, and are counted") {
  MessageQueue queue(WhenFull::drop_oldest, {4, 1 << 20});
  push(queue, {.type = 'K', .number = 1});
  push(queue, {.number = 2, .is_key = true});
  for (std::uint32_t i = 3; i <= 9; ++i) push(queue, {.number = i});
  CHECK(queue.dropped() == 5);
  CHECK(content(queue) == "K1 F*2 F8 F9 ");
}

TEST_CASE("message queue: without ordinary frames the oldest key frame goes, then the oldest of any kind") {
  MessageQueue queue(WhenFull::drop_oldest, {2, 1 << 20});
  push(queue, {.type = 'K', .number = 1});
  push(queue, {.number = 2, .is_key = true});
  push(queue, {.number = 3, .is_key = true});
  CHECK(content(queue) == "K1 F*3 ");
  for (std::uint32_t i = 4; i <= 6; ++i) push(queue, {.type = 'K', .number = i});
  CHECK(content(queue) == "K5 K6 ");
  CHECK(queue.dropped() == 2);
}

TEST_CASE("message queue: bytes are bounded too, and one large message still passes") {
  MessageQueue queue(WhenFull::drop_oldest, {100, 1000});
  for (std::uint32_t i = 1; i <= 10; ++i) push(queue, {.number = i, .size = 300});
  CHECK(content(queue) == "F8 F9 F10 ");
  push(queue, {.number = 11, .size = 5000});
  CHECK(content(queue) == "F11 ");
}

TEST_CASE("message queue: one that waits refuses without losing, and lets in when there is room") {
  MessageQueue queue(WhenFull::wait, {2, 1 << 20});
  push(queue, {.number = 1});
  push(queue, {.number = 2});
  Bytes third = make_message({.number = 3});
  CHECK_FALSE(queue.try_push(third));
  CHECK(number_of(third) == 3);
  std::thread pusher([&] { CHECK(queue.push(third)); });
  Bytes message;
  for (std::uint32_t i = 1; i <= 3; ++i) {
    REQUIRE(queue.pop(message, kLimit) == MessageQueue::Outcome::message);
    CHECK(number_of(message) == i);
  }
  pusher.join();
  CHECK(queue.dropped() == 0);
}

TEST_CASE("message queue: an interruption ends both kinds of wait, until it is resumed") {
  MessageQueue queue(WhenFull::wait, {1, 1 << 20});
  Bytes message;
  std::thread popper([&] { CHECK(queue.pop(message, kLimit) == MessageQueue::Outcome::interrupted); });
  queue.interrupt();
  popper.join();
  queue.resume();
  CHECK(queue.pop(message, std::chrono::milliseconds(0)) == MessageQueue::Outcome::timeout);
  push(queue, {.number = 1});
  Bytes second = make_message({.number = 2});
  std::thread pusher([&] { CHECK_FALSE(queue.push(second)); });
  queue.interrupt();
  pusher.join();
}
