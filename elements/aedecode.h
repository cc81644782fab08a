// aedecode: latents back to raw video.
//
//   gst-launch-1.0 videotestsrc num-buffers=100 ! aeencode ! aedecode ! video/x-raw,format=RGB ! videoconvert
//   ! autovideosink
//
//   sink     video/x-latent, one coded frame in each buffer
//   src      video/x-raw; I420 where downstream takes it, else NV12, RGB or GRAY8
//   model    found by the latent-space id of the caps among all bundles, or given; with another model there
//   is an
//            error that names both ids, never a decoded picture
//   losses   a frame that is damaged, or whose reference never came, is never shown: by default the last good
//   picture
//            is repeated in its place (flagged GAP), with on-loss=drop nothing comes. A missing reference
//            asks upstream for a key frame, a few times a second at most
//   seeking  frames before the segment are not painted; their latents still serve as reference
//   QoS      a frame that is late already is not painted; its latents still serve as reference
//   latency  throughput: as many frames in work at once as threads says, in order, the pictures of live with one thread;
//            all are shown before new caps and at the end of the stream, and a flush drops them
//   metas    capture time and whatever else does not speak of pixels is kept
#pragma once

#include <memory>
#include <string>

#include "codec/frame_decoder.h"
#include "elements/glue/caps.h"
#include "elements/glue/element_class.h"
#include "elements/glue/stats.h"
#include "elements/latent_reader.h"
#include "elements/model_settings.h"
#include "elements/passphrase_fd.h"

namespace lc::elements {

enum class OnLoss { repeat, drop };
template <>
struct EnumNames<OnLoss> {
  static constexpr char kTypeName[] = "LcOnLoss";
  static constexpr GEnumValue kValues[] = {
      {static_cast<gint>(OnLoss::repeat), "Repeat the last good picture", "repeat"},
      {static_cast<gint>(OnLoss::drop), "Show nothing", "drop"},
      {}};
};

struct AeDecodeSettings {
  std::string model, keyring;
  int passphrase_fd = -1;
  OnLoss on_loss = OnLoss::repeat;
  int threads = 1;
  Latency latency = Latency::live;
  codec::PrecisionChoice precision = codec::PrecisionChoice::automatic;
};

class AeDecode : public Element<GstVideoDecoder, AeDecodeSettings> {
 public:
  static constexpr ElementInfo kInfo{.name = "aedecode",
                                     .type_name = "LcAeDecode",
                                     .long_name = "Autoencoder video decoder",
                                     .klass = "Codec/Decoder/Video",
                                     .description = "Decodes latents of a small autoencoder to raw video",
                                     .rank = GST_RANK_PRIMARY};
  static constexpr auto properties() {
    using S = AeDecodeSettings;
    return std::tuple{
        property(
            "model", &S::model, "Model",
            "Name of an autoencoder bundle, or the path of its folder or sealed file; empty: what the stream needs"),
        property("keyring", &S::keyring, "Key ring", kModelKeyringBlurb),
        property("passphrase-fd", &S::passphrase_fd, "Passphrase descriptor", kPassphraseFdText, -1, 1 << 20),
        property("on-loss", &S::on_loss, "On loss", "What takes the place of a frame that cannot be decoded",
                 Mutable::playing),
        property("threads", &S::threads, "Threads", kThreadsBlurb, 0, kMaxThreads),
        property("latency", &S::latency, "Latency", kLatencyBlurb),
        property("precision", &S::precision, "Precision", kPrecisionBlurb)};
  }
  static void class_init(ClassInit<AeDecode>& c);

  explicit AeDecode(GstVideoDecoder* self);
  ~AeDecode();
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

  Result<> prepare(GstVideoCodecState* input, const nn::PictureFormat& format);
  bool set_output(GstVideoCodecState* input);
  void begin(Underway& next);
  void conceal(Underway& next);
  GstFlowReturn show_ready();
  GstFlowReturn show_oldest();
  Result<> paint(const Underway& next);
  void abandon();
  bool ends_before_segment(const GstVideoCodecFrame& frame) const;
  void announce_latency(const GstVideoInfo& info);
  void measure(GstClockTime began);

  std::unique_ptr<State> state_;
  PassphraseFd passphrase_;
  Counter frames_decoded_, concealed_, dropped_, skipped_;
  LatentLosses losses_;
  RecentMean decode_time_us_;
};

}  // namespace lc::elements
