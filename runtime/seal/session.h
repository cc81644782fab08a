// What a receiver knows of one session: its keys and the counters that it accepted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "seal/replay_window.h"
#include "seal/sframe.h"
#include "seal/suite.h"
#include "seal/wire_header.h"

namespace lc::seal {

struct SessionKey {
  OpeningKey key;
  std::uint64_t first_ctr = 0;
  std::uint64_t failures = 0;
};

struct Session {
  SessionId id{};
  std::uint64_t epoch = 0;
  Suite suite = Suite::aes_256_gcm;
  bool is_signed = false;
  std::vector<SessionKey> keys;  // oldest first
  ReplayWindow window;

  // Old keys are needed for messages in flight only.
  static constexpr std::size_t kMaxKeys = 4;
  void add(SessionKey key) {
    if (keys.size() == kMaxKeys) keys.erase(keys.begin());
    keys.push_back(std::move(key));
  }
  SessionKey* find(std::uint64_t kid) {
    const auto at =
        std::find_if(keys.begin(), keys.end(), [&](const SessionKey& k) { return k.key.kid() == kid; });
    return at == keys.end() ? nullptr : &*at;
  }
};

}  // namespace lc::seal
