// The graph inside nn/: values by number, nodes in an order in which they can be computed, constants as plain
// vectors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/result.h"
#include "nn/graph.h"

namespace lc::nn {

// Numbers are kept as one of two types: every float type of the file becomes f32, every integer type and bool
// i64.
enum class DType { f32, i64 };

inline constexpr std::size_t kMaxRank = 8;
inline constexpr std::int64_t kMaxElements = std::int64_t{1} << 28;  // of one tensor: 1 GiB of f32

// Product of the dimensions; error unless all are >= 0 and the product is at most kMaxElements.
Result<std::int64_t> element_count(const Dims& dims);
// The same where the dimensions were checked already.
std::int64_t count(const Dims& dims);
std::string to_string(const Dims& dims);  // "[1, 3, 32, 32]"

struct TensorInfo {
  DType type = DType::f32;
  Dims dims;
};

// What quantised numbers saturate to is said by the type that the file gives their zero point.
enum class StoredAs { other, u8, s8 };

// A constant, row-major in ONNX's order. Exactly one of the vectors is used, according to info.type.
struct Tensor {
  TensorInfo info;
  std::vector<float> f;
  std::vector<std::int64_t> i;
  StoredAs stored_as = StoredAs::other;

  static Tensor floats(Dims dims, std::vector<float> values = {});
  static Tensor integers(Dims dims, std::vector<std::int64_t> values = {});
};
using ConstTensor = std::shared_ptr<const Tensor>;

using AttributeValue = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>,
                                    std::vector<float>, ConstTensor>;
struct Attribute {
  std::string name;
  AttributeValue value;
};

inline constexpr int kAbsent = -1;  // an optional input that a node leaves out

struct Node {
  std::string op, name;
  std::vector<int> inputs, outputs;  // value numbers
  std::vector<Attribute> attributes;

  const Attribute* find(std::string_view attribute) const;
  Result<std::int64_t> integer(std::string_view attribute, std::int64_t absent) const;
  Result<float> number(std::string_view attribute, float absent) const;
  Result<std::string> text(std::string_view attribute, std::string_view absent) const;
  Result<std::vector<std::int64_t>> integers(std::string_view attribute,
                                             std::vector<std::int64_t> absent) const;

  std::string title() const;  // "Conv 'Conv_66'"
};

// What u8 numbers mean, one for each channel or one for all: (q - zero) * step.
struct Steps {
  std::vector<float> step, zero;
  bool empty() const { return step.empty(); }
};
using StepsOf = std::unordered_map<int, Steps>;  // by value

struct Value {
  std::string name;
  ConstTensor constant;  // initialiser or folded
};

struct Model {
  std::string origin;
  int opset = 13;
  std::vector<Value> values;
  std::vector<Node> nodes;  // each after the nodes it reads from
  std::vector<int> inputs, outputs;
  std::vector<Port> input_ports, output_ports;
  StepsOf steps;  // of computed values, from the file's quantisation annotations
};

}  // namespace lc::nn
