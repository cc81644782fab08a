#include "elements/aedecode.h"

#include <gst/video/video.h>

#include "elements/codec_support.h"
#include "elements/glue/capture_time.h"
#include "support/test.h"

using namespace lc;
using namespace lc::elements;
using namespace lc::test;

namespace {

std::string launch(const std::string& more = "") { return fmt::format("aedecode model={} {}", toy_model(), more); }

bool is_gap(const Ptr<GstBuffer>& buffer) { return GST_BUFFER_FLAG_IS_SET(buffer.get(), GST_BUFFER_FLAG_GAP); }

int key_requests(const Harness& harness) {
  int count = 0;
  while (Ptr<GstEvent> event{gst_harness_try_pull_upstream_event(harness.get())})
    count += gst_video_event_is_force_key_unit(event.get());
  return count;
}

// A damaged copy.
Ptr<GstBuffer> damaged(const Ptr<GstBuffer>& buffer, std::size_t keep, std::size_t flip_at) {
  std::string bytes = bytes_of(buffer.get()).substr(0, keep);
  if (flip_at < bytes.size()) bytes[flip_at] = static_cast<char>(bytes[flip_at] ^ 0x55);
  return buffer_of(bytes, GST_BUFFER_PTS(buffer.get()));
}

struct ModelsFolder {
  explicit ModelsFolder(const std::string& path) {
    if (const char* old = std::getenv("LATENTCAST_MODELS")) saved = old;
    ::setenv("LATENTCAST_MODELS", path.c_str(), 1);
  }
  ~ModelsFolder() { ::setenv("LATENTCAST_MODELS", saved.c_str(), 1); }
  std::string saved;
};

}  // namespace

TEST_CASE("aedecode: the way back, in I420 unless something else is wanted") {
  Sender sender;
  Harness harness(launch());
  harness.src_caps(sender.caps());
  for (int i = 0; i < 3; ++i) REQUIRE(harness.push(sender.next()) == GST_FLOW_OK);
  for (int i = 0; i < 3; ++i) {
    const auto out = harness.pull();
    CHECK(gst_buffer_get_size(out.get()) == 64 * 48 * 3 / 2);
    CHECK(GST_BUFFER_PTS(out.get()) == static_cast<GstClockTime>(i) * 40 * GST_MSECOND);
    CHECK_FALSE(is_gap(out));
  }
  CHECK(harness.output_caps().find("format=(string)I420, width=(int)64, height=(int)48") != std::string::npos);
  CHECK(harness.count("frames-decoded") == 3);
  CHECK(BusMessages(harness).errors.empty());
}

TEST_CASE("aedecode: what comes out is what went in, but for the model's loss") {
  for (const std::string format : {"RGB", "NV12", "GRAY8", "I420"}) {
    CAPTURE(format);
    Harness encoder("aeencode quality=63 model=" + toy_model());
    encoder.src_caps(raw_caps(format, 70, 50));
    encoder.push(raw_frame(format, 70, 50, 0));
    Harness decoder(launch());
    gst_harness_set_sink_caps_str(decoder.get(), ("video/x-raw,format=" + format).c_str());
    decoder.src_caps(encoder.output_caps());
    REQUIRE(decoder.push(encoder.pull()) == GST_FLOW_OK);
    const auto out = decoder.pull();
    const std::string a = bytes_of(out.get()), b = bytes_of(raw_frame(format, 70, 50, 0).get());
    REQUIRE(a.size() == b.size());
    double squares = 0;
    for (int y = 0; y < 50; ++y)  // the first plane; padding at the ends of rows is nobody's business
      for (int x = 0; x < 70; ++x) {
        const std::size_t stride = format == "RGB" ? 212 : 72, step = format == "RGB" ? 3 : 1;
        const std::size_t at = static_cast<std::size_t>(y) * stride + static_cast<std::size_t>(x) * step;
        const double difference = static_cast<std::uint8_t>(a[at]) - static_cast<std::uint8_t>(b[at]);
        squares += difference * difference;
      }
    CHECK(squares / (70 * 50) < 60);  // above 30 dB
  }
}

