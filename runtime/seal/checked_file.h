// Files that must not be readable, or not writable, by others: keys, lists of pinned keys, epochs.
//
// The folder is opened first and the file inside it, without following links; everything is asked of the open
// descriptors, so nobody can swap the file between check and use. Refusals name the command that mends them.
#pragma once

#include <filesystem>

#include "base/bytes.h"
#include "seal/secret.h"

namespace lc::seal {

inline constexpr std::size_t kMaxKeyFileBytes = 4096;
inline constexpr std::size_t kMaxListFileBytes = std::size_t{1} << 20;

enum class Privacy {
  secret,  // nobody else may read or write it
  pinned,  // others may read it, nobody else may write it
};

// The whole file, in memory for secrets. The file must be a regular one of at least 1 and at most `limit`
// bytes, owned by this user or root, with one name, in a folder that others cannot write to.
//   errors  not_found, refused (with the remedy), unsupported (too large), bad_format (empty)
Result<Secret> read_checked(const std::filesystem::path& path, Privacy privacy, std::size_t limit);

// Makes a file that must not exist yet; file and folder are on the disk when it returns.
Result<> create_checked(const std::filesystem::path& path, ByteSpan content, Privacy privacy);

// Replaces a file or makes it: temporary file, sync, rename, sync of the folder.
Result<> replace_checked(const std::filesystem::path& path, ByteSpan content, Privacy privacy);

// Makes a folder for this user only, with its parents, or checks the one that is there.
Result<> ensure_private_folder(const std::filesystem::path& path);

// Holds a lock file for its lifetime, so that two processes do not update one file at the same time.
class FileLock {
 public:
  static Result<FileLock> take(const std::filesystem::path& path);
  FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace lc::seal
