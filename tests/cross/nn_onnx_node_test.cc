// ONNX's own published node tests (Debian package libonnx-testdata): one operator each, with inputs and
// outputs.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <set>

#include "base/file.h"
#include "nn/operators.h"
#include "nn/reference.h"
#include "support/nn_compare.h"
#include "support/onnx_writer.h"
#include "support/test.h"

using namespace lc;
using namespace lc::nn;
namespace fs = std::filesystem;

namespace {

const fs::path kFolder = "/usr/share/libonnx-testdata/data/node";

std::string text(const fs::path& file) { return std::string(as_text(load_file(file).value())); }

// A tensor file, read as the initialiser of a graph that is nothing else.
Result<Tensor> read_tensor(const fs::path& file) {
  const std::string graph = test::wire_bytes(5, text(file) + test::wire_bytes(8, "t")) +
                            test::wire_bytes(12, test::wire_bytes(1, "t"));
  const std::string model = test::wire_bytes(8, test::wire_integer(2, 13)) + test::wire_bytes(7, graph);
  auto loaded = LC_TRY(Graph::load(as_bytes(model), "tensor"));
  return LC_TRY(run_reference(loaded, {})).at(0);
}

// The model with every input but the first made constant: concatenated protobufs are one protobuf, and a
// tensor file carries the name of its input. Operators that did not change since come with an opset below 9:
// 9 then.
Result<Graph> load_with_constants(const fs::path& folder, Tensor& input) {
  std::string model = text(folder / "model.onnx");
  const fs::path data = folder / "test_data_set_0";
  for (int i = 0; fs::exists(data / fmt::format("input_{}.pb", i)); ++i) {
    const fs::path file = data / fmt::format("input_{}.pb", i);
    if (i == 0)
      input = LC_TRY(read_tensor(file));
    else
      model += test::wire_bytes(7, test::wire_bytes(5, text(file)));
  }
  const std::string name = folder.filename().string();
  auto graph = Graph::load(as_bytes(model), name);
  if (graph || graph.error().text.find("opset") == std::string::npos) return graph;
  return Graph::load(as_bytes(model + test::wire_bytes(8, test::wire_integer(2, 9))), name);
}

bool near(const Tensor& want, const Tensor& got) {
  if (want.info.dims != got.info.dims || want.f.size() != got.f.size()) return false;
  for (std::size_t i = 0; i < want.f.size(); ++i)
    if (!(std::abs(want.f[i] - got.f[i]) <= 1e-5 + 1e-4 * std::abs(want.f[i]))) return false;
  return true;
}

// What came of it: "agrees", "differs", or the sentence with which we refuse.
std::string outcome(const fs::path& folder) {
  const auto run = [&]() -> Result<std::string> {
    Tensor input;
    const Graph graph = LC_TRY(load_with_constants(folder, input));
    const Tensor want = LC_TRY(read_tensor(folder / "test_data_set_0" / "output_0.pb"));
    Plan plan = LC_TRY(Plan::create(graph, {{input.info.dims}, 1}));
    const auto fast = LC_TRY(test::run_plan(plan, {input}));
    const auto plain = LC_TRY(run_reference(graph, {input}));
    return std::string(!near(want, fast.at(0))    ? "differs"
                       : !near(want, plain.at(0)) ? "reference differs"
                                                  : "agrees");
  };
  auto result = run();
  return result ? *result : result.error().text;
}

}  // namespace

TEST_CASE("onnx node tests: what we accept agrees, what we refuse is listed") {
  if (!fs::exists(kFolder)) LC_SKIP("package libonnx-testdata is not installed");
  // The operator of a test is its name's beginning: test_conv_..., test_maxpool_...
  const std::set<std::string> tried = {"add",
                                       "averagepool",
                                       "basic",
                                       "batchnorm",
                                       "clip",
                                       "concat",
                                       "conv",
                                       "convtranspose",
                                       "depthtospace",
                                       "div",
                                       "dropout",
                                       "edge",
                                       "constant",
                                       "flatten",
                                       "gather",
                                       "gemm",
                                       "globalaveragepool",
                                       "hardsigmoid",
                                       "hardswish",
                                       "identity",
                                       "leakyrelu",
                                       "matmul",
                                       "maxpool",
                                       "mul",
                                       "prelu",
                                       "reduce",
                                       "reflect",
                                       "relu",
                                       "reshape",
                                       "resize",
                                       "sigmoid",
                                       "slice",
                                       "softmax",
                                       "spacetodepth",
                                       "squeeze",
                                       "sub",
                                       "tanh",
                                       "transpose",
                                       "unsqueeze",
                                       "upsample"};
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(kFolder)) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  int agree = 0;
  std::vector<std::string> refused;
  for (const fs::path& folder : folders) {
    const std::string name = folder.filename().string(), begin = name.substr(5, name.find('_', 5) - 5);
    if (!tried.count(begin)) continue;
    const std::string result = outcome(folder);
    CAPTURE(name);
    CHECK(result != "differs");
    CHECK(result != "reference differs");
    if (result == "agrees")
      ++agree;
    else
      refused.push_back(result);
  }
  CHECK(agree >= 178);
  if (std::getenv("LC_NN_REFUSED"))
    for (const std::string& text : refused) std::cout << text.substr(0, 200) << "\n";
  std::cout << "onnx node tests: " << agree << " agree, " << refused.size()
            << " refused (LC_NN_REFUSED=1 lists them)\n";
}
