#include "engine/property_value.h"

#include <gst/gst.h>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <type_traits>

#include "base/suggest.h"

namespace lc::engine {
namespace {

using config::Value;

// " in 0..63", " of at least 0", or nothing where the whole type is allowed.
template <class Spec>
std::string limits_of(GParamSpec* param) {
  const auto* spec = reinterpret_cast<const Spec*>(param);
  using T = decltype(Spec::minimum);
  const bool from = spec->minimum > std::numeric_limits<T>::lowest();
  // The greatest number of 32 bits is worth telling; of 64 bits and of floats it is not.
  const bool to = spec->maximum < std::numeric_limits<T>::max() || (from && std::is_same_v<T, gint>);
  if (from && to) return fmt::format(" in {}..{}", spec->minimum, spec->maximum);
  if (from) return fmt::format(" of at least {}", spec->minimum);
  if (to) return fmt::format(" of at most {}", spec->maximum);
  return std::is_unsigned_v<T> ? " of at least 0" : "";
}

// Ranges of numeric properties; empty for others.
std::optional<std::string> limits(GParamSpec* param) {
  switch (G_TYPE_FUNDAMENTAL(G_PARAM_SPEC_VALUE_TYPE(param))) {
    case G_TYPE_INT:
      return limits_of<GParamSpecInt>(param);
    case G_TYPE_UINT:
      return limits_of<GParamSpecUInt>(param);
    case G_TYPE_LONG:
      return limits_of<GParamSpecLong>(param);
    case G_TYPE_ULONG:
      return limits_of<GParamSpecULong>(param);
    case G_TYPE_INT64:
      return limits_of<GParamSpecInt64>(param);
    case G_TYPE_UINT64:
      return limits_of<GParamSpecUInt64>(param);
    case G_TYPE_FLOAT:
      return limits_of<GParamSpecFloat>(param);
    case G_TYPE_DOUBLE:
      return limits_of<GParamSpecDouble>(param);
    default:
      return std::nullopt;
  }
}

bool is_real(GType type) { return type == G_TYPE_FLOAT || type == G_TYPE_DOUBLE; }

std::vector<std::string> nicks(GParamSpec* param) {
  std::vector<std::string> out;
  auto* values = G_ENUM_CLASS(g_type_class_ref(G_PARAM_SPEC_VALUE_TYPE(param)));
  for (guint i = 0; i < values->n_values; ++i) out.emplace_back(values->values[i].value_nick);
  g_type_class_unref(values);
  return out;
}

// A number of any type: text is parsed as GStreamer would, but whole and within the property's range.
bool read_number(const Value& value, GParamSpec* param, GValue* out) {
  if (value.type == Value::Type::text || value.type == Value::Type::boolean || value.text.empty()) return false;
  const GType type = G_TYPE_FUNDAMENTAL(G_PARAM_SPEC_VALUE_TYPE(param));
  const char* begin = value.text.c_str();
  char* end = nullptr;
  errno = 0;
  if (is_real(type)) {
    const double number = g_ascii_strtod(begin, &end);
    if (errno || *end || !std::isfinite(number)) return false;
    type == G_TYPE_FLOAT ? g_value_set_float(out, static_cast<float>(number)) : g_value_set_double(out, number);
  } else if (type == G_TYPE_UINT64 || type == G_TYPE_ULONG || type == G_TYPE_UINT) {
    const guint64 number = g_ascii_strtoull(begin, &end, 10);
    if (errno || *end || *begin == '-' || (type == G_TYPE_UINT && number > G_MAXUINT)) return false;
    if (type == G_TYPE_UINT)
      g_value_set_uint(out, static_cast<guint>(number));
    else if (type == G_TYPE_ULONG)
      g_value_set_ulong(out, number);
    else
      g_value_set_uint64(out, number);
  } else {
    const gint64 number = g_ascii_strtoll(begin, &end, 10);
    if (errno || *end || (type == G_TYPE_INT && (number > G_MAXINT || number < G_MININT))) return false;
    if (type == G_TYPE_INT)
      g_value_set_int(out, static_cast<gint>(number));
    else if (type == G_TYPE_LONG)
      g_value_set_long(out, static_cast<glong>(number));
    else
      g_value_set_int64(out, number);
  }
  return !g_param_value_validate(param, out);  // validate says TRUE when it had to change the value
}

bool read_enum(const Value& value, GValue* out) {
  auto* enum_class = G_ENUM_CLASS(g_type_class_ref(G_VALUE_TYPE(out)));
  const GEnumValue* found = g_enum_get_value_by_nick(enum_class, value.text.c_str());
  if (!found) found = g_enum_get_value_by_name(enum_class, value.text.c_str());
  if (found) g_value_set_enum(out, found->value);
  g_type_class_unref(enum_class);
  return found != nullptr;
}

bool read_into(const Value& value, GParamSpec* param, GValue* out) {
  const GType type = G_PARAM_SPEC_VALUE_TYPE(param);
  if (limits(param)) return read_number(value, param, out);
  if (type == G_TYPE_STRING) {
    g_value_set_string(out, value.text.c_str());
    return true;
  }
  if (type == G_TYPE_BOOLEAN) {
    if (value.type == Value::Type::text || (value.text != "true" && value.text != "false")) return false;
    g_value_set_boolean(out, value.text == "true");
    return true;
  }
  if (G_TYPE_IS_ENUM(type)) return read_enum(value, out);
  return gst_value_deserialize(out, value.text.c_str());
}

}  // namespace

std::string describe_property(GParamSpec* param) {
  const GType type = G_PARAM_SPEC_VALUE_TYPE(param);
  if (const auto range = limits(param)) {
    const std::string kind = is_real(G_TYPE_FUNDAMENTAL(type)) ? "a number" : "an integer";
    return kind + *range;
  }
  if (type == G_TYPE_STRING) return "text";
  if (type == G_TYPE_BOOLEAN) return "true or false";
  if (G_TYPE_IS_ENUM(type)) return "one of: " + list_of(nicks(param), 40);
  if (type == GST_TYPE_CAPS) return "caps such as video/x-raw,width=320";
  if (type == GST_TYPE_FRACTION) return "a fraction such as 25/1";
  return fmt::format("a {} in GStreamer's text form", g_type_name(type));
}

Result<> read_property(const Value& value, GParamSpec* param, GValue* out) {
  g_value_init(out, G_PARAM_SPEC_VALUE_TYPE(param));
  if (read_into(value, param, out)) return {};
  g_value_unset(out);
  const bool is_enum = G_TYPE_IS_ENUM(G_PARAM_SPEC_VALUE_TYPE(param));
  const bool is_text = value.type == Value::Type::text && !is_enum &&
                       (limits(param) || G_PARAM_SPEC_VALUE_TYPE(param) == G_TYPE_BOOLEAN);
  const std::string wanted = describe_property(param);
  return fail(Errc::invalid_config, "expected {}, found {}'{}'{}", wanted, is_text ? "the text " : "", value.text,
              is_enum ? did_you_mean(value.text, nicks(param)) : "");
}

}  // namespace lc::engine
