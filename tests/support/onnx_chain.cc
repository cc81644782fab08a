#include "support/onnx_chain.h"

#include <bit>

namespace lc::test {
namespace {

// Field numbers are those of onnx.proto.
void varint(Bytes& out, std::uint64_t value) {
  for (; value >= 128; value >>= 7) out.push_back(static_cast<std::byte>(value | 128));
  out.push_back(static_cast<std::byte>(value));
}
void number(Bytes& out, int field, std::int64_t value) {
  varint(out, static_cast<std::uint64_t>(field) << 3);
  varint(out, static_cast<std::uint64_t>(value));
}
void message(Bytes& out, int field, ByteSpan content) {
  varint(out, static_cast<std::uint64_t>(field) << 3 | 2);
  varint(out, content.size());
  out.insert(out.end(), content.begin(), content.end());
}
void text(Bytes& out, int field, std::string_view value) { message(out, field, as_bytes(value)); }

Bytes value_info(std::string_view name, const std::vector<std::int64_t>& dims) {
  Bytes shape;
  for (std::int64_t size : dims) {
    Bytes dim;
    if (size < 0)
      text(dim, 2, fmt::format("d{}", -size));
    else
      number(dim, 1, size);
    message(shape, 1, dim);
  }
  Bytes tensor, type, info;
  number(tensor, 1, 1);  // elem_type FLOAT
  message(tensor, 2, shape);
  message(type, 1, tensor);
  text(info, 1, name);
  message(info, 2, type);
  return info;
}

Bytes ints_attribute(std::string_view name, const std::vector<std::int64_t>& values) {
  Bytes out;
  text(out, 1, name);
  for (std::int64_t value : values) number(out, 8, value);
  number(out, 20, 7);  // INTS
  return out;
}

}  // namespace

OnnxChain::OnnxChain(std::string_view input, const std::vector<std::int64_t>& dims) : end_(input) {
  text(graph_, 2, "chain");
  message(graph_, 11, value_info(input, dims));
}

void OnnxChain::tensor(std::string_view name, const std::vector<std::int64_t>& dims,
                       const std::vector<float>& values) {
  Bytes out, raw;
  for (std::int64_t size : dims) number(out, 1, size);
  number(out, 2, 1);  // FLOAT
  text(out, 8, name);
  Writer writer(raw);
  for (float value : values) writer.little(std::bit_cast<std::uint32_t>(value));
  message(out, 9, raw);
  message(graph_, 5, out);
}

void OnnxChain::conv(const std::vector<float>& weight, const std::vector<std::int64_t>& weight_dims,
                     std::int64_t stride, const std::vector<float>& bias, std::string_view output) {
  const std::string name(output);
  tensor(name + ".weight", weight_dims, weight);
  tensor(name + ".bias", {static_cast<std::int64_t>(bias.size())}, bias);
  Bytes node;
  text(node, 1, end_);
  text(node, 1, name + ".weight");
  text(node, 1, name + ".bias");
  text(node, 2, name);
  text(node, 3, "conv_" + name);
  text(node, 4, "Conv");
  message(node, 5, ints_attribute("kernel_shape", {weight_dims[2], weight_dims[3]}));
  message(node, 5, ints_attribute("strides", {stride, stride}));
  message(graph_, 1, node);
  end_ = name;
}

void OnnxChain::depth_to_space(std::int64_t block, std::string_view output) {
  Bytes size, mode, node;
  text(size, 1, "blocksize");
  number(size, 3, block);
  number(size, 20, 2);  // INT
  text(mode, 1, "mode");
  text(mode, 4, "CRD");
  number(mode, 20, 3);  // STRING
  text(node, 1, end_);
  text(node, 2, output);
  text(node, 3, fmt::format("shuffle_{}", output));
  text(node, 4, "DepthToSpace");
  message(node, 5, size);
  message(node, 5, mode);
  message(graph_, 1, node);
  end_ = output;
}

Bytes OnnxChain::finish(const std::vector<std::int64_t>& dims) const {
  Bytes graph = graph_;
  message(graph, 12, value_info(end_, dims));
  Bytes opset, model;
  text(opset, 1, "");
  number(opset, 2, 13);
  number(model, 1, 7);  // ir_version
  message(model, 7, graph);
  message(model, 8, opset);
  return model;
}

}  // namespace lc::test
