// libFuzzer: any bytes as the manifest of the toy bundle, whose files lie beside it.
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/file.h"
#include "codec/bundle.h"
#include "support/toy_bundle.h"

namespace {

// A private folder, made once and removed when the process ends.
struct Toy {
  Toy() {
    std::string name = (std::filesystem::temp_directory_path() / "latentcast-fuzz-XXXXXX").string();
    if (!::mkdtemp(name.data())) std::abort();
    dir = name;
    bundle = lc::test::make_toy_bundle(dir);
  }
  ~Toy() {
    std::error_code ignored;
    std::filesystem::remove_all(dir, ignored);
  }
  std::filesystem::path dir, bundle;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Toy toy;
  if (!lc::save_file(toy.bundle / "manifest.yaml", {reinterpret_cast<const std::byte*>(data), size}))
    std::abort();
  (void)lc::codec::Bundle::load(toy.bundle);
  return 0;
}