TEST_CASE("aedecode: 1x1, odd and large frames") {
  for (const auto& size : {std::pair{1, 1}, {17, 31}, {4096, 2160}}) {
    const int width = size.first, height = size.second;
    CAPTURE(width);
    Sender sender(width, height);
    Harness harness(launch());
    harness.src_caps(sender.caps());
    REQUIRE(harness.push(sender.next()) == GST_FLOW_OK);
    CHECK(harness.pull());
  }
}

TEST_CASE("aedecode: finds the model by the latent space of the caps") {
  const TempDir models;
  make_toy_bundle(models.path(), {.name = "toy1", .variant = 1});
  make_toy_bundle(models.path(), {.name = "toy0"});
  const ModelsFolder set(models.path().string());
  Sender sender(32, 32, 1);
  Harness harness("aedecode");
  harness.src_caps(sender.caps());
  REQUIRE(harness.push(sender.next()) == GST_FLOW_OK);
  CHECK(harness.pull());
}

TEST_CASE("aedecode: another model is an error that names both, not a picture") {
  Sender sender(32, 32, 1);
  const auto ours = (*codec::Bundle::load(toy_model()))->latent_space_hex().substr(0, 8);
  const auto theirs = (*codec::Bundle::load(toy_model(1)))->latent_space_hex().substr(0, 8);
  const TempDir models;
  make_toy_bundle(models.path(), {.name = "toy0"});
  const ModelsFolder set(models.path().string());
  for (const std::string& line : {launch(), std::string("aedecode")}) {
    CAPTURE(line);
    Harness harness(line);
    harness.src_caps(sender.caps());
    CHECK(harness.push(sender.next(true)) == GST_FLOW_NOT_NEGOTIATED);
    CHECK_FALSE(harness.try_pull());
    const BusMessages messages(harness);
    REQUIRE(messages.errors.size() == 1);
    CHECK(messages.errors[0].code == GST_RESOURCE_ERROR_NOT_FOUND);
    const std::string& text = messages.errors[0].text;
    CHECK_MESSAGE(text.find("the stream needs the latent space " + theirs + ", I have " + ours) == 0, text);
  }
}

TEST_CASE("aedecode: caps without a latent space need a model, and say so") {
  Sender sender;
  std::string caps = sender.caps();
  caps.resize(caps.find(",latent-space"));
  Harness without("aedecode");
  without.src_caps(caps);
  CHECK(without.push(sender.next()) == GST_FLOW_NOT_NEGOTIATED);
  const BusMessages messages(without);
  REQUIRE(messages.errors.size() == 1);
  CHECK(messages.errors[0].code == GST_LIBRARY_ERROR_SETTINGS);

  Harness with(launch());
  with.src_caps(caps);
  CHECK(with.push(sender.next(true)) == GST_FLOW_OK);
}

TEST_CASE("aedecode: a missing reference is concealed, counted, and asks for one key frame") {
  Sender sender;
  Harness harness(launch());
  harness.src_caps(sender.caps());
  harness.push(sender.next());
  const auto good = harness.pull();
  key_requests(harness);
  while (sender.last.kind != codec::FrameKind::anchor) sender.next();  // lost, an anchor among them
  REQUIRE(harness.push(sender.next()) == GST_FLOW_OK);
  REQUIRE(harness.push(sender.next()) == GST_FLOW_OK);
  CHECK(key_requests(harness) == 1);  // not one for each frame
  for (int i = 0; i < 2; ++i) {
    const auto out = harness.pull();
    CHECK(is_gap(out));
    CHECK(bytes_of(out.get()) == bytes_of(good.get()));
    CHECK(GST_BUFFER_PTS(out.get()) > GST_BUFFER_PTS(good.get()));
  }
  CHECK(harness.count("missing-reference") == 2);
  CHECK(harness.count("concealed") == 2);
  harness.push(sender.next(true));
  CHECK_FALSE(is_gap(harness.pull()));
  CHECK(BusMessages(harness).errors.empty());
}

TEST_CASE("aedecode: who joins late sees nothing until the key frame that it asks for") {
  Sender sender;
  sender.next();
  Harness harness(launch());
  harness.src_caps(sender.caps());
  CHECK(harness.push(sender.next()) == GST_FLOW_OK);
  CHECK_FALSE(harness.try_pull());
  CHECK(key_requests(harness) == 1);
  CHECK(harness.count("dropped") == 1);
  harness.push(sender.next(true));
  CHECK(harness.pull());
}

