// The inner loop of the context model: e[i] += sum over some rows of row[i] * magnitude.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lc::codec {

// Rows of one group, at most.
inline constexpr std::size_t kMaxWeighed = 8;

struct Weighed {
  const std::int16_t* row;
  std::int16_t magnitude;  // 0..63
};

//   rows   [row_count], at most kMaxWeighed
//   count  of e and of each row, a multiple of 16
// The same integers on every CPU.
using Weigh = void (*)(const Weighed* rows, std::size_t row_count, std::int32_t* e, std::size_t count);

// The fastest that this CPU runs.
Weigh fastest_weigh();

// The slow twin, and every other that was built and runs here, for tests.
void weigh_plainly(const Weighed* rows, std::size_t row_count, std::int32_t* e, std::size_t count);
struct NamedWeigh {
  const char* name;
  Weigh weigh;
};
std::size_t weighs(NamedWeigh (&out)[3]);

}  // namespace lc::codec
