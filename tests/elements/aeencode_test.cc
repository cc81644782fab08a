#include "elements/aeencode.h"

#include <gst/video/video.h>

#include "base/shared.h"
#include "codec/latent_decoder.h"
#include "elements/codec_support.h"
#include "elements/glue/capture_time.h"
#include "support/classifier_bundle.h"
#include "support/test.h"

using namespace lc;
using namespace lc::elements;
using namespace lc::test;

namespace {

std::string launch(const std::string& more = "") { return fmt::format("aeencode model={} {}", toy_model(), more); }

codec::FrameHeader header_of(GstBuffer* buffer) {
  const std::string bytes = bytes_of(buffer);
  const auto header = codec::LatentDecoder::peek(as_bytes(bytes));
  REQUIRE(header);
  return *header;
}

bool is_delta(const Ptr<GstBuffer>& buffer) { return GST_BUFFER_FLAG_IS_SET(buffer.get(), GST_BUFFER_FLAG_DELTA_UNIT); }

}  // namespace

TEST_CASE("aeencode: caps in, caps out; one coded frame in each buffer; only key frames are no delta units") {
  Harness harness(launch("quality=20"));
  harness.src_caps(raw_caps("I420", 64, 48) + ",colorimetry=bt709");
  for (int i = 0; i < 5; ++i) REQUIRE(harness.push(raw_frame("I420", 64, 48, i)) == GST_FLOW_OK);
  std::size_t bytes = 0;
  for (int i = 0; i < 5; ++i) {
    const auto out = harness.pull();
    REQUIRE(out);
    CHECK(is_delta(out) == (i > 0));
    CHECK(GST_BUFFER_PTS(out.get()) == static_cast<GstClockTime>(i) * 40 * GST_MSECOND);
    CHECK(GST_BUFFER_DURATION(out.get()) == 40 * GST_MSECOND);
    const auto header = header_of(out.get());
    CHECK(header.quality == 20);
    CHECK(header.width == 64);
    CHECK((header.kind == codec::FrameKind::key) == (i == 0));
    bytes += gst_buffer_get_size(out.get());
  }
  const std::string caps = harness.output_caps();
  CHECK(caps.find("video/x-latent") == 0);
  for (const char* part : {"format=(string)I420", "width=(int)64", "height=(int)48", "framerate=(fraction)25/1",
                           "colorimetry=(string)bt709"})
    CHECK_MESSAGE(caps.find(part) != std::string::npos, caps);
  CHECK(caps.find((*codec::Bundle::load(toy_model()))->latent_space_hex()) != std::string::npos);
  CHECK(harness.count("frames-encoded") == 5);
  CHECK(harness.count("key-frames") == 1);
  CHECK(harness.count("bytes-out") == bytes);
  CHECK(BusMessages(harness).errors.empty());
}

TEST_CASE("aeencode: two of one model in one process hold its files once") {
  Harness one(launch());
  one.src_caps(raw_caps("I420", 64, 48));
  REQUIRE(one.push(raw_frame("I420", 64, 48, 0)) == GST_FLOW_OK);
  const std::size_t files = Shared<codec::Bundle>::all().bytes();
  CHECK(files > 0);
  Harness two(launch());
  two.src_caps(raw_caps("I420", 160, 96));
  REQUIRE(two.push(raw_frame("I420", 160, 96, 0)) == GST_FLOW_OK);
  CHECK(Shared<codec::Bundle>::all().bytes() == files);
  CHECK(one.pull());
  CHECK(two.pull());
}

TEST_CASE("aeencode: every format, 1x1, odd and large frames") {
  for (const std::string format : {"I420", "NV12", "RGB", "GRAY8"})
    for (const auto& size : {std::pair{1, 1}, {17, 31}, {3, 200}}) {
      const int width = size.first, height = size.second;
      CAPTURE(format);
      CAPTURE(width);
      Harness harness(launch());
      harness.src_caps(raw_caps(format, width, height));
      REQUIRE(harness.push(raw_frame(format, width, height, 0)) == GST_FLOW_OK);
      CHECK(header_of(harness.pull().get()).height == height);
    }
  Harness harness(launch());
  harness.src_caps(raw_caps("NV12", 4096, 2160));
  REQUIRE(harness.push(raw_frame("NV12", 4096, 2160, 0)) == GST_FLOW_OK);
  CHECK(header_of(harness.pull().get()).width == 4096);
}

TEST_CASE("aeencode: a gray model takes colour and gray pictures") {
  for (const std::string format : {"I420", "GRAY8"}) {
    Harness harness("aeencode model=" + toy_model(0, true));
    harness.src_caps(raw_caps(format, 32, 32));
    REQUIRE(harness.push(raw_frame(format, 32, 32, 0)) == GST_FLOW_OK);
    CHECK(harness.pull());
  }
}

