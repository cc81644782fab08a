// What latentzmqsink and latentzmqsrc share: where and how the socket is attached, and what is said of its
// link.
#pragma once

#include <string>

#include "elements/glue/errors.h"
#include "transport/options.h"

namespace lc::elements {

struct ZmqLinkSettings {
  std::string endpoint;
  bool bind = false;
  unsigned max_queue = 32;  // a second, while the other end makes its plans
  std::string curve_key, curve_allow, curve_server;
};

// Fills all but the pattern; link changes go to the bus of `element`.
void apply(const ZmqLinkSettings& settings, GstElement* element, transport::LinkOptions& options);

// An element message latentcast-link (state, text), and a warning when the other side refuses us.
void post_link_change(GstElement* element, const transport::LinkChange& change);

}  // namespace lc::elements
