// cnnclassify on video/x-latent: labels without pixels.
#include <gst/video/video.h>

#include "codec/latent_decoder.h"
#include "elements/cnnclassify.h"
#include "elements/codec_support.h"
#include "elements/glue/labels_meta.h"
#include "support/classifier_bundle.h"
#include "support/test.h"

using namespace lc;
using namespace lc::elements;
using namespace lc::test;

namespace {

std::string make_model(const std::string& name, const LatentNetwork& network, int variant) {
  static const TempDir folder;
  const auto codec = codec::Bundle::load(toy_model(variant)).value();
  return make_classifier_bundle(
             folder.path(),
             {.name = name, .manifest = latents_manifest(codec->latent_space_hex()), .onnx = latents_onnx(network)})
      .string();
}

// Convolutional, for latents of the toy model.
const std::string& latents_model() {
  static const std::string path = make_model("on-latents", {}, 0);
  return path;
}

std::string launch(const std::string& more = "", const std::string& model = latents_model()) {
  return fmt::format("cnnclassify model={} autoencoder={} {}", model, toy_model(), more);
}

// What a classifier says of the latents themselves.
struct Expected {
  std::shared_ptr<const codec::Bundle> codec = codec::Bundle::load(toy_model()).value();
  codec::LatentDecoder latents = codec::LatentDecoder::create(codec).value();
  classify::Classifier classifier =
      classify::Classifier::create(codec::Bundle::load(latents_model()).value(), codec, 64, 48).value();

  float confidence(GstBuffer* buffer) {
    const std::string bytes = bytes_of(buffer);
    const auto frame = latents.decode(as_bytes(bytes));
    REQUIRE(frame);
    classify::Labels labels;
    REQUIRE(classifier.classify((*frame)->latent, (*frame)->header.quality, {}, labels));
    return labels.best[0].confidence;
  }
};

int key_requests(const Harness& harness) {
  int count = 0;
  while (Ptr<GstEvent> event{gst_harness_try_pull_upstream_event(harness.get())})
    count += gst_video_event_is_force_key_unit(event.get());
  return count;
}

}  // namespace

TEST_CASE(
    "cnnclassify on latents: each frame, referring or not, has the labels of its integers, and passes untouched") {
  Sender sender;
  Expected expected;
  Harness harness(launch());
  harness.src_caps(sender.caps());
  for (int i = 0; i < 8; ++i) {
    auto frame = sender.next();
    const std::string bytes = bytes_of(frame.get());
    const float confidence = expected.confidence(frame.get());
    REQUIRE(harness.push(std::move(frame)) == GST_FLOW_OK);
    const auto out = harness.pull();
    CHECK(bytes_of(out.get()) == bytes);
    const auto labels = labels_of(out.get());
    REQUIRE(labels);
    CHECK(labels->best[0].confidence == confidence);
    CHECK(labels->model == "on-latents");
    CHECK(labels->width == 64);
    CHECK(labels->evidence.rows == 3);
    CHECK(labels->evidence.columns == 4);
  }
  CHECK(harness.count("frames-classified") == 8);
  CHECK(harness.output_caps().find("video/x-latent") == 0);
  CHECK(BusMessages(harness).errors.empty());
}

TEST_CASE("cnnclassify on latents: frames between two looks are followed where others refer to them") {
  Sender sender;
  Expected expected;
  Harness harness(launch("interval=4"));
  harness.src_caps(sender.caps());
  for (int i = 0; i < 13; ++i) {
    auto frame = sender.next();
    const float confidence = expected.confidence(frame.get());
    REQUIRE(harness.push(std::move(frame)) == GST_FLOW_OK);
    const auto labels = labels_of(harness.pull().get());
    REQUIRE(labels);
    CHECK(labels->age == i % 4);
    if (i % 4 == 0) CHECK(labels->best[0].confidence == confidence);
  }
  CHECK(harness.count("missing-reference") == 0);
  CHECK(harness.count("frames-classified") == 4);
}

