#include "elements/classoverlay.h"

#include "elements/codec_support.h"
#include "elements/glue/labels_meta.h"
#include "support/test.h"

using namespace lc;
using namespace lc::elements;
using namespace lc::test;

namespace {

classify::Labels cat(std::uint64_t looked_at = 0) {
  return {.model = "toy",
          .best = {{.index = 0, .name = "cat", .confidence = 0.93f}},
          .is_confident = true,
          .looked_at = looked_at,
          .width = 64,
          .height = 48};
}

Ptr<GstBuffer> labelled(const std::string& format, int number, const classify::Labels& labels) {
  auto buffer = raw_frame(format, 64, 48, number);
  attach_labels(buffer.get(), labels);
  return buffer;
}

}  // namespace

TEST_CASE("classoverlay: labels are drawn in every format, into a copy where the pixels are somebody else's too") {
  for (const std::string format : {"I420", "NV12", "RGB", "GRAY8"}) {
    CAPTURE(format);
    Harness harness("classoverlay");
    harness.src_caps(raw_caps(format, 64, 48));
    auto frame = labelled(format, 0, cat());
    const auto ours = add_ref(frame.get());
    const std::string before = bytes_of(ours.get());
    REQUIRE(harness.push(std::move(frame)) == GST_FLOW_OK);
    const auto out = harness.pull();
    CHECK(bytes_of(out.get()) != before);
    CHECK(bytes_of(ours.get()) == before);
    CHECK(labels_of(out.get()));
    CHECK(harness.count("frames-drawn") == 1);
    CHECK(harness.count("stale") == 0);
  }
}

TEST_CASE("classoverlay: before the first label nothing is drawn, and after it the last one grows old") {
  Harness harness("classoverlay stale-after=100000000");  // 100 ms
  harness.src_caps(raw_caps("RGB", 64, 48));
  harness.push(raw_frame("RGB", 64, 48, 0));
  CHECK(bytes_of(harness.pull().get()) == bytes_of(raw_frame("RGB", 64, 48, 0).get()));
  harness.push(labelled("RGB", 1, cat(40 * GST_MSECOND)));
  for (int i = 2; i < 6; ++i) harness.push(raw_frame("RGB", 64, 48, i));
  for (int i = 1; i < 6; ++i) CHECK(bytes_of(harness.pull().get()) != bytes_of(raw_frame("RGB", 64, 48, i).get()));
  CHECK(harness.count("without-labels") == 5);
  CHECK(harness.count("frames-drawn") == 5);
  CHECK(harness.count("stale") == 2);  // 120 and 160 ms after the look
}

TEST_CASE("classoverlay: age is told by times, and by frames where there are none") {
  Harness harness("classoverlay stale-after=100000000");
  harness.src_caps(raw_caps("RGB", 64, 48));
  harness.push(labelled("RGB", 3, cat(0)));  // 120 ms later
  CHECK(harness.count("stale") == 1);
  auto labels = cat(classify::kNoTime);
  for (const int age : {2, 3}) {  // 80 and 120 ms at 25 frames a second
    labels.age = age;
    harness.push(labelled("RGB", 4, labels));
  }
  CHECK(harness.count("stale") == 2);
  g_object_set(harness.element(), "stale-after", guint64{GST_SECOND}, nullptr);
  harness.push(labelled("RGB", 4, labels));
  CHECK(harness.count("stale") == 2);
}

TEST_CASE("classoverlay: evidence is shown unless it is unwanted, and a flush forgets") {
  Harness harness("classoverlay");
  harness.src_caps(raw_caps("RGB", 64, 48));
  auto labels = cat();
  harness.push(labelled("RGB", 0, labels));
  const std::string words = bytes_of(harness.pull().get());
  labels.evidence = {.rows = 1, .columns = 2, .values = {255, 0}, .area = {0, 0, 64, 48}};
  harness.push(labelled("RGB", 0, labels));
  CHECK(bytes_of(harness.pull().get()) != words);
  g_object_set(harness.element(), "evidence", FALSE, nullptr);
  harness.push(labelled("RGB", 0, labels));
  CHECK(bytes_of(harness.pull().get()) == words);
  gst_harness_push_event(harness.get(), gst_event_new_flush_start());
  gst_harness_push_event(harness.get(), gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(harness.get(), gst_event_new_segment(&segment));
  harness.push(raw_frame("RGB", 64, 48, 0));
  CHECK(bytes_of(harness.pull().get()) == bytes_of(raw_frame("RGB", 64, 48, 0).get()));
}

TEST_CASE("classoverlay: where times go back labels grow old by frames, and another stream begins without any") {
  Harness harness("classoverlay stale-after=100000000");
  harness.src_caps(raw_caps("RGB", 64, 48));
  harness.push(labelled("RGB", 100, cat(4 * GST_SECOND)));
  for (int i = 0; i < 3; ++i) harness.push(raw_frame("RGB", 64, 48, i));
  CHECK(harness.count("stale") == 1);  // 120 ms after the look
  gst_harness_push_event(harness.get(), gst_event_new_stream_start("another"));
  harness.push(raw_frame("RGB", 64, 48, 3));
  CHECK(harness.count("frames-drawn") == 4);
}

TEST_CASE("classoverlay: what the meta carries comes back, and what contradicts itself does not") {
  const auto buffer = buffer_of("x");
  auto labels = cat(7);
  labels.region = {1, 2, 3, 4};
  labels.evidence = {.rows = 2, .columns = 3, .values = {1, 2, 3, 4, 5, 255}, .area = {5, 6, 7, 8}};
  attach_labels(buffer.get(), labels);
  const Ptr<GstBuffer> copy{gst_buffer_copy(buffer.get())};
  const auto back = labels_of(copy.get());
  REQUIRE(back);
  CHECK(back->looked_at == 7);
  CHECK(back->width == 64);
  CHECK(back->region == labels.region);
  CHECK(back->evidence.area == labels.evidence.area);
  CHECK(back->evidence.values == labels.evidence.values);
  labels.evidence.rows = 1000;
  attach_labels(copy.get(), labels);
  CHECK(labels_of(copy.get())->evidence.empty());
}

TEST_CASE("classoverlay: tiny, odd and large pictures") {
  Harness harness("classoverlay");
  for (const std::string format : {"I420", "NV12", "RGB", "GRAY8"})
    for (const auto& size : {std::pair{1, 1}, {17, 31}, {1920, 1080}}) {
      harness.src_caps(raw_caps(format, size.first, size.second));
      auto frame = raw_frame(format, size.first, size.second, 0);
      attach_labels(frame.get(), cat());
      REQUIRE(harness.push(std::move(frame)) == GST_FLOW_OK);
      CHECK(harness.pull());
    }
}
