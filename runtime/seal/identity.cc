#include "seal/identity.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "seal/key_file.h"
#include "seal/raw.h"

namespace lc::seal {

static_assert(kPublicKeyBytes == crypto_sign_PUBLICKEYBYTES && kPublicKeyBytes == crypto_box_PUBLICKEYBYTES);
static_assert(kSignatureBytes == crypto_sign_BYTES && kBoxOverhead == crypto_box_SEALBYTES);

std::string_view to_string(Role role) {
  switch (role) {
    case Role::device:
      return "device";
    case Role::receiver:
      return "receiver";
    case Role::signer:
      break;
  }
  return "signer";
}

std::string fingerprint(Role role, const PublicKey& key) {
  const std::string_view type = key_type(role);
  std::array<std::byte, 20> digest;
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, digest.size());
  crypto_generichash_update(&state, raw(as_bytes(type).data()), type.size());
  crypto_generichash_update(&state, raw(key.data()), key.size());
  crypto_generichash_final(&state, raw(digest.data()), digest.size());
  const std::string hex = to_hex(digest);
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 4) {
    if (i > 0) out += ' ';
    out.append(hex, i, 4);
  }
  return out;
}

DeviceId device_id(const PublicKey& key) {
  std::array<std::byte, 32> digest;
  crypto_generichash(raw(digest.data()), digest.size(), raw(key.data()), key.size(), nullptr, 0);
  DeviceId id;
  std::memcpy(id.data(), digest.data(), id.size());
  return id;
}

Result<> check_name(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  if (name.empty() || name.size() > 64 || name[0] == '.' || name[0] == '-' ||
      !std::all_of(name.begin(), name.end(), good))
    return fail(Errc::invalid_config, "'{}' is not a name: use 1 to 64 letters, digits, '.', '_' or '-'",
                name.substr(0, 80));
  return {};
}

Result<> check_key(Role role, const PublicKey& key) {
  if (role != Role::receiver) {
    if (crypto_core_ed25519_is_valid_point(raw(key.data())) != 1)
      return fail(Errc::refused, "this is not a usable Ed25519 key; ask for the .pub file again");
    return {};
  }
  // Any scalar shows a point of low order: libsodium answers -1 when the shared secret is zero.
  std::array<std::byte, 32> scalar, product;
  fill_random(scalar);
  const bool usable = crypto_scalarmult(raw(product.data()), raw(scalar.data()), raw(key.data())) == 0;
  wipe(product);
  if (!usable)
    return fail(Errc::refused, "this X25519 key is of low order: anybody could open what is sealed to it");
  return {};
}

Result<SigningIdentity> SigningIdentity::from_seed(Role role, std::string name, const Secret& seed) {
  SigningIdentity device;
  device.key_ = LC_TRY(Secret::make(crypto_sign_SECRETKEYBYTES, [&](std::span<std::byte> out) {
    crypto_sign_seed_keypair(raw(device.public_.key.data()), raw(out.data()), raw(seed.reveal().data()));
  }));
  device.seed_ = LC_TRY(Secret::copy_of(seed.reveal()));
  device.public_.role = role;
  device.public_.name = std::move(name);
  return device;
}

Result<SigningIdentity> SigningIdentity::generate(Role role, std::string name) {
  LC_TRY(check_name(name));
  return from_seed(role, std::move(name), LC_TRY(Secret::random(crypto_sign_SEEDBYTES)));
}

Result<SigningIdentity> SigningIdentity::load(Role role, const std::filesystem::path& key_file) {
  SecretKeyFile file = LC_TRY(load_secret_key(key_file, role));
  return from_seed(role, std::move(file.name), file.secret);
}

Result<> SigningIdentity::save(const std::filesystem::path& key_file, const Passphrase* passphrase) const {
  return save_secret_key(key_file, public_.role, public_.name, seed_, passphrase);
}

void SigningIdentity::sign(ByteSpan message, std::span<std::byte, kSignatureBytes> out) const {
  crypto_sign_detached(raw(out.data()), nullptr, raw(message.data()), message.size(),
                       raw(key_.reveal().data()));
}

bool is_signed_by(const PublicKey& device, ByteSpan message, ByteSpan signature) {
  return signature.size() == kSignatureBytes &&
         crypto_sign_verify_detached(raw(signature.data()), raw(message.data()), message.size(),
                                     raw(device.data())) == 0;
}

Result<ReceiverIdentity> ReceiverIdentity::from_secret(std::string name, Secret secret) {
  ReceiverIdentity receiver;
  receiver.key_ = std::move(secret);
  crypto_scalarmult_base(raw(receiver.public_.key.data()), raw(receiver.key_.reveal().data()));
  receiver.public_.role = Role::receiver;
  receiver.public_.name = std::move(name);
  receiver.public_.suites = SuiteSet::available();
  return receiver;
}

Result<ReceiverIdentity> ReceiverIdentity::generate(std::string name) {
  LC_TRY(check_name(name));
  return from_secret(std::move(name), LC_TRY(Secret::random(crypto_box_SECRETKEYBYTES)));
}

Result<ReceiverIdentity> ReceiverIdentity::load(const std::filesystem::path& key_file) {
  SecretKeyFile file = LC_TRY(load_secret_key(key_file, Role::receiver));
  return from_secret(std::move(file.name), std::move(file.secret));
}

Result<> ReceiverIdentity::save(const std::filesystem::path& key_file, const Passphrase* passphrase) const {
  return save_secret_key(key_file, Role::receiver, public_.name, key_, passphrase);
}

bool ReceiverIdentity::open_box(ByteSpan box, std::span<std::byte> out) const {
  return box.size() == out.size() + kBoxOverhead &&
         crypto_box_seal_open(raw(out.data()), raw(box.data()), box.size(), raw(public_.key.data()),
                              raw(key_.reveal().data())) == 0;
}

bool seal_box(const PublicKey& receiver, ByteSpan message, std::span<std::byte> out) {
  LC_EXPECT(out.size() == message.size() + kBoxOverhead, "a box is 48 bytes longer than its content");
  return crypto_box_seal(raw(out.data()), raw(message.data()), message.size(), raw(receiver.data())) == 0;
}

}  // namespace lc::seal
