// What a receiver knows of one session: its keys and the counters that it accepted.
//
// Keys come from announcements, or follow from one by the ratchet. A step that a message names is tried before anything
// is believed: at most kMaxAhead beyond the last one that an authentic message had, kept so that a stranger cannot make
// us work twice, and taken over only when the tag was good. Once a later key is in use, those before it open what was
// sealed before, for kGraceMs, and are erased.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "seal/ratchet.h"
#include "seal/replay_window.h"
#include "seal/sframe.h"
#include "seal/suite.h"
#include "seal/wire_header.h"

namespace lc::seal {

struct SessionKey {
  OpeningKey key;
  Secret base_key;                // empty once a later key is in use
  std::uint64_t first_ctr = 0;    // counters that it may carry: from here
  std::uint64_t end_ctr = std::numeric_limits<std::uint64_t>::max();   // to before this
  std::uint64_t erase_ms = std::numeric_limits<std::uint64_t>::max();  // steady clock
  std::uint64_t failures = 0;
};

class Session {
 public:
  static constexpr std::size_t kMaxKeys = 4;
  static constexpr std::uint64_t kMaxAhead = 4;
  static constexpr std::uint64_t kGraceMs = 10'000;

  SessionId id{};
  std::uint64_t epoch = 0;
  Suite suite = Suite::aes_256_gcm;
  bool is_signed = false;
  ReplayWindow window;

  // Takes a key out of an announcement.
  void add(SessionKey key);
  // Whether an announcement of this key says nothing new: it is there, or follows from one that is, or a later one is in
  // use.
  bool is_known(std::uint64_t kid) const;
  // The key that a message names, made by the ratchet if need be; null if there is none. Valid until the next call.
  SessionKey* find(std::uint64_t kid);
  // An authentic message had this key. True: it is the first one of a later key than before.
  bool note_use(std::uint64_t kid, std::uint64_t ctr, std::uint64_t now_ms);
  void erase_old(std::uint64_t now_ms);
  std::size_t keys() const { return keys_.size(); }

 private:
  SessionKey* derive(std::uint64_t kid);
  bool can_derive(std::uint64_t kid) const;
  const SessionKey* newest(const std::vector<SessionKey>& of, std::uint64_t generation) const;

  std::vector<SessionKey> keys_;   // ascending KID
  std::vector<SessionKey> ahead_;  // tried, or not even that; ascending within a generation
  std::optional<std::uint64_t> used_;  // highest KID of an authentic message
};

}  // namespace lc::seal
