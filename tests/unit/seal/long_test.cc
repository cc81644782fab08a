// What takes minutes; ./test long.

#include "fixture.h"
#include "network_test.h"
#include "restart_test.h"
#include "rotation_test.h"
#include "tamper_test.h"

using namespace lc;
using namespace lc::seal;

TEST_CASE("restart: 1,000 senders killed at random moments never used a key and nonce twice") {
  seal::test::kill_and_compare(1000);
}

TEST_CASE("tampering: ten million random changes of every type of message, none accepted") {
  seal::test::alter_and_open(10'000'000);
}

TEST_CASE("rotation: ten thousand of them, and no frame is lost or opened twice") {
  seal::test::rotate_often(10'000);
}

TEST_CASE("network: ten million messages with loss, doubles and reordering are each opened exactly once") {
  seal::test::cross_a_network(10'000'000);
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
