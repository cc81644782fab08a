#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>

#include "base/descriptor.h"

namespace lc {

Result<Bytes> load_file(const std::filesystem::path& path, std::size_t limit) {
  // O_NONBLOCK: a named pipe answers at once, and is refused below.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) {
    const int error = errno;
    return fail(error == EACCES ? Errc::refused : Errc::not_found, "{}: {}", path.string(), std::strerror(error));
  }
  struct stat info {};
  if (::fstat(file.get(), &info) != 0 || S_ISDIR(info.st_mode))
    return fail(Errc::not_found, "{}: is a folder, a file was expected", path.string());
  if (!S_ISREG(info.st_mode)) return fail(Errc::unsupported, "{}: is not a regular file", path.string());
  Bytes content;
  // Grown by what is read, not by what the file claims: works for /proc too.
  std::size_t used = 0;
  content.resize(static_cast<std::size_t>(std::max<off_t>(info.st_size, 0)) <= limit
                     ? static_cast<std::size_t>(std::max<off_t>(info.st_size, 0)) + 1
                     : limit + 1);
  for (;;) {
    if (used == content.size()) content.resize(std::min(2 * content.size(), limit + 1));
    const ssize_t got = ::read(file.get(), content.data() + used, content.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(Errc::unavailable, "{}: {}", path.string(), std::strerror(errno));
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
    if (used > limit) return fail(Errc::unsupported, "{}: larger than the limit of {} bytes", path.string(), limit);
  }
  content.resize(used);
  return content;
}

Result<> save_new_file(const std::filesystem::path& path, ByteSpan content, mode_t mode) {
  const auto reason = [&] {
    return fail(Errc::unavailable, "{}: {}", path.string(), std::strerror(errno));
  };
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (file.get() < 0 && errno == EEXIST) return fail(Errc::invalid_config, "{}: exists already", path.string());
  if (file.get() < 0) return reason();
  const auto give_up = [&] {
    auto error = reason();
    ::unlink(path.c_str());
    return error;
  };
  for (std::size_t written = 0; written < content.size();) {
    const ssize_t count = ::write(file.get(), content.data() + written, content.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return give_up();
    written += static_cast<std::size_t>(count);
  }
  if (::fsync(file.get()) != 0) return give_up();
  return {};
}

Result<> save_file(const std::filesystem::path& path, ByteSpan content) {
  std::random_device random;
  const std::string temporary = fmt::format("{}.{:08x}{:08x}", path.string(), random(), random());
  LC_TRY(save_new_file(temporary, content));
  if (::rename(temporary.c_str(), path.c_str()) == 0) return {};
  auto error = fail(Errc::unavailable, "{}: {}", path.string(), std::strerror(errno));
  ::unlink(temporary.c_str());
  return error;
}

}  // namespace lc
