#include "seal/keyring.h"

#include <array>
#include <cstdlib>
#include <string>

#include "seal/checked_file.h"
#include "seal/key_file.h"

namespace lc::seal {
namespace fs = std::filesystem;

fs::path KeyRing::default_folder() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  if (config != nullptr && fs::path(config).is_absolute()) return fs::path(config) / "latentcast" / "keys";
  const char* home = std::getenv("HOME");
  return fs::path(home != nullptr && *home != '\0' ? home : "/") / ".config" / "latentcast" / "keys";
}

Result<KeyRing> KeyRing::open(const fs::path& folder) {
  KeyRing ring(folder.empty() ? default_folder() : folder);
  LC_TRY(ready());
  std::error_code error;
  if (!fs::is_directory(ring.folder_, error))
    return fail(Errc::not_found, "{}: no key ring here; make one: {}, or {}", ring.folder_.string(),
                ring.keygen("--device NAME"), ring.keygen("--receiver NAME"));
  LC_TRY(ensure_private_folder(ring.folder_));
  return ring;
}

Result<KeyRing> KeyRing::create(const fs::path& folder) {
  KeyRing ring(folder.empty() ? default_folder() : folder);
  LC_TRY(ready());
  LC_TRY(ensure_private_folder(ring.folder_));
  return ring;
}

fs::path KeyRing::secret_file(Role role) const { return folder_ / (std::string(to_string(role)) + ".key"); }
fs::path KeyRing::public_file(Role role) const { return folder_ / (std::string(to_string(role)) + ".pub"); }
fs::path KeyRing::list_file(Role role) const { return folder_ / (std::string(to_string(role)) + "s.list"); }

std::string KeyRing::keygen(std::string_view arguments) const {
  return fmt::format("latentcast keygen {} --keyring {}", arguments, folder_.string());
}

Result<SigningIdentity> KeyRing::signing(Role role) const {
  auto own = SigningIdentity::load(role, secret_file(role));
  if (!own && own.error().code == Errc::not_found)
    return fail(Errc::not_found, "{}: no {} key; make one: {}", secret_file(role).string(), to_string(role),
                keygen(fmt::format("--{} NAME", to_string(role))));
  return own;
}

Result<ReceiverIdentity> KeyRing::receiver() const {
  auto receiver = ReceiverIdentity::load(secret_file(Role::receiver));
  if (!receiver && receiver.error().code == Errc::not_found)
    return fail(Errc::not_found, "{}: no receiver key; make one: {}", secret_file(Role::receiver).string(),
                keygen("--receiver NAME"));
  return receiver;
}

Result<std::string> KeyRing::list_text(Role role) const {
  const auto content = read_checked(list_file(role), Privacy::pinned, kMaxListFileBytes);
  if (content) return std::string(as_text(content->reveal()));
  // None and empty are the same: nobody is trusted.
  if (content.error().code == Errc::not_found || content.error().code == Errc::bad_format)
    return std::string();
  return tl::unexpected<Error>(content.error());
}

namespace {

template <class Pinned, class Parse>
Result<std::vector<Pinned>> parse_anew(std::string text, ParsedList<Pinned>* last, Parse parse) {
  if (last != nullptr && !last->entries.empty() && last->text == text) return last->entries;
  auto list = parse(text);
  if (list && last != nullptr) *last = {std::move(text), *list};
  return list;
}

}  // namespace

Result<std::vector<PinnedReceiver>> KeyRing::receivers(std::int64_t now_s, ParsedList<PinnedReceiver>* last) const {
  const fs::path file = list_file(Role::receiver);
  auto list = parse_anew(LC_TRY(list_text(Role::receiver)), last, parse_receivers);
  if (!list) return within(file.string(), std::move(list).error());
  if (list->empty())
    return fail(Errc::no_key, "{}: no receiver is pinned, so nobody could open the stream; {}", file.string(),
                keygen("--pin RECEIVER.pub"));
  std::vector<PinnedReceiver> current;
  for (PinnedReceiver& receiver : *list)
    if (!receiver.not_after_s || *receiver.not_after_s >= now_s) current.push_back(std::move(receiver));
  if (current.empty())
    return fail(Errc::no_key, "{}: every receiver is past its not-after day; edit the list", file.string());
  return current;
}

