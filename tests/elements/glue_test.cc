// What elements/glue promises to every element, shown with the demonstration elements.
#include <algorithm>

#include "elements/glue/capture_time.h"
#include "elements/glue/errors.h"
#include "elements/glue/latency_meter.h"
#include "elements/harness.h"
#include "support/test.h"

using namespace lc;
using namespace lc::elements;
using test::Alone;
using test::buffer_of;
using test::BusMessages;
using test::bytes_of;
using test::Harness;

TEST_CASE("glue: a C++ class works as a transform") {
  Harness harness("demotransform gain=1");
  harness.src_caps("application/x-demo");
  CHECK(harness.push(buffer_of("HAL", 5)) == GST_FLOW_OK);
  const auto out = harness.pull();
  CHECK(bytes_of(out.get()) == "IBM");
  CHECK(GST_BUFFER_PTS(out.get()) == 5);
  CHECK(harness.count("buffers") == 1);
  CHECK(harness.count("changes") == 1);
  CHECK(BusMessages(harness).errors.empty());
}

TEST_CASE("glue: a property that may change while playing takes effect on the next buffer") {
  Harness harness("demotransform");
  harness.src_caps("application/x-demo");
  g_object_set(harness.element(), "gain", 0u, nullptr);
  harness.push(buffer_of("a"));
  g_object_set(harness.element(), "gain", 2u, nullptr);
  harness.push(buffer_of("a"));
  CHECK(bytes_of(harness.pull().get()) == "a");
  CHECK(bytes_of(harness.pull().get()) == "c");
}

TEST_CASE("glue: properties have the defaults of Settings, and ranges") {
  Alone demo("demotransform");
  guint gain = 0;
  gint level = 0;
  gint64 offset = 0;
  guint64 limit = 0;
  gdouble ratio = 0;
  gboolean fails = TRUE;
  gchar* keyring = nullptr;
  g_object_get(demo.get(), "gain", &gain, "level", &level, "offset", &offset, "limit", &limit, "ratio",
               &ratio, "fails-to-start", &fails, "keyring", &keyring, nullptr);
  CHECK(gain == 3);
  CHECK(level == 40);
  CHECK(offset == -1);
  CHECK(limit == 7);
  CHECK(ratio == doctest::Approx(0.5));
  CHECK_FALSE(fails);
  CHECK(std::string(Ptr<gchar>{keyring}.get()) == "default");
  g_object_set(demo.get(), "keyring", nullptr, nullptr);
  g_object_get(demo.get(), "keyring", &keyring, nullptr);
  CHECK(std::string(Ptr<gchar>{keyring}.get()).empty());

  const auto* spec = G_PARAM_SPEC_INT(g_object_class_find_property(G_OBJECT_GET_CLASS(demo.get()), "level"));
  CHECK(spec->minimum == 0);
  CHECK(spec->maximum == 63);
  CHECK(spec->default_value == 40);
  CHECK_FALSE((spec->parent_instance.flags & GST_PARAM_MUTABLE_PLAYING));
}

TEST_CASE(
    "glue: a contract violation is one LIBRARY/FAILED error and GST_FLOW_ERROR, and the process lives") {
  Harness harness("demotransform mood=cross");
  harness.src_caps("application/x-demo");
  CHECK(harness.push(buffer_of("a")) == GST_FLOW_ERROR);
  const BusMessages messages(harness);
  REQUIRE(messages.errors.size() == 1);
  CHECK(messages.errors[0].domain == GST_LIBRARY_ERROR);
  CHECK(messages.errors[0].code == GST_LIBRARY_ERROR_FAILED);
  CHECK(messages.errors[0].text.find("the demo is calm") != std::string::npos);
}

