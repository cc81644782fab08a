// libFuzzer: a stream of coded frames, each behind its length (u16, big-endian), into one decoder of the
// toy's tables. Seeds are frames of these.
#include <cstdlib>

#include "codec/latent_decoder.h"
#include "support/toy_bundle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lc;
  static const auto model = std::make_shared<const codec::EntropyModel>(
      codec::EntropyModel::parse(test::pack(test::toy_tables())).value());
  auto decoder = codec::LatentDecoder::create(model, 0x746f7931, {512, 512});
  Reader reader({reinterpret_cast<const std::byte*>(data), size});
  while (reader.remaining() > 2) {
    const std::size_t length = std::min<std::size_t>(*reader.big<std::uint16_t>(), reader.remaining());
    const auto frame = decoder.decode(*reader.take(length));
    if (!frame) continue;
    const auto& latent = (*frame)->latent;
    if (latent.rows() > 32 || latent.columns() > 32) std::abort();
    for (std::int16_t q : latent.values())
      if (q < -codec::kMaxLatentValue) std::abort();
  }
  return 0;
}
