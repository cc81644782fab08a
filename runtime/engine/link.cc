#include "engine/link.h"

#include <set>
#include <vector>

#include "base/suggest.h"

namespace lc::engine {
namespace {

std::string factory_name(GstElement* element) { return GST_OBJECT_NAME(gst_element_get_factory(element)); }

void add_media_types(GstCaps* caps, std::set<std::string>& out) {
  if (gst_caps_is_any(caps)) out.insert("anything");
  for (guint i = 0; i < gst_caps_get_size(caps); ++i)
    out.insert(gst_structure_get_name(gst_caps_get_structure(caps, i)));
}

// "video/x-latent" for what the element's free pads (templates, where it has none yet) give or take.
std::string media_types(GstElement* element, GstPadDirection direction) {
  std::set<std::string> types;
  for (GList* at = element->pads; at; at = at->next) {
    auto* pad = GST_PAD(at->data);
    if (GST_PAD_DIRECTION(pad) != direction) continue;
    GstCaps* caps = gst_pad_query_caps(pad, nullptr);
    add_media_types(caps, types);
    gst_caps_unref(caps);
  }
  const GList* templates = gst_element_factory_get_static_pad_templates(gst_element_get_factory(element));
  for (const GList* at = templates; types.empty() && at; at = at->next) {
    auto* pad_template = static_cast<GstStaticPadTemplate*>(at->data);
    if (pad_template->direction != direction) continue;
    GstCaps* caps = gst_static_pad_template_get_caps(pad_template);
    add_media_types(caps, types);
    gst_caps_unref(caps);
  }
  return types.empty() ? "nothing" : list_of({types.begin(), types.end()}, 8);
}

// All that the element's first pad gives or takes.
std::string caps_text(GstElement* element, GstPadDirection direction) {
  constexpr std::size_t kMaxCaps = 200;
  for (GList* at = element->pads; at; at = at->next) {
    auto* pad = GST_PAD(at->data);
    if (GST_PAD_DIRECTION(pad) != direction) continue;
    GstCaps* caps = gst_pad_query_caps(pad, nullptr);
    gchar* words = gst_caps_to_string(caps);
    std::string text = words;
    g_free(words);
    gst_caps_unref(caps);
    if (text.size() > kMaxCaps) text.replace(kMaxCaps, std::string::npos, "...");
    return text;
  }
  return media_types(element, direction);
}

std::vector<std::string> pad_names(GstElement* element, GstPadDirection direction) {
  std::vector<std::string> names;
  const GList* templates = gst_element_factory_get_static_pad_templates(gst_element_get_factory(element));
  for (const GList* at = templates; at; at = at->next) {
    auto* pad_template = static_cast<GstStaticPadTemplate*>(at->data);
    if (pad_template->direction == direction) names.emplace_back(pad_template->name_template);
  }
  return names;
}

// Waits for a pad of `from` that `to` takes. Lives as long as `from`.
struct LateLink {
  GstElement* to;  // in the same pipeline as `from`, so alive when signals come
  std::string from_pad, to_pad;
  bool done = false;
  std::set<std::string> refused;  // media types of pads that did not fit
};

void pad_added(GstElement* from, GstPad* pad, gpointer data) {
  auto& late = *static_cast<LateLink*>(data);
  if (late.done || GST_PAD_DIRECTION(pad) != GST_PAD_SRC) return;
  if (!late.from_pad.empty() && late.from_pad != GST_PAD_NAME(pad)) return;
  const char* to_pad = late.to_pad.empty() ? nullptr : late.to_pad.c_str();
  late.done = gst_element_link_pads(from, GST_PAD_NAME(pad), late.to, to_pad);
  if (late.done) return;
  GstCaps* caps = gst_pad_query_caps(pad, nullptr);
  add_media_types(caps, late.refused);
  gst_caps_unref(caps);
}

void no_more_pads(GstElement* from, gpointer data) {
  auto& late = *static_cast<LateLink*>(data);
  if (late.done) return;
  const std::string has = late.refused.empty() ? "nothing" : list_of({late.refused.begin(), late.refused.end()});
  GST_ELEMENT_ERROR(from, STREAM, WRONG_TYPE,
                    ("the source has %s, which %s does not take (it takes %s)", has.c_str(),
                     factory_name(late.to).c_str(), media_types(late.to, GST_PAD_SINK).c_str()),
                    ("no pad was linked"));
}

Result<> check_pad(GstElement* element, const std::string& name, GstPadDirection direction, const config::Node& at) {
  if (name.empty()) return {};
  GstPad* pad = gst_element_get_static_pad(element, name.c_str());
  if (!pad) pad = gst_element_request_pad_simple(element, name.c_str());
  if (!pad)
    return at.fault(fmt::format("{} has no pad '{}' (it has: {})", factory_name(element), name,
                                list_of(pad_names(element, direction))));
  gst_object_unref(pad);
  return {};
}

}  // namespace

bool has_late_pads(GstElement* element) {
  const GList* templates = gst_element_factory_get_static_pad_templates(gst_element_get_factory(element));
  for (const GList* at = templates; at; at = at->next) {
    auto* pad_template = static_cast<GstStaticPadTemplate*>(at->data);
    if (pad_template->direction == GST_PAD_SRC && pad_template->presence == GST_PAD_SOMETIMES) return true;
  }
  return false;
}

Result<> link_elements(GstElement* from, const std::string& from_pad, GstElement* to, const std::string& to_pad,
                       const config::Node& at) {
  LC_TRY(check_pad(to, to_pad, GST_PAD_SINK, at));
  if (has_late_pads(from)) {
    auto* late = new LateLink{to, from_pad, to_pad, false, {}};
    g_object_set_data_full(G_OBJECT(from), fmt::format("latentcast-late-{}", fmt::ptr(late)).c_str(), late,
                           [](gpointer data) { delete static_cast<LateLink*>(data); });
    g_signal_connect(from, "pad-added", G_CALLBACK(pad_added), late);
    g_signal_connect(from, "no-more-pads", G_CALLBACK(no_more_pads), late);
    return {};
  }
  LC_TRY(check_pad(from, from_pad, GST_PAD_SRC, at));
  if (gst_element_link_pads(from, from_pad.empty() ? nullptr : from_pad.c_str(), to,
                            to_pad.empty() ? nullptr : to_pad.c_str()))
    return {};
  std::string gives = media_types(from, GST_PAD_SRC), takes = media_types(to, GST_PAD_SINK);
  if (gives == takes) {  // the difference is inside
    gives = caps_text(from, GST_PAD_SRC);
    takes = caps_text(to, GST_PAD_SINK);
  }
  return at.fault(fmt::format("{} cannot be linked to {}: the first gives {}, the second takes {}", factory_name(from),
                              factory_name(to), gives, takes));
}

}  // namespace lc::engine
