// What a running node knows about itself, once a second and at the end: `latentcast run ... --status json` prints one
// JSON object a line.
//
// A field is absent where the node has no element that could know it: a device has no frames_decoded. The counts are
// for the whole run; rates come for the whole run (from first to last frame) and, ending in _now, for the time since
// the line before.
//
//   type                 "status", or "final" in the last line
//   node, pipeline       names
//   state                "starting", "waiting" (no frame yet), "playing", "stopping", "done", "failed"
//   error                final line of a failed run: the sentence
//   seconds              since start
//   width, height, pixel_format      of the pictures at aeencode or aedecode
//   frames_in            pictures that reached aeencode
//   frames_encoded       frames that left it
//   frames_sent          sealed frames given to the network (without it: that left latentencrypt)
//   send_dropped         messages that latentzmqsink dropped before sending;  subscribers: connected now
//   frames_received      sealed frames that reached latentdecrypt
//   frames_opened, frames_decoded, frames_classified
//   looks_skipped        frames that cnnclassify was to look at and did not, because what follows is late; those between
//                        two looks (interval) are none
//   frames_lost          gaps in the sender's counter after the first accepted frame
//   frames_refused       sum of refused: {reason: count}; the reasons are those of latentdecrypt (refused announcements
//                        count too), malformed messages of latentzmqsrc, other-model and corrupt of aedecode
//   missing_reference    frames that aedecode could not use because what they refer to was lost
//   receive_dropped, reconnects      of latentzmqsrc
//   fps, fps_now         decoded pictures; encoded ones where nothing decodes
//   kbit_per_s, _now     sealed bytes, all messages, received; sent where nothing is received
//   bpp, bpp_now         bits of the codec's frames, headers included, for each pixel; without sealing
//   recorded             true where latentdecrypt opens a recording
//   latency_ms_p50, latency_ms_p99, and _now     capture time to decoded picture, by the wall clock; not of recordings
//   label, confidence    of the last frame; label is "" where no label is confident;  top_label: the most frequent
//   psnr_db, psnr_now_db, psnr_samples       mean of sampled pictures (--compare-frames)
//   frames_sampled       source pictures kept (--sample-frames)
//   monitor              address of the monitor page
//   elements             {name: its `stats` structure}
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>

namespace lc::engine {

using Count = std::optional<std::uint64_t>;
using Number = std::optional<double>;
using StatValue = std::variant<std::uint64_t, double, bool, std::string>;
using Stats = std::map<std::string, StatValue>;

struct Status {
  bool is_final = false;
  std::string node, pipeline, state = "starting";
  std::string error;
  double seconds = 0;

  int width = 0, height = 0;
  std::string pixel_format;

  Count frames_in, frames_encoded, frames_sent, send_dropped, subscribers;
  Count frames_received, frames_opened, frames_decoded, frames_classified, frames_lost, frames_refused;
  std::map<std::string, std::uint64_t> refused;
  Count looks_skipped, missing_reference, receive_dropped, reconnects;

  std::optional<bool> recorded;
  Number fps, fps_now, kbit_per_s, kbit_per_s_now, bpp, bpp_now;
  Number latency_ms_p50, latency_ms_p99, latency_ms_p50_now, latency_ms_p99_now;

  std::optional<std::string> label, top_label;
  Number confidence;

  Number psnr_db, psnr_now_db;
  Count psnr_samples, frames_sampled;
  std::string monitor;

  std::map<std::string, Stats> elements;
};

// One line, no newline at the end.
std::string to_json(const Status& status);
// For people: "receiver  12.0 s  playing  decoded 300  25.0 fps  312 kbit/s  ...". Without the error.
std::string to_line(const Status& status);

}  // namespace lc::engine
