// Random latents for tests of the coder.
#pragma once

#include <algorithm>
#include <random>

#include "codec/entropy_model.h"
#include "codec/latent.h"
#include "support/test.h"
#include "support/toy_bundle.h"

namespace lc::test {

inline std::shared_ptr<const codec::EntropyModel> parse_model(const EntropyTables& tables) {
  auto model = codec::EntropyModel::parse(pack(tables));
  REQUIRE(model);
  return std::make_shared<const codec::EntropyModel>(std::move(*model));
}

// The toy's, with 16 channels, some of them predicted from others: of neighbours and of their own position.
inline EntropyTables predicting_tables() {
  auto tables = toy_tables(16);
  tables.predictors[0] = {{0, {{0, 0, 200}, {1, 3, -90}}},
                          {3, {{4, 0, 64}, {4, 2, -300}, {3, 15, 31}}},
                          {4, {{4, 3, 128}}},
                          {12, {{4, 7, 1024}, {2, 12, -1024}}}};
  return tables;
}

// Mostly zeros; magnitudes fall with the rank; now and then one that needs an escape.
inline codec::Latent random_latent(int rows, int columns, int channels, std::uint32_t seed) {
  std::mt19937 random(seed);
  codec::Latent latent;
  latent.reset(rows, columns, channels);
  for (std::size_t i = 0; i < latent.values().size(); ++i) {
    const auto rank = static_cast<unsigned>(i % static_cast<std::size_t>(channels));
    if (random() % (2 + rank / 2) != 0) continue;
    const int range = random() % 50 == 0 ? 60000 : rank < 3 ? 40 : 3;
    latent.values()[i] = static_cast<std::int16_t>(
        std::clamp(static_cast<int>(random() % static_cast<unsigned>(2 * range + 1)) - range, -32767, 32767));
  }
  return latent;
}

// Another frame of the same scene: most positions as before, some moved a little, some new.
inline codec::Latent next_latent(const codec::Latent& before, std::uint32_t seed) {
  std::mt19937 random(seed);
  codec::Latent latent = before;
  const codec::Latent other = random_latent(before.rows(), before.columns(), before.channels(), seed + 1000);
  for (int row = 0; row < latent.rows(); ++row)
    for (int column = 0; column < latent.columns(); ++column) {
      const unsigned what = random() % 8;
      for (int k = 0; k < latent.channels(); ++k) {
        std::int16_t& q = latent.at(row, column)[k];
        if (what == 0) q = other.at(row, column)[k];
        if (what == 1 && random() % 6 == 0)
          q = static_cast<std::int16_t>(std::clamp(q + static_cast<int>(random() % 5) - 2, -32767, 32767));
      }
    }
  return latent;
}

}  // namespace lc::test
