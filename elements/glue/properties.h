// A table of properties: name, pointer to a member of the element's Settings, nick, blurb, range.
//
// The default is what a default-constructed Settings holds, so it is written once. Types: std::string, bool,
// int, unsigned, std::int64_t, std::uint64_t, double, and enums with an EnumNames specialisation.
//
//   static constexpr auto properties() {
//     return std::tuple{property("model", &Settings::model, "Model", "Name of the bundle, or its folder"),
//                       property("quality", &Settings::quality, "Quality", "0 is smallest", 0, 63,
//                       Mutable::playing)};
//   }
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

namespace lc::elements {

// Until which state a property may change; kept in the documentation of gst-inspect-1.0. A property with
// Mutable::ready takes effect at the next start.
enum class Mutable { ready, playing };

template <class S, class T>
struct Property {
  const char* name;
  T S::*member;
  const char* nick;
  const char* blurb;
  Mutable until;
  T min;
  T max;
};

template <class S, class T>
constexpr Property<S, T> property(const char* name, T S::*member, const char* nick, const char* blurb,
                                  Mutable until = Mutable::ready) {
  static_assert(!std::is_arithmetic_v<T> || std::is_same_v<T, bool>, "numbers need a range");
  return {name, member, nick, blurb, until, T{}, T{}};
}

template <class S, class T>
constexpr Property<S, T> property(const char* name, T S::*member, const char* nick, const char* blurb,
                                  std::type_identity_t<T> min, std::type_identity_t<T> max,
                                  Mutable until = Mutable::ready) {
  static_assert(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>, "only numbers have a range");
  return {name, member, nick, blurb, until, min, max};
}

// template <> struct EnumNames<Precision> {
//   static constexpr char kTypeName[] = "LcPrecision";
//   static constexpr GEnumValue kValues[] = {{0, "single precision", "f32"}, {0, nullptr, nullptr}};
// };
template <class E>
struct EnumNames;

template <class E>
GType enum_type() {
  static const GType type = [] {
    const GType registered = g_enum_register_static(EnumNames<E>::kTypeName, EnumNames<E>::kValues);
    gst_type_mark_as_plugin_api(registered, static_cast<GstPluginAPIFlags>(0));
    return registered;
  }();
  return type;
}

template <class S, class T>
GParamSpec* make_param_spec(const Property<S, T>& p) {
  const T initial = S{}.*(p.member);
  const auto flags =
      static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                               (p.until == Mutable::playing ? static_cast<int>(GST_PARAM_MUTABLE_PLAYING)
                                                            : static_cast<int>(GST_PARAM_MUTABLE_READY)));
  if constexpr (std::is_same_v<T, std::string>)
    return g_param_spec_string(p.name, p.nick, p.blurb, initial.c_str(), flags);
  else if constexpr (std::is_same_v<T, bool>)
    return g_param_spec_boolean(p.name, p.nick, p.blurb, initial, flags);
  else if constexpr (std::is_same_v<T, double>)
    return g_param_spec_double(p.name, p.nick, p.blurb, p.min, p.max, initial, flags);
  else if constexpr (std::is_enum_v<T>)
    return g_param_spec_enum(p.name, p.nick, p.blurb, enum_type<T>(), static_cast<gint>(initial), flags);
  else if constexpr (std::is_same_v<T, int>)
    return g_param_spec_int(p.name, p.nick, p.blurb, p.min, p.max, initial, flags);
  else if constexpr (std::is_same_v<T, unsigned>)
    return g_param_spec_uint(p.name, p.nick, p.blurb, p.min, p.max, initial, flags);
  else if constexpr (std::is_same_v<T, std::int64_t>)
    return g_param_spec_int64(p.name, p.nick, p.blurb, p.min, p.max, initial, flags);
  else {
    static_assert(std::is_same_v<T, std::uint64_t>, "no GObject property for this type");
    return g_param_spec_uint64(p.name, p.nick, p.blurb, p.min, p.max, initial, flags);
  }
}

template <class T>
T read_value(const GValue* value) {
  if constexpr (std::is_same_v<T, std::string>) {
    const gchar* text = g_value_get_string(value);
    return text ? text : "";
  } else if constexpr (std::is_same_v<T, bool>)
    return g_value_get_boolean(value) != FALSE;
  else if constexpr (std::is_same_v<T, double>)
    return g_value_get_double(value);
  else if constexpr (std::is_enum_v<T>)
    return static_cast<T>(g_value_get_enum(value));
  else if constexpr (std::is_same_v<T, int>)
    return g_value_get_int(value);
  else if constexpr (std::is_same_v<T, unsigned>)
    return g_value_get_uint(value);
  else if constexpr (std::is_same_v<T, std::int64_t>)
    return g_value_get_int64(value);
  else
    return g_value_get_uint64(value);
}

template <class T>
void write_value(GValue* value, const T& from) {
  if constexpr (std::is_same_v<T, std::string>)
    g_value_set_string(value, from.c_str());
  else if constexpr (std::is_same_v<T, bool>)
    g_value_set_boolean(value, from);
  else if constexpr (std::is_same_v<T, double>)
    g_value_set_double(value, from);
  else if constexpr (std::is_enum_v<T>)
    g_value_set_enum(value, static_cast<gint>(from));
  else if constexpr (std::is_same_v<T, int>)
    g_value_set_int(value, from);
  else if constexpr (std::is_same_v<T, unsigned>)
    g_value_set_uint(value, from);
  else if constexpr (std::is_same_v<T, std::int64_t>)
    g_value_set_int64(value, from);
  else
    g_value_set_uint64(value, from);
}

}  // namespace lc::elements
