#include "cli/recording_summary.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/descriptor.h"
#include "seal/announcement.h"
#include "seal/sframe_header.h"

namespace lc::cli {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;

Result<std::size_t> read_at(int fd, const std::filesystem::path& path, std::uint64_t offset, std::span<std::byte> out) {
  std::size_t used = 0;
  while (used < out.size()) {
    const ssize_t got = ::pread(fd, out.data() + used, out.size() - used, static_cast<off_t>(offset + used));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(Errc::unavailable, "{}: {}", path.string(), std::strerror(errno));
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  return used;
}

class Summariser {
 public:
  explicit Summariser(std::optional<seal::Opener> opener) : opener_(std::move(opener)) {}

  void take(const recording::RecordedMessage& message) {
    ++out_.messages;
    if (out_.first_arrival_ns == 0) out_.first_arrival_ns = message.record.arrival_ns;
    out_.last_arrival_ns = message.record.arrival_ns;
    SessionSummary* session = session_of(message.header);
    if (session == nullptr) {
      ++out_.other_messages;
      return;
    }
    if (opener_) open(*session, message);
    switch (message.header.type) {
      case seal::MessageType::announcement:
        take_announcement(*session, message);
        return;
      case seal::MessageType::frame:
        take_frame(*session, message);
        break;
      case seal::MessageType::end:
        session->has_end = true;
        break;
      default:
        ++session->heartbeats;
        break;
    }
    if (const auto sframe = seal::unpack_sframe_header(message.bytes.subspan(message.header.size)))
      take_counter(*session, sframe->header.ctr, message.position);
  }

  void take(const DamageNote& note) {
    out_.damage.bytes += note.damage.bytes;
    out_.damage.records += note.damage.records;
    if (note.damage && out_.damages.size() < RecordingSummary::kMaxDamages) out_.damages.push_back(note);
  }

  RecordingSummary finish() { return std::move(out_); }

 private:
  SessionSummary* session_of(const seal::WireHeader& header) {
    const recording::Sender sender = recording::sender_of(header);
    const auto is_same = [&](const SessionSummary& s) { return s.id == header.session && s.sender == sender; };
    // The latest are asked for most.
    const auto known = std::find_if(out_.sessions.rbegin(), out_.sessions.rend(), is_same);
    if (known != out_.sessions.rend()) return &*known;
    if (out_.sessions.size() == RecordingSummary::kMaxSessions) return nullptr;
    return &out_.sessions.emplace_back(SessionSummary{.sender = sender, .id = header.session});
  }

  // The record stands beside each description of the stream.
  void open(SessionSummary& session, const recording::RecordedMessage& message) {
    plain_.resize(std::max(plain_.size(), message.bytes.size()));
    if (opener_->open(message.bytes, plain_, opened_) != seal::Verdict::opened) return;
    if (!opened_.fields.description.empty()) session.record = opened_.fields.record;
  }

  void take_announcement(SessionSummary& session, const recording::RecordedMessage& message) {
    const auto unpacked = seal::unpack_announcement(message.bytes);
    if (!unpacked) return;
    const auto& said = unpacked->announcement;
    session.is_signed = message.header.is_signed;
    auto key = std::find_if(session.keys.begin(), session.keys.end(),
                            [&](const AnnouncedKey& k) { return k.kid == said.kid; });
    if (key == session.keys.end() && session.keys.size() == SessionSummary::kMaxKeys) return;
    if (key == session.keys.end())
      key = session.keys.insert(key, {.position_ns = message.position,
                                      .epoch = said.epoch,
                                      .kid = said.kid,
                                      .first_ctr = said.first_ctr,
                                      .suite = said.suite,
                                      .receivers = said.receivers});
    ++key->copies;
  }

  void take_frame(SessionSummary& session, const recording::RecordedMessage& message) {
    const std::uint64_t capture = message.header.capture_ns;
    if (session.frames++ == 0) {
      session.first_ns = session.last_ns = message.position;
      session.first_capture_ns = session.last_capture_ns = capture;
      session.model = message.header.model;
    }
    session.key_frames += message.header.is_key_frame ? 1 : 0;
    session.frame_bytes += message.bytes.size();
    session.largest_frame = std::max<std::uint64_t>(session.largest_frame, message.bytes.size());
    if (capture > session.last_capture_ns)
      session.longest_pause_ns = std::max(session.longest_pause_ns, capture - session.last_capture_ns);
    session.last_capture_ns = capture;
    session.first_ns = std::min(session.first_ns, message.position);
    session.last_ns = std::max(session.last_ns, message.position);
    out_.duration_ns = std::max(out_.duration_ns, message.position + recording::Timeline::kStepNs);
  }

  static void take_counter(SessionSummary& session, std::uint64_t ctr, std::uint64_t position) {
    if (session.counters > 0 && ctr > session.last_ctr + 1 && session.gaps.size() < SessionSummary::kMaxGaps)
      session.gaps.push_back({position, ctr - session.last_ctr - 1});
    session.first_ctr = session.counters == 0 ? ctr : std::min(session.first_ctr, ctr);
    session.last_ctr = std::max(session.last_ctr, ctr);
    ++session.counters;
  }

  RecordingSummary out_;
  std::optional<seal::Opener> opener_;
  seal::Opened opened_;
  Bytes plain_;
};

}  // namespace

Result<RecordingSummary> summarise(const std::filesystem::path& path, std::optional<seal::Opener> opener) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0)
    return fail(errno == EACCES ? Errc::refused : Errc::not_found, "{}: {}", path.string(), std::strerror(errno));
  struct stat what {};
  if (::fstat(file.get(), &what) != 0 || !S_ISREG(what.st_mode))
    return fail(Errc::bad_format, "{}: is no file, so it holds no recording", path.string());
  Summariser summariser(std::move(opener));
  recording::MessageReader reader;
  for (bool is_last = false; !is_last;) {
    const std::uint64_t offset = reader.end();
    const auto room = reader.feed(std::max(kBlock, reader.wanted()));
    const std::size_t got = LC_TRY(read_at(file.get(), path, offset, room));
    reader.unread(room.size() - got);
    is_last = got < room.size();
    while (const auto message = reader.next(is_last)) {
      summariser.take(DamageNote{message->offset, reader.take_damage()});
      summariser.take(*message);
    }
  }
  summariser.take(DamageNote{reader.end(), reader.take_damage()});
  RecordingSummary out = summariser.finish();
  if (out.messages == 0 && reader.sections() == 0)
    return fail(Errc::bad_format, "{}: is no recording: a .lcr file is one that latentmux wrote", path.string());
  out.bytes = reader.end();
  out.checkpoints = reader.checkpoints();
  out.sections = reader.sections();
  out.ended_early = reader.sections() - std::min(reader.sections(), reader.ended_sections());
  return out;
}

}  // namespace lc::cli
