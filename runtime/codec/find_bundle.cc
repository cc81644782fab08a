#include <algorithm>
#include <cstdlib>

#include "base/suggest.h"
#include "codec/bundle.h"

namespace lc::codec {
namespace {

std::vector<std::filesystem::path> model_folders() {
  std::vector<std::filesystem::path> folders;
  if (const char* set = std::getenv("LATENTCAST_MODELS")) {
    std::string_view rest = set;
    while (!rest.empty()) {
      const std::string_view one = rest.substr(0, rest.find(':'));
      if (!one.empty()) folders.emplace_back(one);
      rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    }
  }
  folders.emplace_back(LC_MODELS_DIR);
  return folders;
}

constexpr char kSealedEnd[] = ".lcm";

bool is_bundle(const std::filesystem::path& path) {
  std::error_code ignored;
  return is_sealed(path) ? std::filesystem::is_regular_file(path, ignored)
                         : std::filesystem::exists(path / "manifest.yaml", ignored);
}

}  // namespace

bool is_sealed(const std::filesystem::path& bundle) { return bundle.extension() == kSealedEnd; }

std::vector<std::filesystem::path> list_bundles() {
  std::vector<std::filesystem::path> found;
  for (const auto& folder : model_folders()) {
    std::error_code ignored;
    for (std::filesystem::directory_iterator at(folder, ignored), end; !ignored && at != end;
         at.increment(ignored))
      if (is_bundle(at->path())) found.push_back(at->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<std::filesystem::path> find_bundle(const std::filesystem::path& name) {
  if (name.empty()) return fail(Errc::invalid_config, "no model is named");
  if (name.string().find('/') != std::string::npos) {
    if (is_bundle(name)) return name;
    return fail(Errc::not_found, "{}: no bundle there (a folder with manifest.yaml, or a sealed file *{})",
                name.string(), kSealedEnd);
  }
  for (const auto& folder : model_folders()) {
    const auto open = folder / name, sealed = folder / (name.string() + kSealedEnd);
    if (is_bundle(open) && is_bundle(sealed))  // anybody may have put the folder before what was signed
      return fail(Errc::refused, "{}: there is also {}, and the two may differ; name one by its path", open.string(),
                  sealed.string());
    if (is_bundle(open)) return open;
    if (is_bundle(sealed)) return sealed;
  }
  std::vector<std::string> known, searched;
  for (const auto& path : list_bundles())
    known.push_back(is_sealed(path) ? path.stem().string() : path.filename().string());
  for (const auto& folder : model_folders()) searched.push_back(folder.string());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  return fail(Errc::not_found, "no model '{}' in {}{}; there {}", name.string(), list_of(searched),
              did_you_mean(name.string(), known),
              known.empty() ? "is none at all; set LATENTCAST_MODELS to a folder of bundles"
                            : "are: " + list_of(known));
}

}  // namespace lc::codec
