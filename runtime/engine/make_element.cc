#include "engine/make_element.h"

#include "base/suggest.h"
#include "engine/property_value.h"

namespace lc::engine {
namespace {

constexpr char kPositionKey[] = "latentcast-position";

std::vector<std::string> all_factories() {
  std::vector<std::string> names;
  GList* features = gst_registry_get_feature_list(gst_registry_get(), GST_TYPE_ELEMENT_FACTORY);
  for (GList* at = features; at; at = at->next) names.emplace_back(GST_OBJECT_NAME(at->data));
  gst_plugin_feature_list_free(features);
  return names;
}

std::vector<std::string> settable_properties(GObjectClass* object_class) {
  std::vector<std::string> names;
  guint count = 0;
  GParamSpec** specs = g_object_class_list_properties(object_class, &count);
  for (guint i = 0; i < count; ++i)
    if ((specs[i]->flags & G_PARAM_WRITABLE) && std::string_view(specs[i]->name) != "parent")
      names.emplace_back(specs[i]->name);
  g_free(specs);
  return names;
}

Result<> set_property(GstElement* element, const config::ElementSpec& spec, const config::Property& property) {
  GObjectClass* object_class = G_OBJECT_GET_CLASS(element);
  GParamSpec* param = g_object_class_find_property(object_class, property.name.c_str());
  if (!param) {
    const auto known = settable_properties(object_class);
    return property.at.fault(fmt::format("{} has no property '{}'{} (it has: {})", spec.factory, property.name,
                                         did_you_mean(property.name, known), list_of(known, 40)));
  }
  if (!(param->flags & G_PARAM_WRITABLE))
    return property.at.fault(fmt::format("{}'s property '{}' can only be read", spec.factory, property.name));
  GValue value = G_VALUE_INIT;
  auto read = read_property(property.value, param, &value);
  if (!read) {
    const std::string used = property.at.where();
    const bool elsewhere = property.value.origin.substr(0, property.value.origin.find(':')) != property.at.origin();
    return fail(Errc::invalid_config, "{}: {}.{}: {}{}", property.value.origin, spec.factory, property.name,
                read.error().text, elsewhere ? fmt::format(" (used in {})", used) : "");
  }
  g_object_set_property(G_OBJECT(element), param->name, &value);
  g_value_unset(&value);
  return {};
}

}  // namespace

Result<GstElement*> make_element(const config::ElementSpec& spec) {
  GstElementFactory* factory = gst_element_factory_find(spec.factory.c_str());
  if (!factory)
    return spec.at.fault(
        fmt::format("no element '{}' is installed{}", spec.factory, did_you_mean(spec.factory, all_factories())),
        Errc::not_found);
  GstElement* element = gst_element_factory_create(factory, spec.name.empty() ? nullptr : spec.name.c_str());
  gst_object_unref(factory);
  if (!element)
    return spec.at.fault(fmt::format("the element '{}' is installed but cannot be made; see GST_DEBUG=3", spec.factory),
                         Errc::backend);
  g_object_set_data_full(G_OBJECT(element), kPositionKey, g_strdup(spec.at.where().c_str()), g_free);
  for (const auto& property : spec.properties) {
    if (auto set = set_property(element, spec, property); !set) {
      gst_object_unref(gst_object_ref_sink(element));
      return tl::unexpected<Error>(set.error());
    }
  }
  return element;
}

std::string position_of(GstObject* object) {
  for (; object; object = GST_OBJECT_PARENT(object))
    if (const auto* position = static_cast<const char*>(g_object_get_data(G_OBJECT(object), kPositionKey)))
      return position;
  return "";
}

}  // namespace lc::engine
