// A key ring: a folder with the keys of this machine and the lists of those it trusts.
//
//   device.key  device.pub      identity of the camera side    receivers.list  whom it seals to
//   receiver.key receiver.pub   identity of the viewing side   devices.list    whom it believes
//   signer.key  signer.pub      who signs models               signers.list    whose models it loads
//   state/                      epochs, see epoch.h; and the request for new keys
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "seal/epoch.h"
#include "seal/identity.h"
#include "seal/pinned_list.h"

namespace lc::seal {

// A list as it was last read, for who looks again and again: it is parsed only when its text is another one.
template <class Pinned>
struct ParsedList {
  std::string text;
  std::vector<Pinned> entries;  // empty: not parsed yet
};

class KeyRing {
 public:
  // $XDG_CONFIG_HOME/latentcast/keys, else ~/.config/latentcast/keys.
  static std::filesystem::path default_folder();

  // An empty path means the default folder. The folder must exist, and others must not be able to write to
  // it.
  static Result<KeyRing> open(const std::filesystem::path& folder);
  // The same, but makes the folder if it is not there.
  static Result<KeyRing> create(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }

  // errors  not_found with the keygen command that makes the key or list; refused with the command that mends
  // modes
  Result<SigningIdentity> device() const { return signing(Role::device); }
  Result<SigningIdentity> signer() const { return signing(Role::signer); }
  Result<ReceiverIdentity> receiver() const;
  // At least one; `now_s` (since 1970) leaves out those past their last day.
  Result<std::vector<PinnedReceiver>> receivers(std::int64_t now_s, ParsedList<PinnedReceiver>* last = nullptr) const;
  Result<std::vector<PinnedDevice>> devices(ParsedList<PinnedDevice>* last = nullptr) const;
  Result<std::vector<PinnedSigner>> signers() const;  // none is no error
  Result<EpochStore> epochs() const { return EpochStore::open(folder_ / "state"); }

  // Makes device.key, receiver.key or signer.key and the .pub beside it.
  //   errors  refused: there is one already
  Result<PublicIdentity> generate(Role role, std::string_view name, const Passphrase* passphrase = nullptr) const;
  // The public half of the key that is there; of a key that wants its passphrase, what the .pub file says.
  Result<PublicIdentity> identity(Role role) const;
  std::filesystem::path public_file(Role role) const;
  std::filesystem::path list_file(Role role) const;

  // Adds a key to the list of its role. False: it was there already.
  //   options  further words of its line (pinned_list.h)
  //   errors   refused: another key has that name; bad_format: the options
  Result<bool> pin(const PublicIdentity& identity, std::string_view options = {}) const;
  // Takes the key of that name off a list; a device that runs makes new keys within a second.
  //   errors   not_found
  Result<> revoke(Role role, std::string_view name) const;

  // Asks the senders that run with this key ring for new keys; each notices that the token is another one.
  Result<> request_rotation() const;
  std::string rotation_token() const;  // empty: never asked

 private:
  explicit KeyRing(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Result<SigningIdentity> signing(Role role) const;
  std::filesystem::path secret_file(Role role) const;
  Result<std::string> list_text(Role role) const;
  std::string keygen(std::string_view arguments) const;
  std::filesystem::path folder_;
};

}  // namespace lc::seal
