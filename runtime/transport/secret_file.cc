#include "transport/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/descriptor.h"

namespace lc::transport {
namespace {

Result<> check_owner_and_mode(const std::string& path, const struct stat& info, std::size_t limit) {
  if (!S_ISREG(info.st_mode)) return fail(Errc::refused, "{}: is not a regular file", path);
  if (info.st_uid != ::geteuid() && info.st_uid != 0)
    return fail(Errc::refused, "{}: belongs to another user; chown it to the user who runs this", path);
  if ((info.st_mode & 077) != 0)
    return fail(Errc::refused, "{}: others may read this secret; run: chmod 600 {}", path, path);
  if (info.st_nlink != 1)
    return fail(Errc::refused, "{}: has a second name (hard link); make a copy of its own", path);
  if (info.st_size < 0 || static_cast<std::size_t>(info.st_size) > limit)
    return fail(Errc::unsupported, "{}: has {} bytes, a key file has at most {}", path, info.st_size, limit);
  return {};
}

// Who may write to the folder may put another file in this one's place.
Result<> check_folder(const std::filesystem::path& path) {
  const std::filesystem::path folder =
      path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0)
    return fail(Errc::not_found, "{}: {}", folder.string(), std::strerror(errno));
  if ((info.st_mode & 022) != 0 && (info.st_mode & S_ISVTX) == 0)
    return fail(Errc::refused, "{}: others may write to the folder of a secret; run: chmod go-w {}",
                folder.string(), folder.string());
  return {};
}

}  // namespace

SecretBuffer::~SecretBuffer() { explicit_bzero(bytes_.data(), bytes_.size()); }

void SecretBuffer::append(std::string_view text) {
  const std::size_t count = std::min(text.size(), kCapacity - size_);
  text.copy(bytes_.data() + size_, count);
  size_ += count;
}

Result<> load_secret_file(const std::filesystem::path& path, std::size_t limit, SecretBuffer& content) {
  const std::string name = path.string();
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.get() < 0) {
    const int error = errno;
    if (error == ELOOP) return fail(Errc::refused, "{}: is a symbolic link; name the file itself", name);
    return fail(error == ENOENT ? Errc::not_found : Errc::refused, "{}: {}", name, std::strerror(error));
  }
  // Of the open file, not of its name: nobody can swap it in between.
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return fail(Errc::unavailable, "{}: {}", name, std::strerror(errno));
  LC_TRY(check_owner_and_mode(name, info, std::min(limit, SecretBuffer::kCapacity)));
  LC_TRY(check_folder(path));
  std::array<char, 512> part;
  for (;;) {
    const ssize_t count = ::read(file.get(), part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    const int error = errno;
    if (count > 0) content.append({part.data(), static_cast<std::size_t>(count)});
    explicit_bzero(part.data(), part.size());
    if (count < 0) return fail(Errc::unavailable, "{}: {}", name, std::strerror(error));
    if (count == 0) return {};
  }
}

}  // namespace lc::transport
