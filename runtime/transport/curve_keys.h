// CURVE keys in files: text, keys as Z85 (40 characters). Secrets are read from checked files only, and
// wiped.
//
//   secret key   latentcast-curve-secret-key v1      (mode 0600; FILE.pub beside it has the public half)
//                public: <40>
//                secret: <40>
//   public key   latentcast-curve-public-key v1
//                public: <40>
//   allow-list   one line "NAME <40>" for each client; lines that begin with '# ' and empty lines are
//                skipped
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace lc::transport {

inline constexpr std::size_t kCurveKeyBytes = 32;
inline constexpr std::size_t kZ85Characters = 40;

using CurvePublicKey = std::array<std::byte, kCurveKeyBytes>;

class CurveSecretKey {
 public:
  CurveSecretKey() = default;
  CurveSecretKey(const CurveSecretKey&) = delete;
  CurveSecretKey& operator=(const CurveSecretKey&) = delete;
  CurveSecretKey(CurveSecretKey&& other) noexcept;
  CurveSecretKey& operator=(CurveSecretKey&& other) noexcept;
  ~CurveSecretKey();

  ByteSpan bytes() const { return bytes_; }
  std::span<std::byte, kCurveKeyBytes> writable() { return bytes_; }

 private:
  std::array<std::byte, kCurveKeyBytes> bytes_{};
};

struct CurveKeyPair {
  CurvePublicKey public_key{};
  CurveSecretKey secret_key;
};

struct AllowedClient {
  std::string name;
  CurvePublicKey key;
};

// Makes `path` (0600) and `path`.pub; refuses to replace either.
Result<> create_curve_key(const std::filesystem::path& path);

// errors  not_found; refused: others may read or replace the file (says how to mend it); bad_format
Result<CurveKeyPair> load_curve_key(const std::filesystem::path& path);
Result<CurvePublicKey> load_curve_public_key(const std::filesystem::path& path);

// May be empty; the caller decides what that means.
Result<std::vector<AllowedClient>> load_allow_list(const std::filesystem::path& path);

// The same from text; `path` is for sentences.
Result<CurveKeyPair> parse_curve_key(std::string_view text, const std::filesystem::path& path);
Result<CurvePublicKey> parse_curve_public_key(std::string_view text, const std::filesystem::path& path);
Result<std::vector<AllowedClient>> parse_allow_list(std::string_view text, const std::filesystem::path& path);

std::string to_z85(const CurvePublicKey& key);

}  // namespace lc::transport
