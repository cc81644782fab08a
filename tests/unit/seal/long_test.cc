// What takes minutes; ./test long.
#include <random>

#include "fixture.h"
#include "restart_test.h"

using namespace lc;
using namespace lc::seal;
using seal::test::announcement_of;
using seal::test::frame_of;
using seal::test::open_with;

TEST_CASE("restart: 100 senders killed at random moments never used a key and nonce twice") {
  seal::test::kill_and_compare(100);
}

TEST_CASE("tampering: ten million random changes of a frame, none accepted") {
  std::mt19937_64 random(13);
  seal::test::Pair pair;
  Sealer sealer = pair.sealer();
  Opener opener = pair.opener();
  REQUIRE(open_with(opener, announcement_of(sealer)).verdict == Verdict::new_session);
  const Bytes good = frame_of(sealer, std::string(200, 'x'));
  Bytes bad = good, out(4096);
  Opened opened;
  std::uint64_t accepted = 0;
  for (int i = 0; i < 10'000'000; ++i) {
    const std::size_t at = random() % bad.size();
    bad[at] ^= std::byte(1 + random() % 255);
    if (is_good(opener.open(bad, out, opened))) ++accepted;
    bad[at] = good[at];
  }
  CHECK(accepted == 0);
  CHECK(open_with(opener, good).verdict == Verdict::opened);
}

TEST_CASE("session: two million messages with loss, doubles and reordering are each opened once at most") {
  std::mt19937_64 random(14);
  seal::test::Pair pair;
  Sealer sealer = pair.sealer();
  Opener opener = pair.opener();
  REQUIRE(open_with(opener, announcement_of(sealer)).verdict == Verdict::new_session);
  std::vector<Bytes> waiting;
  std::uint64_t delivered = 0;
  Bytes out(4096);
  Opened opened;
  for (int i = 0; i < 2'000'000; ++i) {
    if (random() % 10 >= 3) {
      waiting.push_back(frame_of(sealer, "x"));
      ++delivered;
      if (random() % 4 == 0) waiting.push_back(waiting.back());
    } else {
      (void)frame_of(sealer, "x");
    }
    if (waiting.size() < 1000) continue;
    const std::size_t at = random() % waiting.size();
    (void)opener.open(waiting[at], out, opened);
    waiting[at].swap(waiting.back());
    waiting.pop_back();
  }
  for (const Bytes& message : waiting) (void)opener.open(message, out, opened);
  // Few wait so long that the window leaves them behind.
  CHECK(opener.count(Verdict::opened) + opener.count(Verdict::too_old) >= delivered);
  CHECK(opener.count(Verdict::opened) <= delivered);
  CHECK(opener.count(Verdict::bad_tag) == 0);
}
