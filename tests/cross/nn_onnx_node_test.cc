// ONNX's own published node tests (Debian package libonnx-testdata): one operator each, with inputs and outputs.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <map>

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

// Why tests of operators that we have are refused: a part of the sentence, and how many of ONNX 1.12 it refuses.
struct Refusal {
  const char* sentence;
  int tests;
};
constexpr Refusal kRefusals[] = {
    {"is a second output; only first outputs are computed", 9},  // masks, running means, places of maxima
    {"Dropout: training_mode", 3},
    {"an input of 3 dimensions; 4 are supported", 2},
    {"an input of 5 dimensions; 4 are supported", 2},
    {"and weights [1, 2, 3]; both need four dimensions", 1},
    {"and weights [1, 2, 3, 3, 3]; both need four dimensions", 1},
    {"Resize: mode other than nearest and linear", 9},  // cubic
    {"Resize: coordinate_transformation_mode other than", 1},
    {"Resize: align_corners with 2 places scaled by 0.6", 1},
    {"Gather: indices of 2 dimensions", 1},
    {"Gemm: C of shape [3, 4]; one number for each column is supported", 1},
    {"its input must be constant, it is computed at run time", 4},  // Ceil, Floor
    {"computes integers from an input of the graph", 8},            // Greater, Less
    {"Range: start must be constant", 1},
    {"Clip: input 0 holds integers", 1},
    {"Clip: min and max must be single numbers", 2},  // of integers
    {"MaxPool: input 0 holds integers", 1},
    {"FLOAT, DOUBLE, INT32, INT64 and BOOL are supported", 6},  // Cast
    {"; supported are FLOAT, FLOAT16, DOUBLE, INT32, INT64, INT8, UINT8, BOOL", 16},
    {"is open; give its dimensions", 2},  // a picture without elements
    {"is empty", 2},
    {"initialiser ''", 1},  // no tensor but a sequence
    {"tensor: initialiser 't'", 1},
};
constexpr std::size_t kTestsOf1_12 = 932;

std::string text(const fs::path& file) { return std::string(as_text(load_file(file).value())); }

// One field of a protobuf message: its number, its bytes with the number, and the value alone.
struct Field {
  int number;
  std::string_view whole, value;
};

std::vector<Field> fields(std::string_view message) {
  std::vector<Field> out;
  std::size_t at = 0;
  const auto varint = [&] {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(message.at(at++));
      value |= std::uint64_t{byte & 127u} << shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.size()) {
    const std::size_t begin = at;
    const std::uint64_t key = varint();
    std::size_t value = at;
    if ((key & 7) == 0) varint();
    if ((key & 7) == 1) at += 8;
    if ((key & 7) == 5) at += 4;
    if ((key & 7) == 2) {
      const std::uint64_t size = varint();
      value = at;
      at += size;
    }
    out.push_back({static_cast<int>(key >> 3), message.substr(begin, at - begin), message.substr(value, at - value)});
  }
  return out;
}

std::string_view first(std::string_view message, int number) {
  for (const Field& field : fields(message))
    if (field.number == number) return field.value;
  return {};
}

// A tensor file, read as the initialiser of a graph that is nothing else.
Result<Tensor> read_tensor(const fs::path& file) {
  const std::string graph =
      test::wire_bytes(5, text(file) + test::wire_bytes(8, "t")) + test::wire_bytes(12, test::wire_bytes(1, "t"));
  const std::string model = test::wire_bytes(8, test::wire_integer(2, 13)) + test::wire_bytes(7, graph);
  auto loaded = LC_TRY(Graph::load(as_bytes(model), "tensor"));
  return LC_TRY(run_reference(loaded, {})).at(0);
}

bool holds_f32(const fs::path& tensor) { return first(text(tensor), 2) == "\x01"; }

// The model with every output turned into f32, so that those of integers and of truths can be compared too.
std::string with_float_outputs(const std::string& model) {
  const test::OnnxAttribute to = test::OnnxAttribute::integer("to", 1);
  std::string out, graph;
  for (const Field& field : fields(model)) {
    if (field.number != 7) {
      out += field.whole;
      continue;
    }
    for (const Field& part : fields(field.value)) {
      if (part.number != 12) {
        graph += part.whole;
        continue;
      }
      const std::string name(first(part.value, 1));
      graph += test::wire_bytes(1, test::wire_bytes(1, name) + test::wire_bytes(2, name + " as float") +
                                       test::wire_bytes(4, "Cast") + test::wire_bytes(5, to.bytes));
      graph += test::wire_bytes(12, test::wire_bytes(1, name + " as float"));
    }
  }
  return out + test::wire_bytes(7, graph);
}

