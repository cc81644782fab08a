#include "engine/no_pixels.h"

#include <string_view>

namespace lc::engine {
namespace {

// Of a stream that shows something. Latents do not until somebody decodes them, which is what is looked for.
bool is_pictures(std::string_view media_type) {
  return media_type.starts_with("image/") || (media_type.starts_with("video/") && media_type != "video/x-latent");
}

// The media type of pictures among them, or "". Takes the caps.
std::string pictures_in(GstCaps* caps, std::string_view if_anything) {
  std::string found{gst_caps_is_any(caps) ? if_anything : ""};
  for (guint i = 0; found.empty() && i < gst_caps_get_size(caps); ++i)
    if (const char* type = gst_structure_get_name(gst_caps_get_structure(caps, i)); is_pictures(type)) found = type;
  gst_caps_unref(caps);
  return found;
}

// What the element gives, or may give once it runs; "" for no pictures.
std::string pictures_of(GstElement* element) {
  for (GList* at = element->srcpads; at; at = at->next)  // anything: it passes on what it gets, or bytes
    if (auto found = pictures_in(gst_pad_query_caps(GST_PAD(at->data), nullptr), ""); !found.empty()) return found;
  const GList* templates = gst_element_factory_get_static_pad_templates(gst_element_get_factory(element));
  for (const GList* at = templates; at; at = at->next) {
    auto* pad_template = static_cast<GstStaticPadTemplate*>(at->data);
    if (pad_template->direction != GST_PAD_SRC || pad_template->presence != GST_PAD_SOMETIMES) continue;
    if (auto found = pictures_in(gst_static_pad_template_get_caps(pad_template), "anything"); !found.empty())
      return found;
  }
  return GST_IS_BIN(element) ? "whatever comes to be in it" : "";
}

}  // namespace

Result<> check_no_pixels(const config::Graph& graph, const Built& built) {
  if (!graph.no_pixels) return {};
  for (std::size_t i = 0; i < graph.elements.size(); ++i)
    if (const auto found = pictures_of(built.elements()[i]); !found.empty())
      return graph.elements[i].at.fault(fmt::format("{} gives {}, but {} says that this pipeline makes no pixels",
                                                    graph.elements[i].factory, found, graph.no_pixels->where()));
  return {};
}

}  // namespace lc::engine
