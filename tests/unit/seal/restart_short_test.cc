#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "restart_test.h"

using namespace lc;
using namespace lc::seal;

TEST_CASE("restart: 30 senders killed at random moments never used a key and nonce twice") {
  seal::test::kill_and_compare(30);
}

TEST_CASE("restart: a forked child cannot go on with its parent's session") {
  seal::test::Pair pair;
  Sealer sealer = pair.sealer();
  Bytes out(sealer.size_limit(1));
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(!sealer.seal_frame({}, {}, as_bytes("x"), out) && !sealer.announcement() ? 7 : 8);
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 7);
  CHECK(sealer.seal_frame({}, {}, as_bytes("x"), out));
}
