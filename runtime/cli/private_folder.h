// A folder that nobody else can read, for the keys and samples of one run; gone with everything in it at the end.
#pragma once

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

#include "base/result.h"

namespace lc::cli {

class PrivateFolder {
 public:
  static Result<PrivateFolder> create() {
    std::error_code error;
    std::string name = (std::filesystem::temp_directory_path(error) / "latentcast-XXXXXX").string();
    if (!::mkdtemp(name.data()))
      return fail(Errc::unavailable, "cannot make a private folder {}: {}", name, std::strerror(errno));
    return PrivateFolder(name);
  }
  PrivateFolder(PrivateFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit PrivateFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace lc::cli