TEST_CASE("glue: an element that cannot start posts one error and can start again later") {
  Alone demo("demotransform fails-to-start=true");
  CHECK(demo.to(GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
  const BusMessages messages = demo.messages();
  REQUIRE(messages.errors.size() == 1);
  CHECK(messages.errors[0].domain == GST_RESOURCE_ERROR);
  CHECK(messages.errors[0].code == GST_RESOURCE_ERROR_NOT_FOUND);
  CHECK(messages.errors[0].text == "nothing to start with; make keys first");
  demo.to(GST_STATE_NULL);
  g_object_set(demo.get(), "fails-to-start", FALSE, nullptr);
  CHECK(demo.to(GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE);
}

TEST_CASE("glue: pads of a plain element: chain, event, query, and an exception that is no std::exception") {
  Harness harness("demopads");
  harness.src_caps("application/x-demo");
  CHECK(harness.push(buffer_of("hello")) == GST_FLOW_OK);
  CHECK(bytes_of(harness.pull().get()) == "hello");
  CHECK(harness.count("events") >= 3);  // stream start, caps, segment
  gst_harness_query_latency(harness.get());
  CHECK(harness.count("queries") >= 1);
  CHECK(harness.push(buffer_of("throw")) == GST_FLOW_ERROR);
  CHECK(BusMessages(harness).errors.size() == 1);
}

TEST_CASE("glue: a source and a sink") {
  Harness source("demosrc count=2");
  gst_harness_play(source.get());
  const auto buffer = source.pull();
  REQUIRE(buffer);
  REQUIRE(capture_time(buffer.get()));
  CHECK(*capture_time(buffer.get()) <= unix_time_now());
  CHECK(source.pull());

  Harness sink("demosink sync=false async=false");
  sink.src_caps("application/x-demo");
  CHECK(sink.push(buffer_of("a")) == GST_FLOW_OK);
  CHECK(sink.count("buffers") == 1);
}

TEST_CASE("glue: each kind of error has its code on the bus") {
  const struct {
    Errc code;
    GQuark domain;
    int bus_code;
  } table[] = {{Errc::invalid_config, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS},
               {Errc::not_found, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND},
               {Errc::unsupported, GST_STREAM_ERROR, GST_STREAM_ERROR_NOT_IMPLEMENTED},
               {Errc::bad_format, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT},
               {Errc::truncated, GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE},
               {Errc::corrupt, GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE},
               {Errc::no_key, GST_STREAM_ERROR, GST_STREAM_ERROR_DECRYPT_NOKEY},
               {Errc::refused, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED},
               {Errc::unavailable, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE},
               {Errc::backend, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED}};
  Alone demo("demotransform");
  for (const auto& each : table) {
    CAPTURE(static_cast<int>(each.code));
    post_error(demo.get(), Error{each.code, "50 % sure"});
    post_warning(demo.get(), Error{each.code, "careful"});
    const BusMessages messages = demo.messages();
    REQUIRE(messages.errors.size() == 1);
    CHECK(messages.errors[0].domain == each.domain);
    CHECK(messages.errors[0].code == each.bus_code);
    CHECK(messages.errors[0].text == "50 % sure");
    CHECK(messages.warnings.size() == 1);
  }
}

TEST_CASE("capture time: of an element that waits for its turn to play, as of the pipeline that plays already") {
  const Ptr<GstElement> pipeline{GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr)))};
  GstElement* element = gst_bin_new(nullptr);  // any will do
  REQUIRE(gst_bin_add(GST_BIN(pipeline.get()), element));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  constexpr GstClockTime kHour = 3600 * GST_SECOND;
  const auto hour = [&] {
    const auto first = estimate_capture_time(element, &segment, 0), second = estimate_capture_time(element, &segment, kHour);
    return second > first + kHour / 2 && second < first + 2 * kHour;
  };
  gst_element_set_state(pipeline.get(), GST_STATE_PAUSED);
  CHECK_FALSE(hour());
  gst_element_set_locked_state(element, TRUE);
  REQUIRE(gst_element_set_state(pipeline.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_SUCCESS);
  CHECK(GST_STATE(element) == GST_STATE_PAUSED);
  CHECK(hour());
  gst_element_set_state(element, GST_STATE_NULL);
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
}

TEST_CASE("capture time: replaced, not doubled, and never later than now") {
  const auto buffer = buffer_of("x", 0);
  CHECK_FALSE(capture_time(buffer.get()));
  set_capture_time(buffer.get(), 1);
  set_capture_time(buffer.get(), 2);
  CHECK(capture_time(buffer.get()) == 2);
  CHECK(gst_buffer_get_n_meta(buffer.get(), GST_REFERENCE_TIMESTAMP_META_API_TYPE) == 1);

  Alone demo("demotransform");  // has no clock: now is the best guess
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  const auto before = unix_time_now();
  const auto guess = estimate_capture_time(demo.get(), &segment, GST_SECOND);
  CHECK(guess >= before);
  CHECK(guess <= unix_time_now());
}

TEST_CASE("latency meter: announces what frames take, two hiccups aside, and comes down again") {
  LatencyMeter meter;
  CHECK_FALSE(meter.add(900 * GST_MSECOND));
  CHECK_FALSE(meter.add(900 * GST_MSECOND));
  CHECK(meter.add(20 * GST_MSECOND) == 26 * GST_MSECOND);  // the third longest and a quarter, rounded up
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(meter.add((15 + i % 6) * GST_MSECOND));
  std::optional<GstClockTime> lower;
  for (int i = 0; i < 64 && !lower; ++i) lower = meter.add(2 * GST_MSECOND);
  CHECK(lower == 3 * GST_MSECOND);
}
