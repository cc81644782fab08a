#include "engine/bus_text.h"

#include <array>
#include <string>
#include <string_view>

#include "engine/make_element.h"

namespace lc::engine {
namespace {

constexpr std::array kCodes = {Errc::invalid_config, Errc::not_found, Errc::unsupported, Errc::bad_format,
                               Errc::truncated,      Errc::corrupt,   Errc::no_key,      Errc::refused,
                               Errc::unavailable,    Errc::backend};

// GStreamer writes "file.c(12): function (): /GstPipeline:p/GstFileSrc:s:" and a newline before the author's words.
std::string_view without_place(std::string_view debug) {
  const auto newline = debug.find('\n');
  return newline == std::string_view::npos ? std::string_view() : debug.substr(newline + 1);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '.')) text.remove_suffix(1);
  return text;
}

// What GStreamer's own words mean for the person at the screen.
std::string_view advice(std::string_view debug) {
  if (debug.find("not-negotiated") != std::string_view::npos)
    return "; two neighbours have no format in common, look at `latentcast explain` and GST_DEBUG=3";
  if (debug.find("reason error") != std::string_view::npos) return "; the source cannot be reached or broke off";
  if (debug.find("not-linked") != std::string_view::npos) return "; nothing takes what it has";
  return "";
}

Errc code_of(const GError& error) {
  if (error.domain == GST_RESOURCE_ERROR) switch (error.code) {
      case GST_RESOURCE_ERROR_NOT_FOUND:
        return Errc::not_found;
      case GST_RESOURCE_ERROR_NOT_AUTHORIZED:
        return Errc::refused;
      default:
        return Errc::unavailable;
    }
  if (error.domain == GST_STREAM_ERROR) return Errc::bad_format;
  if (error.domain == GST_LIBRARY_ERROR && error.code == GST_LIBRARY_ERROR_SETTINGS) return Errc::invalid_config;
  return Errc::backend;
}

}  // namespace

Error error_of(GstMessage* message) {
  GError* error = nullptr;
  gchar* debug = nullptr;
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_WARNING)
    gst_message_parse_warning(message, &error, &debug);
  else
    gst_message_parse_error(message, &error, &debug);
  const std::string_view words = trimmed(without_place(debug ? debug : ""));
  Error out{code_of(*error), ""};
  bool ours = false;  // our elements put their code there; their sentence needs nothing more
  for (const Errc code : kCodes)
    if (words == to_string(code)) {
      out.code = code;
      ours = true;
    }
  GstObject* source = GST_MESSAGE_SRC(message);
  const std::string position = source ? position_of(source) : "";
  if (!position.empty()) out.text += position + ": ";
  if (source && GST_IS_ELEMENT(source) && gst_element_get_factory(GST_ELEMENT(source)))
    out.text += fmt::format("{}: ", GST_OBJECT_NAME(gst_element_get_factory(GST_ELEMENT(source))));
  out.text += trimmed(error->message);
  if (!ours && !words.empty()) out.text += fmt::format(" ({}{})", words, advice(words));
  for (char& c : out.text)
    if (c == '\n') c = ' ';
  g_clear_error(&error);
  g_free(debug);
  return out;
}

}  // namespace lc::engine
