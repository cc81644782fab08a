#include "seal/recording/section_writer.h"

#include <sodium.h>

#include <algorithm>

#include "seal/announcement.h"

namespace lc::recording {
namespace {

constexpr std::size_t kAnnouncementsKept = 64;        // of all senders
constexpr std::ptrdiff_t kAnnouncementsOfSender = 2;  // the key in use, and the one that follows it
// Nobody here can tell forged announcements from true ones: what is repeated is bounded, and no more than what is new.
constexpr std::size_t kRepeatedBytes = std::size_t{128} << 10;
constexpr std::size_t kSpanEntries = kMaxIndexEntries - kAnnouncementsKept - 1;
static_assert(SectionWriter::kSpanMessages + kAnnouncementsKept <= kIntervalMessages);
static_assert(2 * kRepeatedBytes <= kIntervalFewBytes && SectionWriter::kSpanBytes + kRepeatedBytes <= kIntervalBytes);

}  // namespace

Result<> SectionWriter::add(ByteSpan message, std::uint64_t arrival_ns, Bytes& out) {
  const auto header = seal::unpack_wire_header(message);
  if (!header) return fail(Errc::bad_format, "a buffer of {} bytes is no sealed message", message.size());
  if (!is_open_) begin_section(arrival_ns, out);
  if (span_messages_ == 0) begin_span(arrival_ns, out);
  ++messages_;
  if (header->type == seal::MessageType::frame) {
    ++frames_;
    ++end_.frames;
  }
  write_message(*header, message, arrival_ns, false, out);
  note(*header, message);
  const bool is_full = span_messages_ >= kSpanMessages && span_bytes_ >= announced_bytes();
  if (!is_full && span_bytes_ < kSpanBytes && index_.entries.size() < kSpanEntries) {
    if (recorder_ && arrival_ns >= checkpoint_ns_ + kCheckpointNs) checkpoint(arrival_ns, false, out);
    return {};
  }
  end_span(arrival_ns, out);
  if (end_.spans.size() == kMaxSpans) finish(arrival_ns, out);
  return {};
}

void SectionWriter::finish(std::uint64_t arrival_ns, Bytes& out) {
  if (!is_open_) return;
  if (span_messages_ > 0) end_span(arrival_ns, out);
  if (recorder_) checkpoint(arrival_ns, true, out);
  end_.end_ns = timeline_.end();
  scratch_.clear();
  append_end(end_, scratch_);
  const std::uint64_t before = offset_;
  write(RecordType::end, scratch_, arrival_ns, false, out);
  append_footer({.section_bytes = offset_ + kFooterBytes, .end_bytes = offset_ - before}, out);
  is_open_ = false;
}

void SectionWriter::begin_section(std::uint64_t arrival_ns, Bytes& out) {
  SectionHeader header;
  header.created_ms = arrival_ns / 1'000'000;
  randombytes_buf(header.id.data(), header.id.size());
  append_section_header(header, out);
  is_open_ = true;
  offset_ = kSectionHeaderBytes;
  number_ = 0;
  timeline_ = Timeline();
  end_ = {};
  chain_.begin(header.id);
  checkpoint_ns_ = 0;  // the first message gets one
}

void SectionWriter::begin_span(std::uint64_t arrival_ns, Bytes& out) {
  index_.begin = offset_;
  index_.entries.clear();
  index_.position = timeline_.position();
  span_bytes_ = 0;
  for (const Announced& announced : announced_) {
    const auto header = seal::unpack_wire_header(announced.message);
    write_message(*header, announced.message, arrival_ns, true, out);
  }
}

void SectionWriter::end_span(std::uint64_t arrival_ns, Bytes& out) {
  if (recorder_) checkpoint(arrival_ns, false, out);
  index_.at = offset_;
  index_.before = end_.spans.empty() ? 0 : end_.spans.back().end;
  index_.end_ns = timeline_.end();
  index_.frames = end_.frames;
  end_.spans.push_back({.begin = index_.begin, .end = index_.at, .position = index_.position});
  scratch_.clear();
  append_index(index_, scratch_);
  write(RecordType::index, scratch_, arrival_ns, false, out);
  span_messages_ = 0;
}

void SectionWriter::checkpoint(std::uint64_t arrival_ns, bool is_last, Bytes& out) {
  scratch_.clear();
  chain_.sign(*recorder_, is_last, scratch_);
  write(RecordType::checkpoint, scratch_, arrival_ns, false, out);
  checkpoint_ns_ = arrival_ns;
}

std::size_t SectionWriter::announced_bytes() const {
  std::size_t sum = 0;
  for (const Announced& announced : announced_) sum += announced.message.size();
  return sum;
}

// Keeps the latest announcements, for the spans to come.
void SectionWriter::note(const seal::WireHeader& header, ByteSpan message) {
  if (header.type != seal::MessageType::announcement) return;
  const auto unpacked = seal::unpack_announcement(message);
  if (!unpacked) return;
  const Sender sender = sender_of(header);
  const std::uint64_t kid = unpacked->announcement.kid;
  // A session that was replaced needs no key in what follows.
  std::erase_if(announced_, [&](const Announced& a) {
    return a.sender == sender && (a.session != header.session || a.kid == kid);
  });
  const auto is_of_sender = [&](const Announced& a) { return a.sender == sender; };
  if (std::count_if(announced_.begin(), announced_.end(), is_of_sender) == kAnnouncementsOfSender)
    announced_.erase(std::find_if(announced_.begin(), announced_.end(), is_of_sender));
  if (announced_.size() == kAnnouncementsKept) announced_.erase(announced_.begin());
  announced_.push_back({sender, header.session, kid, Bytes(message.begin(), message.end())});
  while (announced_.size() > 1 && announced_bytes() > kRepeatedBytes) announced_.erase(announced_.begin());
}

void SectionWriter::write_message(const seal::WireHeader& header, ByteSpan message, std::uint64_t arrival_ns,
                                  bool is_repeated, Bytes& out) {
  const std::uint64_t position = timeline_.place(header);
  if (header.type == seal::MessageType::announcement || header.is_key_frame)
    index_.entries.push_back(
        {.number = number_, .position = position, .offset = offset_, .sender = sender_of(header), .type = header.type});
  if (!is_repeated) {
    ++span_messages_;
    span_bytes_ += message.size();
  }
  write(RecordType::message, message, arrival_ns, is_repeated, out);
}

void SectionWriter::write(RecordType type, ByteSpan payload, std::uint64_t arrival_ns, bool is_repeated, Bytes& out) {
  const RecordHeader header{.type = type, .is_repeated = is_repeated, .number = number_++, .arrival_ns = arrival_ns};
  if (recorder_ && type == RecordType::message) chain_.add(header, payload);
  append_record(header, payload, out);
  offset_ += record_bytes(payload.size());
}

}  // namespace lc::recording
