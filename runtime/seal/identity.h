// Who is who: a device and a signer of models sign (Ed25519), a receiver is sealed to (X25519). The secret half stays in
// its key file; the public half goes into a .pub file beside it and from there into the list of the other side.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "seal/secret.h"
#include "seal/suite.h"
#include "seal/wire_header.h"

namespace lc::seal {

inline constexpr std::size_t kPublicKeyBytes = 32;
inline constexpr std::size_t kSignatureBytes = 64;
using PublicKey = std::array<std::byte, kPublicKeyBytes>;

enum class Role { device, receiver, signer };
std::string_view to_string(Role role);

class Passphrase;

// What others may know. `suites` is what the machine that made it can open.
struct PublicIdentity {
  Role role = Role::device;
  std::string name;
  PublicKey key{};
  SuiteSet suites = SuiteSet::usual();
};

// For reading aloud: ten groups of four hex digits, BLAKE2b-160 over the role and the key.
std::string fingerprint(Role role, const PublicKey& key);

DeviceId device_id(const PublicKey& key);

// 1 to 64 letters, digits, '.', '_' or '-', not beginning with '.' or '-'.
Result<> check_name(std::string_view name);

// Refuses keys with which anybody could open or sign: points of low order, and bytes that are no point.
Result<> check_key(Role role, const PublicKey& key);

// A device, or a signer of models.
class SigningIdentity {
 public:
  static Result<SigningIdentity> generate(Role role, std::string name);
  static Result<SigningIdentity> load(Role role, const std::filesystem::path& key_file);
  // The file must not exist. `passphrase`: the file is of no use without it.
  Result<> save(const std::filesystem::path& key_file, const Passphrase* passphrase = nullptr) const;

  const PublicIdentity& identity() const { return public_; }
  void sign(ByteSpan message, std::span<std::byte, kSignatureBytes> out) const;

 private:
  static Result<SigningIdentity> from_seed(Role role, std::string name, const Secret& seed);
  PublicIdentity public_;
  Secret seed_;  // 32 bytes
  Secret key_;   // 64 bytes, libsodium's form
};

[[nodiscard]] bool is_signed_by(const PublicKey& device, ByteSpan message, ByteSpan signature);

class ReceiverIdentity {
 public:
  static Result<ReceiverIdentity> generate(std::string name);
  static Result<ReceiverIdentity> load(const std::filesystem::path& key_file);
  Result<> save(const std::filesystem::path& key_file, const Passphrase* passphrase = nullptr) const;

  const PublicIdentity& identity() const { return public_; }
  // Opens a sealed box (crypto_box_seal) of out.size() + kBoxOverhead bytes.
  [[nodiscard]] bool open_box(ByteSpan box, std::span<std::byte> out) const;

 private:
  static Result<ReceiverIdentity> from_secret(std::string name, Secret secret);
  PublicIdentity public_;
  Secret key_;
};

inline constexpr std::size_t kBoxOverhead = 48;

// False for a key of low order; `out` has message.size() + kBoxOverhead bytes.
[[nodiscard]] bool seal_box(const PublicKey& receiver, ByteSpan message, std::span<std::byte> out);

}  // namespace lc::seal
