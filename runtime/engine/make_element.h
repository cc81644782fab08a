// From a spec to an element: finds the factory and sets each property, checked against the live registry.
#pragma once

#include <gst/gst.h>

#include "config/graph.h"

namespace lc::engine {

// A new element with a floating reference, to be given to a bin.
//   errors  not_found: no such element ("did you mean"); invalid_config: no such property, wrong type, out of range
Result<GstElement*> make_element(const config::ElementSpec& spec);

// The spec's position of an element that make_element() made, or of the nearest bin around it: "file:3:7", or "".
std::string position_of(GstObject* object);

}  // namespace lc::engine
