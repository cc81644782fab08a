#include "codec/rate_control.h"

#include <cmath>
#include <deque>
#include <functional>
#include <random>

#include "support/test.h"

using namespace lc::codec;

namespace {

constexpr std::uint64_t kFrame = 33'333'333;  // ns

struct Sent {
  std::uint64_t time_ns;
  double bits;
  int quality;
};

// Bits of a frame at a quality; a camera, so to speak.
using Content = std::function<double(int frame, bool is_key, int quality)>;

struct Run {
  std::vector<Sent> sent;
  int skipped = 0;

  double bits(double from_s, double to_s) const {
    double sum = 0;
    for (const Sent& s : sent)
      if (static_cast<double>(s.time_ns) >= from_s * 1e9 && static_cast<double>(s.time_ns) < to_s * 1e9) sum += s.bits;
    return sum;
  }
  // Of all windows of a second that begin with a frame.
  double busiest_second() const {
    double most = 0;
    for (const Sent& first : sent) {
      double sum = 0;
      for (const Sent& s : sent)
        if (s.time_ns >= first.time_ns && s.time_ns < first.time_ns + 1'000'000'000) sum += s.bits;
      most = std::max(most, sum);
    }
    return most;
  }
};

// `before` may change the limits.
Run stream(RateControl& control, int frames, int key_interval, const Content& content,
           const std::function<void(int)>& before = {}) {
  Run out;
  for (int i = 0; i < frames; ++i) {
    if (before) before(i);
    const bool is_key = i % key_interval == 0;
    const std::uint64_t time = static_cast<std::uint64_t>(i) * kFrame;
    int quality = control.begin(time, is_key);
    for (int tries = 0;; ++tries) {
      REQUIRE(tries <= RateControl::kMaxTries);
      const auto bytes = static_cast<std::size_t>(content(i, is_key, quality) / 8);
      const auto judged = control.judge(is_key, quality, bytes);
      if (judged.verdict == RateControl::Verdict::again) {
        CHECK(judged.quality >= 0);
        CHECK(judged.quality < 64);
        quality = judged.quality;
        continue;
      }
      const bool is_sent = judged.verdict == RateControl::Verdict::send;
      control.end(is_key, quality, is_sent ? bytes : 0);
      if (is_sent) out.sent.push_back({time, 8.0 * static_cast<double>(bytes), quality});
      out.skipped += !is_sent;
      break;
    }
  }
  return out;
}

// Twice the bits every 13 levels; a key frame costs as much as `key` ordinary ones; noise of a quarter.
Content lively(double ordinary_at_32, double key) {
  return [=, random = std::mt19937(5)](int, bool is_key, int quality) mutable {
    const double noise = 0.75 + 0.5 * static_cast<double>(random() % 1000) / 1000;
    return noise * (is_key ? key : 1.0) * ordinary_at_32 * std::exp2((quality - 32) / 13.0);
  };
}

}  // namespace

TEST_CASE("rate control: without limits every frame is sent at the quality that was set") {
  RateControl control({}, 40, 64);
  const Run run = stream(control, 50, 10, lively(1e6, 30));
  CHECK(run.sent.size() == 50);
  for (const Sent& s : run.sent) CHECK(s.quality == 40);
}

TEST_CASE("rate control: ten seconds hold the target within 5 %, no second more than 1.5 times as much") {
  for (const double rate : {2e5, 8e5, 4e6})
    for (const double key : {1.0, 8.0, 25.0})
      for (const int interval : {30, 60, 250}) {
        CAPTURE(rate);
        CAPTURE(key);
        CAPTURE(interval);
        RateControl control({.bits_per_second = rate}, 40, 64);
        const Run run = stream(control, 30 * 30, interval, lively(rate / 40, key));
        for (const double from : {5.0, 10.0, 15.0, 20.0}) {
          CAPTURE(from);
          CHECK(run.bits(from, from + 10) == doctest::Approx(10 * rate).epsilon(0.05));
        }
        CHECK(run.busiest_second() <= RateControl::kPeak * rate);
        CHECK(run.skipped == 0);
      }
}

TEST_CASE("rate control: content that doubles and halves is followed") {
  RateControl control({.bits_per_second = 1e6}, 40, 64);
  const Content base = lively(3e4, 10);
  const Run run = stream(control, 30 * 40, 60, [&](int frame, bool is_key, int quality) {
    return base(frame, is_key, quality) * ((frame / 150) % 2 ? 4.0 : 1.0);
  });
  for (const double from : {5.0, 15.0, 25.0}) CHECK(run.bits(from, from + 10) == doctest::Approx(1e7).epsilon(0.05));
  CHECK(run.busiest_second() <= 1.5e6);
}

TEST_CASE("rate control: a new target holds after a second") {
  RateControl control({.bits_per_second = 2e6}, 40, 64);
  const Run run = stream(control, 30 * 30, 60, lively(3e4, 10), [&](int frame) {
    if (frame == 450) control.set_limits({.bits_per_second = 5e5});
  });
  CHECK(run.bits(4, 14) == doctest::Approx(2e7).epsilon(0.05));
  CHECK(run.bits(16, 26) == doctest::Approx(5e6).epsilon(0.05));
}

TEST_CASE("rate control: what is too easy for the target takes the best quality, and nothing is hoarded") {
  RateControl control({.bits_per_second = 1e7}, 40, 64);
  const Run run = stream(control, 600, 60, [&](int frame, bool is_key, int quality) {
    return (frame < 300 ? 100.0 : 1e5) * (is_key ? 10 : 1) * std::exp2((quality - 32) / 13.0);
  });
  CHECK(run.sent[290].quality == 63);
  CHECK(run.busiest_second() <= 1.5e7);
}

TEST_CASE("rate control: frames that do not fit at quality 0 are left out, and key frames that never could are sent") {
  RateControl control({.bits_per_second = 1e5}, 40, 64);
  const Run run = stream(control, 90, 45, [](int, bool is_key, int) { return is_key ? 4e5 : 2e4; });
  CHECK(control.is_out_of_reach());
  CHECK(run.skipped > 60);
  CHECK(run.sent.front().bits == 4e5);
}

TEST_CASE("rate control: a frame never exceeds the size allowed") {
  RateControl control({.max_frame_bytes = 8000}, 60, 64);
  const Run run = stream(control, 200, 20, lively(3e4, 8));
  for (const Sent& s : run.sent) CHECK(s.bits <= 64000);
  CHECK(run.skipped == 0);
  RateControl never({.max_frame_bytes = 100}, 60, 64);
  CHECK(stream(never, 5, 1, lively(3e4, 8)).skipped == 5);
  CHECK(never.is_out_of_reach());
}

TEST_CASE("rate control: times that stand still, jump and go back do no harm") {
  RateControl control({.bits_per_second = 1e6}, 40, 64);
  const std::uint64_t times[] = {0, 0, 0, kFrame, 5'000'000'000'000, 3, 3, UINT64_MAX, 0, kFrame};
  for (const auto time : times) {
    const int quality = control.begin(time, false);
    CHECK(quality >= 0);
    CHECK(quality < 64);
    control.end(false, quality, 100);
  }
}
