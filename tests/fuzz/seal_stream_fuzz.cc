// libFuzzer: the input is a program for a sender, a network and a receiver; the model of unit/seal/stream_program.h
// says what may come of it. Each input begins with a session and a receiver of its own, so that one alone shows a
// failure.
#include "unit/seal/stream_program.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static lc::seal::test::StreamWorld world;
  world.run({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
