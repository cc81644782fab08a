#include "seal/replay_window.h"

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include "support/test.h"

using namespace lc::seal;
using Answer = ReplayWindow::Answer;

namespace {

constexpr std::uint64_t kWidth = ReplayWindow::kWidth;

Answer deliver(ReplayWindow& window, std::uint64_t counter) {
  const Answer answer = window.check(counter);
  if (answer == Answer::fresh) window.commit(counter);
  return answer;
}

}  // namespace

TEST_CASE("replay window: a script around its edges") {
  ReplayWindow window;
  struct Step {
    std::uint64_t counter;
    Answer answer;
  };
  const Answer fresh = Answer::fresh, replayed = Answer::replayed, too_old = Answer::too_old;
  const std::vector<Step> script{{0, fresh},
                                 {1, fresh},
                                 {1, replayed},
                                 {9, fresh},
                                 {8, fresh},
                                 {7, fresh},
                                 {7, replayed},
                                 {kWidth, fresh},
                                 {kWidth - 1, fresh},
                                 {kWidth - 1, replayed},
                                 {kWidth - 2, fresh},
                                 {2, fresh},
                                 {2, replayed},
                                 {0, too_old},
                                 {1, replayed},
                                 {kWidth + 16, fresh},
                                 {3, too_old},
                                 {16, too_old},
                                 {17, fresh},
                                 {17, replayed},
                                 {kWidth * 4, fresh},
                                 {kWidth * 4 - (kWidth - 1), fresh},
                                 {10, too_old},
                                 {kWidth * 4 - kWidth, too_old},
                                 {kWidth * 4 - (kWidth - 1), replayed},
                                 {kWidth * 4 + 1, fresh},
                                 {kWidth * 4 - (kWidth - 1), too_old},
                                 {0, too_old},
                                 {~0ull - 1, fresh},
                                 {~0ull, fresh},
                                 {~0ull, replayed},
                                 {~0ull - 1, replayed},
                                 {~0ull - 2, fresh},
                                 {~0ull - kWidth, too_old},
                                 {~0ull - (kWidth - 1), fresh},
                                 {~0ull - (kWidth - 1), replayed},
                                 {0, too_old}};
  for (std::size_t i = 0; i < script.size(); ++i) {
    CAPTURE(i);
    CAPTURE(script[i].counter);
    CHECK(deliver(window, script[i].counter) == script[i].answer);
  }
}

TEST_CASE("replay window: checking alone changes nothing") {
  ReplayWindow window;
  window.commit(5);
  for (int i = 0; i < 3; ++i) CHECK(window.check(~0ull) == Answer::fresh);
  CHECK(window.check(6) == Answer::fresh);
  CHECK(window.highest() == 5);
}

TEST_CASE("replay window: bulk forwards and backwards") {
  for (const std::uint64_t base :
       {std::uint64_t{0}, std::uint64_t{1} << 40, ~std::uint64_t{0} - 2 * kWidth}) {
    ReplayWindow forwards, backwards;
    for (std::uint64_t i = 0; i < 2 * kWidth; ++i) CHECK(deliver(forwards, base + i) == Answer::fresh);
    CHECK(forwards.missing() == 0);
    for (std::uint64_t i = 0; i < kWidth; ++i) CHECK(deliver(backwards, base + kWidth - i) == Answer::fresh);
    CHECK(deliver(backwards, base) == Answer::too_old);
  }
}

TEST_CASE("replay window: counts what is missing between the first and the last") {
  ReplayWindow window;
  CHECK(window.missing() == 0);
  for (const std::uint64_t counter : {100, 101, 105, 103}) window.commit(counter);
  CHECK(window.missing() == 2);
}

TEST_CASE("replay window: agrees with a set, under loss, duplicates and reordering") {
  std::mt19937_64 random(7);
  ReplayWindow window;
  std::set<std::uint64_t> accepted;
  std::uint64_t next = 0, highest = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::uint64_t counter = next++;
    if (random() % 3 == 0) next += random() % 40;  // loss
    if (random() % 4 == 0 && highest > 0)
      counter = highest - std::min(highest, random() % (kWidth + 200));  // late or again
    const Answer expected = accepted.empty() || counter > highest ? Answer::fresh
                            : highest - counter >= kWidth         ? Answer::too_old
                            : accepted.count(counter) != 0        ? Answer::replayed
                                                                  : Answer::fresh;
    if (deliver(window, counter) != expected) FAIL("step " << i << ", counter " << counter);
    if (expected == Answer::fresh) {
      accepted.insert(counter);
      highest = std::max(highest, counter);
    }
  }
  CHECK(window.accepted() == accepted.size());
  CHECK(window.missing() == *accepted.rbegin() - *accepted.begin() + 1 - accepted.size());
}
