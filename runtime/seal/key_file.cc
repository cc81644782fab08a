#include "seal/key_file.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <optional>

#include "base/file.h"
#include "seal/checked_file.h"
#include "seal/raw.h"

namespace lc::seal {
namespace {

constexpr std::string_view kSecretTitle = "latentcast-secret-key v1";
constexpr std::string_view kPublicTitle = "latentcast-public-key v1";
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kBase64Chars = 44;  // of 32 bytes

// BLAKE2b-64 over the lines before the check line, their line ends included, as 16 hex digits.
std::string check_of(std::string_view lines) {
  std::array<std::byte, 8> digest;
  crypto_generichash(raw(digest.data()), digest.size(), raw(as_bytes(lines).data()), lines.size(), nullptr,
                     0);
  return to_hex(digest);
}

// Splits "title\nkey: value\n...check: ...\n"; lines come in one order only.
class Lines {
 public:
  static Result<Lines> open(std::string_view text, std::string_view title) {
    const auto check_at = text.rfind("check: ");
    if (text.substr(0, text.find('\n')) != title)
      return fail(Errc::bad_format, "the first line is not '{}'; is this the right file?", title);
    if (check_at == std::string_view::npos || check_at == 0 || text[check_at - 1] != '\n')
      return fail(Errc::truncated,
                  "the last line, 'check:', is missing: the file was cut off; copy it again");
    if (text.substr(check_at + 7) != check_of(text.substr(0, check_at)) + "\n")
      return fail(Errc::corrupt,
                  "the check line does not fit the others: the file was damaged or edited; copy it again");
    return Lines(text.substr(title.size() + 1, check_at - title.size() - 1));
  }

  // The value of the next line, which must begin with `key` and ": ".
  Result<std::string_view> next(std::string_view key) {
    const auto end = rest_.find('\n');
    const auto line = rest_.substr(0, end);
    if (end == std::string_view::npos || line.substr(0, key.size()) != key ||
        line.substr(key.size(), 2) != ": ")
      return fail(Errc::bad_format, "the line '{}: ' is missing", key);
    rest_.remove_prefix(end + 1);
    return line.substr(key.size() + 2);
  }
  bool next_is(std::string_view key) const { return rest_.substr(0, key.size()) == key; }
  Result<> finish() const {
    if (!rest_.empty()) return fail(Errc::bad_format, "there are lines too many before 'check:'");
    return {};
  }

