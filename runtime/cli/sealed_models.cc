#include "cli/sealed_models.h"

#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <memory>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/passphrase_options.h"
#include "cli/target.h"
#include "codec/bundle.h"
#include "seal/clock.h"
#include "seal/key_file.h"
#include "seal/model/sealed_model.h"

namespace lc::cli {
namespace {

using codec::Bundle;
using seal::FileRole;
using seal::KeyRing;
using seal::ModelFiles;
using seal::ModelManifest;
namespace fs = std::filesystem;

constexpr char kDescription[] = "manifest.yaml";

std::string list_name(const std::string& role) { return role.empty() ? "signed.list" : "signed-" + role + ".list"; }

// What a list is called by the networks in it.
std::string role_word(const ModelManifest& manifest) {
  if (manifest.has(FileRole::encoder) == manifest.has(FileRole::decoder)) return {};
  return manifest.has(FileRole::encoder) ? "encoder" : "decoder";
}

// The files of a bundle that this role needs.
Result<ModelFiles> files_of(const Bundle& bundle, const std::string& role) {
  ModelFiles out;
  const ByteSpan manifest = bundle.manifest_text();
  out.emplace(kDescription, Bytes(manifest.begin(), manifest.end()));
  for (const auto& [name, content] : bundle.files()) {
    const FileRole is = seal::role_of(name);
    if ((is == FileRole::encoder && role == "decoder") || (is == FileRole::decoder && role == "encoder")) continue;
    out.emplace(name, content);
  }
  if (!role.empty() && !out.contains(role + ".onnx"))
    return fail(Errc::not_found, "{}: has no {}.onnx, so nobody could use it as {}", bundle.path().string(), role,
                role);
  return out;
}

Result<ModelManifest> statement(const SealedModelOptions& options, const Bundle& bundle,
                                const seal::PublicKey& signer) {
  ModelManifest what;
  what.model = seal::model_id(signer, bundle.name());
  const std::uint64_t now_ms = seal::Clock::system().wall_ms();
  what.version = options.version.value_or(now_ms);
  if (!options.not_after.empty()) {
    const auto day = seal::parse_day(options.not_after);
    if (!day) return fail(Errc::invalid_config, "--{}", day.error().text);
    what.not_after_ms = static_cast<std::uint64_t>(*day) * 1000;
    if (what.not_after_ms < now_ms)
      return fail(Errc::invalid_config, "--not-after: {} is past, so nobody could use it", options.not_after);
  }
  return what;
}

Result<Bytes> sign_now(const SealedModelOptions& options, const Bundle& bundle, const ModelFiles& files) {
  const seal::SigningIdentity signer = LC_TRY(LC_TRY(KeyRing::open(options.keyring)).signer());
  return seal::sign_model(signer, LC_TRY(statement(options, bundle, signer.identity().key)), files);
}

// The list that somebody signed for these files before, or one that is signed now.
Result<Bytes> signed_list(const SealedModelOptions& options, const Bundle& bundle, const ModelFiles& files) {
  const fs::path path = bundle.path() / list_name(options.role);
  auto list = load_file(path, seal::kModelChunkBytes);
  if (!list && list.error().code == Errc::not_found) return sign_now(options, bundle, files);
  if (!list) return list;
  if (options.version || !options.not_after.empty())
    return fail(Errc::invalid_config, "{}: is signed already; --model-version and --not-after belong to 'models sign'",
                path.string());
  const auto unpacked = seal::unpack_signed_list(*list);
  if (!unpacked) return within(path.string(), unpacked.error());
  if (auto same = seal::compare(unpacked->manifest, files); !same)
    return fail(Errc::refused, "{}: {}; sign it again: latentcast models sign", path.string(), same.error().text);
  return list;
}

Result<> write_new(const fs::path& path, ByteSpan content) {
  const auto saved = save_new_file(path, content);
  if (!saved && saved.error().code == Errc::invalid_config)
    return fail(Errc::invalid_config, "{}; name another one with --output", saved.error().text);
  return saved;
}

// What is wrong with the text of a version; nothing if it is one.
std::string version_fault(const std::string& text) {
  std::int64_t version = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, version);
  if (error == std::errc() && stop == end && version > 0 && text[0] != '0') return {};
  return fmt::format("--model-version: a whole number from 1 to 2^63-1 is expected, found '{}'", text);
}

void tell(const ModelManifest& manifest, const std::string& signer) {
  const std::string role = role_word(manifest);
  std::cout << fmt::format(
      "  signed by    {}\n  fingerprint  {}\n  version      {}\n  usable       {}\n  as           {}\n", signer,
      seal::fingerprint(seal::Role::signer, manifest.signer), manifest.version,
      manifest.not_after_ms == 0 ? "for ever"
                                 : "until " + seal::utc_text(static_cast<std::int64_t>(manifest.not_after_ms / 1000)),
      !role.empty()                        ? role
      : manifest.has(FileRole::classifier) ? "classifier"
                                           : "encoder and decoder");
  for (const auto& file : manifest.files) std::cout << fmt::format("  {:<20} {:>9} bytes\n", file.name, file.size);
}

// Each list in the folder against the signers that this key ring trusts.
Result<> verify_folder(const fs::path& path, const KeyRing& ring) {
  const auto bundle = LC_TRY(Bundle::load(codec::BundleSource::folder(path)));
  const auto trust = LC_TRY(seal::ModelTrust::of(ring, seal::Clock::system().wall_ms()));
  int lists = 0;
  for (const std::string role : {"", "encoder", "decoder"}) {
    const fs::path file = path / list_name(role);
    const auto list = load_file(file, seal::kModelChunkBytes);
    if (!list && list.error().code == Errc::not_found) continue;
    if (!list) return tl::unexpected<Error>(list.error());
    const auto work = [&]() -> Result<> {
      const auto unpacked = LC_TRY(seal::unpack_signed_list(*list));
      const std::string signer = LC_TRY(trust.check(unpacked));
      LC_TRY(seal::compare(unpacked.manifest, LC_TRY(files_of(*bundle, role))));
      std::cout << "good: " << file.string() << "\n";
      tell(unpacked.manifest, signer);
      return {};
    };
    if (auto done = work(); !done) return within(file.string(), std::move(done).error());
    ++lists;
  }
  if (lists == 0)
    return fail(Errc::refused, "{}: its files are as its manifest says, but nobody signed them: latentcast models sign",
                path.string());
  return {};
}

int exit_of(const Result<>& done) {
  if (done) return kOk;
  complain(done.error());
  return done.error().code == Errc::invalid_config ? kUsage : kFailed;
}

}  // namespace

