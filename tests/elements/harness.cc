#include "elements/harness.h"

#include "support/test.h"

namespace lc::test {
namespace {

BusError parse(GstMessage* message, bool is_error) {
  GError* error = nullptr;
  gchar* debug = nullptr;
  if (is_error)
    gst_message_parse_error(message, &error, &debug);
  else
    gst_message_parse_warning(message, &error, &debug);
  const Ptr<GError> owned{error};
  const Ptr<gchar> owned_debug{debug};
  return {error->domain, error->code, error->message};
}

Ptr<GstElement> parse_element(const std::string& launch) {
  GError* error = nullptr;
  const bool is_chain = launch.find(" ! ") != std::string::npos;
  GstElement* element = is_chain ? gst_parse_bin_from_description(launch.c_str(), TRUE, &error)
                                 : gst_parse_launch(launch.c_str(), &error);
  const std::string why = error ? error->message : "";
  g_clear_error(&error);
  REQUIRE_MESSAGE(element, why);
  REQUIRE_MESSAGE(why.empty(), why);
  gst_object_ref_sink(element);
  return Ptr<GstElement>{element};
}

// "sink" or "src", or null when the element has no such pad.
const char* pad_name(GstElement* element, const char* name) {
  if (GST_IS_BIN(element)) return Ptr<GstPad>{gst_element_get_static_pad(element, name)} ? name : nullptr;
  return gst_element_class_get_pad_template(GST_ELEMENT_GET_CLASS(element), name) ? name : nullptr;
}

}  // namespace

Harness::Harness(const std::string& launch) : bus_(gst_bus_new()) {
  const Ptr<GstElement> element = parse_element(launch);
  gst_element_set_bus(element.get(),
                      bus_.get());  // first: the harness starts an element with a sink pad at once
  harness_ = gst_harness_new_with_element(element.get(), pad_name(element.get(), "sink"),
                                          pad_name(element.get(), "src"));
}

Harness::~Harness() {
  gst_element_set_bus(harness_->element, nullptr);
  gst_harness_teardown(harness_);
}

std::uint64_t Harness::count(const char* stats_field) const {
  GstStructure* stats = nullptr;
  g_object_get(element(), "stats", &stats, nullptr);
  const Ptr<GstStructure> owned{stats};
  guint64 value = 0;
  const std::string field = stats_field;
  REQUIRE_MESSAGE(gst_structure_get_uint64(stats, stats_field, &value), field);
  return value;
}

std::string Harness::output_caps() const {
  const Ptr<GstCaps> caps{gst_pad_get_current_caps(harness_->sinkpad)};
  if (!caps) return "";
  return Ptr<gchar>{gst_caps_to_string(caps.get())}.get();
}

BusMessages::BusMessages(GstBus* bus) {
  while (Ptr<GstMessage> message{gst_bus_pop(bus)}) {
    switch (GST_MESSAGE_TYPE(message.get())) {
      case GST_MESSAGE_ERROR:
        errors.push_back(parse(message.get(), true));
        break;
      case GST_MESSAGE_WARNING:
        warnings.push_back(parse(message.get(), false));
        break;
      case GST_MESSAGE_LATENCY:
        ++latency_messages;
        break;
      case GST_MESSAGE_ELEMENT:
        element_messages.emplace_back(gst_structure_copy(gst_message_get_structure(message.get())));
        break;
      default:
        break;
    }
  }
}

Alone::Alone(const std::string& launch) : element_(parse_element(launch)), bus_(gst_bus_new()) {
  gst_element_set_bus(element_.get(), bus_.get());
}

Alone::~Alone() {
  gst_element_set_state(element_.get(), GST_STATE_NULL);
  gst_element_set_bus(element_.get(), nullptr);
}

Ptr<GstBuffer> buffer_of(const std::string& bytes, GstClockTime pts) {
  Ptr<GstBuffer> buffer{gst_buffer_new_memdup(bytes.data(), bytes.size())};
  GST_BUFFER_PTS(buffer.get()) = pts;
  return buffer;
}

std::string bytes_of(GstBuffer* buffer) {
  std::string bytes(gst_buffer_get_size(buffer), '\0');
  gst_buffer_extract(buffer, 0, bytes.data(), bytes.size());
  return bytes;
}

}  // namespace lc::test
