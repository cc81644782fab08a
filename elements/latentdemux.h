// latentdemux: a recording (.lcr) back into sealed messages. It holds no key.
//
//   gst-launch-1.0 filesrc location=x.lcr ! latentdemux ! latentdecrypt ! aedecode ! videoconvert ! autovideosink
//   gst-play-1.0 x.lcr
//
//   sink       application/x-latent-recording. From a file it pulls, and can seek; else it takes bytes as they come
//   src        application/x-latent-sealed, one message in each buffer, flagged as latentzmqsrc does; recorded=true in
//              its caps, unless the bytes come from a live source: then they count as live, and old ones are refused
//   time       PTS is the position in the recording: the distances of capture times; long pauses and the gaps between
//              sessions are shortened (runtime/seal/recording/FORMAT.md, section 3)
//   signed     a recording with checkpoints that was altered since ends with an error, at the checkpoint that tells,
//              which is 10 s behind at most; recorder= names who must have signed it, and then also one that damage
//              keeps from being judged ends there. What a recorder that died had not signed yet is shown, with a warning
//   seeking    in time, forward rates; begins at the key frame before the position, so that decoders can show it
//              exactly
//   damage     costs the records that it touches; latentcast-damage (bytes, records, text) says so. A recording that has
//              no end is played as far as it goes; latentcast-ended-early (text)
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "elements/glue/caps.h"
#include "elements/glue/element_class.h"
#include "elements/glue/stats.h"
#include "seal/recording/message_reader.h"

namespace lc::elements {

struct LatentDemuxSettings {
  std::string sender, recorder;
};

class LatentDemux : public Element<GstElement, LatentDemuxSettings> {
 public:
  static constexpr ElementInfo kInfo{.name = "latentdemux",
                                     .type_name = "LcLatentDemux",
                                     .long_name = "Latent recording demuxer",
                                     .klass = "Codec/Demuxer",
                                     .description = "Takes sealed latents out of a recording, without a key",
                                     .rank = GST_RANK_PRIMARY};
  static constexpr auto properties() {
    return std::tuple{
        property("sender", &LatentDemuxSettings::sender, "Sender",
                 "Take messages only whose device id and stream id begin with these hex digits (20 at most)"),
        property("recorder", &LatentDemuxSettings::recorder, "Recorder",
                 "The device.pub of who must have signed the recording; empty: anybody, or nobody")};
  }
  static void class_init(ClassInit<LatentDemux>& c);

  explicit LatentDemux(GstElement* self);
  ~LatentDemux();
  Ptr<GstStructure> stats() const;

 private:
  struct State;

  GstStateChangeReturn change_state(GstStateChange change);
  gboolean activate(GstPad* pad);
  gboolean activate_mode(GstPad* pad, GstPadMode mode, gboolean active);
  GstFlowReturn chain(GstPad* pad, GstBuffer* buffer);
  gboolean sink_event(GstPad* pad, GstEvent* event);
  gboolean src_event(GstPad* pad, GstEvent* event);
  gboolean src_query(GstPad* pad, GstQuery* query);

  bool start();
  void start_task();
  void loop();
  GstFlowReturn pull_and_push();
  Result<> open_file();
  gboolean seek(GstEvent* event);
  Result<> jump_to(std::uint64_t position, bool wants_key_frame);
  void feed(GstBuffer* buffer);
  GstFlowReturn push_messages(bool is_last);
  GstFlowReturn push_message(const recording::RecordedMessage& message);
  bool is_refused();
  void warn_of_unsigned();
  void note_damage(std::uint64_t offset);
  void post_damage(std::uint64_t bytes, std::uint64_t records, const std::string& text);
  void sum_damage();
  void begin_stream(bool is_recorded);
  void end_stream(GstFlowReturn flow);

  GstPad* sink_;
  GstPad* src_;
  std::unique_ptr<State> state_;
  Counter messages_, frames_, damaged_bytes_, missing_records_, checkpoints_;
  std::atomic<std::uint64_t> duration_{GST_CLOCK_TIME_NONE};
  std::atomic<GstClockTime> position_{0};
};

// Lets GStreamer know a recording by its first bytes, and by the ending .lcr.
gboolean register_recording_type(GstPlugin* plugin);

}  // namespace lc::elements
