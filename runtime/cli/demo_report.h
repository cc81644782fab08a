// What the demonstration says: a line a second, a table at the end, or one JSON object.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace lc::cli {

// The newest status of both ends, as `latentcast run --status json` prints it (engine/status.h); null until one came.
struct BothEnds {
  nlohmann::json device, receiver;
  int device_exit = 0, receiver_exit = 0;  // of the processes, once they have ended
};

// "  12 s  sent 300  received 299  opened 299  decoded 299  25.0 fps  312 kbit/s  ..."
std::string status_line(const BothEnds& ends, double seconds);

// Where the receiver serves its monitor page; empty: nowhere, or not yet.
std::string monitor_url(const BothEnds& ends);

// For scripts: frames_sent, frames_received, frames_opened, frames_decoded, frames_lost, frames_refused, fps, bpp,
// kbit_per_s, psnr_db, latency_ms_p50, latency_ms_p99, top_label. Null where it was not measured.
nlohmann::json summary_json(const BothEnds& ends);

// The same for people, with `files` (path, what it is) below.
std::string summary_table(const BothEnds& ends, const std::vector<std::pair<std::string, std::string>>& files);

// Why the run does not count as a success; empty when it does.
std::string verdict(const BothEnds& ends);

}  // namespace lc::cli