TEST_CASE("cnnclassify on latents: after a loss no frame is looked at until the key frame that it asks for") {
  Sender sender;
  Harness harness(launch());
  harness.src_caps(sender.caps());
  harness.push(sender.next());
  const float first = labels_of(harness.pull().get())->best[0].confidence;
  key_requests(harness);
  while (sender.last.kind != codec::FrameKind::anchor) sender.next();  // lost, an anchor among them
  for (int age = 1; age <= 2; ++age) {
    REQUIRE(harness.push(sender.next()) == GST_FLOW_OK);
    const auto labels = labels_of(harness.pull().get());
    REQUIRE(labels);
    CHECK(labels->age == age);
    CHECK(labels->best[0].confidence == first);
  }
  CHECK(key_requests(harness) == 1);
  CHECK(harness.count("missing-reference") == 2);
  CHECK(harness.count("key-requests") == 1);
  harness.push(sender.next(true));
  CHECK(labels_of(harness.pull().get())->age == 0);
  CHECK(harness.count("frames-classified") == 2);
  CHECK(BusMessages(harness).errors.empty());
}

TEST_CASE("cnnclassify on latents: who joins late has no labels, and damaged frames none of their own") {
  Sender sender;
  sender.next();
  Harness harness(launch());
  harness.src_caps(sender.caps());
  REQUIRE(harness.push(sender.next()) == GST_FLOW_OK);
  CHECK_FALSE(labels_of(harness.pull().get()));
  const auto key = sender.next(true);
  const std::string bytes = bytes_of(key.get());
  for (std::size_t keep = 1; keep < bytes.size(); ++keep) {
    REQUIRE(harness.push(buffer_of(bytes.substr(0, keep))) == GST_FLOW_OK);
    CHECK_FALSE(labels_of(harness.pull().get()));
  }
  CHECK(harness.count("corrupt") == bytes.size() - 1);
  REQUIRE(harness.push(sender.next(true)) == GST_FLOW_OK);
  CHECK(labels_of(harness.pull().get()));
}

