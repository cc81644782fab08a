// Just enough of ONNX's protobuf to write a chain of nodes with weights: opset 13, one input, one output.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace lc::test {

class OnnxChain {
 public:
  // Dimensions below 0 are dynamic.
  OnnxChain(std::string_view input, const std::vector<std::int64_t>& dims);

  // Each takes the chain's end and gives it the name `output`.
  //   weight  [out][in][kernel][kernel]; bias [out]
  void conv(const std::vector<float>& weight, const std::vector<std::int64_t>& weight_dims,
            std::int64_t stride, const std::vector<float>& bias, std::string_view output);
  void depth_to_space(std::int64_t block, std::string_view output);  // mode CRD

  // The model; the chain's end is its output.
  Bytes finish(const std::vector<std::int64_t>& dims) const;

 private:
  void tensor(std::string_view name, const std::vector<std::int64_t>& dims, const std::vector<float>& values);

  std::string end_;
  Bytes graph_;  // fields of GraphProto so far
};

}  // namespace lc::test
