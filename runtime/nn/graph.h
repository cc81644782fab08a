// A checked ONNX graph: what the file says, before shapes are fixed and anything is computed.
//
// Operators of ai.onnx, opset 9 to 17, float tensors, batches of pictures in NCHW as ONNX has them. Whatever
// we do not support is refused here with the operator, the node, and what is supported.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace lc::nn {

using Dims = std::vector<std::int64_t>;

struct Model;  // nn/model.h
struct Steps;

// An input or output of the graph. Unknown dimensions are -1; a shape that the file does not give is empty.
struct Port {
  std::string name;
  Dims dims;
};

class Graph {
 public:
  //   origin   file name or the like, put before every error
  //   errors   bad_format (not ONNX), truncated, corrupt (contradicts itself), unsupported
  static Result<Graph> load(ByteSpan onnx, std::string_view origin);

  std::span<const Port> inputs() const { return inputs_; }
  std::span<const Port> outputs() const { return outputs_; }

  // The same graph with computed values as further outputs, which are then kept apart: to look at them.
  Graph with_outputs(std::span<const int> values) const;

  // The same graph with other numbers for u8: by name of the value.
  Graph with_steps(const std::map<std::string, Steps>& steps) const;

  const Model& model() const { return *model_; }  // for nn/ and its tests

 private:
  explicit Graph(std::shared_ptr<const Model> model);

  std::shared_ptr<const Model> model_;
  std::vector<Port> inputs_, outputs_;
};

}  // namespace lc::nn
