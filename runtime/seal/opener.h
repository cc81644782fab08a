// The receiving end of one stream: learns its keys from announcements of pinned devices and opens its
// messages.
//
// It settles on the first stream that it can open (or the one that it is told) and stays there. A newer
// session of that stream, after a restart of the sender, replaces the old one by itself. Nothing is believed,
// kept or moved because of a byte that was not authenticated. Messages that cannot be opened yet are the
// caller's to keep (Verdict::unknown_key).
//   thread  one at a time; the counts may be read from any
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.h"
#include "seal/clock.h"
#include "seal/fields.h"
#include "seal/keyring.h"
#include "seal/verdict.h"
#include "seal/wire_header.h"

namespace lc::seal {

struct OpenerOptions {
  std::string device;                   // a name in devices.list; empty: any of them
  std::optional<std::uint16_t> stream;  // empty: the first that can be opened
  // A file, not a live stream: announcements may be old, and epochs are neither compared nor remembered.
  bool is_recording = false;
  Clock clock = Clock::system();
};

// Filled when the verdict is `opened`; the views are valid as long as the buffer that was given to open().
struct Opened {
  WireHeader header;
  std::uint64_t counter = 0;
  Fields fields;
  ByteSpan payload;
  std::uint64_t lost_before = 0;  // messages missing directly before this one
  std::uint64_t kid = 0;
  bool is_first_of_session = false;
  bool is_first_of_key = false;  // of a later key than before, within its session
  bool is_current = true;   // false: of the session before this one, late
  bool is_in_order = true;  // false: a later message of this session was opened before it
};

class Opener {
 public:
  // errors  what the key ring says; not_found: no device of that name
  static Result<Opener> create(const KeyRing& ring, OpenerOptions options = {});
  Opener(Opener&&) noexcept;
  Opener& operator=(Opener&&) noexcept;
  ~Opener();

  // Takes one message as it came from the wire.
  //   out     for the plaintext, at least message.size() bytes, not overlapping the message
  //   cost    for frames: allocates nothing
  Verdict open(ByteSpan message, std::span<std::byte> out, Opened& opened);

  // How often open() gave this verdict.
  std::uint64_t count(Verdict verdict) const;
  // Messages that never came, between the first one accepted and the last, over all sessions.
  std::uint64_t lost() const;

  // The device and stream that it settled on, once there is one.
  struct Peer {
    std::string device;
    std::uint16_t stream = 0;
    std::uint64_t epoch = 0;
  };
  std::optional<Peer> peer() const;

  // Takes the list of pinned devices as it stands now. True: the stream at hand is allowed no more, and its keys are gone.
  bool reload(std::vector<PinnedDevice> devices);

  // The key under which so many messages had a wrong tag that somebody must be forging them; once for each key.
  static constexpr std::uint64_t kAlarmFailures = std::uint64_t{1} << 20;
  std::optional<std::uint64_t> take_alarm();

  // Why the last epoch could not be kept on disk; empty if all is well. Until it is mended, a restarted
  // receiver might accept the session before this one.
  const std::string& state_problem() const;

 private:
  struct State;
  explicit Opener(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lc::seal
