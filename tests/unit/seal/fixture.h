// A device and a receiver that have pinned each other, with clocks that the test turns.
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "seal/key_file.h"
#include "seal/keyring.h"
#include "seal/opener.h"
#include "seal/sealer.h"
#include "support/test.h"

namespace lc::seal::test {

using lc::test::TempDir;

// 2026-11-21T08:00:00Z
inline constexpr std::uint64_t kNow = 1'795'248'000'000;

struct FakeClock {
  std::shared_ptr<std::uint64_t> wall = std::make_shared<std::uint64_t>(kNow);
  std::shared_ptr<std::uint64_t> steady = std::make_shared<std::uint64_t>(1000);
  Clock clock() const {
    return {[wall = wall] { return *wall; }, [steady = steady] { return *steady; }};
  }
  void advance(std::uint64_t ms) {
    *wall += ms;
    *steady += ms;
  }
};

// Unwraps, so that a failure shows its sentence.
template <class T>
T must(Result<T> result) {
  REQUIRE_MESSAGE(result.has_value(), (result ? std::string() : result.error().text));
  return *std::move(result);
}
inline void must(const Result<>& result) {
  REQUIRE_MESSAGE(result.has_value(), (result ? std::string() : result.error().text));
}

struct Pair {
  TempDir dir;
  FakeClock time;
  KeyRing device_ring = must(KeyRing::create(dir / "device"));
  KeyRing receiver_ring = must(KeyRing::create(dir / "receiver"));
  PublicIdentity device = must(device_ring.generate(Role::device, "camera"));
  PublicIdentity receiver = must(receiver_ring.generate(Role::receiver, "desk"));

  Pair() {
    must(device_ring.pin(receiver).map([](bool) {}));
    must(receiver_ring.pin(device).map([](bool) {}));
  }
  Sealer sealer(SealerOptions options = {}) {
    options.clock = time.clock();
    return must(Sealer::create(device_ring, std::move(options)));
  }
  Opener opener(OpenerOptions options = {}) {
    options.clock = time.clock();
    return must(Opener::create(receiver_ring, std::move(options)));
  }
};

// What a sender does now and then: looks at its list, and changes keys if that is due. True: a new generation.
inline bool change_keys(Pair& pair, Sealer& sealer, bool is_asked = false) {
  const auto now_s = static_cast<std::int64_t>(*pair.time.wall / 1000);
  auto change = must(sealer.plan(must(pair.device_ring.receivers(now_s)), is_asked));
  if (!change) return false;
  must(change->make());
  return sealer.take(*std::move(change));
}

inline Bytes announcement_of(Sealer& sealer) {
  const ByteSpan message = must(sealer.announcement());
  return Bytes(message.begin(), message.end());
}

inline Bytes frame_of(Sealer& sealer, ByteSpan payload, const Fields& fields = {},
                      const FrameInfo& info = {}) {
  Bytes out(sealer.size_limit(payload.size()));
  out.resize(must(sealer.seal_frame(info, fields, payload, out)));
  return out;
}
inline Bytes frame_of(Sealer& sealer, std::string_view payload) {
  return frame_of(sealer, as_bytes(payload));
}

// Opens into a buffer of its own.
struct Opening {
  Verdict verdict;
  Opened opened;
  Bytes plain;
  std::string text() const { return std::string(as_text(opened.payload)); }
};

inline Opening open_with(Opener& opener, ByteSpan message) {
  Opening out{Verdict::malformed, {}, Bytes(message.size() + 1)};
  out.verdict = opener.open(message, out.plain, out.opened);
  return out;
}

inline std::string name_of(Verdict verdict) { return std::string(name(verdict)); }

}  // namespace lc::seal::test

namespace doctest {
template <>
struct StringMaker<lc::seal::Verdict> {
  static String convert(lc::seal::Verdict verdict) { return lc::seal::test::name_of(verdict).c_str(); }
};
}  // namespace doctest