Result<std::vector<PinnedDevice>> KeyRing::devices(ParsedList<PinnedDevice>* last) const {
  const fs::path file = list_file(Role::device);
  auto list = parse_anew(LC_TRY(list_text(Role::device)), last, parse_devices);
  if (!list) return within(file.string(), std::move(list).error());
  if (list->empty())
    return fail(Errc::no_key, "{}: no device is pinned, so no stream would be believed; {}", file.string(),
                keygen("--pin DEVICE.pub"));
  return list;
}

Result<std::vector<PinnedSigner>> KeyRing::signers() const {
  auto list = parse_signers(LC_TRY(list_text(Role::signer)));
  if (!list) return within(list_file(Role::signer).string(), std::move(list).error());
  return list;
}

Result<PublicIdentity> KeyRing::generate(Role role, std::string_view name, const Passphrase* passphrase) const {
  PublicIdentity identity;
  if (role == Role::receiver) {
    const ReceiverIdentity receiver = LC_TRY(ReceiverIdentity::generate(std::string(name)));
    LC_TRY(receiver.save(secret_file(role), passphrase));
    identity = receiver.identity();
  } else {
    const SigningIdentity signing = LC_TRY(SigningIdentity::generate(role, std::string(name)));
    LC_TRY(signing.save(secret_file(role), passphrase));
    identity = signing.identity();
  }
  LC_TRY(replace_checked(public_file(role), as_bytes(public_key_text(identity)), Privacy::pinned));
  return identity;
}

Result<PublicIdentity> KeyRing::identity(Role role) const {
  const auto own = [&]() -> Result<PublicIdentity> {
    if (role == Role::receiver) return LC_TRY(receiver()).identity();
    return LC_TRY(signing(role)).identity();
  }();
  if (own || own.error().code != Errc::no_key) return own;
  const PublicIdentity said = LC_TRY(load_public_key(public_file(role)));
  if (said.role != role)
    return fail(Errc::bad_format, "{}: is the key of a {}", public_file(role).string(), to_string(said.role));
  return said;
}

Result<bool> KeyRing::pin(const PublicIdentity& identity, std::string_view options) const {
  LC_TRY(check_name(identity.name));
  LC_TRY(check_key(identity.role, identity.key));
  const fs::path file = list_file(identity.role);
  const FileLock lock = LC_TRY(FileLock::take(folder_ / ".lock"));
  std::string text = LC_TRY(list_text(identity.role));
  const auto pinned = [&](const auto& list) -> Result<bool> {
    if (!list) return within(file.string(), list.error());
    for (const auto& entry : *list) {
      if (entry.key == identity.key) return true;
      if (entry.name == identity.name)
        return fail(Errc::refused,
                    "{}: has another key of the name '{}'; remove that line first if the old key is gone",
                    file.string(), identity.name);
    }
    return false;
  };
  const bool is_there = identity.role == Role::receiver ? LC_TRY(pinned(parse_receivers(text)))
                        : identity.role == Role::device ? LC_TRY(pinned(parse_devices(text)))
                                                        : LC_TRY(pinned(parse_signers(text)));
  if (is_there) return false;
  if (!text.empty() && text.back() != '\n') text += '\n';
  text += list_line(identity, options);
  LC_TRY(check_list(identity.role, text));
  LC_TRY(replace_checked(file, as_bytes(text), Privacy::pinned));
  return true;
}

Result<> KeyRing::revoke(Role role, std::string_view name) const {
  const fs::path file = list_file(role);
  const FileLock lock = LC_TRY(FileLock::take(folder_ / ".lock"));
  const auto text = without_line(role, LC_TRY(list_text(role)), name);
  if (!text) return fail(Errc::not_found, "{}: has no {} '{}'", file.string(), to_string(role), name);
  if (const auto good = check_list(role, *text); !good) return within(file.string(), good.error());
  // An empty file would read as a damaged one; a comment says that nobody is left.
  return replace_checked(file, as_bytes(text->empty() ? "# nobody\n" : *text), Privacy::pinned);
}

Result<> KeyRing::request_rotation() const {
  LC_TRY(ensure_private_folder(folder_ / "state"));
  std::array<std::byte, 16> token;
  fill_random(token);
  return replace_checked(folder_ / "state" / "rotate", as_bytes(to_hex(token) + "\n"), Privacy::pinned);
}

std::string KeyRing::rotation_token() const {
  const auto content = read_checked(folder_ / "state" / "rotate", Privacy::pinned, kMaxKeyFileBytes);
  return content ? std::string(as_text(content->reveal())) : std::string();
}

}  // namespace lc::seal
