// aeencode: raw video to latents, with a small convolutional autoencoder.
//
//   gst-launch-1.0 videotestsrc num-buffers=100 ! aeencode quality=30 ! aedecode ! videoconvert ! autovideosink
//   gst-launch-1.0 v4l2src ! videoconvert ! aeencode bitrate=800 ! fakesink
//
//   sink        video/x-raw, I420 NV12 RGB or GRAY8, 1x1 to 8192x8192
//   src         video/x-latent, with the size, the latent-space id of the model and the camera's pixel format; one
//               coded frame in each buffer, DELTA_UNIT on all but key frames
//   metas       a buffer leaves with its capture time (GstReferenceTimestampMeta, timestamp/x-unix); one that came
//               with it is kept
//   key frames  the first, every key-interval, after new caps, at scene cuts, and on force-key-unit events; one that is
//               underway answers those that come meanwhile
//   latency     throughput: as many frames in work at once as threads says, in order; what is at rest may have the noise
//               of another frame than with live; all are sent before new caps and at the end of the stream, and a flush
//               drops them
//   limits      bitrate and max-frame-size choose a lower quality, and leave a frame out (frames-skipped) where none
//               is low enough; a warning says when a key frame can never fit
#pragma once

#include <memory>
#include <string>

#include "codec/frame_encoder.h"
#include "elements/glue/caps.h"
#include "elements/glue/element_class.h"
#include "elements/glue/stats.h"
#include "elements/model_settings.h"
#include "elements/passphrase_fd.h"

namespace lc::elements {

struct AeEncodeSettings {
  std::string model = "lc5", keyring;
  int passphrase_fd = -1;
  int quality = codec::EncoderOptions{}.quality;
  int bitrate = 0, max_frame_size = 0;
  int key_interval = codec::EncoderOptions{}.key_interval;
  bool skip_unchanged = codec::EncoderOptions{}.skip_unchanged;
  int threads = 1;
  Latency latency = Latency::live;
  codec::PrecisionChoice precision = codec::PrecisionChoice::automatic;
};

class AeEncode : public Element<GstVideoEncoder, AeEncodeSettings> {
 public:
  static constexpr ElementInfo kInfo{.name = "aeencode",
                                     .type_name = "LcAeEncode",
                                     .long_name = "Autoencoder video encoder",
                                     .klass = "Codec/Encoder/Video",
                                     .description = "Encodes raw video as latents of a small autoencoder"};
  static constexpr auto properties() {
    using S = AeEncodeSettings;
    return std::tuple{
        property("model", &S::model, "Model", "Name of an autoencoder bundle, or the path of its folder or sealed file"),
        property("keyring", &S::keyring, "Key ring", kModelKeyringBlurb),
        property("passphrase-fd", &S::passphrase_fd, "Passphrase descriptor", kPassphraseFdText, -1, 1 << 20),
        property("quality", &S::quality, "Quality", "0: smallest, 63: best; with a bitrate, where it begins", 0, 63,
                 Mutable::playing),
        property("bitrate", &S::bitrate, "Bit rate",
                 "Target in kbit/s, kept over 10 s; in no second more than 1.5 times as much; 0: constant quality", 0,
                 1000000, Mutable::playing),
        property("max-frame-size", &S::max_frame_size, "Maximum frame size",
                 "Bytes that no coded frame exceeds; 0: any", 0, 1 << 30, Mutable::playing),
        property("key-interval", &S::key_interval, "Key interval",
                 "Frames from one key frame to the next; 0: only the first and those asked for", 0, 1000000),
        property("skip-unchanged", &S::skip_unchanged, "Skip unchanged",
                 "Leave out of the network what looks as before but for noise; all is computed every key-interval frames"),
        property("threads", &S::threads, "Threads", kThreadsBlurb, 0, kMaxThreads),
        property("latency", &S::latency, "Latency", kLatencyBlurb),
        property("precision", &S::precision, "Precision", kPrecisionBlurb)};
  }
  static void class_init(ClassInit<AeEncode>& c);

  explicit AeEncode(GstVideoEncoder* self);
  ~AeEncode();
  Ptr<GstStructure> stats() const;

 private:
  struct Underway;
  struct State;

  GstStateChangeReturn change_state(GstStateChange change);
  bool start();
  bool set_format(GstVideoCodecState* input);
  GstFlowReturn handle_frame(GstVideoCodecFrame* frame);
  GstFlowReturn drain();
  bool flush();
  bool propose_allocation(GstQuery* query);

  Result<> make_encoder(const GstVideoInfo& info);
  bool set_output(GstVideoCodecState* input);
  Result<> begin(Underway& next);
  GstFlowReturn send_ready();
  GstFlowReturn send_oldest();
  GstFlowReturn send(Underway next, const codec::EncodedFrame& encoded);
  Result<codec::EncodedFrame> encode(const Underway& next);
  void abandon();
  codec::RateLimits rate_limits() const;
  Result<> apply(const Underway& next);
  void announce_latency();
  void measure(GstClockTime began);

  std::unique_ptr<State> state_;
  PassphraseFd passphrase_;
  Counter frames_encoded_, bytes_out_, key_frames_, frames_skipped_, quality_;
  RecentMean encode_time_us_;
};

}  // namespace lc::elements
