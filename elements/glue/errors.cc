#include "elements/glue/errors.h"

namespace lc::elements {
namespace {

struct BusCode {
  GQuark domain;
  gint code;
};

BusCode bus_code(Errc code) {
  switch (code) {
    case Errc::invalid_config:
      return {GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS};
    case Errc::not_found:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND};
    case Errc::unsupported:
      return {GST_STREAM_ERROR, GST_STREAM_ERROR_NOT_IMPLEMENTED};
    case Errc::bad_format:
      return {GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT};
    case Errc::truncated:
    case Errc::corrupt:
      return {GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE};
    case Errc::no_key:
      return {GST_STREAM_ERROR, GST_STREAM_ERROR_DECRYPT_NOKEY};
    case Errc::refused:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED};
    case Errc::unavailable:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE};
    case Errc::backend:
      break;
  }
  return {GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED};
}

// gst_element_message_full takes ownership of both texts.
void post(GstElement* element, GstMessageType type, const Error& error, const char* file, int line) {
  const BusCode bus = bus_code(error.code);
  gst_element_message_full(element, type, bus.domain, bus.code, g_strdup(error.text.c_str()),
                           g_strdup(std::string(to_string(error.code)).c_str()), file, "", line);
}

}  // namespace

void post_error(GstElement* element, const Error& error, const char* file, int line) {
  post(element, GST_MESSAGE_ERROR, error, file, line);
}

void post_warning(GstElement* element, const Error& error, const char* file, int line) {
  post(element, GST_MESSAGE_WARNING, error, file, line);
}

void post_message(GstElement* element, Ptr<GstStructure> content) {
  gst_element_post_message(element, gst_message_new_element(GST_OBJECT_CAST(element), content.release()));
}

}  // namespace lc::elements
