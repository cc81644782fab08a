#include "elements/glue/labels_meta.h"

#if LC_HAS_ANALYTICS
#include <gst/analytics/analytics.h>
#endif

#include <vector>

namespace lc::elements {
namespace {

constexpr char kMetaName[] = "LatentcastLabels";

void register_meta() {
  static const GstMetaInfo* const info = [] {
    static const gchar* tags[] = {nullptr};  // says nothing about pixels: copied by every transformation
    return gst_meta_register_custom(kMetaName, tags, nullptr, nullptr, nullptr);
  }();
  (void)info;
}

void append(GValue* array, const classify::Label& label) {
  GValue value = G_VALUE_INIT;
  g_value_init(&value, GST_TYPE_STRUCTURE);
  g_value_take_boxed(
      &value, gst_structure_new("label", "index", G_TYPE_INT, label.index, "name", G_TYPE_STRING, label.name.c_str(),
                                "confidence", G_TYPE_DOUBLE, static_cast<double>(label.confidence), nullptr));
  gst_value_array_append_and_take_value(array, &value);
}

classify::Label read_label(const GstStructure* from) {
  classify::Label label;
  double confidence = 0;
  gst_structure_get(from, "index", G_TYPE_INT, &label.index, "confidence", G_TYPE_DOUBLE, &confidence, nullptr);
  label.confidence = static_cast<float>(confidence);
  if (const char* name = gst_structure_get_string(from, "name")) label.name = name;
  return label;
}

void set_rectangle(GstStructure* to, const char* name, const classify::Rectangle& r) {
  const Ptr<GstStructure> content{gst_structure_new("rectangle", "x", G_TYPE_INT, r.x, "y", G_TYPE_INT, r.y, "width",
                                                    G_TYPE_INT, r.width, "height", G_TYPE_INT, r.height, nullptr)};
  gst_structure_set(to, name, GST_TYPE_STRUCTURE, content.get(), nullptr);
}

const GstStructure* structure_in(const GstStructure* from, const char* name) {
  const GValue* value = gst_structure_get_value(from, name);
  return value && GST_VALUE_HOLDS_STRUCTURE(value) ? gst_value_get_structure(value) : nullptr;
}

classify::Rectangle read_rectangle(const GstStructure* from, const char* name) {
  classify::Rectangle r;
  if (const GstStructure* content = structure_in(from, name))
    gst_structure_get(content, "x", G_TYPE_INT, &r.x, "y", G_TYPE_INT, &r.y, "width", G_TYPE_INT, &r.width, "height",
                      G_TYPE_INT, &r.height, nullptr);
  return r;
}

void set_evidence(GstStructure* to, const classify::Evidence& evidence) {
  GBytes* values = g_bytes_new(evidence.values.data(), evidence.values.size());
  const Ptr<GstStructure> content{gst_structure_new("evidence", "rows", G_TYPE_INT, evidence.rows, "columns",
                                                    G_TYPE_INT, evidence.columns, "values", G_TYPE_BYTES, values,
                                                    nullptr)};
  g_bytes_unref(values);
  set_rectangle(content.get(), "area", evidence.area);
  gst_structure_set(to, "evidence", GST_TYPE_STRUCTURE, content.get(), nullptr);
}

// Empty where it contradicts itself.
classify::Evidence read_evidence(const GstStructure* from) {
  const GstStructure* content = structure_in(from, "evidence");
  const GValue* values = content ? gst_structure_get_value(content, "values") : nullptr;
  if (!values || !G_VALUE_HOLDS(values, G_TYPE_BYTES)) return {};
  classify::Evidence evidence{.area = read_rectangle(content, "area")};
  gst_structure_get(content, "rows", G_TYPE_INT, &evidence.rows, "columns", G_TYPE_INT, &evidence.columns, nullptr);
  gsize size = 0;
  const auto* first =
      static_cast<const std::uint8_t*>(g_bytes_get_data(static_cast<GBytes*>(g_value_get_boxed(values)), &size));
  if (evidence.rows < 1 || evidence.columns < 1 ||
      size != static_cast<gsize>(evidence.rows) * static_cast<gsize>(evidence.columns))
    return {};
  evidence.values.assign(first, first + size);
  return evidence;
}

// The last one, or the one of `model`.
GstCustomMeta* find(GstBuffer* buffer, const std::string* model) {
  GstCustomMeta* found = nullptr;
  gpointer state = nullptr;
  while (GstMeta* meta = gst_buffer_iterate_meta(buffer, &state)) {
    if (!gst_meta_info_is_custom(meta->info)) continue;
    auto* custom = reinterpret_cast<GstCustomMeta*>(meta);
    if (!gst_custom_meta_has_name(custom, kMetaName)) continue;
    const char* its_model = gst_structure_get_string(gst_custom_meta_get_structure(custom), "model");
    if (!model || (its_model && *model == its_model)) found = custom;
  }
  return found;
}

#if LC_HAS_ANALYTICS
void attach_analytics(GstBuffer* buffer, const classify::Labels& labels) {
  std::vector<gfloat> confidences;
  std::vector<GQuark> names;
  for (const auto& label : labels.best) {
    confidences.push_back(label.confidence);
    names.push_back(g_quark_from_string(label.name.c_str()));
  }
  GstAnalyticsRelationMeta* relations = gst_buffer_get_analytics_relation_meta(buffer);
  if (!relations) relations = gst_buffer_add_analytics_relation_meta(buffer);
  GstAnalyticsClsMtd ignored;
  gst_analytics_relation_meta_add_cls_mtd(relations, names.size(), confidences.data(), names.data(), &ignored);
}
#else
void attach_analytics(GstBuffer*, const classify::Labels&) {}
#endif

}  // namespace

void attach_labels(GstBuffer* buffer, const classify::Labels& labels) {
  register_meta();
  if (GstCustomMeta* old = find(buffer, &labels.model)) gst_buffer_remove_meta(buffer, &old->meta);
  GstCustomMeta* meta = gst_buffer_add_custom_meta(buffer, kMetaName);
  LC_EXPECT(meta, "the labels' meta is registered");
  GstStructure* content = gst_custom_meta_get_structure(meta);
  gst_structure_set(content, "model", G_TYPE_STRING, labels.model.c_str(), "is-confident", G_TYPE_BOOLEAN,
                    static_cast<gboolean>(labels.is_confident), "age", G_TYPE_INT, labels.age, "looked-at",
                    G_TYPE_UINT64, guint64{labels.looked_at}, "width", G_TYPE_INT, labels.width, "height", G_TYPE_INT,
                    labels.height, nullptr);
  if (!labels.region.empty()) set_rectangle(content, "region", labels.region);
  if (!labels.evidence.empty()) set_evidence(content, labels.evidence);
  GValue list = G_VALUE_INIT;
  g_value_init(&list, GST_TYPE_ARRAY);
  for (const auto& label : labels.best) append(&list, label);
  gst_structure_take_value(content, "labels", &list);
  attach_analytics(buffer, labels);
}

std::optional<classify::Labels> labels_of(GstBuffer* buffer) {
  const GstCustomMeta* meta = find(buffer, nullptr);
  if (!meta) return std::nullopt;
  const GstStructure* content = gst_custom_meta_get_structure(const_cast<GstCustomMeta*>(meta));
  classify::Labels labels;
  gboolean is_confident = FALSE;
  guint64 looked_at = classify::kNoTime;
  gst_structure_get(content, "is-confident", G_TYPE_BOOLEAN, &is_confident, "age", G_TYPE_INT, &labels.age, "looked-at",
                    G_TYPE_UINT64, &looked_at, "width", G_TYPE_INT, &labels.width, "height", G_TYPE_INT, &labels.height,
                    nullptr);
  labels.looked_at = looked_at;
  labels.region = read_rectangle(content, "region");
  labels.evidence = read_evidence(content);
  labels.is_confident = is_confident != FALSE;
  if (const char* model = gst_structure_get_string(content, "model")) labels.model = model;
  const GValue* list = gst_structure_get_value(content, "labels");
  const guint count = list && GST_VALUE_HOLDS_ARRAY(list) ? gst_value_array_get_size(list) : 0;
  for (guint i = 0; i < count; ++i)
    labels.best.push_back(read_label(gst_value_get_structure(gst_value_array_get_value(list, i))));
  return labels;
}

bool ends_labels(GstEvent* event) {
  return GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_STOP || GST_EVENT_TYPE(event) == GST_EVENT_STREAM_START;
}

}  // namespace lc::elements
