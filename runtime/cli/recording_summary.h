// What a recording tells without a key, and the records in it with one: what `latentcast inspect` prints.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "seal/opener.h"
#include "seal/recording/message_reader.h"
#include "seal/wire_header.h"

namespace lc::cli {

// An announcement, once for each key and session.
struct AnnouncedKey {
  std::uint64_t position_ns = 0;  // of the first copy in the file
  std::uint64_t epoch = 0, kid = 0, first_ctr = 0;
  std::uint16_t suite = 0;
  std::size_t receivers = 0;
  std::uint64_t copies = 0;  // with those that the recorder repeated
};

// Counters that are not there where they were due; some may come later in the file.
struct CounterGap {
  std::uint64_t position_ns = 0;
  std::uint64_t messages = 0;
};

struct SessionSummary {
  recording::Sender sender{};
  seal::SessionId id{};
  seal::ModelHint model{};
  bool is_signed = false;
  bool has_end = false;                                     // the sender said that it was over
  std::uint64_t first_ns = 0, last_ns = 0;                  // positions of frames
  std::uint64_t first_capture_ns = 0, last_capture_ns = 0;  // since 1970
  std::uint64_t frames = 0, key_frames = 0, heartbeats = 0, frame_bytes = 0, largest_frame = 0;
  std::uint64_t first_ctr = 0, last_ctr = 0, counters = 0;
  std::uint64_t longest_pause_ns = 0;  // between captures of frames that follow each other
  std::vector<AnnouncedKey> keys;
  std::vector<CounterGap> gaps;  // the first kMaxGaps
  std::optional<std::string> record;  // that the device sent along, "" for none; nothing where nobody opened it
  static constexpr std::size_t kMaxGaps = 1'000, kMaxKeys = 1'000;

  // Counters between the first and the last that are not there: the recorder never got them, or damage took them.
  // Some may have come twice, so more than fit between the two.
  std::uint64_t missing() const {
    const std::uint64_t all = counters == 0 ? 0 : last_ctr - first_ctr + 1;
    return all > counters ? all - counters : 0;
  }
};

struct DamageNote {
  std::uint64_t offset = 0;  // of what follows the damage
  recording::Damage damage;
};

struct RecordingSummary {
  std::uint64_t bytes = 0, duration_ns = 0, first_arrival_ns = 0, last_arrival_ns = 0;
  std::uint64_t sections = 0, ended_early = 0, messages = 0, other_messages = 0;
  std::vector<SessionSummary> sessions;  // in the order of their first message; kMaxSessions at most
  std::vector<DamageNote> damages;       // the first kMaxDamages
  recording::Damage damage;              // all of it
  recording::Checkpoints checkpoints;

  static constexpr std::size_t kMaxSessions = 10'000, kMaxDamages = 1'000;
  // Signed by nobody, or all of it.
  bool is_signed_evenly() const { return checkpoints.good == 0 || checkpoints.unverified == 0; }
  bool is_whole() const { return !damage && ended_early == 0 && checkpoints.altered == 0 && is_signed_evenly(); }
};

// Reads the whole file once.
//   opener  for the records; none: they stay sealed
//   errors  not_found, refused, bad_format (no recording), unavailable
Result<RecordingSummary> summarise(const std::filesystem::path& path, std::optional<seal::Opener> opener = {});

}  // namespace lc::cli
