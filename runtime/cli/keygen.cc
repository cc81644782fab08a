#include "cli/keygen.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "cli/commands.h"
#include "cli/keys.h"
#include "cli/target.h"
#include "seal/key_file.h"
#include "seal/keyring.h"
#include "seal/secret.h"

namespace lc::cli {
namespace {

using seal::KeyRing;
using seal::PublicIdentity;
using seal::Role;

// Who has to trust a key of that role.
std::string_view other(Role role) { return role == Role::receiver ? "device" : "receiver"; }

Result<> make(const KeyRing& ring, Role role, const std::string& name, bool has_both_ends,
              const seal::Passphrase* passphrase) {
  const PublicIdentity made = LC_TRY(ring.generate(role, name, passphrase));
  std::cout << "made " << seal::to_string(role) << " key '" << made.name << "' in " << ring.folder().string()
            << "\n"
            << "  fingerprint  " << seal::fingerprint(role, made.key) << "\n";
  if (has_both_ends) return {};
  std::cout << "  next: copy " << ring.public_file(role).string() << " to the " << other(role)
            << "'s machine, compare the fingerprint there, and run:\n"
            << "        latentcast keygen --pin " << seal::to_string(role) << ".pub\n";
  return {};
}

Result<> pin(const KeyRing& ring, const PublicIdentity& identity) {
  const bool is_new = LC_TRY(ring.pin(identity));
  std::cout << (is_new ? "pinned " : "was pinned already: ") << seal::to_string(identity.role) << " '"
            << identity.name << "' in "
            << (ring.folder() / (std::string(seal::to_string(identity.role)) + "s.list")).string() << "\n"
            << "  fingerprint  " << seal::fingerprint(identity.role, identity.key) << "\n";
  if (is_new && identity.role == Role::receiver)
    std::cout << "  next: start the device's pipeline; one that runs already notices within a second\n";
  return {};
}

Result<> work(const KeygenOptions& options) {
  const std::pair<Role, std::string> wanted[] = {
      {Role::device, options.device}, {Role::receiver, options.receiver}, {Role::signer, options.signer}};
  const bool makes_any = std::any_of(std::begin(wanted), std::end(wanted), [](const auto& w) { return !w.second.empty(); });
  if (!makes_any && options.pins.empty()) return show_keys(options.keyring);
  // All files are read before anything is made: a misspelt one leaves no half-done key ring.
  std::vector<PublicIdentity> pins;
  for (const std::string& file : options.pins) pins.push_back(LC_TRY(seal::load_public_key(file)));
  const KeyRing ring = LC_TRY(KeyRing::create(options.keyring));
  const bool has_both_ends = !options.device.empty() && !options.receiver.empty();
  std::optional<seal::Passphrase> passphrase;
  if (makes_any)
    if (auto given = LC_TRY(options.passphrase.get("new passphrase of the keys", true)))
      passphrase.emplace(*std::move(given));
  for (const auto& [role, name] : wanted)
    if (!name.empty()) LC_TRY(make(ring, role, name, has_both_ends, passphrase ? &*passphrase : nullptr));
  if (has_both_ends) {
    // Both ends on one machine, as in a loopback: they may trust each other.
    pins.push_back(LC_TRY(ring.identity(Role::device)));
    pins.push_back(LC_TRY(ring.identity(Role::receiver)));
  }
  for (const PublicIdentity& identity : pins) LC_TRY(pin(ring, identity));
  if (!seal::secrets_are_locked())
    std::cerr
        << "latentcast: warning: keys could not be locked in memory and may reach swap; raise 'ulimit -l'\n";
  return {};
}

}  // namespace

int keygen(const KeygenOptions& options) {
  if (const auto done = work(options); !done) {
    complain(done.error());
    return done.error().code == Errc::invalid_config ? kUsage : kFailed;
  }
  return kOk;
}

void add_keygen(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<KeygenOptions>();
  CLI::App* command =
      app.add_subcommand("keygen", "make keys, and pin those of the other side; alone: show the key ring");
  command->add_option("--keyring", options->keyring, "folder of the keys; default: ~/.config/latentcast/keys")
      ->type_name("FOLDER");
  command->add_option("--device", options->device, "make a device key of this name: the camera side")
      ->type_name("NAME");
  command->add_option("--receiver", options->receiver, "make a receiver key of this name: the viewing side")
      ->type_name("NAME");
  command->add_option("--signer", options->signer, "make a key of this name that signs models")->type_name("NAME");
  options->passphrase.add_to(*command);
  command
      ->add_option("--pin", options->pins,
                   "trust the key in this .pub file of the other side; may be given again")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  command->footer(
      "A device seals to the receivers that it has pinned; a receiver believes the devices that it has "
      "pinned.\n"
      "  at the camera:  latentcast keygen --device camera1        then carry device.pub to the receiver\n"
      "  at the viewer:  latentcast keygen --receiver desk --pin device.pub    then carry receiver.pub back\n"
      "  at the camera:  latentcast keygen --pin receiver.pub\n"
      "With --device and --receiver together, both ends are on this machine and pin each other.");
  command->callback([options, &exit_code] { exit_code = keygen(*options); });
}

}  // namespace lc::cli
