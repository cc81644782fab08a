// Recordings as players see them: found by their first bytes, opened with the default key ring, seekable.
#include <cstdlib>

#include "pipelines/streams.h"
#include "seal/keyring.h"

using namespace lc;
using test::Ptr;
using test::Stream;

namespace {

constexpr int kFrames = 100;
constexpr GstClockTime kFrame = 40 * GST_MSECOND;

// The user's own configuration folder, with keys in it.
class Home {
 public:
  Home() : before_(std::getenv("XDG_CONFIG_HOME") ? std::getenv("XDG_CONFIG_HOME") : "") {
    ::setenv("XDG_CONFIG_HOME", folder_.path().c_str(), 1);
    const auto keys = seal::KeyRing::create(seal::KeyRing::default_folder());
    REQUIRE(keys);
    for (const auto role : {seal::Role::device, seal::Role::receiver}) {
      const auto made = keys->generate(role, "me");
      REQUIRE(made);
      REQUIRE(keys->pin(*made));
    }
  }
  ~Home() {
    if (before_.empty())
      ::unsetenv("XDG_CONFIG_HOME");
    else
      ::setenv("XDG_CONFIG_HOME", before_.c_str(), 1);
  }
  // Without an ending that would give it away.
  std::string file() const { return (folder_ / "recording").string(); }

 private:
  test::TempDir folder_;
  std::string before_;
};

void record(const Home& home) {
  Stream stream(fmt::format(
      "videotestsrc num-buffers={} pattern=ball ! video/x-raw,format=I420,width=64,height=48,framerate=25/1 ! "
      "aeencode key-interval=20 ! latentencrypt ! latentmux ! filesink location={}",
      kFrames, home.file()));
  stream.play();
  REQUIRE(stream.ends());
}

bool have_models() { return std::filesystem::exists(test::source_root() / "models/lc5/manifest.yaml"); }

}  // namespace

TEST_CASE("playback: decodebin opens a recording with the default key ring, and all pictures come at their times") {
  if (!have_models()) LC_SKIP("no bundle lc5");
  const Home home;
  record(home);
  Stream stream("filesrc location=" + home.file() + " ! decodebin ! appsink name=out sync=false max-buffers=2");
  stream.play();
  for (int i = 0; i < kFrames; ++i) {
    const auto sample = stream.pull();
    REQUIRE(sample);
    CHECK(gst_segment_to_stream_time(gst_sample_get_segment(sample.get()), GST_FORMAT_TIME,
                                     GST_BUFFER_PTS(gst_sample_get_buffer(sample.get()))) ==
          static_cast<GstClockTime>(i) * kFrame);
  }
  CHECK_FALSE(stream.pull());
  CHECK(stream.errors().empty());
}

TEST_CASE("playback: playbin knows the duration and seeks to the frame") {
  if (!have_models()) LC_SKIP("no bundle lc5");
  const Home home;
  record(home);
  Stream stream("playbin name=player uri=file://" + home.file());
  const Ptr<GstElement> sink{GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make("appsink", "out")))};
  g_object_set(sink.get(), "sync", FALSE, nullptr);
  g_object_set(stream.pipeline(), "video-sink", sink.get(), nullptr);
  REQUIRE(gst_element_set_state(stream.pipeline(), GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE);
  REQUIRE(gst_element_get_state(stream.pipeline(), nullptr, nullptr, GST_CLOCK_TIME_NONE) == GST_STATE_CHANGE_SUCCESS);
  gint64 duration = 0;
  REQUIRE(gst_element_query_duration(stream.pipeline(), GST_FORMAT_TIME, &duration));
  // The first frame is captured before the pipeline's clock runs, so that the capture times are a little longer.
  CHECK(duration >= static_cast<gint64>(kFrames * kFrame));
  CHECK(duration < static_cast<gint64>(kFrames * kFrame + 2 * GST_SECOND));
  for (const int frame : {73, 5, 0, 99, 40}) {
    CAPTURE(frame);
    REQUIRE(gst_element_seek_simple(stream.pipeline(), GST_FORMAT_TIME,
                                    static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
                                    static_cast<gint64>(static_cast<GstClockTime>(frame) * kFrame + kFrame / 2)));
    REQUIRE(gst_element_get_state(stream.pipeline(), nullptr, nullptr, GST_CLOCK_TIME_NONE) ==
            GST_STATE_CHANGE_SUCCESS);
    const Ptr<GstSample> sample{gst_app_sink_try_pull_preroll(GST_APP_SINK(sink.get()), 10 * GST_SECOND)};
    REQUIRE(sample);
    const GstBuffer* buffer = gst_sample_get_buffer(sample.get());
    // The decoder clips the frame to the position; its end says which one it is.
    CHECK(GST_BUFFER_PTS(buffer) + GST_BUFFER_DURATION(buffer) == static_cast<GstClockTime>(frame + 1) * kFrame);
  }
  stream.stop();
}

TEST_CASE("playback: without the keys the reason reaches the player") {
  if (!have_models()) LC_SKIP("no bundle lc5");
  const Home first;
  record(first);
  const Home other;  // the same user with other keys
  Stream stream("filesrc location=" + first.file() + " ! decodebin ! fakesink");
  const Ptr<GstBus> bus{gst_element_get_bus(stream.pipeline())};
  stream.play();
  const Ptr<GstMessage> message{gst_bus_timed_pop_filtered(bus.get(), 60 * GST_SECOND, GST_MESSAGE_ERROR)};
  REQUIRE(message);
  GError* error = nullptr;
  gst_message_parse_error(message.get(), &error, nullptr);
  const Ptr<GError> owned{error};
  CHECK(std::string(error->message).find("nothing in this recording could be opened") != std::string::npos);
}
