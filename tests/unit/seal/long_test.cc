// What takes minutes; ./test long.
#include "altered_files_test.h"
#include "fixture.h"
#include "network_test.h"
#include "restart_test.h"
#include "rotation_test.h"
#include "stream_program_test.h"
#include "tamper_test.h"

using namespace lc;
using namespace lc::seal;

TEST_CASE("restart: 1,000 senders killed at random moments never used a key and nonce twice") {
  seal::test::kill_and_compare(1000);
}

TEST_CASE("tampering: ten million random changes of every type of message, none accepted") {
  seal::test::alter_and_open(10'000'000);
}

TEST_CASE("altered files: of a million sealed models that were changed at random, none opens") {
  seal::test::alter_models(1'000'000);
}

TEST_CASE("altered files: a million changed recordings give nothing that was not recorded, and what is missing shows") {
  seal::test::alter_recordings(1'000'000);
}

TEST_CASE("rotation: ten thousand of them, and no frame is lost or opened twice") {
  seal::test::rotate_often(10'000);
}

TEST_CASE("network: ten million messages with loss, doubles and reordering are each opened exactly once") {
  seal::test::cross_a_network(10'000'000);
}

TEST_CASE("stream programs: ten thousand random ones agree with the model") {
  seal::test::play_random_programs(10'000);
}
