// Random programs of stream_program.h.
#pragma once

namespace lc::seal::test {

void play_random_programs(int programs);

}  // namespace lc::seal::test
