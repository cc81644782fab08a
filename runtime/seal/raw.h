// libsodium speaks unsigned char; we speak std::byte. For the .cc files of this folder only.
#pragma once

#include <cstddef>

namespace lc::seal {

inline unsigned char* raw(std::byte* bytes) { return reinterpret_cast<unsigned char*>(bytes); }
inline const unsigned char* raw(const std::byte* bytes) {
  return reinterpret_cast<const unsigned char*>(bytes);
}

}  // namespace lc::seal