TEST_CASE("aeencode: caps may change mid-stream; the next frame is a key frame") {
  Harness harness(launch());
  harness.src_caps(raw_caps("I420", 64, 48));
  harness.push(raw_frame("I420", 64, 48, 0));
  harness.push(raw_frame("I420", 64, 48, 1));
  harness.src_caps(raw_caps("RGB", 33, 21));
  REQUIRE(harness.push(raw_frame("RGB", 33, 21, 2)) == GST_FLOW_OK);
  harness.pull();
  harness.pull();
  const auto out = harness.pull();
  CHECK_FALSE(is_delta(out));
  CHECK(header_of(out.get()).width == 33);
  CHECK(harness.output_caps().find("format=(string)RGB, ") != std::string::npos);

  // Another rate needs no new network, but the stream begins anew for a receiver.
  harness.src_caps("video/x-raw,format=RGB,width=33,height=21,framerate=10/1");
  harness.push(raw_frame("RGB", 33, 21, 3));
  CHECK_FALSE(is_delta(harness.pull()));
}

TEST_CASE("aeencode: key frames at the interval and on request from either side") {
  Harness harness(launch("key-interval=3"));
  harness.src_caps(raw_caps("RGB", 32, 32));
  auto next_is_key = [&, number = 0]() mutable {
    REQUIRE(harness.push(raw_frame("RGB", 32, 32, number++)) == GST_FLOW_OK);
    return !is_delta(harness.pull());
  };
  CHECK(next_is_key());
  CHECK_FALSE(next_is_key());
  CHECK_FALSE(next_is_key());
  CHECK(next_is_key());
  CHECK_FALSE(next_is_key());
  gst_harness_push_upstream_event(harness.get(),
                                  gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 1));
  CHECK(next_is_key());
  CHECK_FALSE(next_is_key());
  gst_harness_push_event(harness.get(), gst_video_event_new_downstream_force_key_unit(
                                            GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE, TRUE, 2));
  CHECK(next_is_key());
}

TEST_CASE("aeencode: quality changes while playing, without a key frame") {
  Harness harness(launch("quality=40"));
  harness.src_caps(raw_caps("RGB", 32, 32));
  for (int i = 0; i < 6; ++i) {
    const int quality = 40 - 3 * i;
    g_object_set(harness.element(), "quality", quality, nullptr);
    REQUIRE(harness.push(raw_frame("RGB", 32, 32, i)) == GST_FLOW_OK);
    const auto out = harness.pull();
    CHECK(is_delta(out) == (i > 0));
    CHECK(header_of(out.get()).quality == quality);
    CHECK(harness.count("quality") == static_cast<std::uint64_t>(quality));
  }
}

TEST_CASE("aeencode: frames keep below max-frame-size, are left out where none fits, and a warning says what to do") {
  Harness harness(launch("quality=60"));
  harness.src_caps(raw_caps("RGB", 128, 96));
  REQUIRE(harness.push(raw_frame("RGB", 128, 96, 0)) == GST_FLOW_OK);
  const std::size_t free = gst_buffer_get_size(harness.pull().get());
  g_object_set(harness.element(), "max-frame-size", static_cast<int>(free * 2 / 3), nullptr);
  gst_harness_push_upstream_event(harness.get(),
                                  gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 1));
  REQUIRE(harness.push(raw_frame("RGB", 128, 96, 1)) == GST_FLOW_OK);
  const auto small = harness.pull();
  CHECK_FALSE(is_delta(small));
  CHECK(gst_buffer_get_size(small.get()) <= free * 2 / 3);
  CHECK(BusMessages(harness).warnings.empty());

  g_object_set(harness.element(), "max-frame-size", 8, nullptr);
  gst_harness_push_upstream_event(harness.get(),
                                  gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 2));
  for (int i = 2; i < 5; ++i) REQUIRE(harness.push(raw_frame("RGB", 128, 96, i)) == GST_FLOW_OK);
  CHECK(harness.count("frames-skipped") == 3);
  const BusMessages messages(harness);
  REQUIRE(messages.warnings.size() == 1);
  CHECK(messages.warnings[0].text.find("max-frame-size=8") != std::string::npos);

  // The key frame that was asked for comes as soon as it may.
  g_object_set(harness.element(), "max-frame-size", 0, nullptr);
  REQUIRE(harness.push(raw_frame("RGB", 128, 96, 5)) == GST_FLOW_OK);
  CHECK_FALSE(is_delta(harness.pull()));
}

TEST_CASE("aeencode: a key frame that was asked for comes even if the frame after the request is too late") {
  Harness harness(launch("qos=true"));
  harness.src_caps(raw_caps("RGB", 32, 32));
  harness.push(raw_frame("RGB", 32, 32, 0));
  harness.pull();
  // 100 ms late at the start: what is due before 200 ms is skipped.
  gst_harness_push_upstream_event(harness.get(), gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 1.0, 100 * GST_MSECOND, 0));
  gst_harness_push_upstream_event(harness.get(),
                                  gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 1));
  harness.push(raw_frame("RGB", 32, 32, 1));
  REQUIRE(harness.count("frames-skipped") == 1);
  harness.push(raw_frame("RGB", 32, 32, 25));
  CHECK_FALSE(is_delta(harness.pull()));
}

