#include "engine/read_stats.h"

namespace lc::engine {
namespace {

gboolean put(GQuark field, const GValue* value, gpointer data) {
  auto& out = *static_cast<Stats*>(data);
  const char* name = g_quark_to_string(field);
  if (G_VALUE_HOLDS_UINT64(value))
    out[name] = static_cast<std::uint64_t>(g_value_get_uint64(value));
  else if (G_VALUE_HOLDS_UINT(value))
    out[name] = static_cast<std::uint64_t>(g_value_get_uint(value));
  else if (G_VALUE_HOLDS_DOUBLE(value))
    out[name] = g_value_get_double(value);
  else if (G_VALUE_HOLDS_BOOLEAN(value))
    out[name] = g_value_get_boolean(value) != FALSE;
  else if (G_VALUE_HOLDS_STRING(value))
    out[name] = std::string(g_value_get_string(value) ? g_value_get_string(value) : "");
  return TRUE;
}

}  // namespace

bool has_stats(GstElement* element) {
  const GParamSpec* param = g_object_class_find_property(G_OBJECT_GET_CLASS(element), "stats");
  return param && G_PARAM_SPEC_VALUE_TYPE(param) == GST_TYPE_STRUCTURE && (param->flags & G_PARAM_READABLE);
}

Stats read_stats(GstElement* element) {
  Stats out;
  GstStructure* structure = nullptr;
  g_object_get(element, "stats", &structure, nullptr);
  if (!structure) return out;
  gst_structure_foreach(structure, put, &out);
  gst_structure_free(structure);
  return out;
}

}  // namespace lc::engine
