// libFuzzer: any bytes as entropy.bin. What loads must code some latents there and back.
#include <cstdlib>
#include <random>

#include "codec/slice_coder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lc;
  auto parsed = codec::EntropyModel::parse({reinterpret_cast<const std::byte*>(data), size});
  if (!parsed || parsed->channels() > 64) return 0;
  const auto model = std::make_shared<const codec::EntropyModel>(std::move(*parsed));
  codec::SliceCoder coder(model);
  codec::Latent before, latent, decoded;
  for (codec::Latent* one : {&before, &latent, &decoded}) one->reset(2, 3, model->channels());
  std::minstd_rand random(1);
  for (auto& q : before.values())
    q = static_cast<std::int16_t>(random() % 7 == 0 ? random() % 60000 - 30000 : 0);
  for (auto& q : latent.values()) q = static_cast<std::int16_t>(random() % 3 == 0 ? random() % 5 - 2 : 0);
  std::vector<float> exact;
  for (const auto q : latent.values()) exact.push_back(static_cast<float>(q) + static_cast<float>(random() % 9) / 10 - 0.4f);
  const codec::Latent* const references[] = {nullptr, &before};
  for (int round = 0; round < 4; ++round) {
    Bytes bytes;
    codec::SliceTask task{0, 2, model->level(0), references[round % 2]};
    if (round >= 2) task.exact = exact;
    coder.encode(latent, task, bytes);
    task.exact = {};
    if (!coder.decode(bytes, task, decoded) || !(decoded == latent)) std::abort();
  }
  return 0;
}