TEST_CASE("aeencode: rows with padding, as a video meta describes them, give the same bytes") {
  const int width = 30, height = 20;
  Harness packed(launch()), padded(launch());
  for (Harness* harness : {&packed, &padded}) harness->src_caps(raw_caps("GRAY8", width, height));
  const auto frame = raw_frame("GRAY8", width, height, 0);
  const std::string rows = bytes_of(frame.get());  // stride 32
  std::string wide(100 * height + 7, '\xee');
  for (std::size_t y = 0; y < height; ++y) rows.copy(wide.data() + 7 + y * 100, width, y * 32);
  auto strided = buffer_of(wide, 0);
  gsize offsets[GST_VIDEO_MAX_PLANES] = {7};
  gint strides[GST_VIDEO_MAX_PLANES] = {100};
  gst_buffer_add_video_meta_full(strided.get(), GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_GRAY8, width, height, 1,
                                 offsets, strides);
  packed.push(raw_frame("GRAY8", width, height, 0));
  REQUIRE(padded.push(std::move(strided)) == GST_FLOW_OK);
  CHECK(bytes_of(packed.pull().get()) == bytes_of(padded.pull().get()));
}

TEST_CASE("aeencode: each buffer leaves with its capture time, the source's own if there is one") {
  Harness harness(launch());
  harness.src_caps(raw_caps("RGB", 16, 16));
  const auto before = unix_time_now();
  harness.push(raw_frame("RGB", 16, 16, 0));
  auto stamped = raw_frame("RGB", 16, 16, 1);
  set_capture_time(stamped.get(), 1234567890);
  harness.push(std::move(stamped));
  const auto first = harness.pull(), second = harness.pull();
  REQUIRE(capture_time(first.get()));
  CHECK(*capture_time(first.get()) <= unix_time_now());
  CHECK(*capture_time(first.get()) + 60 * GST_SECOND >= before);
  CHECK(capture_time(second.get()) == 1234567890);
  CHECK(gst_buffer_get_n_meta(second.get(), GST_REFERENCE_TIMESTAMP_META_API_TYPE) == 1);
}

TEST_CASE("aeencode: flush makes a key frame, EOS passes, and the element starts twice") {
  Harness harness(launch());
  harness.src_caps(raw_caps("RGB", 16, 16));
  harness.push(raw_frame("RGB", 16, 16, 0));
  harness.push(raw_frame("RGB", 16, 16, 1));
  gst_harness_push_event(harness.get(), gst_event_new_flush_start());
  gst_harness_push_event(harness.get(), gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(harness.get(), gst_event_new_segment(&segment));
  while (harness.try_pull()) {
  }
  harness.push(raw_frame("RGB", 16, 16, 2));
  CHECK_FALSE(is_delta(harness.pull()));
  CHECK(gst_harness_push_event(harness.get(), gst_event_new_eos()));

  Alone again(launch());
  for (int i = 0; i < 2; ++i) {
    CHECK(again.to(GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE);
    CHECK(again.to(GST_STATE_NULL) != GST_STATE_CHANGE_FAILURE);
  }
  CHECK(again.messages().errors.empty());
}

TEST_CASE("aeencode: the latency query says what was measured") {
  Harness harness(launch());
  harness.src_caps(raw_caps("RGB", 16, 16));
  for (int i = 0; i < 4; ++i) harness.push(raw_frame("RGB", 16, 16, i));
  CHECK(gst_harness_query_latency(harness.get()) >= GST_MSECOND);
  CHECK(BusMessages(harness).latency_messages >= 1);
}

TEST_CASE("aeencode: without its model it does not start, and one error lists what there is") {
  const TempDir models;
  make_toy_bundle(models.path(), {.name = "lc5-other"});
  const char* old = std::getenv("LATENTCAST_MODELS");
  const std::string saved = old ? old : "";
  ::setenv("LATENTCAST_MODELS", models.path().c_str(), 1);
  Alone encoder("aeencode model=lc55-other");
  CHECK(encoder.to(GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
  ::setenv("LATENTCAST_MODELS", saved.c_str(), 1);
  const BusMessages messages = encoder.messages();
  REQUIRE(messages.errors.size() == 1);
  CHECK(messages.errors[0].domain == GST_RESOURCE_ERROR);
  CHECK(messages.errors[0].code == GST_RESOURCE_ERROR_NOT_FOUND);
  CHECK_MESSAGE(messages.errors[0].text.find("lc5-other") != std::string::npos, messages.errors[0].text);
}

TEST_CASE("aeencode: a classifier is no encoder") {
  const TempDir folder;
  Alone encoder("aeencode model=" + make_classifier_bundle(folder.path()).string());
  CHECK(encoder.to(GST_STATE_READY) == GST_STATE_CHANGE_FAILURE);
  const BusMessages messages = encoder.messages();
  REQUIRE(messages.errors.size() == 1);
  CHECK(messages.errors[0].code == GST_LIBRARY_ERROR_SETTINGS);
}

TEST_CASE("aeencode: a buffer too small for its caps is one error, not a read beyond its end") {
  Harness harness(launch());
  harness.src_caps(raw_caps("RGB", 64, 64));
  CHECK(harness.push(buffer_of("short", 0)) == GST_FLOW_ERROR);
  CHECK(BusMessages(harness).errors.size() == 1);
}