Result<> sign_bundle(const SealedModelOptions& options) {
  const auto bundle = LC_TRY(Bundle::load(options.model));
  const ModelFiles files = LC_TRY(files_of(*bundle, options.role));
  const Bytes list = LC_TRY(sign_now(options, *bundle, files));
  const fs::path path = bundle->path() / list_name(options.role);
  LC_TRY(save_file(path, list));
  const auto ring = LC_TRY(KeyRing::open(options.keyring));
  std::cout << "signed: " << path.string() << "\n";
  tell(LC_TRY(seal::unpack_manifest(list)).manifest, LC_TRY(ring.identity(seal::Role::signer)).name);
  return {};
}

Result<> seal_bundle(const SealedModelOptions& options) {
  std::vector<seal::PublicIdentity> receivers;
  for (const auto& file : options.receivers) receivers.push_back(LC_TRY(seal::load_public_key(file)));
  const auto path = LC_TRY(codec::find_bundle(options.model));
  Bytes list;
  ModelFiles files;
  std::string name;
  if (codec::is_sealed(path)) {
    // For others than before: what was signed stays signed.
    if (!options.role.empty() || options.version || !options.not_after.empty())
      return fail(Errc::invalid_config, "{}: is signed already, as it is; give --for and --output only", path.string());
    auto opened = LC_TRY(seal::load_model(path, LC_TRY(KeyRing::open(options.keyring))));
    list = std::move(opened.signed_list);
    files = std::move(opened.files);
    name = path.stem().string() + "-sealed";
  } else {
    const auto bundle = LC_TRY(Bundle::load(codec::BundleSource::folder(path)));
    files = LC_TRY(files_of(*bundle, options.role));
    list = LC_TRY(signed_list(options, *bundle, files));
    name = bundle->name() + (options.role.empty() ? "" : "-" + options.role);
  }
  const fs::path output = options.output.empty() ? fs::path(name + ".lcm") : fs::path(options.output);
  if (!codec::is_sealed(output))
    return fail(Errc::invalid_config, "--output: {} does not end in .lcm, so nobody would take it for a model",
                output.string());
  const Bytes sealed = LC_TRY(seal::seal_model(list, files, receivers, seal::Clock::system().wall_ms()));
  LC_TRY(write_new(output, sealed));
  std::cout << fmt::format("sealed: {} ({} bytes)\n", output.string(), sealed.size());
  for (const auto& receiver : receivers)
    std::cout << fmt::format("  for          {}  {}\n", receiver.name, seal::fingerprint(receiver.role, receiver.key));
  const auto manifest = LC_TRY(seal::unpack_manifest(list)).manifest;
  std::cout << "  signed by    " << seal::fingerprint(seal::Role::signer, manifest.signer) << "\n";
  return {};
}

