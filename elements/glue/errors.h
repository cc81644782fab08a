// From our errors to the bus: the only place that posts element errors.
//
//   invalid_config          LIBRARY / SETTINGS          truncated, corrupt  STREAM / DECODE
//   not_found               RESOURCE / NOT_FOUND        no_key              STREAM / DECRYPT_NOKEY
//   unavailable             RESOURCE / OPEN_READ_WRITE  backend             LIBRARY / FAILED
//   refused                 RESOURCE / NOT_AUTHORIZED   unsupported         STREAM / NOT_IMPLEMENTED
//   bad_format              STREAM / FORMAT
#pragma once

#include <gst/gst.h>

#include "base/result.h"
#include "elements/glue/raii.h"

namespace lc::elements {

// Posts one error; the caller then returns FALSE or GST_FLOW_ERROR. Never call it with one of our locks held.
// The sentence of the error is what a person reads; no key, nonce or payload byte belongs in it.
// `file` and `line`, of the caller, go into the debug text.
void post_error(GstElement* element, const Error& error, const char* file = __builtin_FILE(),
                int line = __builtin_LINE());

// For what the stream survives.
void post_warning(GstElement* element, const Error& error, const char* file = __builtin_FILE(),
                  int line = __builtin_LINE());

// An element message for applications, such as latentcast-label.
void post_message(GstElement* element, Ptr<GstStructure> content);

}  // namespace lc::elements