 private:
  explicit Lines(std::string_view rest) : rest_(rest) {}
  std::string_view rest_;
};

// The base64 form of exactly out.size() bytes.
bool decode_base64(std::string_view text, std::span<std::byte> out) {
  std::size_t size = 0;
  return text.size() == sodium_base64_encoded_len(out.size(), sodium_base64_VARIANT_ORIGINAL) - 1 &&
         sodium_base642bin(raw(out.data()), out.size(), text.data(), text.size(), nullptr, &size, nullptr,
                           sodium_base64_VARIANT_ORIGINAL) == 0 &&
         size == out.size();
}

Result<> expect_type(std::string_view found, Role role) {
  if (found == key_type(role)) return {};
  return fail(Errc::bad_format, "holds a key of type '{}', not of a {} ('{}')", found.substr(0, 40),
              to_string(role), key_type(role));
}

// What a passphrase is bound to: nobody can make another's file of it.
std::string bound_text(Role role, std::string_view name) {
  return fmt::format("type: {}\nname: {}\n", key_type(role), name);
}

Result<Secret> parse_locked(Lines& lines, std::string_view bound) {
  Locked locked;
  locked.method = std::string(LC_TRY(lines.next("passphrase")));
  const bool good = decode_base64(LC_TRY(lines.next("secret")), locked.box);
  LC_TRY(lines.finish());
  if (!good)
    return fail(Errc::bad_format, "the line 'secret: ' is not the base64 form of {} bytes", locked.box.size());
  return unlock(locked, bound);
}

Result<> save_locked(const std::filesystem::path& path, Role role, std::string_view name, const Secret& secret,
                     const Passphrase& passphrase) {
  const Locked locked = LC_TRY(lock(secret, passphrase, bound_text(role, name)));
  const std::string lines =
      fmt::format("{}\n{}created: {}\npassphrase: {}\nsecret: {}\n", kSecretTitle, bound_text(role, name),
                  utc_text(std::time(nullptr)), locked.method, to_base64(locked.box));
  return create_checked(path, as_bytes(lines + "check: " + check_of(lines) + "\n"), Privacy::secret);
}

Result<SecretKeyFile> parse_secret_key(std::string_view text, Role role) {
  Lines lines = LC_TRY(Lines::open(text, kSecretTitle));
  SecretKeyFile file;
  LC_TRY(expect_type(LC_TRY(lines.next("type")), role));
  file.name = std::string(LC_TRY(lines.next("name")));
  LC_TRY(check_name(file.name));
  LC_TRY(lines.next("created"));
  if (lines.next_is("passphrase: ")) {
    file.secret = LC_TRY(parse_locked(lines, bound_text(role, file.name)));
    return file;
  }
  const std::string_view encoded = LC_TRY(lines.next("secret"));
  LC_TRY(lines.finish());
  bool good = false;
  file.secret = LC_TRY(
      Secret::make(kSecretBytes, [&](std::span<std::byte> out) { good = decode_base64(encoded, out); }));
  if (!good)
    return fail(Errc::bad_format, "the line 'secret: ' is not the base64 form of {} bytes", kSecretBytes);
  return file;
}

}  // namespace

std::string_view key_type(Role role) {
  switch (role) {
    case Role::device:
      return "device-ed25519";
    case Role::receiver:
      return "receiver-x25519";
    case Role::signer:
      break;
  }
  return "model-signer-ed25519";
}

std::string utc_text(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  char text[64] = {};
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::string to_base64(ByteSpan bytes) {
  std::string out(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), raw(bytes.data()), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();  // its terminating zero
  return out;
}

Result<PublicKey> parse_base64_key(std::string_view text) {
  PublicKey key;
  if (!decode_base64(text, key))
    return fail(Errc::bad_format, "'{}' is not the base64 form of 32 bytes", text.substr(0, 60));
  return key;
}

Result<SecretKeyFile> load_secret_key(const std::filesystem::path& path, Role role) {
  const Secret text = LC_TRY(read_checked(path, Privacy::secret, kMaxKeyFileBytes));
  auto file = parse_secret_key(as_text(text.reveal()), role);
  if (!file) return within(path.string(), std::move(file).error());
  return file;
}

Result<> save_secret_key(const std::filesystem::path& path, Role role, std::string_view name,
                         const Secret& secret, const Passphrase* passphrase) {
  LC_EXPECT(secret.size() == kSecretBytes, "a secret key has 32 bytes");
  if (passphrase != nullptr) return save_locked(path, role, name, secret, *passphrase);
  const std::string head = fmt::format("{}\ntype: {}\nname: {}\ncreated: {}\nsecret: ", kSecretTitle,
                                       key_type(role), name, utc_text(std::time(nullptr)));
  const std::size_t lines_size = head.size() + kBase64Chars + 1;
  constexpr std::size_t kCheckLine = 7 + 16 + 1;
  const Secret text = LC_TRY(Secret::make(lines_size + kCheckLine, [&](std::span<std::byte> out) {
    auto* at = reinterpret_cast<char*>(out.data());
    std::memcpy(at, head.data(), head.size());
    sodium_bin2base64(at + head.size(), kBase64Chars + 1, raw(secret.reveal().data()), kSecretBytes,
                      sodium_base64_VARIANT_ORIGINAL);
    at[lines_size - 1] = '\n';
    const std::string check = "check: " + check_of({at, lines_size}) + "\n";
    std::memcpy(at + lines_size, check.data(), check.size());
  }));
  return create_checked(path, text.reveal(), Privacy::secret);
}

std::string public_key_text(const PublicIdentity& identity) {
  const std::string lines = fmt::format(
      "{}\ntype: {}\nname: {}\ncreated: {}\nsuites: {}\npublic: {}\n", kPublicTitle, key_type(identity.role),
      identity.name, utc_text(std::time(nullptr)), identity.suites.text(), to_base64(identity.key));
  return lines + "check: " + check_of(lines) + "\n";
}

Result<PublicIdentity> parse_public_key(std::string_view text) {
  if (text.substr(0, text.find('\n')) == kSecretTitle)
    return fail(Errc::refused,
                "this is a secret key file; it must not leave its machine. Use the .pub file beside it");
  Lines lines = LC_TRY(Lines::open(text, kPublicTitle));
  PublicIdentity identity;
  const std::string_view type = LC_TRY(lines.next("type"));
  for (const Role role : {Role::receiver, Role::signer})
    if (type == key_type(role)) identity.role = role;
  if (identity.role == Role::device) LC_TRY(expect_type(type, Role::device));
  identity.name = std::string(LC_TRY(lines.next("name")));
  LC_TRY(check_name(identity.name));
  LC_TRY(lines.next("created"));
  identity.suites = LC_TRY(SuiteSet::parse(LC_TRY(lines.next("suites"))));
  identity.key = LC_TRY(parse_base64_key(LC_TRY(lines.next("public"))));
  LC_TRY(lines.finish());
  LC_TRY(check_key(identity.role, identity.key));
  return identity;
}

Result<PublicIdentity> load_public_key(const std::filesystem::path& path) {
  Bytes text = LC_TRY(load_file(path, kMaxKeyFileBytes));
  auto identity = parse_public_key(as_text(text));
  wipe(text);  // somebody may have named a secret key file by mistake
  if (!identity) return within(path.string(), std::move(identity).error());
  return identity;
}

}  // namespace lc::seal
