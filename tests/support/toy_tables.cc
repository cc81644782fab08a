#include <algorithm>
#include <cstdint>

#include "support/toy_bundle.h"

namespace lc::test {
namespace {

constexpr std::int64_t kUnit = 4096;  // "expect a magnitude of 1"

std::int64_t square_root(std::int64_t x) {
  std::int64_t root = 0;
  for (std::int64_t bit = std::int64_t{1} << 30; bit > 0; bit /= 2)
    if ((root + bit) * (root + bit) <= x) root += bit;
  return root;
}

// Two-sided geometric distribution with mean magnitude `mean` / kUnit.
EntropyTables::Table geometric(std::int64_t mean) {
  // theta = (sqrt(1 + m^2) - 1) / m, in 1/65536.
  const std::int64_t theta = (square_root((kUnit * kUnit + mean * mean) * 256) - kUnit * 16) * 4096 / mean;
  std::int64_t weight[18];
  weight[0] = std::int64_t{1} << 30;
  for (int i = 1; i < 18; ++i) weight[i] = weight[i - 1] * theta >> 16;
  const std::int64_t escape = 2 * weight[16] * 65536 / (65536 - theta);
  std::int64_t sum = escape;
  for (int s = -15; s <= 15; ++s) sum += weight[std::abs(s)];
  EntropyTables::Table table{};
  int total = 0;
  for (int entry = 0; entry < 32; ++entry) {
    const std::int64_t w = entry == 31 ? escape : weight[std::abs(entry - 15)];
    table.frequency[static_cast<std::size_t>(entry)] = static_cast<std::uint16_t>(1 + w * 4064 / sum);
    total += table.frequency[static_cast<std::size_t>(entry)];
  }
  table.frequency[15] = static_cast<std::uint16_t>(table.frequency[15] + 4096 - total);
  for (std::int64_t m = mean; m > 2 * kUnit; m /= 2) ++table.escape_order;
  return table;
}

EntropyTables::Weights weights(std::size_t channels) {
  EntropyTables::Weights w;
  w.near[0].assign(channels, 1000);
  w.near[1].assign(channels, 1000);
  w.near[2].assign(channels, 300);
  w.near[3].assign(channels, 300);
  w.bias.assign(channels, 150);
  for (std::size_t j = 0; j < channels; ++j)
    for (std::size_t k = j + 1; k < channels; ++k)
      w.earlier.push_back(static_cast<std::int16_t>(1200 / (2 + k - j)));
  return w;
}

}  // namespace

EntropyTables toy_tables(int channels) {
  constexpr int kQualities = 64;
  EntropyTables t;
  t.channels = channels;
  t.qualities = kQualities;
  const auto count = static_cast<std::size_t>(channels);
  double gain = 0.5;
  for (int quality = 0; quality < kQualities; ++quality, gain *= 1.068) {
    t.forward.insert(t.forward.end(), count, static_cast<float>(gain));
    t.inverse.insert(t.inverse.end(), count, static_cast<float>(1 / gain));
    t.level.push_back(static_cast<std::uint8_t>(quality / 32));
  }
  for (int channel = 0; channel < channels; ++channel) t.order.push_back(static_cast<std::uint16_t>(channel));
  if (channels > 5) std::swap(t.order[3], t.order[5]);  // so that rank and channel are not the same
  t.weights = {weights(count), weights(count)};
  t.predictors.assign(2, {{0, {{0, 0, 192}, {1, 0, 192}, {2, 0, -128}}}});
  std::int64_t threshold = 64;
  for (int table = 0; table < 24; ++table, threshold = threshold * 3 / 2) {
    t.tables.push_back(geometric(threshold * 4 / 5));
    if (table < 23) t.table_thresholds.push_back(static_cast<std::int32_t>(threshold));
  }
  threshold = 128;
  for (int flag = 0; flag < 12; ++flag, threshold *= 2) {
    const std::int64_t zero = std::clamp<std::int64_t>(kUnit * kUnit / (kUnit + threshold * 3 / 4), 1, 4095);
    t.flags.push_back({static_cast<std::uint16_t>(zero), static_cast<std::uint16_t>(std::min<std::int64_t>(
                                                             256 * kUnit / (kUnit - zero), 65535))});
    if (flag < 11) t.flag_thresholds.push_back(static_cast<std::int32_t>(threshold));
  }
  return t;
}

}  // namespace lc::test
