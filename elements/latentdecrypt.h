// latentdecrypt: opens sealed messages of a pinned device; drops and counts, by reason, what it cannot
// believe.
//
//   gst-launch-1.0 latentzmqsrc endpoint=tcp://camera:5600 ! latentdecrypt ! aedecode ! autovideosink
//
//   sink        application/x-latent-sealed, one message in each buffer
//   src         video/x-latent; the caps come from inside the seal and nothing flows before they are known
//               and a key frame has come. One that is waited for is requested upstream (force-key-unit)
//   time        PTS is the sender's, exactly: ns since the first frame of its session. In a live pipeline the
//               segment maps the first frame onto the running time of its arrival, so that sinks with
//               sync=true show a picture too; they suffer from network jitter and, over hours, from clocks
//               that differ: monitors do better with sync=false. A buffer carries its capture time
//               (GstReferenceTimestampMeta, timestamp/x-unix)
//   recordings  of latentdemux (recorded=true in the caps): freshness is not asked for, and whoever seeks may see again
//               what was seen. PTS is the sender's; the segment maps it onto positions in the recording. At the end an
//               error says why, if nothing opened
//   labels      that a classifier at the device gave to a frame are on its buffer: glue/labels_meta.h
//   losses      counters that are missing mark the next frame DISCONT; a new session of the sender begins a
//               new segment, and what is late of the one before it is skipped
//   keys        devices.list is looked at twice a second: what it allows no more is dropped, with its keys
//   age         in a live stream, a frame that was longer on its way than the fastest of its session by more than max-age
//               is counted as stale, and a message tells when that begins and ends; clocks need not agree
//   messages    latentcast-session (device, stream, epoch, recorded), latentcast-session-end, and latentcast-refused
//               (reason, text, count), at most one a second for each reason; latentcast-key (generation, step) when the
//               device changes to another key, latentcast-record (record, text) when it sends another record along than
//               before, or none any more, also in its next session; the text does not tell it, since texts go to logs and
//               pages; and latentcast-age (stale, age-ms). When nothing could be opened for
//               `warn-after`, a warning says why; a live stream goes on whatever comes. Another says that 2^20 messages
//               under one key had a wrong tag: somebody forges them
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>

#include "elements/glue/caps.h"
#include "elements/glue/element_class.h"
#include "elements/glue/stats.h"
#include "elements/passphrase_fd.h"
#include "seal/opener.h"

namespace lc::elements {

struct LatentDecryptSettings {
  std::string keyring;
  std::string device;
  int stream_id = -1;
  unsigned warn_after = 3000;
  bool eos_on_end = false;
  unsigned max_age = 5000;
  int passphrase_fd = -1;
};

class LatentDecrypt : public Element<GstElement, LatentDecryptSettings> {
 public:
  static constexpr ElementInfo kInfo{
      .name = "latentdecrypt",
      .type_name = "LcLatentDecrypt",
      .long_name = "Latent opener",
      .klass = "Decryptor/Video/Network",
      .description = "Opens sealed latents of pinned devices; drops what does not authenticate",
      .rank = GST_RANK_PRIMARY};
  static constexpr auto properties() {
    using S = LatentDecryptSettings;
    return std::tuple{
        property("keyring", &S::keyring, "Key ring",
                 "Folder with receiver.key and devices.list, made by 'latentcast keygen'; empty: "
                 "~/.config/latentcast/keys"),
        property("device", &S::device, "Device",
                 "Name in devices.list of the device to open; empty: the first that can be"),
        property("stream-id", &S::stream_id, "Stream id",
                 "Which stream of the device; -1: the first that can be opened", -1, 65535),
        property("warn-after", &S::warn_after, "Warn after",
                 "Warn when messages come, but none could be opened for so many ms", 100, 3600000),
        property(
            "eos-on-end", &S::eos_on_end, "EOS on end",
            "End the stream when the sender says that its session is over; else wait for its next session"),
        property("max-age", &S::max_age, "Maximum age",
                 "Frames that were held up by more than so many ms on their way are counted as stale; 0: none is", 0,
                 3600000),
        property("passphrase-fd", &S::passphrase_fd, "Passphrase descriptor", kPassphraseFdText, -1, 1 << 20)};
  }
  static void class_init(ClassInit<LatentDecrypt>& c);

  explicit LatentDecrypt(GstElement* self);
  ~LatentDecrypt();
  Ptr<GstStructure> stats() const;

 private:
  struct State;

  GstStateChangeReturn change_state(GstStateChange change);
  GstFlowReturn chain(GstPad* pad, GstBuffer* buffer);
  gboolean sink_event(GstPad* pad, GstEvent* event);
  bool start();
  Result<> make_opener();
  bool remake_opener();
  bool set_sealed_caps(GstEvent* event);
  void finish();
  GstFlowReturn take(Ptr<GstBuffer> message, GstClockTime arrived);
  GstFlowReturn take_held();
  GstFlowReturn take_opened(Ptr<GstBuffer> plain, const seal::Opened& opened);
  GstFlowReturn push_frame(Ptr<GstBuffer> plain, const seal::Opened& opened);
  GstFlowReturn take_end(const seal::Opened& opened);
  bool set_caps(std::string_view description);
  GstSegment live_segment(GstClockTime first_pts);
  void begin_session();
  void look_at_devices(GstClockTime now);
  void note_key(const seal::Opened& opened);
  void note_record(std::string_view record);
  void note_age(const seal::Opened& opened);
  void request_key_frame();
  void count(seal::Verdict verdict, std::uint64_t number = 1);
  void refuse(seal::Verdict verdict);

  GstPad* sink_;
  GstPad* src_;
  std::unique_ptr<State> state_;
  std::atomic<bool> is_recorded_{false};
  std::array<Counter, static_cast<std::size_t>(seal::Verdict::count_)> verdicts_;
  PassphraseFd passphrase_;
  Counter frames_opened_, frames_lost_, frames_skipped_, frames_stale_, heartbeats_, key_requests_, key_changes_;
};

}  // namespace lc::elements
