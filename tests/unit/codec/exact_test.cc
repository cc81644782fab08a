// Coded integers are the same with every kernel: by default a few million, with LATENTCAST_SYMBOLS as many as that
// says.
#include <algorithm>
#include <cstdlib>

#include "codec/slice_coder.h"
#include "latents.h"
#include "support/test.h"

using namespace lc;
using namespace lc::codec;

TEST_CASE("exact: every kernel writes the same bytes and reads the same integers") {
  const char* wanted = std::getenv("LATENTCAST_SYMBOLS");
  const double symbols = wanted ? std::atof(wanted) : 3e6;
  constexpr int kRows = 45, kColumns = 80, kChannels = 64;
  const auto model = test::parse_model(test::toy_tables(kChannels));
  NamedWeigh all[3];
  const std::size_t kernels = weighs(all);
  double done = 0;
  Latent before = test::random_latent(kRows, kColumns, kChannels, 1);
  for (std::uint32_t frame = 0; done < symbols; ++frame) {
    const bool is_key = frame % 8 == 0;
    Latent latent = is_key ? test::random_latent(kRows, kColumns, kChannels, frame) : test::next_latent(before, frame);
    const SliceTask task{0, kRows, 0, is_key ? nullptr : &before, {}};
    Bytes first;
    for (std::size_t k = 0; k < kernels; ++k) {
      SliceCoder coder(model, all[k].weigh);
      Bytes bytes;
      coder.encode(latent, task, bytes);
      if (k == 0) first = bytes;
      REQUIRE(bytes == first);
      Latent got = latent;
      std::fill(got.values().begin(), got.values().end(), std::int16_t{0});
      REQUIRE(coder.decode(first, task, got));
      REQUIRE(got == latent);
    }
    done += static_cast<double>(latent.values().size());
    before = latent;
  }
  MESSAGE("symbols: " << done);
}
