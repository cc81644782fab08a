// libFuzzer: any bytes as an array of numpy.
#include "quality/npz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto array = lc::quality::parse_npy(std::as_bytes(std::span(data, size)));
  if (!array) return 0;
  (void)array->floats();
  (void)array->integers();
  (void)array->texts();
  return 0;
}
