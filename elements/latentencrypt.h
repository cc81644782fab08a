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
//   keys        change while it plays, and no frame is lost: a ratchet step every ratchet-interval, a new generation
//               every rotate-interval, rotate-frames or rotate-bytes, on the action signal "rotate" or `latentcast keys
//               rotate`, and at once when receivers.list changes. A list that cannot be read leaves the receivers as they
//               were, with a warning; one without receivers ends the stream with an error
//   messages    latentcast-rotation (reason, generation, receivers)
//   inside      PTS since the session's first frame, duration; the caps of the sink pad and the text of record-file in
//               every key frame and once a second. The file is read when a session begins. The labels of a classifier
//               before it (glue/labels_meta.h) go with their frame
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "elements/glue/caps.h"
#include "elements/glue/element_class.h"
#include "elements/glue/stats.h"
#include "elements/passphrase_fd.h"
#include "seal/sealer.h"

namespace lc::elements {

template <>
struct EnumNames<seal::Padding> {
  static constexpr char kTypeName[] = "LcSealPadding";
  static constexpr GEnumValue kValues[] = {
      {static_cast<gint>(seal::Padding::none), "Sizes as they are", "none"},
      {static_cast<gint>(seal::Padding::padme), "Few sizes, at most 12 % more bytes", "padme"},
      {static_cast<gint>(seal::Padding::fixed), "Multiples of padding-size", "fixed"},
      {}};
};

enum class SuiteChoice { automatic, aes, chacha, hedged };
template <>
struct EnumNames<SuiteChoice> {
  static constexpr char kTypeName[] = "LcSealSuite";
  static constexpr GEnumValue kValues[] = {
      {static_cast<gint>(SuiteChoice::automatic), "AES where every machine has it, else ChaCha20", "auto"},
      {static_cast<gint>(SuiteChoice::aes), "AES-256-GCM (0x0005)", "aes-256-gcm"},
      {static_cast<gint>(SuiteChoice::chacha), "ChaCha20-Poly1305 (0xF001)", "chacha20-poly1305"},
      {static_cast<gint>(SuiteChoice::hedged), "XChaCha20-Poly1305 with random nonces, safe in copied machines (0xF002)",
       "xchacha20-poly1305"},
      {}};
};

struct LatentEncryptSettings {
  std::string keyring;
  unsigned stream_id = 0;
  unsigned announce_interval = 1000;
  unsigned heartbeat_interval = 1000;
  bool sign_frames = false;
  seal::Padding padding = seal::Padding::none;
  unsigned padding_size = 16384;
  SuiteChoice suite = SuiteChoice::automatic;
  unsigned ratchet_interval = 60;
  unsigned rotate_interval = 15 * 60;
  std::uint64_t rotate_frames = std::uint64_t{1} << 20;
  std::uint64_t rotate_bytes = std::uint64_t{1} << 34;
  std::string record_file;
  bool labels = true;
  int passphrase_fd = -1;
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
                 "Hide how large frames are, since sizes show how much moves"),
        property("padding-size", &S::padding_size, "Padding size",
                 "Bytes; with padding=fixed every message has a multiple of it inside. Above the largest frame "
                 "(aeencode max-frame-size) sizes show nothing",
                 1, seal::kMaxPaddingSize),
        property("suite", &S::suite, "Cipher suite",
                 "Receivers must allow it: suites= in receivers.list here and in devices.list there"),
        property("ratchet-interval", &S::ratchet_interval, "Ratchet interval",
                 "From one key to the next that follows from it, in s: who takes a key cannot read what was before; 0: none",
                 0, 86400),
        property("rotate-interval", &S::rotate_interval, "Rotate interval",
                 "From one random key to the next, in s; 0: not by time", 0, 86400),
        property("rotate-frames", &S::rotate_frames, "Rotate frames", "A new random key after so many messages", 1,
                 std::uint64_t{1} << 24),
        property("rotate-bytes", &S::rotate_bytes, "Rotate bytes", "A new random key after so many bytes", 1024,
                 std::uint64_t{1} << 36),
        property("record-file", &S::record_file, "Record file",
                 "Text of at most 960 bytes that is sealed with the frames, as the record of a patient: receivers read it "
                 "and nobody on the way does; empty: none"),
        property("labels", &S::labels, "Labels",
                 "Seal the labels of a classifier before this element with their frames; their length shows in the size"),
        property("passphrase-fd", &S::passphrase_fd, "Passphrase descriptor", kPassphraseFdText, -1, 1 << 20)};
  }
  static void class_init(ClassInit<LatentEncrypt>& c);

  explicit LatentEncrypt(GstElement* self);
  ~LatentEncrypt();
  Ptr<GstStructure> stats() const;
  // New keys soon, for whoever suspects the old ones. Any thread.
  void rotate() { rotate_asked_ = true; }

 private:
  struct State;

  GstStateChangeReturn change_state(GstStateChange change);
  GstFlowReturn chain(GstPad* pad, GstBuffer* buffer);
  gboolean sink_event(GstPad* pad, GstEvent* event);

  bool start();
  Result<> begin_session();
  bool set_caps(const GstCaps* caps);
  void describe(seal::Fields& fields) const;
  void end_session();
  void restart_session();
  GstFlowReturn send_due(GstClockTime now, bool is_timer);
  GstFlowReturn send_announcement();
  template <class Seal>
  Result<Ptr<GstBuffer>> make_message(std::size_t payload, Seal&& seal);
  GstFlowReturn push_header(Result<Ptr<GstBuffer>> message);
  Result<Ptr<GstBuffer>> seal(GstBuffer* buffer);
  void run_timer();
  void change_keys();
  Result<std::optional<seal::KeyChange>> plan_change(const std::vector<seal::PinnedReceiver>& receivers);
  void take_change(seal::KeyChange change);
  void list_failed(const Error& error);
  void complain(Error error);

  GstPad* sink_;
  GstPad* src_;
  std::unique_ptr<State> state_;
  PassphraseFd passphrase_;
  std::atomic<bool> rotate_asked_{false};
  Counter frames_sealed_, bytes_sealed_, announcements_, heartbeats_, sessions_, rotations_, kid_, receivers_;
};

}  // namespace lc::elements
