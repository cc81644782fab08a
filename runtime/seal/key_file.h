// Key files: six lines of text, seven where there is a passphrase. The last line is a check over the ones before, so that a file that was cut
// off, or whose lines were exchanged, is refused. Described in FORMAT.md, section 6.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "seal/identity.h"
#include "seal/passphrase.h"

namespace lc::seal {

// "device-ed25519", "receiver-x25519" or "model-signer-ed25519".
std::string_view key_type(Role role);

struct SecretKeyFile {
  std::string name;
  Secret secret;  // 32 bytes
};

// `path` is checked as checked_file.h says; the text never leaves memory for secrets.
//   errors  no_key, refused: it wants a passphrase that nobody offered (passphrase.h)
Result<SecretKeyFile> load_secret_key(const std::filesystem::path& path, Role role);
Result<> save_secret_key(const std::filesystem::path& path, Role role, std::string_view name,
                         const Secret& secret, const Passphrase* passphrase = nullptr);

std::string public_key_text(const PublicIdentity& identity);
Result<PublicIdentity> parse_public_key(std::string_view text);
// Any file that this user can read: a .pub file is not secret, and pinning it is the user's decision.
Result<PublicIdentity> load_public_key(const std::filesystem::path& path);

// Base64 (RFC 4648, with padding) of exactly 32 bytes, as in key files and lists.
Result<PublicKey> parse_base64_key(std::string_view text);
std::string to_base64(ByteSpan bytes);

// Seconds since 1970 as "2026-11-21T08:00:00Z".
std::string utc_text(std::int64_t seconds);

}  // namespace lc::seal
