#include "support/onnx_writer.h"

#include <cstring>

namespace lc::test {

std::string wire_varint(std::uint64_t value) {
  std::string out;
  for (; value >= 128; value >>= 7) out += static_cast<char>(value | 128);
  return out + static_cast<char>(value);
}

std::string wire_integer(int field, std::int64_t value) {
  return wire_varint(static_cast<std::uint64_t>(field) << 3) + wire_varint(static_cast<std::uint64_t>(value));
}

std::string wire_bytes(int field, std::string_view bytes) {
  return wire_varint(static_cast<std::uint64_t>(field) << 3 | 2) + wire_varint(bytes.size()) +
         std::string(bytes);
}

namespace {

template <class T>
std::string raw(const std::vector<T>& values) {
  std::string out(values.size() * sizeof(T), '\0');
  if (!values.empty()) std::memcpy(out.data(), values.data(), out.size());
  return out;
}

std::string port(std::string_view name, const std::vector<std::int64_t>& dims, int type) {
  std::string shape;
  for (std::int64_t d : dims) shape += wire_bytes(1, d == -1 ? wire_bytes(2, "any") : wire_integer(1, d));
  return wire_bytes(1, name) + wire_bytes(2, wire_bytes(1, wire_integer(1, type) + wire_bytes(2, shape)));
}

}  // namespace

OnnxAttribute OnnxAttribute::integer(std::string_view name, std::int64_t value) {
  return {wire_bytes(1, name) + wire_integer(3, value) + wire_integer(20, 2)};
}
OnnxAttribute OnnxAttribute::number(std::string_view name, float value) {
  return {wire_bytes(1, name) + wire_varint(2 << 3 | 5) + raw(std::vector{value}) + wire_integer(20, 1)};
}
OnnxAttribute OnnxAttribute::text(std::string_view name, std::string_view value) {
  return {wire_bytes(1, name) + wire_bytes(4, value) + wire_integer(20, 3)};
}
OnnxAttribute OnnxAttribute::integers(std::string_view name, const std::vector<std::int64_t>& values) {
  std::string out = wire_bytes(1, name);
  for (std::int64_t v : values) out += wire_integer(8, v);
  return {out + wire_integer(20, 7)};
}

std::string OnnxWriter::name() { return fmt::format("v{}", names_++); }

std::string OnnxWriter::input(std::string_view given, const std::vector<std::int64_t>& dims,
                              int element_type) {
  graph_ += wire_bytes(11, port(given, dims, element_type));
  return std::string(given);
}

void OnnxWriter::output(std::string_view given, const std::vector<std::int64_t>& dims) {
  graph_ += wire_bytes(12, port(given, dims, 1));
}

std::string OnnxWriter::tensor(const std::vector<std::int64_t>& dims, std::string_view other_fields) {
  std::string out, own = name();
  for (std::int64_t d : dims) out += wire_integer(1, d);
  graph_ += wire_bytes(5, out + wire_bytes(8, own) + std::string(other_fields));
  return own;
}

std::string OnnxWriter::floats(const std::vector<std::int64_t>& dims, const std::vector<float>& values) {
  return tensor(dims, wire_integer(2, 1) + wire_bytes(9, raw(values)));
}
std::string OnnxWriter::integers(const std::vector<std::int64_t>& dims,
                                 const std::vector<std::int64_t>& values) {
  return tensor(dims, wire_integer(2, 7) + wire_bytes(9, raw(values)));
}

std::string OnnxWriter::node(std::string_view op, const std::vector<std::string>& inputs,
                             const std::vector<OnnxAttribute>& attributes, std::string_view output) {
  const std::string result = output.empty() ? name() : std::string(output);
  node(op, inputs, attributes, std::vector{result});
  return result;
}

void OnnxWriter::node(std::string_view op, const std::vector<std::string>& inputs,
                      const std::vector<OnnxAttribute>& attributes, const std::vector<std::string>& outputs) {
  std::string out;
  for (const std::string& in : inputs) out += wire_bytes(1, in);
  for (const std::string& result : outputs) out += wire_bytes(2, result);
  out += wire_bytes(3, "node_" + outputs[0]) + wire_bytes(4, op);
  for (const OnnxAttribute& a : attributes) out += wire_bytes(5, a.bytes);
  graph_ += wire_bytes(1, out);
}

Bytes OnnxWriter::model() const {
  std::string out = wire_integer(1, 8) + wire_bytes(8, wire_bytes(1, "") + wire_integer(2, opset_));
  for (const auto& [domain, version] : domains_)
    out += wire_bytes(8, wire_bytes(1, domain) + wire_integer(2, version));
  out += wire_bytes(7, graph_);
  const auto bytes = as_bytes(out);
  return {bytes.begin(), bytes.end()};
}

}  // namespace lc::test
