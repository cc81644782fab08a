#include "seal/sframe.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "seal/kdf.h"

namespace lc::seal {
namespace {

// label || KID (8 bytes) || suite (2 bytes)
struct Info {
  std::array<std::byte, 40> bytes;
  std::size_t size;
  Info(std::string_view label, std::uint64_t kid, Suite suite) : size(label.size() + 10) {
    std::memcpy(bytes.data(), label.data(), label.size());
    for (std::size_t i = 0; i < 8; ++i) bytes[label.size() + i] = static_cast<std::byte>(kid >> (56 - 8 * i));
    bytes[label.size() + 8] = static_cast<std::byte>(static_cast<unsigned>(suite) >> 8);
    bytes[label.size() + 9] = static_cast<std::byte>(static_cast<unsigned>(suite));
  }
  ByteSpan span() const { return ByteSpan(bytes).first(size); }
};

// Additional data: the SFrame header as sent, then the metadata.
struct Additional {
  std::array<std::byte, kMaxSframeHeaderBytes + kMaxMetadataBytes> bytes;
  std::size_t size;
  Additional(ByteSpan header, ByteSpan metadata) : size(header.size() + metadata.size()) {
    LC_EXPECT(size <= bytes.size(), "metadata is too long");
    std::copy(header.begin(), header.end(), bytes.begin());
    std::copy(metadata.begin(), metadata.end(), bytes.begin() + static_cast<std::ptrdiff_t>(header.size()));
  }
  ByteSpan span() const { return ByteSpan(bytes).first(size); }
};

}  // namespace

std::optional<std::uint64_t> FrameCounter::take() {
  const std::uint64_t value = next_.fetch_add(1, std::memory_order_relaxed);
  if (value < std::numeric_limits<std::uint64_t>::max()) return value;
  next_.store(std::numeric_limits<std::uint64_t>::max(), std::memory_order_relaxed);
  return std::nullopt;
}

Result<std::unique_ptr<Aead>> FrameKey::derive(Suite suite, std::uint64_t kid, ByteSpan base_key) {
  LC_TRY(ready());
  if (!is_available(suite))
    return fail(Errc::unsupported, "this CPU has no AES instructions, which {} needs", to_string(suite));
  if (base_key.size() < 16 || base_key.size() > 64)
    return fail(Errc::bad_format, "a base key has 16 to 64 bytes, not {}", base_key.size());
  std::array<std::byte, kHashBytes> secret;
  std::array<std::byte, kAeadKeyBytes> key;
  std::array<std::byte, 24> salt;
  hkdf_extract({}, base_key, secret);
  const bool good = hkdf_expand(secret, Info("SFrame 1.0 Secret key ", kid, suite).span(), key) &&
                    hkdf_expand(secret, Info("SFrame 1.0 Secret salt ", kid, suite).span(),
                                std::span(salt).first(nonce_bytes(suite)));
  LC_EXPECT(good, "HKDF gives as little as this");
  auto made = make_aead(suite, key, ByteSpan(salt).first(nonce_bytes(suite)));
  wipe(secret);
  wipe(key);
  wipe(salt);
  return made;
}

Result<SealingKey> SealingKey::create(Suite suite, std::uint64_t kid, ByteSpan base_key, KeyLimits limits) {
  return SealingKey(suite, kid, LC_TRY(derive(suite, kid, base_key)), limits);
}

Result<OpeningKey> OpeningKey::create(Suite suite, std::uint64_t kid, ByteSpan base_key) {
  return OpeningKey(suite, kid, LC_TRY(derive(suite, kid, base_key)));
}

Result<std::size_t> SealingKey::seal(FrameCounter& counter, std::span<std::byte> hedge, ByteSpan metadata,
                                     std::initializer_list<ByteSpan> plaintext, std::size_t padding,
                                     std::span<std::byte> out) {
  LC_EXPECT(hedge.size() == hedge_bytes(suite_), "room for the random bytes of this suite");
  std::size_t size = padding;
  for (ByteSpan part : plaintext) size += part.size();
  LC_EXPECT(out.size() >= sealed_size_limit(size), "the output has room for the sealed message");
  // The counter leaves first: whatever fails below, its value is never used again.
  const auto ctr = counter.take();
  if (!ctr)
    return fail(Errc::refused,
                "the counter of this session is used up; restart the sender for a new session");
  if (frames_ >= limits_.frames || size > limits_.bytes || bytes_ > limits_.bytes - size)
    return fail(
        Errc::refused,
        "this key has sealed {} frames with {} bytes, its limit; restart the sender for a new session",
        frames_, bytes_);
  ++frames_;
  bytes_ += size;

  std::array<std::byte, kMaxSframeHeaderBytes> header;
  const std::size_t header_size = pack({kid_, *ctr}, header);
  std::memcpy(out.data(), header.data(), header_size);
  std::byte* body = out.data() + header_size;
  std::size_t at = 0;
  for (ByteSpan part : plaintext) {
    if (!part.empty()) std::memcpy(body + at, part.data(), part.size());
    at += part.size();
  }
  if (padding > 0) {
    std::memset(body + at, 0, padding);
    body[at] = std::byte{0x80};
  }
  if (!hedge.empty()) fill_random(hedge);
  const Additional additional(ByteSpan(header).first(header_size), metadata);
  if (!aead_->encrypt(*ctr, hedge, additional.span(), body, size)) {
    wipe(out.first(header_size + size));  // it may still be plaintext
    return fail(Errc::backend, "{} failed", to_string(suite_));
  }
  return header_size + size + kTagBytes;
}

std::optional<std::size_t> OpeningKey::open(ByteSpan sealed, const UnpackedSframeHeader& header, ByteSpan hedge,
                                            ByteSpan metadata, std::span<std::byte> out) const {
  if (header.header.kid != kid_ || sealed.size() < header.size + kTagBytes || hedge.size() != hedge_bytes(suite_) ||
      metadata.size() > kMaxMetadataBytes)
    return std::nullopt;
  const std::size_t size = sealed.size() - header.size - kTagBytes;
  LC_EXPECT(out.size() >= size, "the output has room for the plaintext");
  const Additional additional(sealed.first(header.size), metadata);
  if (!aead_->decrypt(header.header.ctr, hedge, additional.span(), sealed.data() + header.size, size, out.data()))
    return std::nullopt;
  return size;
}

}  // namespace lc::seal
