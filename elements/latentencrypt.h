// latentencrypt: seals coded frames for the receivers of a key ring.
//
//   gst-launch-1.0 videotestsrc ! aeencode ! latentencrypt ! latentzmqsink endpoint=tcp://*:5600
//
//   sink        video/x-latent
//   src         application/x-latent-sealed: each buffer is one whole message (runtime/seal/FORMAT.md).
//               Frames keep their PTS, duration and DELTA_UNIT; announcements, heartbeats and the end of the
//               session are flagged HEADER
//   session     a new one, with new keys, each time the element goes from READY to PAUSED, and after a flush
//               or an end of stream; a restarted pipeline never continues a counter
//   timer       announcements go out before the first frame and then every announce-interval; heartbeats
//               while no frames come. Both wait for the stream's first segment
//   inside      PTS since the session's first frame, duration; the caps of the sink pad in every key frame
//               and once a second
#pragma once

#include <memory>
#include <string>

#include "elements/glue/caps.h"
#include "elements/glue/element_class.h"
#include "elements/glue/stats.h"
#include "seal/sealer.h"

namespace lc::elements {

template <>
struct EnumNames<seal::Padding> {
  static constexpr char kTypeName[] = "LcSealPadding";
  static constexpr GEnumValue kValues[] = {
      {static_cast<gint>(seal::Padding::none), "Sizes as they are", "none"},
      {static_cast<gint>(seal::Padding::padme), "Few sizes, at most 12 % more bytes", "padme"},
      {}};
};

struct LatentEncryptSettings {
  std::string keyring;
  unsigned stream_id = 0;
  unsigned announce_interval = 1000;
  unsigned heartbeat_interval = 1000;
  bool sign_frames = false;
  seal::Padding padding = seal::Padding::none;
};

class LatentEncrypt : public Element<GstElement, LatentEncryptSettings> {
 public:
  static constexpr ElementInfo kInfo{.name = "latentencrypt",
                                     .type_name = "LcLatentEncrypt",
                                     .long_name = "Latent sealer",
                                     .klass = "Encryptor/Video/Network",
                                     .description = "Seals latents for the receivers of a key ring"};
  static constexpr auto properties() {
    using S = LatentEncryptSettings;
    return std::tuple{
        property("keyring", &S::keyring, "Key ring",
                 "Folder with device.key and receivers.list, made by 'latentcast keygen'; empty: "
                 "~/.config/latentcast/keys"),
        property("stream-id", &S::stream_id, "Stream id", "Tells the cameras of one device apart", 0, 65535),
        property("announce-interval", &S::announce_interval, "Announce interval",
                 "From one key announcement to the next, in ms: how long a receiver waits that missed one",
                 20, 60000),
        property("heartbeat-interval", &S::heartbeat_interval, "Heartbeat interval",
                 "Without frames for this long, in ms, a heartbeat goes out; 0: never", 0, 60000),
        property("sign-frames", &S::sign_frames, "Sign frames",
                 "Sign each frame, so that one receiver cannot forge frames for another; 64 bytes and 0.1 ms "
                 "a frame"),
        property("padding", &S::padding, "Padding",
                 "Hide how large frames are, since sizes show how much moves")};
  }
  static void class_init(ClassInit<LatentEncrypt>& c);

  explicit LatentEncrypt(GstElement* self);
  ~LatentEncrypt();
  Ptr<GstStructure> stats() const;

 private:
  struct State;

  GstStateChangeReturn change_state(GstStateChange change);
  GstFlowReturn chain(GstPad* pad, GstBuffer* buffer);
  gboolean sink_event(GstPad* pad, GstEvent* event);

  bool start();
  Result<> begin_session();
  bool set_caps(const GstCaps* caps);
  void end_session();
  void restart_session();
  GstFlowReturn send_due(GstClockTime now, bool is_timer);
  GstFlowReturn send_announcement();
  template <class Seal>
  Result<Ptr<GstBuffer>> make_message(std::size_t payload, Seal&& seal);
  GstFlowReturn push_header(Result<Ptr<GstBuffer>> message);
  Result<Ptr<GstBuffer>> seal(GstBuffer* buffer);
  void run_timer();

  GstPad* sink_;
  GstPad* src_;
  std::unique_ptr<State> state_;
  Counter frames_sealed_, bytes_sealed_, announcements_, heartbeats_, sessions_;
};

}  // namespace lc::elements
