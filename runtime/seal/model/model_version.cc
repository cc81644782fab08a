#include "seal/model/model_version.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "seal/checked_file.h"

namespace lc::seal {
namespace {

constexpr std::string_view kTitle = "latentcast-model v1 ";
constexpr std::pair<FileRole, const char*> kNetworks[] = {
    {FileRole::encoder, "encoder"}, {FileRole::decoder, "decoder"}, {FileRole::classifier, "classifier"}};

// "latentcast-model v1 VERSION\n"; 0 where there is no file.
Result<std::uint64_t> seen_version(const std::filesystem::path& path) {
  const auto content = read_checked(path, Privacy::pinned, kMaxKeyFileBytes);
  if (!content && content.error().code == Errc::not_found) return 0;
  if (!content && content.error().code != Errc::bad_format) return tl::unexpected<Error>(content.error());
  const std::string_view text = content ? as_text(content->reveal()) : std::string_view();
  std::uint64_t version = 0;
  if (text.starts_with(kTitle)) {
    const auto [end, error] = std::from_chars(text.data() + kTitle.size(), text.data() + text.size(), version);
    if (error == std::errc() && std::string_view(end, text.data() + text.size()) == "\n") return version;
  }
  return fail(Errc::corrupt,
              "{}: is damaged, so nobody knows which version of the model was used last; look at the model with "
              "'latentcast models verify', then remove this file",
              path.string());
}

}  // namespace

ModelVersion::ModelVersion(std::filesystem::path state, const ModelManifest& manifest)
    : state_(std::move(state)), version_(manifest.version) {
  const auto name = [&](const char* network) {
    return state_ / fmt::format("model-{}-{}-{}", to_hex(device_id(manifest.signer)), to_hex(manifest.model), network);
  };
  for (const auto& [role, network] : kNetworks)
    if (manifest.has(role)) files_.push_back(name(network));
  if (files_.empty()) files_.push_back(name("other"));
}

// Whether this very version was used last.
Result<bool> ModelVersion::is_known() const {
  bool is_known = true;
  for (const auto& file : files_) {
    const auto seen = LC_TRY(seen_version(file));
    if (version_ < seen)
      return fail(Errc::refused, "is version {}, and version {} was used here before; fetch the newer one", version_,
                  seen);
    is_known &= seen == version_;
  }
  return is_known;
}

Result<> ModelVersion::check() const {
  LC_TRY(is_known());
  return {};
}

Result<> ModelVersion::remember() const {
  if (LC_TRY(is_known())) return {};  // also where nothing can be written
  const auto write = [&]() -> Result<> {
    LC_TRY(ensure_private_folder(state_));
    const FileLock lock = LC_TRY(FileLock::take(state_ / "lock"));
    LC_TRY(is_known());
    for (const auto& file : files_)
      LC_TRY(replace_checked(file, as_bytes(fmt::format("{}{}\n", kTitle, version_)), Privacy::secret));
    return {};
  };
  const auto written = write();
  if (written) return {};
  LC_TRY(is_known());  // another process was first, with a later one
  return fail(written.error().code,
              "its version {} cannot be remembered, so an earlier one could take its place unnoticed; use it once "
              "where the key ring can be written to, or let this user write to {} ({})",
              version_, state_.string(), written.error().text);
}

}  // namespace lc::seal
