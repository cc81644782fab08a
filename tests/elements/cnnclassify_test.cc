#include "elements/cnnclassify.h"

#include "elements/codec_support.h"
#include "elements/glue/labels_meta.h"
#include "support/classifier_bundle.h"
#include "support/test.h"

using namespace lc;
using namespace lc::elements;
using namespace lc::test;

namespace {

// Names the strongest of red, green and blue; threshold 0.6.
const std::string& colours_model() {
  static const TempDir folder;
  static const std::string path = make_classifier_bundle(folder.path()).string();
  return path;
}

std::string launch(const std::string& more = "") {
  return fmt::format("cnnclassify model={} {}", colours_model(), more);
}

constexpr char kCaps[] = "video/x-raw,format=RGB,width=8,height=8,framerate=25/1";

Ptr<GstBuffer> plain(int r, int g, int b, int number = 0) {
  std::string bytes;
  for (int i = 0; i < 64; ++i)
    for (const int sample : {r, g, b}) bytes += static_cast<char>(sample);
  return buffer_of(bytes, static_cast<GstClockTime>(number) * 40 * GST_MSECOND);
}

std::vector<std::string> announced(const Harness& harness) {
  std::vector<std::string> labels;
  for (const auto& message : BusMessages(harness).element_messages)
    if (gst_structure_has_name(message.get(), "latentcast-label"))
      labels.emplace_back(gst_structure_get_string(message.get(), "label"));
  return labels;
}

std::string stats_label(const Harness& harness) {
  GstStructure* stats = nullptr;
  g_object_get(harness.element(), "stats", &stats, nullptr);
  return gst_structure_get_string(Ptr<GstStructure>{stats}.get(), "label");
}

}  // namespace

TEST_CASE("cnnclassify: after a change of caps no frame carries the label of the pictures before") {
  Harness harness(launch("interval=100"));
  harness.src_caps(kCaps);
  REQUIRE(harness.push(plain(250, 0, 0, 0)) == GST_FLOW_OK);
  CHECK(labels_of(harness.pull().get())->best[0].name == "red");
  harness.src_caps("video/x-raw,format=RGB,width=16,height=4,framerate=25/1");
  REQUIRE(harness.push(plain(0, 0, 250, 1)) == GST_FLOW_OK);
  CHECK(labels_of(harness.pull().get())->best[0].name == "blue");
}

TEST_CASE("cnnclassify: labels go with the frame, and pixels stay as they are") {
  Harness harness(launch("top-k=2"));
  harness.src_caps(kCaps);
  auto frame = plain(10, 200, 30);
  const auto ours = add_ref(frame.get());  // somebody else holds the frame too: it may not be written to
  REQUIRE(harness.push(std::move(frame)) == GST_FLOW_OK);
  const auto out = harness.pull();
  CHECK(bytes_of(out.get()) == bytes_of(ours.get()));
  CHECK_FALSE(labels_of(ours.get()));
  CHECK(gst_buffer_peek_memory(out.get(), 0) == gst_buffer_peek_memory(ours.get(), 0));  // not copied
  const auto labels = labels_of(out.get());
  REQUIRE(labels);
  CHECK(labels->model == "colours");
  REQUIRE(labels->best.size() == 2);
  CHECK(labels->best[0].name == "green");
  CHECK(labels->best[0].index == 1);
  CHECK(labels->best[0].confidence > 0.9f);
  CHECK(labels->best[1].name == "blue");
  REQUIRE(labels->answer());
  CHECK(labels->age == 0);
  CHECK(harness.count("frames-classified") == 1);
  CHECK(stats_label(harness) == "green");
}

TEST_CASE("cnnclassify: a message when the answer changes, and only then") {
  Harness harness(launch());
  harness.src_caps(kCaps);
  int number = 0;
  for (const auto& [r, g] : {std::pair{200, 10}, {210, 10}, {10, 200}, {100, 100}, {100, 100}, {10, 200}})
    REQUIRE(harness.push(plain(r, g, 10, number++)) == GST_FLOW_OK);
  CHECK(announced(harness) == std::vector<std::string>{"red", "green", "", "green"});
}

TEST_CASE("cnnclassify: the message says what an application needs") {
  Harness harness(launch());
  harness.src_caps(kCaps);
  harness.push(plain(200, 10, 10, 3));
  const BusMessages messages(harness);
  REQUIRE(messages.element_messages.size() == 1);
  const GstStructure* message = messages.element_messages[0].get();
  gint index = -1;
  gdouble confidence = 0;
  guint64 when = 0;
  CHECK(gst_structure_get(message, "index", G_TYPE_INT, &index, "confidence", G_TYPE_DOUBLE, &confidence, "timestamp",
                          G_TYPE_UINT64, &when, nullptr));
  CHECK(index == 0);
  CHECK(confidence > 0.9);
  CHECK(when == 120 * GST_MSECOND);
  CHECK(std::string(gst_structure_get_string(message, "model")) == "colours");
  CHECK(std::string(gst_structure_get_string(message, "previous")).empty());
}

TEST_CASE("cnnclassify: no confident label is an answer; the threshold may be set") {
  Harness harness(launch());
  harness.src_caps(kCaps);
  harness.push(plain(100, 100, 100));
  auto labels = labels_of(harness.pull().get());
  REQUIRE(labels);
  CHECK_FALSE(labels->answer());
  CHECK(labels->best.size() == 3);
  CHECK(announced(harness) == std::vector<std::string>{""});
  g_object_set(harness.element(), "threshold", 0.2, nullptr);
  harness.push(plain(100, 100, 100));
  labels = labels_of(harness.pull().get());
  CHECK(labels->answer());
}