TEST_CASE("cnnclassify on latents: a flush forgets the references") {
  Sender sender;
  Harness harness(launch());
  harness.src_caps(sender.caps());
  harness.push(sender.next());
  CHECK(labels_of(harness.pull().get()));
  gst_harness_push_event(harness.get(), gst_event_new_flush_start());
  gst_harness_push_event(harness.get(), gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(harness.get(), gst_event_new_segment(&segment));
  REQUIRE(harness.push(sender.next()) == GST_FLOW_OK);
  CHECK_FALSE(labels_of(harness.pull().get()));
  CHECK(harness.count("missing-reference") == 1);
}

TEST_CASE("cnnclassify on latents: pictures of other sizes are as good, for a network that is convolutional") {
  Harness harness(launch());
  for (const auto& size : {std::pair{64, 48}, {17, 31}, {640, 360}, {1, 1}}) {
    Sender sender(size.first, size.second);
    harness.src_caps(sender.caps());
    REQUIRE(harness.push(sender.next()) == GST_FLOW_OK);
    const auto labels = labels_of(harness.pull().get());
    REQUIRE(labels);
    CHECK(labels->evidence.area == classify::Rectangle{0, 0, size.first, size.second});
  }
  const std::string dense = make_model("dense", {.rows = 3, .columns = 4}, 0);
  Sender fits, large(640, 360);
  Harness one(launch("", dense)), other(launch("", dense));
  one.src_caps(fits.caps());
  CHECK(one.push(fits.next()) == GST_FLOW_OK);
  other.src_caps(large.caps());
  CHECK(other.push(large.next()) == GST_FLOW_NOT_NEGOTIATED);
  const BusMessages messages(other);
  REQUIRE(messages.errors.size() == 1);
  CHECK(messages.errors[0].text.starts_with("dense was made for latents of 4 x 3, here they are 40 x 23"));
}

TEST_CASE("cnnclassify on latents: what does not belong together is one error that says why") {
  const TempDir folder;
  const std::string on_pictures = make_classifier_bundle(folder.path()).string();
  const std::string of_other = make_model("of-other", {}, 1);
  Sender sender, other(64, 48, 1);
  const struct {
    std::string launch, caps, words;
    int code;
  } cases[] = {
      {launch("", on_pictures), sender.caps(), "colours classifies pictures, not latents", GST_LIBRARY_ERROR_SETTINGS},
      {launch(), raw_caps("RGB", 64, 48), "on-latents classifies latents, not pictures", GST_LIBRARY_ERROR_SETTINGS},
      {launch("", of_other), sender.caps(), "of-other reads latents of ", GST_RESOURCE_ERROR_NOT_FOUND},
      {launch(), other.caps(), "the stream needs the latent space ", GST_RESOURCE_ERROR_NOT_FOUND},
  };
  for (const auto& each : cases) {
    CAPTURE(each.words);
    Harness harness(each.launch);
    harness.src_caps(each.caps);
    CHECK(harness.push(buffer_of(std::string(64 * 48 * 3, 'x'))) == GST_FLOW_NOT_NEGOTIATED);
    CHECK_FALSE(harness.try_pull());
    const BusMessages messages(harness);
    REQUIRE(messages.errors.size() == 1);
    CHECK_MESSAGE(messages.errors[0].text.starts_with(each.words), messages.errors[0].text);
    CHECK(messages.errors[0].code == each.code);
  }
}

TEST_CASE("cnnclassify on latents: the model changes while the stream runs") {
  Sender sender;
  Harness harness(launch("threshold=0"));
  harness.src_caps(sender.caps());
  const std::string weaker = make_model("weaker", {.gain = 0.01f}, 0);
  g_object_set(harness.element(), "model", weaker.c_str(), nullptr);
  const gint64 limit = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;
  std::uint64_t frames = 0;
  for (; harness.count("model-changes") == 0 && g_get_monotonic_time() < limit; ++frames) {
    REQUIRE(harness.push(sender.next()) == GST_FLOW_OK);
    REQUIRE(labels_of(harness.pull().get()));
  }
  REQUIRE(harness.count("model-changes") == 1);
  CHECK(harness.count("frames-classified") == frames);
  CHECK(harness.count("missing-reference") == 0);
  harness.push(sender.next());
  CHECK(labels_of(harness.pull().get())->model == "weaker");
}

TEST_CASE("cnnclassify on latents: labels go on through aedecode, into the picture") {
  Sender sender;
  const Ptr<GstElement> bin{GST_ELEMENT(gst_object_ref_sink(gst_parse_bin_from_description(
      (launch() + " ! aedecode model=" + toy_model() + " ! classoverlay name=overlay").c_str(), TRUE, nullptr)))};
  GstHarness* harness = gst_harness_new_with_element(bin.get(), "sink", "src");
  gst_harness_set_src_caps_str(harness, sender.caps().c_str());
  for (int i = 0; i < 3; ++i) {
    REQUIRE(gst_harness_push(harness, sender.next().release()) == GST_FLOW_OK);
    const Ptr<GstBuffer> picture{gst_harness_pull(harness)};
    const auto labels = labels_of(picture.get());
    REQUIRE(labels);
    CHECK(labels->model == "on-latents");
    CHECK(labels->age == 0);
    CHECK(labels->evidence.values.size() == 12);
  }
  const Ptr<GstElement> overlay{gst_bin_get_by_name(GST_BIN(bin.get()), "overlay")};
  GstStructure* stats = nullptr;
  g_object_get(overlay.get(), "stats", &stats, nullptr);
  guint64 drawn = 0;
  CHECK(gst_structure_get_uint64(Ptr<GstStructure>{stats}.get(), "frames-drawn", &drawn));
  CHECK(drawn == 3);
  gst_harness_teardown(harness);
}
