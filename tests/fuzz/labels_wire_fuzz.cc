// libFuzzer: any bytes as sealed labels; what is accepted must say the same when written again.
#include <cstdlib>

#include "classify/labels_wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lc;
  const ByteSpan bytes{reinterpret_cast<const std::byte*>(data), size};
  const auto labels = classify::unpack_labels(bytes, classify::kNoTime);
  if (!labels) return 0;
  Bytes again;
  classify::pack_labels(*labels, classify::kNoTime, size, again);
  const auto back = classify::unpack_labels(again, classify::kNoTime);
  if (!back || back->best.size() != labels->best.size() || back->model != labels->model) std::abort();
  return 0;
}
