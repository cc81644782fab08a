// Whole files in and out of memory. Secrets do not go through here: seal/ has its own checked reader.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>

#include "base/bytes.h"

namespace lc {

// Limit for any file that we read whole, unless a caller knows better: 256 MiB, far above every model we know.
inline constexpr std::size_t kMaxFileBytes = std::size_t{256} << 20;

// errors  not_found (no such file, or a folder), refused (permission), unsupported (larger than `limit`, or a pipe or
//         device)
Result<Bytes> load_file(const std::filesystem::path& path, std::size_t limit = kMaxFileBytes);

// Writes to a temporary file beside `path`, then renames: readers see the old or the new content, never a part. Others
// may do with it what the process's umask lets them.
// errors  unavailable, with the system's reason
Result<> save_file(const std::filesystem::path& path, ByteSpan content);

// Writes a file that must not be there yet, whoever else makes one at the same time; none stays after an error.
// errors  invalid_config: it exists; unavailable
Result<> save_new_file(const std::filesystem::path& path, ByteSpan content, mode_t mode = 0666);

}  // namespace lc
