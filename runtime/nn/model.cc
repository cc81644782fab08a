#include "nn/model.h"

namespace lc::nn {

Result<std::int64_t> element_count(const Dims& dims) {
  if (dims.size() > kMaxRank)
    return fail(Errc::unsupported, "a tensor of {} dimensions; at most {} are supported", dims.size(),
                kMaxRank);
  std::int64_t product = 1;
  bool empty = false;
  for (std::int64_t d : dims) {
    if (d < 0) return fail(Errc::corrupt, "shape {} has a negative dimension", to_string(dims));
    if (d == 0) {
      empty = true;
      continue;
    }
    if (d > kMaxElements / product)
      return fail(Errc::unsupported, "a tensor of shape {}; at most {} elements are supported",
                  to_string(dims), kMaxElements);
    product *= d;
  }
  return empty ? 0 : product;
}

std::int64_t count(const Dims& dims) {
  std::int64_t product = 1;
  for (std::int64_t d : dims) product *= d;
  return product;
}

std::string to_string(const Dims& dims) {
  std::string out = "[";
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (i > 0) out += ", ";
    out += i < 2 * kMaxRank ? std::to_string(dims[i]) : "...";
    if (i == 2 * kMaxRank) break;
  }
  return out + "]";
}

Tensor Tensor::floats(Dims dims, std::vector<float> values) {
  Tensor t{{DType::f32, std::move(dims)}, std::move(values), {}};
  t.f.resize(static_cast<std::size_t>(count(t.info.dims)));
  return t;
}

Tensor Tensor::integers(Dims dims, std::vector<std::int64_t> values) {
  Tensor t{{DType::i64, std::move(dims)}, {}, std::move(values)};
  t.i.resize(static_cast<std::size_t>(count(t.info.dims)));
  return t;
}

const Attribute* Node::find(std::string_view attribute) const {
  for (const Attribute& a : attributes)
    if (a.name == attribute) return &a;
  return nullptr;
}

namespace {

template <class T>
Result<T> get(const Node& node, std::string_view attribute, T absent, const char* expected) {
  const Attribute* found = node.find(attribute);
  if (!found) return absent;
  if (const T* value = std::get_if<T>(&found->value)) return *value;
  return fail(Errc::corrupt, "attribute {}: expected {}", attribute, expected);
}

}  // namespace

Result<std::int64_t> Node::integer(std::string_view attribute, std::int64_t absent) const {
  return get<std::int64_t>(*this, attribute, absent, "an integer");
}
Result<float> Node::number(std::string_view attribute, float absent) const {
  return get<float>(*this, attribute, absent, "a number");
}
Result<std::string> Node::text(std::string_view attribute, std::string_view absent) const {
  return get<std::string>(*this, attribute, std::string(absent), "a text");
}
Result<std::vector<std::int64_t>> Node::integers(std::string_view attribute,
                                                 std::vector<std::int64_t> absent) const {
  return get<std::vector<std::int64_t>>(*this, attribute, std::move(absent), "a list of integers");
}

std::string Node::title() const { return name.empty() ? op : fmt::format("{} '{}'", op, name); }

}  // namespace lc::nn
