#include "seal/checked_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/descriptor.h"

namespace lc::seal {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& path) {
  const fs::path folder = path.parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

tl::unexpected<Error> system_error(const fs::path& path, int error) {
  const Errc code = error == ENOENT || error == ENOTDIR                   ? Errc::not_found
                    : error == EACCES || error == EPERM || error == EROFS ? Errc::refused
                                                                          : Errc::unavailable;
  return fail(code, "{}: {}", path.string(), std::strerror(error));
}

bool is_trusted_owner(uid_t owner) { return owner == ::geteuid() || owner == 0; }

Result<> check_folder(const fs::path& folder, int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return system_error(folder, errno);
  if (!is_trusted_owner(info.st_uid))
    return fail(Errc::refused,
                "{}: this folder belongs to another user (uid {}), who could exchange the keys in it",
                folder.string(), info.st_uid);
  if ((info.st_mode & 022) != 0 && (info.st_mode & S_ISVTX) == 0)
    return fail(Errc::refused,
                "{}: others could exchange the keys in this folder (mode {:04o}); run: chmod go-w {}",
                folder.string(), info.st_mode & 07777, folder.string());
  return {};
}

Result<Descriptor> open_folder(const fs::path& folder) {
  Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return system_error(folder, errno);
  LC_TRY(check_folder(folder, fd.get()));
  return fd;
}

Result<std::size_t> check_file(const fs::path& path, int fd, Privacy privacy, std::size_t limit) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return system_error(path, errno);
  const std::string name = path.string();
  if (!S_ISREG(info.st_mode)) return fail(Errc::refused, "{}: not a regular file", name);
  if (!is_trusted_owner(info.st_uid))
    return fail(Errc::refused, "{}: belongs to another user (uid {}); run as that user, or: sudo chown {} {}",
                name, info.st_uid, ::geteuid(), name);
  const mode_t forbidden = privacy == Privacy::secret ? 077 : 022;
  if ((info.st_mode & forbidden) != 0)
    return fail(Errc::refused, "{}: others can {} this file (mode {:04o}); run: chmod {} {}", name,
                privacy == Privacy::secret ? "read or write" : "write", info.st_mode & 07777,
                privacy == Privacy::secret ? "600" : "go-w", name);
  if (info.st_nlink != 1)
    return fail(Errc::refused, "{}: has {} names (hard links); keep one copy: cp {} {}.new && mv {}.new {}",
                name, info.st_nlink, name, name, name, name);
  if (info.st_size == 0) return fail(Errc::bad_format, "{}: is empty", name);
  if (static_cast<std::uint64_t>(info.st_size) > limit)
    return fail(Errc::unsupported, "{}: has {} bytes, at most {} were expected", name, info.st_size, limit);
  return static_cast<std::size_t>(info.st_size);
}

// Reads exactly `out`, and nothing may follow.
Result<> read_all(const fs::path& path, int fd, std::span<std::byte> out) {
  std::size_t used = 0;
  for (;;) {
    std::byte beyond{};
    const bool full = used == out.size();
    const ssize_t got = full ? ::read(fd, &beyond, 1) : ::read(fd, out.data() + used, out.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(path, errno);
    if (full && got == 0) return {};
    if (full || got == 0)
      return fail(Errc::unavailable, "{}: changed while it was read; try again", path.string());
    used += static_cast<std::size_t>(got);
  }
}

Result<> write_all(const fs::path& path, int fd, ByteSpan content, Privacy privacy) {
  for (std::size_t written = 0; written < content.size();) {
    const ssize_t count = ::write(fd, content.data() + written, content.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(path, errno);
    written += static_cast<std::size_t>(count);
  }
  if (::fchmod(fd, privacy == Privacy::secret ? 0600 : 0644) != 0 || ::fsync(fd) != 0)
    return system_error(path, errno);
  return {};
}

}  // namespace

Result<Secret> read_checked(const fs::path& path, Privacy privacy, std::size_t limit) {
  const Descriptor folder = LC_TRY(open_folder(folder_of(path)));
  const Descriptor file(
      ::openat(folder.get(), path.filename().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.get() < 0 && errno == ELOOP)
    return fail(Errc::refused, "{}: is a symbolic link; name the file itself", path.string());
  if (file.get() < 0) return system_error(path, errno);
  const std::size_t size = LC_TRY(check_file(path, file.get(), privacy, limit));
  Result<> read;
  Secret content =
      LC_TRY(Secret::make(size, [&](std::span<std::byte> out) { read = read_all(path, file.get(), out); }));
  LC_TRY(std::move(read));
  return content;
}

Result<> create_checked(const fs::path& path, ByteSpan content, Privacy privacy) {
  const Descriptor folder = LC_TRY(open_folder(folder_of(path)));
  const std::string name = path.filename().string();
  const Descriptor file(
      ::openat(folder.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.get() < 0 && errno == EEXIST)
    return fail(Errc::refused, "{}: exists already; move it away first if it is to be replaced",
                path.string());
  if (file.get() < 0) return system_error(path, errno);
  if (auto written = write_all(path, file.get(), content, privacy); !written) {
    ::unlinkat(folder.get(), name.c_str(), 0);
    return written;
  }
  if (::fsync(folder.get()) != 0) return system_error(path, errno);
  return {};
}

Result<> replace_checked(const fs::path& path, ByteSpan content, Privacy privacy) {
  const Descriptor folder = LC_TRY(open_folder(folder_of(path)));
  std::string temporary = path.string() + ".XXXXXX";
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) return system_error(path, errno);
  auto done = write_all(path, file.get(), content, privacy);
  if (done && ::rename(temporary.c_str(), path.c_str()) != 0) done = system_error(path, errno);
  if (!done) {
    ::unlink(temporary.c_str());
    return done;
  }
  if (::fsync(folder.get()) != 0) return system_error(path, errno);
  return {};
}

Result<> ensure_private_folder(const fs::path& named) {
  const fs::path path = named.has_filename() ? named : named.parent_path();  // "keys/" is "keys"
  std::error_code error;
  if (!fs::exists(path, error)) {
    if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
    if (!error && ::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return system_error(path, errno);
  }
  if (error) return fail(Errc::refused, "{}: {}", path.string(), error.message());
  LC_TRY(open_folder(path));
  return {};
}

Result<FileLock> FileLock::take(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return system_error(path, errno);
  FileLock lock(fd);
  while (::flock(fd, LOCK_EX) != 0)
    if (errno != EINTR) return system_error(path, errno);
  return lock;
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace lc::seal
