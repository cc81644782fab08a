#include "seal/digest.h"

#include <sodium.h>

namespace lc::seal {

// libsodium's state wants 64-byte alignment, which its own type carries.
struct Digest::State {
  crypto_generichash_state hash;
  State() { crypto_generichash_init(&hash, nullptr, 0, kDigestBytes); }
};

Digest::Digest() : state_(std::make_unique<State>()) {}
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;
Digest::~Digest() = default;

Digest& Digest::update(ByteSpan bytes) {
  crypto_generichash_update(&state_->hash, reinterpret_cast<const unsigned char*>(bytes.data()),
                            bytes.size());
  return *this;
}

Digest256 Digest::finish() {
  Digest256 out;
  crypto_generichash_final(&state_->hash, reinterpret_cast<unsigned char*>(out.data()), out.size());
  *state_ = State();
  return out;
}

Digest256 blake2b_256(ByteSpan bytes) {
  Digest256 out;
  crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), out.size(),
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr, 0);
  return out;
}

}  // namespace lc::seal
