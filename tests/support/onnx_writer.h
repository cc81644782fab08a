// Writes small ONNX models for tests, byte by byte: independent of the schema that the runtime reads them
// with.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace lc::test {

// One attribute of a node.
struct OnnxAttribute {
  static OnnxAttribute integer(std::string_view name, std::int64_t value);
  static OnnxAttribute number(std::string_view name, float value);
  static OnnxAttribute text(std::string_view name, std::string_view value);
  static OnnxAttribute integers(std::string_view name, const std::vector<std::int64_t>& values);
  std::string bytes;  // an AttributeProto
};

class OnnxWriter {
 public:
  explicit OnnxWriter(int opset = 13) : opset_(opset) {}

  // -1 stands for an open dimension. Each returns the name of the value, for use as an input of a node.
  std::string input(std::string_view name, const std::vector<std::int64_t>& dims, int element_type = 1);
  void output(std::string_view name, const std::vector<std::int64_t>& dims);
  std::string floats(const std::vector<std::int64_t>& dims, const std::vector<float>& values);
  std::string integers(const std::vector<std::int64_t>& dims, const std::vector<std::int64_t>& values);
  // Any TensorProto fields besides dims and name, for wrong ones.
  std::string tensor(const std::vector<std::int64_t>& dims, std::string_view other_fields);
  std::string node(std::string_view op, const std::vector<std::string>& inputs,
                   const std::vector<OnnxAttribute>& attributes = {}, std::string_view output = "");
  void node(std::string_view op, const std::vector<std::string>& inputs, const std::vector<OnnxAttribute>& attributes,
            const std::vector<std::string>& outputs);
  void domain(std::string_view name, int version) { domains_.emplace_back(name, version); }

  Bytes model() const;

 private:
  std::string name();
  std::string graph_;
  std::vector<std::pair<std::string, int>> domains_;
  int opset_, names_ = 0;
};

// Fields of protobuf's wire format.
std::string wire_varint(std::uint64_t value);
std::string wire_integer(int field, std::int64_t value);
std::string wire_bytes(int field, std::string_view bytes);

}  // namespace lc::test
