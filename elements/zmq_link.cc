#include "elements/zmq_link.h"

namespace lc::elements {

void apply(const ZmqLinkSettings& settings, GstElement* element, transport::LinkOptions& options) {
  options.endpoint = settings.endpoint;
  options.attach = settings.bind ? transport::Attach::bind : transport::Attach::connect;
  options.queue_messages = settings.max_queue;
  options.curve.key = settings.curve_key;
  options.curve.allow = settings.curve_allow;
  options.curve.server = settings.curve_server;
  options.on_link_change = [element](const transport::LinkChange& change) {
    post_link_change(element, change);
  };
}

void post_link_change(GstElement* element, const transport::LinkChange& change) {
  using transport::LinkState;
  const std::string state(transport::to_string(change.state));
  GST_INFO_OBJECT(element, "%s", change.text.c_str());
  post_message(element,
               Ptr<GstStructure>{gst_structure_new("latentcast-link", "state", G_TYPE_STRING, state.c_str(),
                                                   "text", G_TYPE_STRING, change.text.c_str(), nullptr)});
  if (change.state == LinkState::not_allowed || change.state == LinkState::handshake_failed)
    post_warning(element, Error{Errc::refused, change.text});
}

}  // namespace lc::elements
