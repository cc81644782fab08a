#include "engine/build.h"

#include <map>

#include "engine/bus_text.h"
#include "engine/link.h"
#include "engine/make_element.h"

namespace lc::engine {

Built::~Built() {
  if (pipeline_) gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

Result<Built> Built::create(const config::Graph& graph) {
  Built built;
  auto* pipeline = gst_pipeline_new(graph.name.c_str());
  built.pipeline_.reset(GST_ELEMENT(gst_object_ref_sink(pipeline)));
  std::map<std::string, int> nameless;
  for (auto spec : graph.elements) {
    // GStreamer would take the type's name, which says less for elements of ours: lcaeencode0.
    if (spec.name.empty()) spec.name = fmt::format("{}{}", spec.factory, nameless[spec.factory]++);
    GstElement* element = LC_TRY(make_element(spec));
    if (!gst_bin_add(GST_BIN(pipeline), element))
      return spec.at.fault(fmt::format("the name '{}' is taken by another element", spec.name));
    built.elements_.push_back(element);
  }
  for (const auto& link : graph.links)
    LC_TRY(link_elements(built.elements_[link.from.element], link.from.pad, built.elements_[link.to.element],
                         link.to.pad, link.at));
  return built;
}

Result<> try_ready(const Built& built) {
  GstBus* bus = gst_element_get_bus(built.pipeline());
  std::optional<Error> refused;
  for (GstElement* element : built.elements()) {
    // Sources and sinks open devices and ports, which need not be there when a file is checked.
    if (GST_OBJECT_FLAG_IS_SET(element, GST_ELEMENT_FLAG_SOURCE) ||
        GST_OBJECT_FLAG_IS_SET(element, GST_ELEMENT_FLAG_SINK))
      continue;
    const bool failed = gst_element_set_state(element, GST_STATE_READY) == GST_STATE_CHANGE_FAILURE;
    gst_element_set_state(element, GST_STATE_NULL);
    if (!failed) continue;
    GstMessage* message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
    refused =
        message ? error_of(message) : Error{Errc::backend, position_of(GST_OBJECT(element)) + ": cannot get ready"};
    if (message) gst_message_unref(message);
    break;
  }
  gst_object_unref(bus);
  if (refused) return tl::unexpected<Error>(*refused);
  return {};
}

}  // namespace lc::engine
