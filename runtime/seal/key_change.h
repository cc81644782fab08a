// A change of a session's key, in three parts, so that the slow one stops no frame:
//   Sealer::plan()      says that one is due and draws the key           beside seal(), under the caller's lock
//   KeyChange::make()   a box for each receiver, and the signature       any thread, no lock
//   Sealer::take()      announces it, and uses it when it is time        under the lock
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "seal/announcement.h"
#include "seal/sframe.h"

namespace lc::seal {

enum class RotationReason : std::uint8_t {
  time,     // the generation is old
  limit,    // it has sealed much
  command,  // somebody asked
  list,     // the receivers changed: at once
  ratchet,  // no new generation: the boxes hold the step that is in use, so that nobody new goes back
};
std::string_view to_string(RotationReason reason);

struct RotationPolicy {
  std::uint64_t ratchet_ms = 60'000;             // from step to step; 0: none
  std::uint64_t generation_ms = 15 * 60'000;     // from generation to generation; 0: not by time
  std::uint64_t frames = std::uint64_t{1} << 20;  // of a generation, and then the next one is due
  std::uint64_t bytes = std::uint64_t{1} << 34;
  std::uint64_t lead_ms = 3000;  // a generation is announced for this long before it is used
};

class KeyChange {
 public:
  //   errors  what Announcer and SealingKey say
  Result<> make();

  RotationReason reason() const { return reason_; }
  std::uint64_t kid() const { return what_.kid; }

 private:
  friend class Sealer;
  KeyChange(RotationReason reason, Announcement what, Suite suite, Secret base_key, KeyLimits limits,
            std::vector<PinnedReceiver> receivers, std::shared_ptr<const SigningIdentity> device)
      : reason_(reason),
        what_(std::move(what)),
        suite_(suite),
        base_key_(std::move(base_key)),
        limits_(limits),
        receivers_(std::move(receivers)),
        device_(std::move(device)) {}

  RotationReason reason_;
  Announcement what_;
  Suite suite_;
  Secret base_key_;
  KeyLimits limits_;
  std::vector<PinnedReceiver> receivers_;
  std::shared_ptr<const SigningIdentity> device_;
  // Made:
  std::optional<Announcer> announcer_;
  std::optional<SealingKey> key_;  // none for a ratchet's new boxes
};

}  // namespace lc::seal
