#include "codec/latent.h"

#include <algorithm>
#include <array>

#include "base/clones.h"
#include "base/result.h"

namespace lc::codec {

void copy_area(const Latent& from, int column, int row, int columns, int rows, Latent& to) {
  LC_EXPECT(column >= 0 && row >= 0 && column + columns <= from.columns() && row + rows <= from.rows(),
            "the area lies in the latent");
  to.reset(rows, columns, from.channels());
  for (int y = 0; y < rows; ++y) std::copy_n(from.at(row + y, column), columns * from.channels(), to.at(y, 0));
}

// Eight FNV-1a chains over 16-bit values, value i in chain i mod 8, then one chain over the eight results.
LC_CLONES std::uint32_t fingerprint(const Latent& latent) {
  constexpr std::uint32_t kPrime = 16777619, kBasis = 2166136261;
  constexpr std::size_t kChains = 8;
  std::array<std::uint32_t, kChains> chain;
  for (std::size_t lane = 0; lane < kChains; ++lane) chain[lane] = kBasis + static_cast<std::uint32_t>(lane);
  const auto values = latent.values();
  std::size_t i = 0;
  for (; i + kChains <= values.size(); i += kChains)
    for (std::size_t lane = 0; lane < kChains; ++lane)
      chain[lane] = (chain[lane] ^ static_cast<std::uint16_t>(values[i + lane])) * kPrime;
  for (std::size_t lane = 0; i < values.size(); ++i, ++lane)
    chain[lane] = (chain[lane] ^ static_cast<std::uint16_t>(values[i])) * kPrime;
  std::uint32_t all = kBasis;
  for (std::uint32_t part : chain) all = (all ^ part) * kPrime;
  return all;
}

}  // namespace lc::codec
