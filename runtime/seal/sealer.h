// One session of a device: seals frames for the receivers of its key ring.
//
// Each Sealer draws a new random session id and 64 random bytes of key, keeps them in memory only, and counts
// from zero. So no (key, nonce) pair can repeat after a restart, whatever happened to files or clocks. It
// does not survive fork(). Keys change while it runs (key_change.h); the counter goes on, whatever the key.
//   thread  one at a time
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "seal/clock.h"
#include "seal/fields.h"
#include "seal/key_change.h"
#include "seal/keyring.h"
#include "seal/sframe.h"
#include "seal/suite.h"
#include "seal/wire_header.h"

namespace lc::seal {

enum class Padding {
  none,
  padme,  // sizes show less of what the camera sees, for at most 12 % more bytes
  fixed,  // to multiples of padding_size: above the largest frame, sizes show nothing
};
inline constexpr std::size_t kMaxPaddingSize = std::size_t{1} << 20;

struct SealerOptions {
  std::uint16_t stream = 0;  // one per camera of a device
  bool sign_frames = false;  // costs 51 us and 64 bytes a frame; for receivers that do not trust each other
  Padding padding = Padding::none;
  std::size_t padding_size = 0;  // bytes, 1..kMaxPaddingSize; for Padding::fixed
  std::optional<Suite> suite;    // empty: the best that this machine and every receiver has
  KeyLimits limits;
  RotationPolicy rotation;
  Clock clock = Clock::system();
};

struct FrameInfo {
  bool is_key_frame = false;
  std::uint64_t capture_ns = 0;  // since 1970
  ModelHint model{};
  std::uint8_t codec = kCodecLatent;
};

class Sealer {
 public:
  // Begins a session. Its epoch is on the disk before this returns.
  //   errors  what the key ring says; unsupported: no suite that everybody has
  static Result<Sealer> create(const KeyRing& ring, SealerOptions options = {});
  Sealer(Sealer&&) noexcept;
  Sealer& operator=(Sealer&&) noexcept;
  ~Sealer();

  // The announcement to send now: before the first frame, after take(), and then once a second. It is the same bytes
  // for a minute, which spares receivers the work. Valid until the next call.
  //   errors  refused: in a forked child
  Result<ByteSpan> announcement();
  // The same of the generation that comes next, while it is announced ahead; empty otherwise. Send it first: who
  // keeps only the latest announcement, as a publisher for those who join, needs the key that is in use.
  Result<ByteSpan> next_announcement();

  // What became due, if anything.
  //   receivers  as they stand in receivers.list now; others than before are a new generation at once
  //   is_asked   somebody wants a new generation
  //   errors     unsupported: these receivers have no cipher in common with this session; begin a new one
  Result<std::optional<KeyChange>> plan(const std::vector<PinnedReceiver>& receivers, bool is_asked = false);
  // Takes a change that was made; one of another session, or that came too late, is dropped. When it answers true, the
  // announcements must go out before the next frame.
  bool take(KeyChange change);

  // Room that a message with this much payload may need.
  std::size_t size_limit(std::size_t payload) const;

  // Writes one whole message and says how long it is.
  //   out      at least size_limit(payload.size()), not overlapping the payload
  //   errors   refused: the key's limit is reached, the session has ended, or this is a forked child;
  //            unsupported: the payload or a field is too long
  //   cost     allocates nothing
  Result<std::size_t> seal_frame(const FrameInfo& info, const Fields& fields, ByteSpan payload,
                                 std::span<std::byte> out);
  // "I am here, and nothing was lost up to this counter": once a second while no frames come.
  Result<std::size_t> seal_heartbeat(std::uint64_t capture_ns, const Fields& fields,
                                     std::span<std::byte> out);
  // The last message of the session: its counter is the final one. Nothing can be sealed after it.
  Result<std::size_t> seal_end(std::uint64_t capture_ns, std::span<std::byte> out);

  Suite suite() const;
  std::uint64_t epoch() const;
  const SessionId& session() const;
  const PublicIdentity& device() const;
  std::size_t receivers() const;
  std::uint64_t kid() const;  // of the key in use

 private:
  struct State;
  explicit Sealer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The length to which `size` bytes are padded: leading bits only, so that few lengths occur (Padme, PURBs
// paper).
std::size_t padme(std::size_t size);

}  // namespace lc::seal
