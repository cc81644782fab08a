// Writes entropy.bin (runtime/codec/FORMAT.md) from plain vectors, without checking them: tests write hostile
// ones too.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace lc::test {

struct EntropyTables {
  struct Weights {
    std::array<std::vector<std::int16_t>, 4> near;  // left, up, up left, up right, by rank
    std::vector<std::int32_t> bias;
    std::vector<std::int16_t> earlier;  // packed: rank j on rank k, j < k
  };
  struct Predictor {
    struct Term {
      std::uint8_t place;
      std::uint16_t rank;
      std::int16_t weight;
    };
    std::uint16_t rank;
    std::vector<Term> terms;
  };
  struct Table {
    std::array<std::uint16_t, 32> frequency;
    std::uint8_t escape_order;
  };
  struct Flag {
    std::uint16_t zero, boost;
  };

  int channels = 0, qualities = 0, clip = 31;
  std::vector<float> forward, inverse;  // [qualities][channels]
  std::vector<std::uint16_t> order;
  std::vector<std::uint8_t> level;
  std::vector<Weights> weights;
  std::vector<std::vector<Predictor>> predictors;  // by level
  std::vector<std::int32_t> table_thresholds;
  std::vector<Table> tables;
  std::vector<std::int32_t> flag_thresholds;
  std::vector<Flag> flags;
  std::vector<std::uint16_t> modes;    // empty: no such section
  std::vector<Weights> delta_weights;  // empty: no such section
};

Bytes pack(const EntropyTables& tables);

// A magic-less section, for tests that put odd ones behind.
void append_section(Bytes& out, std::string_view tag, ByteSpan payload);

}  // namespace lc::test
