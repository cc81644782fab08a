#include "seal/sframe.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "seal/kdf.h"
#include "seal/raw.h"

namespace lc::seal {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kNonceBytes = 12, kHedgedNonceBytes = 24;
static_assert(kKeyBytes == crypto_aead_aes256gcm_KEYBYTES &&
              kKeyBytes == crypto_aead_chacha20poly1305_ietf_KEYBYTES);
static_assert(kNonceBytes == crypto_aead_aes256gcm_NPUBBYTES &&
              kNonceBytes == crypto_aead_chacha20poly1305_ietf_NPUBBYTES);
static_assert(kTagBytes == crypto_aead_aes256gcm_ABYTES &&
              kTagBytes == crypto_aead_chacha20poly1305_ietf_ABYTES);
static_assert(kKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES &&
              kHedgedNonceBytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES &&
              kTagBytes == crypto_aead_xchacha20poly1305_ietf_ABYTES && kHedgedNonceBytes == kHedgeBytes + 8);

constexpr std::size_t nonce_bytes(Suite suite) { return hedge_bytes(suite) > 0 ? kHedgedNonceBytes : kNonceBytes; }

// What a Secret of a FrameKey holds. Its size is a multiple of 16, so that the memory is aligned for AES.
struct Material {
  crypto_aead_aes256gcm_state aes;  // unused by ChaCha20
  unsigned char chacha_key[kKeyBytes];
  unsigned char salt[32];  // first 12 used, or 24
};
static_assert(sizeof(Material) % 16 == 0 && alignof(Material) <= 16);

const Material& material(const Secret& secret) {
  return *reinterpret_cast<const Material*>(secret.reveal().data());
}

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

// salt XOR counter, big-endian at its end; hedged: salt XOR (random || counter)
struct Nonce {
  unsigned char bytes[kHedgedNonceBytes];
  Nonce(Suite suite, const Material& key, ByteSpan hedge, std::uint64_t ctr) {
    const std::size_t size = nonce_bytes(suite);
    std::memcpy(bytes, key.salt, size);
    for (std::size_t i = 0; i < 8; ++i) bytes[size - 8 + i] ^= static_cast<unsigned char>(ctr >> (56 - 8 * i));
    for (std::size_t i = 0; i < hedge.size(); ++i) bytes[i] ^= std::to_integer<unsigned char>(hedge[i]);
  }
  ~Nonce() { sodium_memzero(bytes, sizeof bytes); }
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
};

// In place; the tag goes behind.
bool encrypt(Suite suite, const Material& key, const Nonce& nonce, const Additional& aad, std::byte* body,
             std::size_t size) {
  const auto* more = raw(aad.bytes.data());
  unsigned char *text = raw(body), *tag = raw(body + size);
  switch (suite) {
    case Suite::aes_256_gcm:
      return crypto_aead_aes256gcm_encrypt_detached_afternm(text, tag, nullptr, text, size, more, aad.size, nullptr,
                                                            nonce.bytes, &key.aes) == 0;
    case Suite::chacha20_poly1305:
      return crypto_aead_chacha20poly1305_ietf_encrypt_detached(text, tag, nullptr, text, size, more, aad.size, nullptr,
                                                                nonce.bytes, key.chacha_key) == 0;
    case Suite::xchacha20_poly1305_hedged:
      return crypto_aead_xchacha20poly1305_ietf_encrypt_detached(text, tag, nullptr, text, size, more, aad.size, nullptr,
                                                                 nonce.bytes, key.chacha_key) == 0;
  }
  return false;
}

// `body` is `size` bytes of ciphertext and the tag.
bool decrypt(Suite suite, const Material& key, const Nonce& nonce, const Additional& aad, const std::byte* body,
             std::size_t size, std::byte* out) {
  const auto *more = raw(aad.bytes.data()), *text = raw(body), *tag = raw(body + size);
  switch (suite) {
    case Suite::aes_256_gcm:
      return crypto_aead_aes256gcm_decrypt_detached_afternm(raw(out), nullptr, text, size, tag, more, aad.size,
                                                            nonce.bytes, &key.aes) == 0;
    case Suite::chacha20_poly1305:
      return crypto_aead_chacha20poly1305_ietf_decrypt_detached(raw(out), nullptr, text, size, tag, more, aad.size,
                                                                nonce.bytes, key.chacha_key) == 0;
    case Suite::xchacha20_poly1305_hedged:
      return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(raw(out), nullptr, text, size, tag, more, aad.size,
                                                                 nonce.bytes, key.chacha_key) == 0;
  }
  return false;
}

}  // namespace

std::optional<std::uint64_t> FrameCounter::take() {
  const std::uint64_t value = next_.fetch_add(1, std::memory_order_relaxed);
  if (value < std::numeric_limits<std::uint64_t>::max()) return value;
  next_.store(std::numeric_limits<std::uint64_t>::max(), std::memory_order_relaxed);
  return std::nullopt;
}

Result<Secret> FrameKey::derive(Suite suite, std::uint64_t kid, ByteSpan base_key) {
  LC_TRY(ready());
  if (!is_available(suite))
    return fail(Errc::unsupported, "this CPU has no AES instructions, which {} needs", to_string(suite));
  if (base_key.size() < 16 || base_key.size() > 64)
    return fail(Errc::bad_format, "a base key has 16 to 64 bytes, not {}", base_key.size());
  std::array<std::byte, kHashBytes> secret;
  std::array<std::byte, kKeyBytes> key;
  hkdf_extract({}, base_key, secret);
  const Info key_info("SFrame 1.0 Secret key ", kid, suite), salt_info("SFrame 1.0 Secret salt ", kid, suite);
  auto made = Secret::make(sizeof(Material), [&](std::span<std::byte> out) {
    auto& into = *reinterpret_cast<Material*>(out.data());
    bool good = hkdf_expand(secret, key_info.span(), key);
    good = good && hkdf_expand(secret, salt_info.span(), out.subspan(offsetof(Material, salt), nonce_bytes(suite)));
    LC_EXPECT(good, "HKDF gives as little as this");
    if (suite == Suite::aes_256_gcm)
      crypto_aead_aes256gcm_beforenm(&into.aes, raw(key.data()));
    else
      std::memcpy(into.chacha_key, key.data(), key.size());
  });
  wipe(secret);
  wipe(key);
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
  const Material& key = material(material_);
  if (!hedge.empty()) fill_random(hedge);
  const Nonce nonce(suite_, key, hedge, *ctr);
  const Additional additional(ByteSpan(header).first(header_size), metadata);
  if (!encrypt(suite_, key, nonce, additional, body, size)) {
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
  const Material& key = material(material_);
  const Nonce nonce(suite_, key, hedge, header.header.ctr);
  const Additional additional(sealed.first(header.size), metadata);
  if (!decrypt(suite_, key, nonce, additional, sealed.data() + header.size, size, out.data())) return std::nullopt;
  return size;
}

}  // namespace lc::seal
