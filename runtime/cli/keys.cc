#include "cli/keys.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/target.h"
#include "seal/key_file.h"
#include "seal/keyring.h"

namespace lc::cli {
namespace {

using seal::KeyRing;
using seal::PublicIdentity;
using seal::Role;

constexpr Role kRoles[] = {Role::device, Role::receiver, Role::signer};

struct KeysOptions {
  std::string keyring, file, name, suites, not_after, streams, role;
};

void row(Role role, std::string_view name, const seal::PublicKey& key, const std::string& more) {
  std::cout << fmt::format("{:<9} {:<20} {}{}{}\n", seal::to_string(role), name, seal::fingerprint(role, key),
                           more.empty() ? "" : "  ", more);
}

std::string details(const seal::PinnedReceiver& receiver) {
  std::string more = "suites " + receiver.suites.text();
  if (receiver.not_after_s) more += "  not after " + seal::utc_text(*receiver.not_after_s).substr(0, 10);
  return more;
}
std::string details(const seal::PinnedDevice& device) {
  std::string more = "suites " + device.suites.text();
  for (std::size_t i = 0; i < device.streams.size(); ++i)
    more += fmt::format("{}{}", i == 0 ? "  streams " : ",", device.streams[i]);
  return more;
}
std::string details(const seal::PinnedSigner&) { return {}; }

template <class List>
Result<> list_trusted(const Result<List>& list, Role role) {
  if (!list && list.error().code != Errc::no_key) return tl::unexpected<Error>(list.error());
  if (list)
    for (const auto& entry : *list) row(role, entry.name, entry.key, details(entry));
  return {};
}

Result<> list_keys(const KeyRing& ring) {
  LC_TRY(list_trusted(ring.receivers(0), Role::receiver));
  LC_TRY(list_trusted(ring.devices(), Role::device));
  return list_trusted(ring.signers(), Role::signer);
}

Result<> show_file(const std::filesystem::path& file) {
  const PublicIdentity identity = LC_TRY(seal::load_public_key(file));
  row(identity.role, identity.name, identity.key, identity.role == Role::signer ? "" : "suites " + identity.suites.text());
  return {};
}

Result<> add(const KeysOptions& options) {
  PublicIdentity identity = LC_TRY(seal::load_public_key(options.file));
  if (!options.name.empty()) identity.name = options.name;
  if (!options.suites.empty()) identity.suites = LC_TRY(seal::SuiteSet::parse(options.suites));
  std::string words;
  if (!options.not_after.empty()) words += "not-after=" + options.not_after;
  if (!options.streams.empty()) words += (words.empty() ? "streams=" : " streams=") + options.streams;
  const KeyRing ring = LC_TRY(KeyRing::create(options.keyring));
  const bool is_new = LC_TRY(ring.pin(identity, words));
  std::cout << (is_new ? "trusts " : "is trusted already: ") << seal::to_string(identity.role) << " '" << identity.name
            << "'\n  fingerprint  " << seal::fingerprint(identity.role, identity.key)
            << "\n  read it aloud to whoever gave you the file; if they read another one: latentcast keys revoke "
            << identity.name << "\n";
  return {};
}

// In the list of --role, or in the only one that has the name.
Result<> revoke(const KeysOptions& options) {
  const KeyRing ring = LC_TRY(KeyRing::open(options.keyring));
  std::vector<Role> holders;
  for (const Role role : kRoles) {
    if (!options.role.empty() && options.role != seal::to_string(role)) continue;
    const auto has = [&](const auto& list) {
      return list && std::any_of(list->begin(), list->end(), [&](const auto& e) { return e.name == options.name; });
    };
    const bool has_it = role == Role::receiver ? has(ring.receivers(0))
                        : role == Role::device ? has(ring.devices())
                                               : has(ring.signers());
    if (has_it || !options.role.empty()) holders.push_back(role);
  }
  if (holders.size() > 1)
    return fail(Errc::invalid_config, "'{}' is in more than one list; say which with --role", options.name);
  if (holders.empty())
    return fail(Errc::not_found, "{}: trusts nobody of the name '{}'; see: latentcast keys list",
                ring.folder().string(), options.name);
  LC_TRY(ring.revoke(holders[0], options.name));
  std::cout << "revoked " << seal::to_string(holders[0]) << " '" << options.name << "'\n"
            << (holders[0] == Role::receiver
                    ? "  senders that run make new keys within a second; what it has recorded, it can still open\n"
                : holders[0] == Role::device ? "  receivers that run drop its keys within a second\n"
                                             : "");
  return {};
}

Result<> rotate(const KeysOptions& options) {
  const KeyRing ring = LC_TRY(KeyRing::open(options.keyring));
  LC_TRY(ring.identity(Role::device));
  LC_TRY(ring.request_rotation());
  std::cout << "senders that run with " << ring.folder().string() << " announce a new key now\n";
  return {};
}

int exit_of(const Result<>& done) {
  if (done) return kOk;
  complain(done.error());
  return done.error().code == Errc::invalid_config ? kUsage : kFailed;
}

}  // namespace

Result<> show_keys(const std::filesystem::path& folder) {
  const KeyRing ring = LC_TRY(KeyRing::open(folder));
  std::cout << "key ring " << ring.folder().string() << "\n";
  for (const Role role : kRoles) {
    const auto own = ring.identity(role);
    if (!own && own.error().code == Errc::not_found) continue;
    if (!own) return tl::unexpected<Error>(own.error());
    std::cout << "own ";
    row(role, own->name, own->key, "");
  }
  std::cout << "trusts\n";
  return list_keys(ring);
}

void add_keys(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<KeysOptions>();
  CLI::App* keys = app.add_subcommand("keys", "look at a key ring; trust, revoke, ask for new session keys");
  keys->require_subcommand(1);
  const auto command = [&, options](const char* name, const char* help, auto work) {
    CLI::App* sub = keys->add_subcommand(name, help);
    sub->add_option("--keyring", options->keyring, "folder of the keys; default: ~/.config/latentcast/keys")
        ->type_name("FOLDER");
    sub->callback([options, work, &exit_code] { exit_code = exit_of(work(*options)); });
    return sub;
  };
  command("show", "own keys and trusted ones; with a file: the key in it", [](const KeysOptions& o) {
    return o.file.empty() ? show_keys(o.keyring) : show_file(o.file);
  })->add_option("file", options->file, "a .pub file")->check(CLI::ExistingFile);
  command("list", "whom this key ring trusts, one a line", [](const KeysOptions& o) -> Result<> {
    return list_keys(LC_TRY(KeyRing::open(o.keyring)));
  });
  CLI::App* adds = command("add", "trust the key in a .pub file", [](const KeysOptions& o) { return add(o); });
  adds->add_option("file", options->file, "the .pub file of the other side")->required()->check(CLI::ExistingFile);
  adds->add_option("--name", options->name, "call it so in the list; default: its own name");
  adds->add_option("--suites", options->suites, "cipher suites: what a receiver can open, what a device may use");
  adds->add_option("--not-after", options->not_after, "of a receiver: the last day, such as 2027-12-31");
  adds->add_option("--streams", options->streams, "of a device: the streams that are believed, such as 0,1");
  CLI::App* revokes = command("revoke", "trust a key no more", [](const KeysOptions& o) { return revoke(o); });
  revokes->add_option("name", options->name, "its name in the list")->required();
  revokes->add_option("--role", options->role, "which list")->check(CLI::IsMember({"device", "receiver", "signer"}));
  command("rotate", "let the senders that run with this key ring change to a new key",
          [](const KeysOptions& o) { return rotate(o); });
}

}  // namespace lc::cli
