#include "nn/onnx_reader.h"

#include <bit>
#include <cmath>
#include <limits>
#include <string_view>
#include <unordered_map>

#include "nn/operators.h"
#include "nn/wire_scan.h"
#include "onnx_schema.pb.h"

namespace lc::nn {
namespace {

const char* type_name(int type) {
  static constexpr const char* kNames[] = {
      "UNDEFINED", "FLOAT",   "UINT8",  "INT8",   "UINT16", "INT16",     "INT32",      "INT64",   "STRING",
      "BOOL",      "FLOAT16", "DOUBLE", "UINT32", "UINT64", "COMPLEX64", "COMPLEX128", "BFLOAT16"};
  return type >= 0 && type <= 16 ? kNames[type] : "unknown";
}

float half_to_float(std::uint16_t h) {
  const int exponent = h >> 10 & 31, mantissa = h & 1023;
  float out = exponent == 0    ? std::ldexp(static_cast<float>(mantissa), -24)
              : exponent == 31 ? (mantissa ? std::numeric_limits<float>::quiet_NaN()
                                           : std::numeric_limits<float>::infinity())
                               : std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
  return h >> 15 ? -out : out;
}

// raw_data is little-endian, as is every machine we run on; T is the type in the file.
static_assert(std::endian::native == std::endian::little);
template <class T, class Out, class Convert>
Result<> from_raw(const std::string& raw, std::vector<Out>& out, Convert convert) {
  if (raw.size() != out.size() * sizeof(T))
    return fail(Errc::corrupt, "{} bytes of raw_data, {} expected", raw.size(), out.size() * sizeof(T));
  for (std::size_t i = 0; i < out.size(); ++i) {
    T value;
    std::memcpy(&value, raw.data() + i * sizeof(T), sizeof(T));
    out[i] = convert(value);
  }
  return {};
}

template <class Field, class Out, class Convert>
Result<> from_field(const Field& field, std::vector<Out>& out, Convert convert) {
  if (static_cast<std::size_t>(field.size()) != out.size())
    return fail(Errc::corrupt, "{} elements stored, {} expected", field.size(), out.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = convert(field[static_cast<int>(i)]);
  return {};
}

// How many elements the stored bytes can hold at most: checked before memory is asked for.
std::size_t stored(const onnx::TensorDef& t) {
  return t.raw_data().size() + static_cast<std::size_t>(t.float_data_size()) +
         static_cast<std::size_t>(t.int32_data_size()) + static_cast<std::size_t>(t.int64_data_size()) +
         static_cast<std::size_t>(t.double_data_size());
}

Result<> read_floats(const onnx::TensorDef& t, std::vector<float>& out) {
  const auto same = [](auto v) { return static_cast<float>(v); };
  const auto half = [](auto v) { return half_to_float(static_cast<std::uint16_t>(v)); };
  const bool raw = t.has_raw_data();
  switch (t.data_type()) {
    case 1:
      return raw ? from_raw<float>(t.raw_data(), out, same) : from_field(t.float_data(), out, same);
    case 10:
      return raw ? from_raw<std::uint16_t>(t.raw_data(), out, half) : from_field(t.int32_data(), out, half);
    default:
      return raw ? from_raw<double>(t.raw_data(), out, same) : from_field(t.double_data(), out, same);
  }
}

Result<> read_integers(const onnx::TensorDef& t, std::vector<std::int64_t>& out) {
  const auto same = [](auto v) { return static_cast<std::int64_t>(v); };
  if (!t.has_raw_data())
    return t.data_type() == 7 ? from_field(t.int64_data(), out, same) : from_field(t.int32_data(), out, same);
  switch (t.data_type()) {
    case 2:
      return from_raw<std::uint8_t>(t.raw_data(), out, same);
    case 3:
      return from_raw<std::int8_t>(t.raw_data(), out, same);
    case 6:
      return from_raw<std::int32_t>(t.raw_data(), out, same);
    case 7:
      return from_raw<std::int64_t>(t.raw_data(), out, same);
    default:
      return from_raw<std::uint8_t>(t.raw_data(), out, [](auto v) { return std::int64_t{v != 0}; });
  }
}

Result<ConstTensor> read_tensor(const onnx::TensorDef& t) {
  if (t.data_location() != 0)
    return fail(Errc::unsupported, "its data are in another file; store the model as one file");
  const int type = t.data_type();
  const bool is_float = type == 1 || type == 10 || type == 11;
  if (!is_float && type != 2 && type != 3 && type != 6 && type != 7 && type != 9)
    return fail(Errc::unsupported,
                "element type {} ({}); supported are FLOAT, FLOAT16, DOUBLE, INT32, INT64, INT8, UINT8, BOOL",
                type_name(type), type);
  Dims dims(t.dims().begin(), t.dims().end());
  const auto elements = static_cast<std::size_t>(LC_TRY(element_count(dims)));
  if (elements > stored(t))
    return fail(Errc::corrupt, "shape {}, but fewer elements are stored", to_string(dims));
  auto out = std::make_shared<Tensor>();
  out->info = {is_float ? DType::f32 : DType::i64, std::move(dims)};
  out->stored_as = type == 2 ? StoredAs::u8 : type == 3 ? StoredAs::s8 : StoredAs::other;
  if (is_float) {
    out->f.resize(elements);
    LC_TRY(read_floats(t, out->f));
  } else {
    out->i.resize(elements);
    LC_TRY(read_integers(t, out->i));
  }
  return ConstTensor(std::move(out));
}

Result<Attribute> read_attribute(const onnx::AttributeDef& a) {
  Attribute out{a.name(), {}};
  switch (a.type()) {
    case 1:
      out.value = a.f();
      break;
    case 2:
      out.value = std::int64_t{a.i()};
      break;
    case 3:
      out.value = a.s();
      break;
    case 4: {
      auto tensor = read_tensor(a.t());
      if (!tensor) return within(printable(a.name()), std::move(tensor).error());
      out.value = *std::move(tensor);
      break;
    }
    case 6:
      out.value = std::vector<float>(a.floats().begin(), a.floats().end());
      break;
    case 7:
      out.value = std::vector<std::int64_t>(a.ints().begin(), a.ints().end());
      break;
    default:
      return fail(Errc::unsupported,
                  "attribute {} of type {}; only numbers, texts, tensors and lists of numbers are",
                  printable(a.name()), a.type());
  }
  return out;
}

class Converter {
 public:
  explicit Converter(const onnx::GraphDef& graph) : graph_(graph) {}

  Result<Model> convert() {
    if (graph_.sparse_initializer_size() > 0) return fail(Errc::unsupported, "sparse initialisers");
    if (graph_.node_size() > kMaxNodes)
      return fail(Errc::unsupported, "{} nodes; at most {} are supported", graph_.node_size(), kMaxNodes);
    for (const auto& t : graph_.initializer()) LC_TRY(initialiser(t));
    for (const auto& v : graph_.input()) LC_TRY(input(v));
    for (const auto& n : graph_.node()) LC_TRY(node(n));
    for (const auto& v : graph_.output()) LC_TRY(output(v));
    for (const auto& a : graph_.quantization_annotation()) LC_TRY(annotation(a));
    return std::move(model_);
  }

 private:
  int number(std::string_view name) {
    auto [at, is_new] = numbers_.try_emplace(name, static_cast<int>(model_.values.size()));
    if (is_new) {
      model_.values.push_back({std::string(name), nullptr});
      written_.push_back(false);
    }
    return at->second;
  }

  // Static single assignment: each name is given a value once.
  Result<int> written(std::string_view name) {
    const int value = number(name);
    if (written_[static_cast<std::size_t>(value)])
      return fail(Errc::corrupt, "value '{}' is written twice", printable(name));
    written_[static_cast<std::size_t>(value)] = true;
    return value;
  }

  Result<> initialiser(const onnx::TensorDef& t) {
    auto tensor = read_tensor(t);
    if (!tensor)
      return within(fmt::format("initialiser '{}'", printable(t.name())), std::move(tensor).error());
    const int value = LC_TRY(written(t.name()));
    model_.values[static_cast<std::size_t>(value)].constant = *std::move(tensor);
    return {};
  }

  Result<Port> port(const onnx::ValueDef& v, const char* what) {
    Port out{v.name(), {}};
    if (!v.has_type()) return out;
    if (!v.type().has_tensor_type())
      return fail(Errc::unsupported, "{} '{}' is not a tensor", what, printable(v.name()));
    const auto& type = v.type().tensor_type();
    if (type.elem_type() != 0 && type.elem_type() != 1)
      return fail(Errc::unsupported, "{} '{}' has element type {}; only FLOAT is supported", what,
                  printable(v.name()), type_name(type.elem_type()));
    if (static_cast<std::size_t>(type.shape().dim_size()) > kMaxRank)
      return fail(Errc::unsupported, "{} '{}' has {} dimensions; at most {} are supported", what,
                  printable(v.name()), type.shape().dim_size(), kMaxRank);
    for (const auto& d : type.shape().dim()) {
      if (d.has_dim_value() && d.dim_value() < -1)
        return fail(Errc::corrupt, "{} '{}' has a dimension of {}", what, printable(v.name()), d.dim_value());
      // Exporters write 0 as well as -1 and a name for "any".
      out.dims.push_back(d.has_dim_value() && d.dim_value() > 0 ? d.dim_value() : -1);
    }
    return out;
  }

  Result<> input(const onnx::ValueDef& v) {
    // Until IR version 4 each initialiser is listed as an input too.
    const auto known = numbers_.find(v.name());
    if (known != numbers_.end() && model_.values[static_cast<std::size_t>(known->second)].constant) return {};
    model_.input_ports.push_back(LC_TRY(port(v, "input")));
    model_.inputs.push_back(LC_TRY(written(v.name())));
    return {};
  }

  Result<> output(const onnx::ValueDef& v) {
    const auto known = numbers_.find(v.name());
    if (known == numbers_.end() || !written_[static_cast<std::size_t>(known->second)])
      return fail(Errc::corrupt, "output '{}' is written by no node", printable(v.name()));
    model_.output_ports.push_back(LC_TRY(port(v, "output")));
    model_.outputs.push_back(known->second);
    return {};
  }

  // The constant that an annotation names; null where it names none.
  const Tensor* parameter(const onnx::TensorAnnotation& a, std::string_view key) const {
    for (const auto& pair : a.quant_parameter_tensor_names()) {
      if (pair.key() != key) continue;
      const auto known = numbers_.find(pair.value());
      if (known != numbers_.end()) return model_.values[static_cast<std::size_t>(known->second)].constant.get();
    }
    return nullptr;
  }

  // Of UINT8 numbers; other kinds are passed over, as everything is that only says how one might compute.
  Result<> annotation(const onnx::TensorAnnotation& a) {
    const auto known = numbers_.find(a.tensor_name());
    if (known == numbers_.end() || model_.values[static_cast<std::size_t>(known->second)].constant) return {};
    const Tensor *scale = parameter(a, "SCALE_TENSOR"), *zero = parameter(a, "ZERO_POINT_TENSOR");
    if (!scale || !zero || scale->f.empty() || zero->stored_as != StoredAs::u8) return {};
    const auto refuse = [&](const std::string& why) {
      return fail(Errc::corrupt, "quantisation of '{}': {}", printable(a.tensor_name()), why);
    };
    if (zero->i.size() != scale->f.size())
      return refuse(fmt::format("{} scales and {} zero points", scale->f.size(), zero->i.size()));
    Steps steps{scale->f, {}};
    for (float s : steps.step)
      if (!(s > 0) || !std::isfinite(s) || !std::isfinite(1 / s)) return refuse(fmt::format("a scale of {}; it must be above 0", s));
    for (std::int64_t z : zero->i) steps.zero.push_back(static_cast<float>(std::clamp<std::int64_t>(z, 0, 255)));
    model_.steps[known->second] = std::move(steps);
    return {};
  }

  Result<> node(const onnx::NodeDef& n) {
    Node out;
    out.op = printable(n.op_type());
    out.name = printable(n.name());
    const auto context = [&](Error error) { return within(out.title(), std::move(error)); };
    if (!n.domain().empty() && n.domain() != "ai.onnx")
      return context({Errc::unsupported, fmt::format("operator of domain {}; {}", printable(n.domain()),
                                                     supported_operators())});
    if (n.input_size() > 4096 || n.output_size() > 64)
      return context(
          {Errc::unsupported, fmt::format("{} inputs and {} outputs", n.input_size(), n.output_size())});
    for (const auto& a : n.attribute()) {
      auto attribute = read_attribute(a);
      if (!attribute) return context(std::move(attribute).error());
      if (out.find(attribute->name))
        return context(
            {Errc::corrupt, fmt::format("attribute {} is given twice", printable(attribute->name))});
      out.attributes.push_back(*std::move(attribute));
    }
    for (const std::string& name : n.input()) out.inputs.push_back(name.empty() ? kAbsent : number(name));
    while (!out.inputs.empty() && out.inputs.back() == kAbsent) out.inputs.pop_back();
    for (const std::string& name : n.output()) {
      if (name.empty()) {
        out.outputs.push_back(kAbsent);
        continue;
      }
      auto value = written(name);
      if (!value) return context(std::move(value).error());
      out.outputs.push_back(*value);
    }
    model_.nodes.push_back(std::move(out));
    return {};
  }

  const onnx::GraphDef& graph_;
  Model model_;
  std::unordered_map<std::string_view, int> numbers_;  // views into the protobuf
  std::vector<bool> written_;
};

Result<int> read_opset(const onnx::Model& proto) {
  int opset = 0;
  for (const auto& import : proto.opset_import())
    if (import.domain().empty() || import.domain() == "ai.onnx")
      opset = static_cast<int>(std::clamp<std::int64_t>(import.version(), 0, 1000));
  if (opset < kMinOpset || opset > kMaxOpset)
    return fail(Errc::unsupported, "opset {} of ai.onnx; export with opset {} to {}", opset, kMinOpset,
                kMaxOpset);
  return opset;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out(text.substr(0, 100));
  for (char& c : out)
    if (c < 32 || c > 126) c = '?';
  if (text.size() > 100) out += "...";
  return out;
}

Result<Model> read_onnx(ByteSpan bytes) {
  if (bytes.size() > kMaxModelBytes)
    return fail(Errc::unsupported, "{} bytes; at most {} are supported", bytes.size(), kMaxModelBytes);
  LC_TRY(scan_wire(bytes));
  onnx::Model proto;
  if (!proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !proto.has_graph())
    return fail(Errc::bad_format, "not an ONNX model");
  const int opset = LC_TRY(read_opset(proto));
  Model model = LC_TRY(Converter(proto.graph()).convert());
  model.opset = opset;
  return model;
}

}  // namespace lc::nn
