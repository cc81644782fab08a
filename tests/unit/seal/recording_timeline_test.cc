#include "seal/recording/timeline.h"

#include "unit/seal/recording_support.h"

using namespace lc;
using namespace lc::recording;
using namespace lc::recording::test;

namespace {

constexpr std::uint64_t kMs = 1'000'000, kSecond = 1000 * kMs;

std::uint64_t place(Timeline& timeline, const Fake& fake) {
  return timeline.place(*seal::unpack_wire_header(fake.message()));
}

}  // namespace

TEST_CASE("recording timeline: frames keep the distances of their capture times") {
  Timeline timeline;
  CHECK(place(timeline, {.capture_ns = kStart}) == 0);
  CHECK(place(timeline, {.capture_ns = kStart + 33 * kMs}) == 33 * kMs);
  CHECK(place(timeline, {.capture_ns = kStart + 9 * kSecond}) == 9 * kSecond);
  CHECK(place(timeline, {.type = seal::MessageType::heartbeat, .capture_ns = kStart + 99 * kSecond}) == 9 * kSecond);
  CHECK(timeline.end() == 9 * kSecond + 40 * kMs);
}

TEST_CASE("recording timeline: a late frame stands where it belongs and moves nothing") {
  Timeline timeline;
  place(timeline, {.capture_ns = kStart});
  place(timeline, {.capture_ns = kStart + 80 * kMs});
  CHECK(place(timeline, {.capture_ns = kStart + 40 * kMs}) == 40 * kMs);
  CHECK(timeline.position() == 80 * kMs);
  CHECK(place(timeline, {.capture_ns = kStart + 120 * kMs}) == 120 * kMs);
}

TEST_CASE("recording timeline: long pauses, new sessions and clocks that were set take one step") {
  Timeline timeline;
  place(timeline, {.capture_ns = kStart});
  CHECK(place(timeline, {.capture_ns = kStart + 11 * kSecond}) == 40 * kMs);
  CHECK(place(timeline, {.capture_ns = 0}) == 80 * kMs);
  CHECK(place(timeline, {.capture_ns = ~std::uint64_t{0}}) == 120 * kMs);
  CHECK(place(timeline, {.capture_ns = kStart, .session = 2}) == 160 * kMs);
  CHECK(place(timeline, {.capture_ns = kStart + 10 * kMs, .session = 2}) == 170 * kMs);
  // Set back by 5 s in the middle of a session; what is late by less than half a second is late.
  place(timeline, {.capture_ns = kStart + 9 * kSecond, .session = 2});
  const std::uint64_t before = timeline.position();
  CHECK(place(timeline, {.capture_ns = kStart + 4 * kSecond, .session = 2}) == before + 40 * kMs);
  CHECK(place(timeline, {.capture_ns = kStart + 4 * kSecond + 40 * kMs, .session = 2}) == before + 80 * kMs);
  CHECK(place(timeline, {.capture_ns = kStart + 4 * kSecond - 300 * kMs, .session = 2}) == before - 260 * kMs);
  timeline.begin_section();
  CHECK(place(timeline, {.capture_ns = kStart + 20 * kMs, .session = 2}) == before + 120 * kMs);
}

TEST_CASE("recording timeline: senders do not disturb each other, and many of them cost no more than 64") {
  Timeline timeline;
  place(timeline, {.capture_ns = kStart, .stream = 1});
  CHECK(place(timeline, {.capture_ns = 5, .stream = 2}) == 40 * kMs);
  CHECK(place(timeline, {.capture_ns = kStart + 100 * kMs, .stream = 1}) == 100 * kMs);
  CHECK(place(timeline, {.capture_ns = 5 + 70 * kMs, .stream = 2}) == 110 * kMs);
  for (std::uint16_t stream = 100; stream < 1100; ++stream) place(timeline, {.stream = stream});
  CHECK(timeline.end() == (110 + 1000 * 40 + 40) * kMs);
}

TEST_CASE("recording timeline: after a jump it goes on as if it had read all before") {
  Timeline read, jumped;
  for (int i = 0; i < 100; ++i) place(read, {.capture_ns = kStart + i * 41 * kMs});
  const Fake key{.is_key = true, .capture_ns = kStart + 100 * 41 * kMs};
  jumped.jump(*seal::unpack_wire_header(key.message()), place(read, key));
  CHECK(place(jumped, key) == 100 * 41 * kMs);
  const Fake next{.capture_ns = kStart + 101 * 41 * kMs};
  CHECK(place(jumped, next) == place(read, next));
}
