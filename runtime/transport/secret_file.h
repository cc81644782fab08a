// Reads a small file with a secret in it: only if nobody else can read or replace it, into memory that is
// wiped.
#pragma once

#include <array>
#include <filesystem>
#include <string_view>

#include "base/bytes.h"

namespace lc::transport {

// Text on the stack or in an object, wiped at its end; holds up to 4096 bytes, what is beyond is cut off.
class SecretBuffer {
 public:
  static constexpr std::size_t kCapacity = 4096;

  SecretBuffer() = default;
  SecretBuffer(const SecretBuffer&) = delete;
  SecretBuffer& operator=(const SecretBuffer&) = delete;
  ~SecretBuffer();

  void append(std::string_view text);
  std::string_view text() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, kCapacity> bytes_{};
  std::size_t size_ = 0;
};

// errors  not_found; refused: symbolic link, foreign owner, readable by others, folder writable by others;
//         unsupported: larger than `limit`
Result<> load_secret_file(const std::filesystem::path& path, std::size_t limit, SecretBuffer& content);

}  // namespace lc::transport
