#include "stream_program_test.h"

#include <random>
#include <stdexcept>

#include "base/file.h"
#include "stream_program.h"
#include "support/test.h"

using namespace lc;
using lc::seal::test::StreamWorld;

namespace {

void play(StreamWorld& world, ByteSpan program) {
  try {
    world.run(program);
  } catch (const std::logic_error& wrong) {
    FAIL(wrong.what() << ": " << to_hex(program));
  }
}

}  // namespace

void seal::test::play_random_programs(int programs) {
  StreamWorld world;
  std::mt19937_64 random(31);
  for (int i = 0; i < programs; ++i) {
    Bytes program(4 * (random() % 200));
    for (std::byte& b : program) b = std::byte(random());
    // Whatever ends a session or trust is rarer than that, or nothing would grow old.
    for (std::size_t at = 0; at < program.size(); at += 4)
      if (std::to_integer<int>(program[at]) % 16 >= 9 && std::to_integer<int>(program[at]) % 16 <= 12 &&
          random() % 3 != 0)
        program[at] = std::byte(random() % 9);
    play(world, program);
  }
  const auto& counts = world.counts();
  const auto at_least = static_cast<std::uint64_t>(programs);
  CHECK(counts.sent > 10 * at_least);
  CHECK(counts.accepted > 5 * at_least);
  CHECK(counts.refused > 5 * at_least);
  CHECK(counts.rotations > at_least);
  CHECK(counts.sessions > at_least);
  CHECK(counts.receivers > at_least);
}

TEST_CASE("stream programs: those that the fuzzer keeps agree with the model") {
  StreamWorld world;
  int programs = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(lc::test::source_root() / "tests/fuzz/corpus/fuzz-seal-stream")) {
    CAPTURE(entry.path().filename().string());
    const auto program = load_file(entry.path(), 1 << 20);
    REQUIRE(program);
    play(world, *program);
    ++programs;
  }
  CHECK(programs >= 3);
  CHECK(world.counts().accepted > 0);
}

TEST_CASE("stream programs: a hundred random ones agree with the model") { seal::test::play_random_programs(100); }