// Whether the model has an operator that we do not have.
bool has_unknown_operator(const std::string& model) {
  for (const Field& field : fields(first(model, 7)))
    if (field.number == 1 && !find_operator(first(field.value, 4))) return true;
  return false;
}

// Every input but the first is made constant, and the first too unless it is f32: concatenated protobufs are one
// protobuf, and a tensor file carries the name of its input. Operators that did not change since come with an opset
// below 9: 9 then.
Result<Graph> load_with_constants(const fs::path& folder, std::vector<Tensor>& inputs) {
  std::string model = with_float_outputs(text(folder / "model.onnx"));
  const fs::path data = folder / "test_data_set_0";
  for (int i = 0; fs::exists(data / fmt::format("input_{}.pb", i)); ++i) {
    const fs::path file = data / fmt::format("input_{}.pb", i);
    if (i == 0 && holds_f32(file))
      inputs.push_back(LC_TRY(read_tensor(file)));
    else
      model += test::wire_bytes(7, test::wire_bytes(5, text(file)));
  }
  const std::string name = folder.filename().string();
  const std::string_view opset = first(first(model, 8), 2);
  if (opset.size() == 1 && opset[0] < 9) model += test::wire_bytes(8, test::wire_integer(2, 9));
  return Graph::load(as_bytes(model), name);
}

bool near(const Tensor& want, const Tensor& got) {
  if (want.info.dims != got.info.dims) return false;
  for (std::size_t i = 0; i < got.f.size(); ++i) {
    const double w = want.info.type == DType::f32 ? double{want.f[i]} : static_cast<double>(want.i[i]);
    if (!(std::abs(w - got.f[i]) <= 1e-5 + 1e-4 * std::abs(w)) && w != double{got.f[i]}) return false;
  }
  return true;
}

// What came of it: "agrees", "agrees as a constant", "differs", or the sentence with which we refuse.
std::string outcome(const fs::path& folder) {
  const auto run = [&]() -> Result<std::string> {
    std::vector<Tensor> inputs;
    const Graph graph = LC_TRY(load_with_constants(folder, inputs));
    std::vector<Dims> dims;
    for (const Tensor& input : inputs) dims.push_back(input.info.dims);
    Plan plan = LC_TRY(Plan::create(graph, {dims, 1}));
    const auto fast = LC_TRY(test::run_plan(plan, inputs));
    const auto plain = LC_TRY(run_reference(graph, inputs));
    for (std::size_t i = 0; i < fast.size(); ++i) {
      const Tensor want = LC_TRY(read_tensor(folder / "test_data_set_0" / fmt::format("output_{}.pb", i)));
      if (!near(want, fast[i])) return "differs";
      if (!near(want, plain[i])) return "reference differs";
    }
    return inputs.empty() ? "agrees as a constant" : "agrees";
  };
  auto result = run();
  return result ? *result : result.error().text;
}

}  // namespace

TEST_CASE("onnx node tests: what we accept agrees, what we refuse is listed") {
  if (!fs::exists(kFolder)) LC_SKIP("package libonnx-testdata is not installed");
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(kFolder)) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  int agree = 0, constant = 0, unknown = 0, opset = 0;
  std::map<std::string, int> refused;
  for (const fs::path& folder : folders) {
    const std::string name = folder.filename().string(), model = text(folder / "model.onnx");
    CAPTURE(name);
    if (has_unknown_operator(model)) {
      CHECK_FALSE(Graph::load(as_bytes(model), name));
      ++unknown;
      continue;
    }
    const std::string result = outcome(folder);
    if (std::getenv("LC_NN_REFUSED") && result.substr(0, 6) != "agrees") std::cout << result << "\n";
    if (result == "agrees") {
      ++agree;
    } else if (result == "agrees as a constant") {
      ++constant;
    } else if (result.find("of ai.onnx; export with opset") != std::string::npos) {
      ++opset;
    } else {
      const auto reason = std::find_if(std::begin(kRefusals), std::end(kRefusals),
                                       [&](const Refusal& r) { return result.find(r.sentence) != std::string::npos; });
      CAPTURE(result);
      CHECK(reason != std::end(kRefusals));
      if (reason != std::end(kRefusals)) ++refused[reason->sentence];
    }
  }
  std::cout << "onnx node tests: " << folders.size() << ", of them " << unknown << " of operators that we do not have\n"
            << agree << " agree, " << constant << " more agree as constants, " << opset
            << " are of an opset above 17\n";
  for (const auto& [sentence, tests] : refused) std::cout << tests << " refused: ... " << sentence << " ...\n";
  CHECK(agree + opset >= 242);
  CHECK(constant + opset >= 58);
  if (folders.size() != kTestsOf1_12) return;  // another version of ONNX
  for (const Refusal& r : kRefusals) {
    CAPTURE(std::string(r.sentence));
    CHECK(refused[r.sentence] == r.tests);
  }
}