TEST_CASE("aedecode: damaged frames are never shown") {
  Sender sender;
  Harness harness(launch());
  harness.src_caps(sender.caps());
  harness.push(sender.next());
  const std::string good = bytes_of(harness.pull().get());
  const auto key = sender.next(true);
  const std::size_t size = gst_buffer_get_size(key.get());
  std::uint64_t refused = 0;
  for (std::size_t keep = 1; keep < size; ++keep) {  // every prefix
    REQUIRE(harness.push(damaged(key, keep, size)) == GST_FLOW_OK);
    const auto out = harness.pull();
    REQUIRE(is_gap(out));
    REQUIRE(bytes_of(out.get()) == good);
    ++refused;
  }
  CHECK(harness.count("corrupt") >= refused);
  CHECK(harness.count("frames-decoded") == 1);
  CHECK(BusMessages(harness).errors.empty());
}

TEST_CASE("aedecode: flipped bits never stop it") {
  Sender sender;
  Harness harness(launch());
  harness.src_caps(sender.caps());
  harness.push(sender.next());
  const auto key = sender.next(true);
  const std::size_t size = gst_buffer_get_size(key.get());
  for (std::size_t at = 0; at < size; ++at) REQUIRE(harness.push(damaged(key, size, at)) == GST_FLOW_OK);
  REQUIRE(harness.push(sender.next(true)) == GST_FLOW_OK);
  CHECK(harness.count("frames-decoded") >= 2);
  CHECK(BusMessages(harness).errors.empty());
}

TEST_CASE("aedecode: on-loss=drop shows nothing in the place of a lost frame") {
  Sender sender;
  Harness harness(launch("on-loss=drop"));
  harness.src_caps(sender.caps());
  harness.push(sender.next());
  CHECK(harness.pull());
  CHECK(harness.push(buffer_of("noise", 40 * GST_MSECOND)) == GST_FLOW_OK);
  CHECK_FALSE(harness.try_pull());
  CHECK(harness.count("corrupt") == 1);
  CHECK(harness.count("concealed") == 0);
}

TEST_CASE("aedecode: a frame of another model inside a stream is refused with one warning") {
  Sender sender, other(64, 48, 1);
  Harness harness(launch());
  harness.src_caps(sender.caps());
  harness.push(sender.next());
  const std::string good = bytes_of(harness.pull().get());
  for (int i = 0; i < 2; ++i) {
    CHECK(harness.push(other.next(true)) == GST_FLOW_OK);
    CHECK(bytes_of(harness.pull().get()) == good);
  }
  CHECK(harness.count("other-model") == 2);
  const BusMessages messages(harness);
  CHECK(messages.errors.empty());
  CHECK(messages.warnings.size() == 1);
}

TEST_CASE("aedecode: a frame of another size than the caps is refused") {
  Sender sender, other(16, 16);
  Harness harness(launch());
  harness.src_caps(sender.caps());
  harness.push(sender.next());
  CHECK(harness.push(other.next()) == GST_FLOW_OK);
  CHECK(harness.count("corrupt") == 1);
}

TEST_CASE("aedecode: a discontinuity alone does not lose the reference") {
  Sender sender;
  Harness harness(launch());
  harness.src_caps(sender.caps());
  harness.push(sender.next());
  auto frame = sender.next();
  GST_BUFFER_FLAG_SET(frame.get(), GST_BUFFER_FLAG_DISCONT);
  CHECK(harness.push(std::move(frame)) == GST_FLOW_OK);
  CHECK(harness.count("frames-decoded") == 2);
}

TEST_CASE("aedecode: caps may change mid-stream") {
  Sender small(16, 16), large(80, 40);
  Harness harness(launch());
  harness.src_caps(small.caps());
  harness.push(small.next());
  harness.src_caps(large.caps());
  REQUIRE(harness.push(large.next()) == GST_FLOW_OK);
  harness.pull();
  CHECK(gst_buffer_get_size(harness.pull().get()) == 80 * 40 * 3 / 2);
  CHECK(harness.output_caps().find("width=(int)80") != std::string::npos);
}

