// Key ids and the ratchet: KID = generation << R | step. A generation is 64 random bytes; a step follows from the one
// before it and does not lead back to it (RFC 9605, section 5.1).
#pragma once

#include <cstdint>

#include "seal/secret.h"

namespace lc::seal {

inline constexpr std::size_t kBaseKeyBytes = 64;
inline constexpr std::uint8_t kRatchetBits = 8;
inline constexpr std::uint64_t kLastStep = (std::uint64_t{1} << kRatchetBits) - 1;

constexpr std::uint64_t kid_of(std::uint64_t generation, std::uint64_t step) {
  return generation << kRatchetBits | step;
}
constexpr std::uint64_t generation_of(std::uint64_t kid) { return kid >> kRatchetBits; }
constexpr std::uint64_t step_of(std::uint64_t kid) { return kid & kLastStep; }

// The base key of the next step; 64 bytes from 16 to 64.
//   errors  unavailable: no memory
Result<Secret> ratchet(const Secret& base_key);

}  // namespace lc::seal
