// Which published cipher a stream had, told downstream by a sticky event: for those who show it.
#pragma once

#include <optional>
#include <string>

#include "elements/glue/raii.h"

namespace lc::elements {

inline constexpr char kStudyCipherEvent[] = "latentcast-study-cipher";

// Belongs behind the segment.
inline GstEvent* make_study_cipher_event(const std::string& cipher) {
  return gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM_STICKY,
                              gst_structure_new(kStudyCipherEvent, "cipher", G_TYPE_STRING, cipher.c_str(), nullptr));
}

// Nothing where it is another event.
inline std::optional<std::string> study_cipher(GstEvent* event) {
  if (GST_EVENT_TYPE(event) != GST_EVENT_CUSTOM_DOWNSTREAM_STICKY || !gst_event_has_name(event, kStudyCipherEvent))
    return std::nullopt;
  const char* cipher = gst_structure_get_string(gst_event_get_structure(event), "cipher");
  return cipher ? std::optional<std::string>(cipher) : std::nullopt;
}

}  // namespace lc::elements