TEST_CASE("aedecode: capture time and custom metas survive, once") {
  Sender sender;
  Harness harness(launch());
  harness.src_caps(sender.caps());
  auto frame = sender.next();
  set_capture_time(frame.get(), 1234567890);
  harness.push(std::move(frame));
  auto bad = buffer_of("noise", 40 * GST_MSECOND);
  set_capture_time(bad.get(), 1234567891);
  harness.push(std::move(bad));
  for (const std::uint64_t expected : {1234567890u, 1234567891u}) {
    const auto out = harness.pull();
    CHECK(capture_time(out.get()) == expected);
    CHECK(gst_buffer_get_n_meta(out.get(), GST_REFERENCE_TIMESTAMP_META_API_TYPE) == 1);
  }
}

TEST_CASE("aedecode: colours are labelled as what they are") {
  const struct {
    const char *colorimetry, *format, *expected;
  } table[] = {{"bt709", "I420", "bt709"},
               {"bt601", "NV12", "bt601"},
               {"sRGB", "I420", "2:4:7:1"},
               {"bt709", "RGB", "1:1:5:1"},
               {"1:4:0:0", "I420", "1:4:0:0"}};
  for (const auto& each : table) {
    CAPTURE(std::string(each.colorimetry));
    CAPTURE(std::string(each.format));
    Sender sender;
    Harness harness(launch());
    gst_harness_set_sink_caps_str(harness.get(), (std::string("video/x-raw,format=") + each.format).c_str());
    harness.src_caps(sender.caps() + ",colorimetry=(string)" + each.colorimetry);
    harness.push(sender.next());
    const std::string caps = harness.output_caps();
    CHECK_MESSAGE(caps.find(std::string("colorimetry=(string)") + each.expected) != std::string::npos, caps);
  }
}

TEST_CASE("aedecode: a frame that is late already is not painted, but serves as reference") {
  Sender sender;
  Harness harness(launch());
  harness.src_caps(sender.caps());
  harness.push(sender.next());
  CHECK(harness.pull());
  // Downstream was a second late with the first frame.
  gst_harness_push_upstream_event(harness.get(), gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 1.0, GST_SECOND, 0));
  while (sender.last.kind != codec::FrameKind::anchor) CHECK(harness.push(sender.next()) == GST_FLOW_OK);
  CHECK_FALSE(harness.try_pull());
  CHECK(harness.count("frames-skipped") > 0);
  gst_harness_push_upstream_event(harness.get(),
                                  gst_event_new_qos(GST_QOS_TYPE_OVERFLOW, 0.5, -GST_SECOND, GST_SECOND));
  REQUIRE(harness.push(sender.next()) == GST_FLOW_OK);
  CHECK(harness.pull());
  CHECK(harness.count("missing-reference") == 0);
}

TEST_CASE("aedecode: flush forgets the reference, EOS passes, and the element starts twice") {
  Sender sender;
  Harness harness(launch());
  harness.src_caps(sender.caps());
  harness.push(sender.next());
  harness.pull();
  gst_harness_push_event(harness.get(), gst_event_new_flush_start());
  gst_harness_push_event(harness.get(), gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(harness.get(), gst_event_new_segment(&segment));
  CHECK(harness.push(sender.next()) == GST_FLOW_OK);
  CHECK_FALSE(harness.try_pull());  // not even the old picture
  harness.push(sender.next(true));
  CHECK(harness.pull());
  CHECK(gst_harness_push_event(harness.get(), gst_event_new_eos()));

  Alone again(launch());
  for (int i = 0; i < 2; ++i) {
    CHECK(again.to(GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE);
    CHECK(again.to(GST_STATE_NULL) != GST_STATE_CHANGE_FAILURE);
  }
  CHECK(again.messages().errors.empty());
}

TEST_CASE("aedecode: a model that is not there is one error at the start") {
  Alone decoder("aedecode model=/nowhere/at/all");
  CHECK(decoder.to(GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
  const BusMessages messages = decoder.messages();
  REQUIRE(messages.errors.size() == 1);
  CHECK(messages.errors[0].code == GST_RESOURCE_ERROR_NOT_FOUND);
}
