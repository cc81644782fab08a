#include <algorithm>

#include "elements/cnnclassify.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/shared.h"
#include "elements/codec_support.h"
#include "elements/glue/labels_meta.h"
#include "nn/pack.h"
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
  CHECK(harness.count("passed") == 3);
  CHECK(harness.count("skipped") == 0);
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
  CHECK(harness.count("passed") == 0);
}

TEST_CASE("cnnclassify: under load and with an interval, what is late and what is between two looks are counted apart") {
  Harness harness(launch("interval=2"));
  harness.src_caps(kCaps);
  harness.push(plain(200, 10, 10, 0));
  gst_harness_push_upstream_event(harness.get(), gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 1.0, 100 * GST_MSECOND, 0));
  // 1 is not due, 2 to 4 are late, 5 is in time, 6 is not due.
  for (int i = 1; i < 7; ++i) harness.push(plain(10, 200, 10, i));
  CHECK(harness.count("frames-classified") == 2);
  CHECK(harness.count("passed") == 2);
  CHECK(harness.count("skipped") == 3);
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

namespace {

// Another model than colours_model(): whatever it sees is of another name.
const std::string& other_model() {
  static const TempDir folder;
  static const std::string path =
      make_classifier_bundle(folder.path(), {.name = "farben", .labels = "rot\ngruen\nblau\n"}).string();
  return path;
}

// Pushes frames until `done`; each of them comes out.
template <class Done>
void push_until(Harness& harness, int& number, const Done& done) {
  const gint64 limit = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;
  while (!done() && g_get_monotonic_time() < limit) {
    REQUIRE(harness.push(plain(200, 10, 10, number++)) == GST_FLOW_OK);
    REQUIRE(harness.pull());
  }
  REQUIRE(done());
}

struct Pipe {
  Pipe() { REQUIRE(::pipe2(ends, O_CLOEXEC) == 0); }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  void close_end(int end) {
    if (ends[end] >= 0) ::close(ends[end]);
    ends[end] = -1;
  }
  // All that was written so far.
  std::string text() const {
    std::string out(65536, '\0');
    const ssize_t size = ::read(ends[0], out.data(), out.size());
    out.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return out;
  }
  int ends[2]{-1, -1};
};

}  // namespace

TEST_CASE("cnnclassify: with smoothing one odd frame changes no answer, and several do") {
  Harness harness(launch("smoothing=0.7 threshold=0"));
  harness.src_caps(kCaps);
  std::string seen;
  for (int i = 0; i < 7; ++i) {
    harness.push(plain(i == 0 || i == 2 ? 200 : 10, i == 0 || i == 2 ? 10 : 200, 10, i));
    seen += labels_of(harness.pull().get())->best[0].name.substr(0, 1);
  }
  CHECK(seen == "rrrrggg");
}

TEST_CASE("cnnclassify: of tiles the most confident one answers, and tells where it is") {
  Harness harness(launch("region=tiles tiles=2"));
  harness.src_caps("video/x-raw,format=GRAY8,width=16,height=8,framerate=25/1");
  REQUIRE(harness.push(buffer_of(std::string(128, '\x40'))) == GST_FLOW_OK);
  CHECK(labels_of(harness.pull().get())->region == classify::Rectangle{0, 0, 8, 4});
  harness.src_caps("video/x-raw,format=RGB,width=16,height=8,framerate=25/1");
  std::string picture;
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 16; ++x) picture += x >= 8 && y >= 4 ? std::string("\x10\x10\xf0") : std::string(3, '\x50');
  REQUIRE(harness.push(buffer_of(picture)) == GST_FLOW_OK);
  const auto labels = labels_of(harness.pull().get());
  CHECK(labels->answer()->name == "blue");
  CHECK(labels->region == classify::Rectangle{8, 4, 8, 4});
  CHECK(labels->width == 16);
  Harness middle(launch("region=center"));
  middle.src_caps("video/x-raw,format=RGB,width=16,height=8,framerate=25/1");
  REQUIRE(middle.push(buffer_of(picture)) == GST_FLOW_OK);
  CHECK(labels_of(middle.pull().get())->region == classify::Rectangle{4, 2, 8, 4});
}

TEST_CASE("cnnclassify: the model changes while frames flow, and none is lost") {
  Harness harness(launch());
  harness.src_caps(kCaps);
  int number = 0;
  push_until(harness, number, [&] { return stats_label(harness) == "red"; });
  g_object_set(harness.element(), "model", other_model().c_str(), nullptr);
  push_until(harness, number, [&] { return stats_label(harness) == "rot"; });
  CHECK(harness.count("model-changes") == 1);
  CHECK(harness.count("frames-classified") == static_cast<std::uint64_t>(number));
  harness.push(plain(10, 200, 10, number));
  const auto labels = labels_of(harness.pull().get());
  CHECK(labels->model == "farben");
  CHECK(labels->answer()->name == "gruen");
  const BusMessages messages(harness);
  CHECK(messages.errors.empty());
  CHECK(messages.warnings.empty());
}

