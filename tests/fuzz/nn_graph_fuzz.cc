// libFuzzer: any bytes as an ONNX model. What loads and is small is planned and run too.
#include <cstdint>
#include <vector>

#include "nn/model.h"
#include "nn/plan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lc;
  auto graph = nn::Graph::load({reinterpret_cast<const std::byte*>(data), size}, "fuzz");
  if (!graph) return 0;
  std::int64_t elements = 0;
  std::vector<nn::Dims> dims;
  for (const nn::Port& port : graph->inputs()) {
    dims.push_back(port.dims);
    for (std::int64_t& d : dims.back())
      if (d < 0) d = 4;
    elements += nn::element_count(dims.back()).value_or(1 << 20);
  }
  if (elements > 1 << 12) return 0;  // right, but slow
  auto plan = nn::Plan::create(*graph, {dims, 1});
  if (plan && plan->macs() < 1'000'000) (void)plan->run();
  return 0;
}
