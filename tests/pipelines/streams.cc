#include "pipelines/streams.h"

#include <chrono>

#include "support/toy_bundle.h"

namespace lc::test {
namespace {

constexpr GstClockTime kLimit = 60 * GST_SECOND;
constexpr std::chrono::seconds kStopLimit{
    10};  // sanitizers and busy machines included; in truth milliseconds

}  // namespace

const std::string& toy(bool gray) {
  static const TempDir dir;
  static const std::string colour = make_toy_bundle(dir.path()).string(),
                           grey = make_toy_bundle(dir.path(), {.name = "toy-gray", .gray = true}).string();
  return gray ? grey : colour;
}

Stream::Stream(const std::string& launch) {
  GError* error = nullptr;
  pipeline_.reset(gst_parse_launch(launch.c_str(), &error));
  const Ptr<GError> owned{error};
  REQUIRE_MESSAGE(!error, std::string(error ? error->message : ""));
  bus_.reset(gst_element_get_bus(pipeline()));
}

Stream::~Stream() { gst_element_set_state(pipeline(), GST_STATE_NULL); }

Ptr<GstElement> Stream::element(const char* name) const {
  Ptr<GstElement> found{gst_bin_get_by_name(GST_BIN(pipeline()), name)};
  REQUIRE_MESSAGE(found, std::string(name));
  return found;
}

void Stream::play() {
  REQUIRE(gst_element_set_state(pipeline(), GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE);
}

void Stream::stop() {
  const auto start = std::chrono::steady_clock::now();
  CHECK(gst_element_set_state(pipeline(), GST_STATE_NULL) == GST_STATE_CHANGE_SUCCESS);
  CHECK(std::chrono::steady_clock::now() - start < kStopLimit);
}

Ptr<GstSample> Stream::pull() {
  return Ptr<GstSample>{gst_app_sink_try_pull_sample(GST_APP_SINK(element("out").get()), kLimit)};
}

int Stream::pull(int count) {
  int pulled = 0;
  while (pulled < count && pull()) ++pulled;
  return pulled;
}

std::uint64_t Stream::stat(const char* name, const char* field) const {
  GstStructure* stats = nullptr;
  g_object_get(element(name).get(), "stats", &stats, nullptr);
  const Ptr<GstStructure> owned{stats};
  guint64 value = 0;
  REQUIRE_MESSAGE(gst_structure_get_uint64(stats, field, &value), std::string(field));
  return value;
}

bool Stream::ends() {
  const auto kinds = static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  const Ptr<GstMessage> message{gst_bus_timed_pop_filtered(bus_.get(), kLimit, kinds)};
  return message && GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS;
}

Ptr<GstStructure> Stream::waits_for(const char* name) {
  while (const Ptr<GstMessage> message{gst_bus_timed_pop_filtered(bus_.get(), kLimit, GST_MESSAGE_ELEMENT)}) {
    const GstStructure* content = gst_message_get_structure(message.get());
    if (gst_structure_has_name(content, name)) return Ptr<GstStructure>{gst_structure_copy(content)};
  }
  return nullptr;
}

std::vector<std::string> Stream::errors() {
  std::vector<std::string> texts;
  while (const Ptr<GstMessage> message{gst_bus_pop(bus_.get())}) {
    if (GST_MESSAGE_TYPE(message.get()) != GST_MESSAGE_ERROR) continue;
    GError* error = nullptr;
    gst_message_parse_error(message.get(), &error, nullptr);
    const Ptr<GError> owned{error};
    texts.emplace_back(error->message);
  }
  return texts;
}

std::string launch_line(const DeviceLine& device) {
  return device.camera + " ! aeencode name=encode model=" + device.model + " " + device.encoder + " ! " +
         device.rings.encrypt("name=seal") + " ! latentzmqsink name=sink endpoint=" + device.endpoint + " " +
         device.sink;
}

std::string launch_line(const ReceiverLine& receiver) {
  return "latentzmqsrc name=source endpoint=" + receiver.endpoint + " " + receiver.source + " ! " +
         receiver.rings.decrypt("name=open " + receiver.opener) +
         " ! aedecode name=decode on-loss=drop model=" + receiver.model + " ! appsink name=out sync=false " +
         receiver.out;
}

}  // namespace lc::test