TEST_CASE("cnnclassify: between two looks frames carry the last labels and their age") {
  Harness harness(launch("interval=3"));
  harness.src_caps(kCaps);
  for (int i = 0; i < 5; ++i) harness.push(plain(i < 3 ? 200 : 10, i < 3 ? 10 : 200, 10, i));
  const struct {
    const char* name;
    int age;
  } expected[] = {{"red", 0}, {"red", 1}, {"red", 2}, {"green", 0}, {"green", 1}};
  for (const auto& each : expected) {
    const auto labels = labels_of(harness.pull().get());
    REQUIRE(labels);
    CHECK(labels->best[0].name == std::string(each.name));
    CHECK(labels->age == each.age);
  }
  CHECK(harness.count("frames-classified") == 2);
  CHECK(harness.count("skipped") == 3);
}

TEST_CASE("cnnclassify: a late frame passes without a look") {
  Harness harness(launch());
  harness.src_caps(kCaps);
  harness.push(plain(200, 10, 10, 0));
  gst_harness_push_upstream_event(harness.get(), gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 1.0, 100 * GST_MSECOND, 0));
  CHECK(harness.push(plain(10, 200, 10, 1)) == GST_FLOW_OK);
  CHECK(harness.push(plain(10, 200, 10, 6)) == GST_FLOW_OK);  // 240 ms: in time again
  harness.pull();
  CHECK(labels_of(harness.pull().get())->best[0].name == "red");
  CHECK(labels_of(harness.pull().get())->best[0].name == "green");
  CHECK(harness.count("skipped") == 1);
}

TEST_CASE("cnnclassify: labels of the same model are replaced, those of another are kept beside") {
  const auto buffer = buffer_of("x");
  classify::Labels labels{
      .model = "a", .best = {{.index = 1, .name = "one", .confidence = 0.75f}}, .is_confident = true};
  attach_labels(buffer.get(), labels);
  labels.best[0].name = "uno";
  attach_labels(buffer.get(), labels);
  CHECK(labels_of(buffer.get())->best[0].name == "uno");
  labels.model = std::string(1, 'b');
  attach_labels(buffer.get(), labels);
  CHECK(labels_of(buffer.get())->model == "b");
  const Ptr<GstBuffer> copy{gst_buffer_copy(buffer.get())};
  REQUIRE(labels_of(copy.get()));
  CHECK(labels_of(copy.get())->best[0].confidence == 0.75f);
  CHECK_FALSE(labels_of(buffer_of("y").get()));
}

TEST_CASE("cnnclassify: every format, 1x1, odd and large frames, caps that change mid-stream") {
  Harness harness(launch());
  for (const std::string format : {"I420", "NV12", "RGB", "GRAY8"})
    for (const auto& size : {std::pair{1, 1}, {17, 31}, {640, 48}}) {
      const int width = size.first, height = size.second;
      CAPTURE(format);
      harness.src_caps(raw_caps(format, width, height));
      REQUIRE(harness.push(raw_frame(format, width, height, 0)) == GST_FLOW_OK);
      CHECK(labels_of(harness.pull().get()));
    }
  harness.src_caps(raw_caps("I420", 4096, 2160));
  CHECK(harness.push(raw_frame("I420", 4096, 2160, 0)) == GST_FLOW_OK);
  CHECK(BusMessages(harness).errors.empty());
}

TEST_CASE("cnnclassify: flush, EOS, latency, and it starts twice") {
  Harness harness(launch("interval=100"));
  harness.src_caps(kCaps);
  harness.push(plain(200, 10, 10, 0));
  gst_harness_push_event(harness.get(), gst_event_new_flush_start());
  gst_harness_push_event(harness.get(), gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(harness.get(), gst_event_new_segment(&segment));
  while (harness.try_pull()) {
  }
  harness.push(plain(10, 200, 10, 1));
  CHECK(labels_of(harness.pull().get())->best[0].name == "green");  // looked anew
  g_object_set(harness.element(), "interval", 1, nullptr);
  for (int i = 2; i < 6; ++i) harness.push(plain(10, 200, 10, i));
  CHECK(gst_harness_query_latency(harness.get()) >= GST_MSECOND);
  CHECK(BusMessages(harness).latency_messages >= 1);
  CHECK(gst_harness_push_event(harness.get(), gst_event_new_eos()));

  Alone again(launch());
  for (int i = 0; i < 2; ++i) {
    CHECK(again.to(GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE);
    CHECK(again.to(GST_STATE_NULL) != GST_STATE_CHANGE_FAILURE);
  }
  CHECK(again.messages().errors.empty());
}

TEST_CASE("cnnclassify: a missing model, and one that is no classifier, are one error at the start") {
  Alone missing("cnnclassify model=/nowhere/at/all");
  CHECK(missing.to(GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
  BusMessages messages = missing.messages();
  REQUIRE(messages.errors.size() == 1);
  CHECK(messages.errors[0].code == GST_RESOURCE_ERROR_NOT_FOUND);

  Alone wrong("cnnclassify model=" + toy_model());
  CHECK(wrong.to(GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
  messages = wrong.messages();
  REQUIRE(messages.errors.size() == 1);
  CHECK(messages.errors[0].domain == GST_LIBRARY_ERROR);
  CHECK(messages.errors[0].code == GST_LIBRARY_ERROR_SETTINGS);
}
