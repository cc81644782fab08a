// libFuzzer: any bytes as the manifest of a classifier, whose files lie beside it.
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/file.h"
#include "classify/manifest.h"
#include "support/classifier_bundle.h"

namespace {

// A private folder, made once and removed when the process ends.
struct Colours {
  Colours() {
    std::string name = (std::filesystem::temp_directory_path() / "latentcast-fuzz-XXXXXX").string();
    if (!::mkdtemp(name.data())) std::abort();
    dir = name;
    bundle = lc::test::make_classifier_bundle(dir);
  }
  ~Colours() {
    std::error_code ignored;
    std::filesystem::remove_all(dir, ignored);
  }
  std::filesystem::path dir, bundle;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Colours colours;
  if (!lc::save_file(colours.bundle / "manifest.yaml", {reinterpret_cast<const std::byte*>(data), size})) std::abort();
  if (const auto bundle = lc::codec::Bundle::load(colours.bundle)) (void)lc::classify::Manifest::read(**bundle);
  return 0;
}
