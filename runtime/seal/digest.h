// BLAKE2b-256 digests: of bundle files, of identities, of whatever needs a name made from its content.
// Not secret and not keyed; compare with ==.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "base/bytes.h"

namespace lc::seal {

inline constexpr std::size_t kDigestBytes = 32;
using Digest256 = std::array<std::byte, kDigestBytes>;

// The digest of one byte string.
Digest256 blake2b_256(ByteSpan bytes);

// The same, fed piece by piece: blake2b_256(a || b) == Digest().update(a).update(b).finish().
class Digest {
 public:
  Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;
  ~Digest();

  Digest& update(ByteSpan bytes);
  // Gives the digest of everything so far and starts anew.
  Digest256 finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lc::seal
