// What every test file includes: doctest, skips that are counted and named, the shared data, temporary folders.
//
// A test that cannot run here calls LC_SKIP("reason"); it is listed by name and counted as skipped, never as passed.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"

namespace lc::test {

void note_skip(const std::string& reason);

// The folder with data/ and vectors/ (meson option shared_data, or LATENTCAST_SHARED), where `inside` exists in it.
std::optional<std::filesystem::path> shared(const std::filesystem::path& inside);

// The source tree: models/, configs/, tests/golden ...
std::filesystem::path source_root();

// A private folder under the system's temporary folder, removed with everything in it at the end of the scope.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace lc::test

#define LC_SKIP(reason)             \
  do {                              \
    ::lc::test::note_skip(reason);  \
    return;                         \
  } while (false)

// CHECK(result) prints the sentence of its error.
namespace doctest {
template <class T>
struct StringMaker<tl::expected<T, lc::Error>> {
  static String convert(const tl::expected<T, lc::Error>& result) {
    return result ? String("a value") : String(result.error().text.c_str());
  }
};
}  // namespace doctest
