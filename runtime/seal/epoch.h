// Session epochs: a number per device and stream that only grows, so that an old session cannot be played
// again.
//
// The device takes max(stored + 1, now in ms) and has it on the disk before its first frame; a receiver
// remembers the highest one it accepted. Right as long as either the clock or the file is; nothing here
// protects nonces, which are safe without any file because every session has new random keys.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "seal/wire_header.h"

namespace lc::seal {

struct SeenEpoch {
  std::uint64_t epoch = 0;
  SessionId session{};
};

class EpochStore {
 public:
  // `folder` (state/ of a key ring) is made if need be.
  //   errors  refused: cannot be written
  static Result<EpochStore> open(const std::filesystem::path& folder);

  // For a device: the epoch of a new session.
  //   errors  refused: no file and no clock; unavailable: the disk
  Result<std::uint64_t> begin_session(const DeviceId& device, std::uint16_t stream, std::uint64_t now_ms,
                                      const SessionId& session);

  // For a receiver. A damaged file counts as none.
  Result<std::optional<SeenEpoch>> seen(const DeviceId& device, std::uint16_t stream) const;
  // Keeps the highest, whatever another process wrote meanwhile.
  Result<> remember(const DeviceId& device, std::uint16_t stream, const SeenEpoch& seen);

 private:
  explicit EpochStore(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path file(const char* kind, const DeviceId& device, std::uint16_t stream) const;
  std::filesystem::path folder_;
};

}  // namespace lc::seal