Result<> open_bundle(const SealedModelOptions& options) {
  const auto path = LC_TRY(codec::find_bundle(options.model));
  const KeyRing ring = LC_TRY(KeyRing::open(options.keyring));
  const auto opened = LC_TRY(seal::load_model(path, ring));
  const fs::path folder = options.output.empty() ? path.stem() : fs::path(options.output);
  if (::mkdir(folder.c_str(), 0700) != 0)
    return fail(Errc::invalid_config, "{}: {}", folder.string(),
                errno == EEXIST ? "exists already; name another folder with --output" : std::strerror(errno));
  const auto fill = [&]() -> Result<> {
    for (const auto& [name, content] : opened.files) LC_TRY(save_new_file(folder / name, content, 0600));
    LC_TRY(save_new_file(folder / list_name(role_word(opened.manifest)), opened.signed_list, 0600));
    return seal::ModelVersion::of(ring, opened.manifest).remember();
  };
  if (auto filled = fill(); !filled) {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    return filled;
  }
  std::cout << "opened: " << folder.string() << "\n";
  tell(opened.manifest, opened.signer);
  return {};
}

Result<> verify_bundle(const SealedModelOptions& options) {
  const auto path = LC_TRY(codec::find_bundle(options.model));
  const KeyRing ring = LC_TRY(KeyRing::open(options.keyring));
  if (!codec::is_sealed(path)) return verify_folder(path, ring);
  const auto opened = LC_TRY(seal::load_model(path, ring));
  std::cout << "good: " << path.string() << "\n";
  tell(opened.manifest, opened.signer);
  return {};
}

void add_sealed_models(CLI::App& models, int& exit_code) {
  const auto options = std::make_shared<SealedModelOptions>();
  const auto command = [&, options](const char* name, const char* help, auto work) {
    CLI::App* sub = models.add_subcommand(name, help);
    sub->add_option("model", options->model, "a bundle, by name, folder or sealed file")->required();
    sub->add_option("--keyring", options->keyring, "folder of the keys; default: ~/.config/latentcast/keys")
        ->type_name("FOLDER");
    const auto passphrase = std::make_shared<PassphraseOptions>();
    passphrase->add_to(*sub);
    sub->callback([options, passphrase, work, &exit_code] {
      exit_code = exit_of(passphrase->offer().and_then([&] { return work(*options); }));
    });
    return sub;
  };
  const auto signing = [options](CLI::App* sub) {
    sub->add_option("--role", options->role, "leave out what only the other end needs")
        ->check(CLI::IsMember({"encoder", "decoder"}));
    sub->add_option("--model-version", options->version,
                    "grows from one to the next: who used this one uses no earlier one; default: the time")
        ->check(version_fault, "1 to 2^63-1");
    sub->add_option("--not-after", options->not_after, "the last day of its use, such as 2027-12-31");
  };
  signing(command("sign", "sign the files of a bundle with the signer.key of a key ring", sign_bundle));
  CLI::App* seals = command("seal", "make one file of a bundle that only these receivers can open", seal_bundle);
  signing(seals);
  seals->add_option("--for", options->receivers, "the receiver.pub of who may open it; may be given again")
      ->required()
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  seals->add_option("--output,-o", options->output, "the file; default: NAME.lcm or NAME-ROLE.lcm here")
      ->type_name("FILE");
  seals->footer(
      "  who makes models:  latentcast keygen --signer lab      then give signer.pub to who uses them\n"
      "  who uses them:     latentcast keygen --receiver desk --pin signer.pub      then give receiver.pub back\n"
      "  who makes models:  latentcast models seal FOLDER --for receiver.pub\n"
      "  who uses them:     model=./NAME.lcm, wherever an element or a command takes a model\n"
      "A device that only encodes gets --role encoder. It is no copy protection: who may open a model can copy it.");
  command("open", "make a folder of a sealed bundle again", open_bundle)
      ->add_option("--output,-o", options->output, "the folder; default: the file's name without .lcm, here")
      ->type_name("FOLDER");
  command("verify", "who signed a bundle, and whether it may be used with this key ring", verify_bundle);
}

}  // namespace lc::cli
