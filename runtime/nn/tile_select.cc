#include "nn/tile_select.h"

#include "nn/onednn.h"

namespace lc::nn {

std::vector<const TileKernels*> available_tiles() {
  std::vector<const TileKernels*> out;
#if defined(__x86_64__)
  const onednn::Instructions allowed = onednn::instructions();
  const bool has_vnni = __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  if (has_vnni && allowed.vnni) {
    if (allowed.bf16 && __builtin_cpu_supports("avx512bf16")) out.push_back(&kAvx512Bf16Tiles);
    out.push_back(&kAvx512Tiles);
  }
#endif
  out.push_back(&kPortableTiles);
  return out;
}

const TileKernels& best_tiles() { return *available_tiles().front(); }

}  // namespace lc::nn
