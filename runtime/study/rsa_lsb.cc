#include "study/rsa_lsb.h"

#include <algorithm>

#include "study/lsb.h"

namespace lc::study {

Result<RsaLsb> RsaLsb::create(ByteSpan pem, RsaKey::Padding padding, std::string message) {
  return RsaLsb(LC_TRY(RsaKey::create(pem, padding)), padding, std::move(message));
}

KeySpace RsaLsb::key_space(const Shape&) const {
  // The cost of the number field sieve, as NIST SP 800-57 puts it.
  const std::size_t bits = 8 * key_.block_bytes();
  const double strength = bits >= 15360 ? 256 : bits >= 7680 ? 192 : bits >= 3072 ? 128 : bits >= 2048 ? 112 : 80;
  return {strength, "what factoring the modulus costs; nobody needs to, where each byte is encrypted alone"};
}

Result<> RsaLsb::encrypt(const Frame& plain, Bytes& out) {
  LC_TRY(need_bytes(plain.shape, name()));
  stego_.assign(plain.bytes.begin(), plain.bytes.end());
  if (!message_.empty()) LC_TRY(hide_message(as_bytes(message_), stego_));
  const std::size_t blocks = (stego_.size() + chunk() - 1) / chunk();
  out.resize(blocks * key_.block_bytes());
  for (std::size_t i = 0; i < blocks; ++i) {
    const std::size_t size = std::min(chunk(), stego_.size() - i * chunk());
    LC_TRY(encrypt_block(ByteSpan(stego_).subspan(i * chunk(), size),
                         std::span(out).subspan(i * key_.block_bytes(), key_.block_bytes())));
  }
  return {};
}

Result<> RsaLsb::encrypt_block(ByteSpan part, std::span<std::byte> out) {
  if (padding_ == RsaKey::Padding::oaep) return key_.encrypt(part, out);
  const std::size_t block = key_.block_bytes();
  if (powers_.empty()) {
    Bytes powers(256 * block);
    for (std::size_t v = 0; v < 256; ++v) {
      const std::byte value{static_cast<unsigned char>(v)};
      LC_TRY(key_.encrypt({&value, 1}, std::span(powers).subspan(v * block, block)));
    }
    powers_ = std::move(powers);
  }
  std::copy_n(powers_.begin() + static_cast<std::ptrdiff_t>(std::to_integer<std::size_t>(part[0]) * block), block,
              out.begin());
  return {};
}

Result<> RsaLsb::decrypt(ByteSpan cipher, const Shape& shape, Bytes& out) {
  LC_TRY(need_bytes(shape, name()));
  const std::size_t bytes = shape.bytes(), blocks = (bytes + chunk() - 1) / chunk();
  LC_TRY(need_size(cipher, blocks * key_.block_bytes(), name()));
  out.resize(bytes);
  for (std::size_t i = 0; i < blocks; ++i)
    LC_TRY(decrypt_block(cipher.subspan(i * key_.block_bytes(), key_.block_bytes()),
                         std::span(out).subspan(i * chunk(), std::min(chunk(), bytes - i * chunk()))));
  return {};
}

Result<> RsaLsb::decrypt_block(ByteSpan block, std::span<std::byte> out) {
  plain_block_.resize(key_.block_bytes());
  if (padding_ == RsaKey::Padding::oaep) {
    const std::size_t size = LC_TRY(key_.decrypt(block, plain_block_));
    if (size != out.size()) return fail(Errc::corrupt, "rsa-lsb: a block of {} bytes, {} are wanted", size, out.size());
    std::copy_n(plain_block_.begin(), size, out.begin());
    return {};
  }
  const std::string seen(as_text(block));
  auto found = values_.find(seen);
  if (found == values_.end()) {
    LC_TRY(key_.decrypt(block, plain_block_));
    // Somebody else's block is a number that is no byte: its last one is shown.
    if (values_.size() >= 256) values_.clear();
    found = values_.emplace(seen, plain_block_.back()).first;
  }
  out[0] = found->second;
  return {};
}

}  // namespace lc::study
