// SFrame (RFC 9605): one key generation, for sealing or for opening, never for both.
//
// The nonce is formed inside, from the key's salt and a counter that only a FrameCounter can hand out, each
// value once. There is no function that takes a nonce, and none that takes a counter to seal with.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "seal/aead.h"
#include "seal/secret.h"
#include "seal/sframe_header.h"
#include "seal/suite.h"

namespace lc::seal {

// Longest metadata: our message header with its fields.
inline constexpr std::size_t kMaxMetadataBytes = 256;

// The counter of a session: every value leaves it once, whatever happens to it afterwards. Any thread.
class FrameCounter {
 public:
  explicit FrameCounter(std::uint64_t first = 0) : next_(first) {}
  FrameCounter(const FrameCounter&) = delete;
  FrameCounter& operator=(const FrameCounter&) = delete;

  // The value that leaves it next.
  std::uint64_t next() const { return next_.load(std::memory_order_relaxed); }

 private:
  friend class SealingKey;
  // The last value is never given out, so the counter cannot wrap.
  std::optional<std::uint64_t> take();
  std::atomic<std::uint64_t> next_;
};

// Key and salt of one (base key, KID, suite).
class FrameKey {
 protected:
  FrameKey(Suite suite, std::uint64_t kid, std::unique_ptr<Aead> aead)
      : suite_(suite), kid_(kid), aead_(std::move(aead)) {}
  static Result<std::unique_ptr<Aead>> derive(Suite suite, std::uint64_t kid, ByteSpan base_key);

  Suite suite_;
  std::uint64_t kid_;
  std::unique_ptr<Aead> aead_;
};

// How much one key may seal before it refuses (GCM's bounds; research: aead-limits draft). Never wraps, never
// warns only.
struct KeyLimits {
  std::uint64_t frames = std::uint64_t{1} << 24;
  std::uint64_t bytes = std::uint64_t{1} << 36;
};

class SealingKey : FrameKey {
 public:
  // base_key: 16..64 bytes, random, used by one sender and for one KID only.
  static Result<SealingKey> create(Suite suite, std::uint64_t kid, ByteSpan base_key, KeyLimits limits = {});

  static constexpr std::size_t sealed_size_limit(std::size_t plaintext) {
    return kMaxSframeHeaderBytes + plaintext + kTagBytes;
  }

  // Writes header || ciphertext || tag.
  //   hedge      part of the metadata, hedge_bytes() of the suite long: it is filled with random bytes here
  //   metadata   authenticated, not written; at most kMaxMetadataBytes
  //   plaintext  parts that are sealed one after the other; must not overlap `out`
  //   padding    0, or the bytes of ISO 7816-4 padding (80 00 00 ...) after them
  //   out        at least sealed_size_limit(plaintext with padding)
  //   returns    bytes written
  //   errors     refused: a limit of this key or counter is reached; backend
  //   cost       allocates nothing
  Result<std::size_t> seal(FrameCounter& counter, std::span<std::byte> hedge, ByteSpan metadata,
                           std::initializer_list<ByteSpan> plaintext, std::size_t padding,
                           std::span<std::byte> out);

  std::uint64_t kid() const { return kid_; }
  std::uint64_t frames() const { return frames_; }
  std::uint64_t bytes() const { return bytes_; }  // of plaintext

 private:
  SealingKey(Suite suite, std::uint64_t kid, std::unique_ptr<Aead> aead, KeyLimits limits)
      : FrameKey(suite, kid, std::move(aead)), limits_(limits) {}

  KeyLimits limits_;
  std::uint64_t frames_ = 0;
  std::uint64_t bytes_ = 0;
};

class OpeningKey : FrameKey {
 public:
  static Result<OpeningKey> create(Suite suite, std::uint64_t kid, ByteSpan base_key);

  std::uint64_t kid() const { return kid_; }

  // Opens what SealingKey::seal wrote.
  //   sealed    header || ciphertext || tag
  //   header    of `sealed`, as unpack_sframe_header gave it; its KID must be this key's
  //   hedge     what the message carries, hedge_bytes() of the suite long; another length is refused
  //   out       at least the plaintext's size; zeros or untouched when the message is refused
  //   returns   bytes of plaintext, or nothing: the tag is wrong
  //   cost      allocates nothing
  [[nodiscard]] std::optional<std::size_t> open(ByteSpan sealed, const UnpackedSframeHeader& header, ByteSpan hedge,
                                                ByteSpan metadata, std::span<std::byte> out) const;

 private:
  using FrameKey::FrameKey;
};

}  // namespace lc::seal