TEST_CASE("cnnclassify: a model that cannot be used is one warning, and the old one goes on") {
  Harness harness(launch());
  harness.src_caps(kCaps);
  int number = 0;
  for (const std::string& bad : {std::string("/nowhere/at/all"), toy_model()}) {
    g_object_set(harness.element(), "model", bad.c_str(), nullptr);
    std::vector<BusError> warnings;
    push_until(harness, number, [&] {
      for (auto& warning : BusMessages(harness).warnings) warnings.push_back(warning);
      return !warnings.empty();
    });
    CHECK(warnings[0].text.ends_with("; colours goes on"));
    for (int i = 0; i < 3; ++i) {
      harness.push(plain(200, 10, 10, number++));
      CHECK(labels_of(harness.pull().get())->model == "colours");
    }
    CHECK(BusMessages(harness).warnings.empty());
  }
  g_object_set(harness.element(), "model", other_model().c_str(), nullptr);
  push_until(harness, number, [&] { return harness.count("model-changes") == 1; });
}

TEST_CASE("cnnclassify: a look without an answer is counted and said once, and the stream goes on with old labels") {
  const TempDir folder;
  ClassifierBundle bundle;
  bundle.onnx = colours_onnx(1e38f);
  bundle.manifest = "input: {width: 4, height: 4, std: [0.001, 0.001, 0.001]}\nthreshold: 0.3\n";
  Harness harness(fmt::format("cnnclassify model={}", make_classifier_bundle(folder.path(), bundle).string()));
  harness.src_caps(kCaps);
  for (const int bright : {0, 255, 255, 0, 255}) {
    REQUIRE(harness.push(plain(bright, bright, bright)) == GST_FLOW_OK);
    CHECK(labels_of(harness.pull().get())->age <= 2);
  }
  CHECK(harness.count("frames-classified") == 2);
  CHECK(harness.count("without-answer") == 3);
  const BusMessages messages(harness);
  CHECK(messages.errors.empty());
  CHECK(messages.warnings.size() == 2);
}

TEST_CASE("cnnclassify: elements with one model hold its weights once, and its files no longer than they need them") {
  const auto held = [] {
    return Shared<nn::PackedMatrix>::all().bytes() + Shared<nn::PackedDepthwise>::all().bytes() +
           Shared<nn::Blob>::all().bytes();
  };
  const std::size_t before = held();
  Alone one(launch()), another(launch());
  REQUIRE(one.to(GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE);
  const std::size_t once = held();
  REQUIRE(another.to(GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE);
  CHECK(once > before);
  CHECK(held() == once);
  CHECK(Shared<codec::Bundle>::all().bytes() == 0);
}

TEST_CASE("cnnclassify: a frame that stands in for a lost one is not looked at") {
  Harness harness(launch());
  harness.src_caps(kCaps);
  harness.push(plain(200, 10, 10, 0));
  auto repeated = plain(10, 200, 10, 1);
  GST_BUFFER_FLAG_SET(repeated.get(), GST_BUFFER_FLAG_GAP);
  harness.push(std::move(repeated));
  harness.pull();
  const auto labels = labels_of(harness.pull().get());
  CHECK(labels->best[0].name == "red");
  CHECK(labels->age == 1);
  CHECK(labels->looked_at == 0);
}

TEST_CASE("cnnclassify: lines of JSON go to a descriptor") {
  Pipe pipe;
  Harness harness(launch(fmt::format("json-fd={} top-k=1", pipe.ends[1])));
  harness.src_caps(kCaps);
  harness.push(plain(200, 10, 10, 2));
  harness.push(plain(200, 10, 10, 3));
  harness.push(plain(10, 200, 10, 4));
  const std::string text = pipe.text();
  CHECK(text.starts_with("{\"label\":\"red\",\"index\":0,\"confidence\":1.0000,\"previous\":\"\",\"model\":\"colours\","
                         "\"timestamp\":80000000,\"stream_time\":80000000,\"running_time\":80000000,"
                         "\"labels\":[{\"label\":"
                         "\"red\",\"index\":0,\"confidence\":1.0000}]}\n{\"label\":\"green\""));
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
  CHECK(harness.count("json-lines") == 2);
}

TEST_CASE("cnnclassify: who reads JSON slowly gets fewer lines, and who ends gets none; the stream goes on") {
  Pipe pipe;
  Harness harness(launch(fmt::format("json-fd={} post-messages=all", pipe.ends[1])));
  harness.src_caps(kCaps);
  int number = 0;
  for (; number < 1000 && harness.count("json-lines-dropped") == 0; ++number) {
    REQUIRE(harness.push(plain(200, 10, 10, number)) == GST_FLOW_OK);
    REQUIRE(harness.pull());
  }
  CHECK(harness.count("json-lines-dropped") == 1);
  CHECK(harness.count("json-lines") > 50);
  pipe.text();
  REQUIRE(harness.push(plain(200, 10, 10, number++)) == GST_FLOW_OK);
  CHECK(harness.count("json-lines-dropped") == 1);  // there is room again
  pipe.close_end(0);
  for (int i = 0; i < 3; ++i) REQUIRE(harness.push(plain(200, 10, 10, number++)) == GST_FLOW_OK);
  const BusMessages messages(harness);
  CHECK(messages.errors.empty());
  REQUIRE(messages.warnings.size() == 1);
  CHECK(messages.warnings[0].text.find("json-fd") != std::string::npos);
}

TEST_CASE("cnnclassify: a descriptor that is not open for writing is an error at the start") {
  Pipe pipe;
  for (const int descriptor : {pipe.ends[0], 1'000'000}) {
    Alone element(launch(fmt::format("json-fd={}", descriptor)));
    CHECK(element.to(GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
    const BusMessages messages = element.messages();
    REQUIRE(messages.errors.size() == 1);
    CHECK(messages.errors[0].text.starts_with("json-fd: "));
  }
}
