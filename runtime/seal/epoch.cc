#include "seal/epoch.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

#include "seal/checked_file.h"

namespace lc::seal {
namespace {

// A clock before this has lost its battery: 2026-01-01.
constexpr std::uint64_t kEarliestPlausibleMs = 1'767'225'600'000;
constexpr std::string_view kTitle = "latentcast-epoch v1 ";

// "latentcast-epoch v1 EPOCH SESSION\n"
std::string text_of(const SeenEpoch& seen) {
  return fmt::format("{}{} {}\n", kTitle, seen.epoch, to_hex(seen.session));
}

std::optional<SeenEpoch> parse(std::string_view text) {
  if (text.substr(0, kTitle.size()) != kTitle || text.back() != '\n') return std::nullopt;
  text = text.substr(kTitle.size(), text.size() - kTitle.size() - 1);
  SeenEpoch seen;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seen.epoch);
  if (error != std::errc() || end == text.data() + text.size() || *end != ' ') return std::nullopt;
  const auto session = from_hex(text.substr(static_cast<std::size_t>(end - text.data()) + 1));
  if (!session || session->size() != seen.session.size()) return std::nullopt;
  std::memcpy(seen.session.data(), session->data(), session->size());
  return seen;
}

// Nothing for a missing or damaged file; an error for one that is not ours to trust.
Result<std::optional<SeenEpoch>> load(const std::filesystem::path& path) {
  const auto content = read_checked(path, Privacy::pinned, kMaxKeyFileBytes);
  if (content) return parse(as_text(content->reveal()));
  if (content.error().code == Errc::not_found || content.error().code == Errc::bad_format)
    return std::nullopt;
  return tl::unexpected<Error>(content.error());
}

}  // namespace

Result<EpochStore> EpochStore::open(const std::filesystem::path& folder) {
  LC_TRY(ensure_private_folder(folder));
  LC_TRY(FileLock::take(folder / "lock"));  // shows that we may write here
  return EpochStore(folder);
}

std::filesystem::path EpochStore::file(const char* kind, const DeviceId& device, std::uint16_t stream) const {
  return folder_ / fmt::format("{}-{}-{}", kind, to_hex(device), stream);
}

Result<std::uint64_t> EpochStore::begin_session(const DeviceId& device, std::uint16_t stream,
                                                std::uint64_t now_ms, const SessionId& session) {
  const FileLock lock = LC_TRY(FileLock::take(folder_ / "lock"));
  const auto path = file("sent", device, stream);
  const auto stored = LC_TRY(load(path));
  if (!stored && now_ms < kEarliestPlausibleMs)
    return fail(Errc::refused,
                "the clock says {} ms after 1970 and {} is missing: receivers would take this for an old "
                "session; set the "
                "clock, then start again",
                now_ms, path.string());
  if (stored && stored->epoch == std::numeric_limits<std::uint64_t>::max())
    return fail(Errc::corrupt, "{}: its epoch cannot grow; the device needs a new key", path.string());
  const std::uint64_t epoch = std::max(stored ? stored->epoch + 1 : 0, now_ms);
  LC_TRY(replace_checked(path, as_bytes(text_of({epoch, session})), Privacy::secret));
  return epoch;
}

Result<std::optional<SeenEpoch>> EpochStore::seen(const DeviceId& device, std::uint16_t stream) const {
  return load(file("seen", device, stream));
}

Result<> EpochStore::remember(const DeviceId& device, std::uint16_t stream, const SeenEpoch& seen) {
  const FileLock lock = LC_TRY(FileLock::take(folder_ / "lock"));
  const auto path = file("seen", device, stream);
  const auto stored = LC_TRY(load(path));
  if (stored && stored->epoch >= seen.epoch) return {};
  return replace_checked(path, as_bytes(text_of(seen)), Privacy::secret);
}

}  // namespace lc::seal
