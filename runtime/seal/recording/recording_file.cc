#include "seal/recording/recording_file.h"

#include <algorithm>

#include "seal/recording/timeline.h"

namespace lc::recording {
namespace {

// Enough of a record to know what it holds: its header and that of a message.
constexpr std::size_t kGlance = kRecordHeaderBytes + seal::kMaxWireHeaderBytes;
// Read at once in the search for the last index.
constexpr std::uint64_t kBackwardsFirst = std::uint64_t{1} << 12, kBackwardsMost = std::uint64_t{1} << 20;
constexpr std::size_t kWindow = std::size_t{64} << 10;           // of a search for the next record
constexpr std::uint64_t kLongestSpan = std::uint64_t{64} << 20;  // that is read at once
constexpr std::uint64_t kFreeSums = std::uint64_t{256} << 20;    // payloads read to judge what follows; then linear

// The header of the message in a record, from its first bytes.
std::optional<seal::WireHeader> message_of(const RecordHeader& record, ByteSpan glance) {
  if (record.type != RecordType::message) return std::nullopt;
  return seal::unpack_wire_header(
      glance.subspan(kRecordHeaderBytes, std::min<std::size_t>(record.length, glance.size() - kRecordHeaderBytes)));
}

bool has_prefix(const Sender& sender, ByteSpan prefix) {
  return prefix.size() <= sender.size() && std::equal(prefix.begin(), prefix.end(), sender.begin());
}

}  // namespace

Result<RecordingFile> RecordingFile::open(ReadAt read, std::uint64_t size) {
  RecordingFile file(std::move(read), size);
  LC_TRY(file.open_sections());
  return file;
}

Result<> RecordingFile::open_sections() {
  std::vector<Section> found;  // last first
  std::uint64_t unknown = size_;
  for (;;) {
    std::vector<Section> after;  // of it, in the order of the file
    auto section = LC_TRY(section_before(unknown));
    if (!section) section = LC_TRY(unended_before(unknown, after));
    if (!section) break;
    unknown = section->begin;
    found.insert(found.end(), std::make_move_iterator(after.rbegin()), std::make_move_iterator(after.rend()));
    found.push_back(*std::move(section));
  }
  LC_TRY(scan(0, unknown, std::nullopt, sections_));
  if (sections_.empty() && found.empty()) {
    const Bytes start = LC_TRY(bytes_at(0, 8));
    if (as_text(start).starts_with("LCREC1"))
      return fail(Errc::bad_format,
                  "this recording is damaged before its first record, or of another version than mine");
    return fail(Errc::bad_format, "this is no recording: a .lcr file is one that latentmux wrote");
  }
  sections_.insert(sections_.end(), std::make_move_iterator(found.rbegin()), std::make_move_iterator(found.rend()));
  for (Section& section : sections_) {
    section.start = duration_;
    duration_ += section.end_ns;
    frames_ += section.frames;
  }
  return {};
}

std::size_t RecordingFile::ended_early() const {
  return static_cast<std::size_t>(
      std::count_if(sections_.begin(), sections_.end(), [](const Section& s) { return !s.has_end; }));
}

// The section whose footer ends at `end`, if there is one and all of it is as it should be.
Result<std::optional<RecordingFile::Section>> RecordingFile::section_before(std::uint64_t end) {
  if (end < kSectionHeaderBytes + kFooterBytes) return std::nullopt;
  const auto footer = unpack_footer(LC_TRY(bytes_at(end - kFooterBytes, kFooterBytes)));
  if (!footer || footer->section_bytes > end || footer->end_bytes > footer->section_bytes) return std::nullopt;
  if (footer->section_bytes < kSectionHeaderBytes + kFooterBytes + footer->end_bytes) return std::nullopt;
  Section section;
  section.begin = end - footer->section_bytes;
  const auto header = unpack_section_header(LC_TRY(bytes_at(section.begin, kSectionHeaderBytes)));
  if (!header) return std::nullopt;
  section.id = header->id;
  const auto payload = LC_TRY(payload_at(end - kFooterBytes - footer->end_bytes, RecordType::end));
  auto last = payload ? unpack_end(*payload) : std::nullopt;
  if (!last || (!last->spans.empty() && last->spans.back().end > footer->section_bytes)) return std::nullopt;
  section.has_end = true;
  section.spans = std::move(last->spans);
  section.end_ns = last->end_ns;
  section.frames = last->frames;
  return section;
}

// The last index before `end`, looked for backwards as far as a span can reach, and its offset in the file.
Result<std::optional<Index>> RecordingFile::last_index(std::uint64_t end, std::uint64_t& offset) {
  const std::uint64_t limit = end - std::min<std::uint64_t>(end, kMaxPayloadBytes + (std::uint64_t{16} << 20));
  std::uint64_t reads = kBackwardsFirst;  // many small sections shall not cost a large read each
  for (std::uint64_t window_end = end; window_end > limit; reads = std::min(2 * reads, kBackwardsMost)) {
    const std::uint64_t begin = window_end - std::min<std::uint64_t>(reads, window_end - limit);
    // A header may stand across the border.
    const std::uint64_t size = std::min<std::uint64_t>(window_end - begin + kRecordHeaderBytes, end - begin);
    const Bytes window = LC_TRY(bytes_at(begin, static_cast<std::size_t>(size)));
    std::optional<std::uint64_t> found;
    for (std::size_t at = 0; at < window.size(); at += next_candidate(ByteSpan(window).subspan(at))) {
      const auto header = unpack_record_header(ByteSpan(window).subspan(at));
      if (header && header->type == RecordType::index) found = begin + at;
    }
    if (found) {
      offset = *found;
      const auto payload = LC_TRY(payload_at(*found, RecordType::index));
      return payload ? unpack_index(*payload) : std::nullopt;
    }
    window_end = begin;
  }
  return std::nullopt;
}

// The section of the last index before `end`, which has no end of its own, by the chain of its indexes. What follows
// its last index is scanned: it goes on there, and other sections may come `after`.
Result<std::optional<RecordingFile::Section>> RecordingFile::unended_before(std::uint64_t end,
                                                                            std::vector<Section>& after) {
  std::uint64_t at = 0;
  const auto last = LC_TRY(last_index(end, at));
  if (!last || last->at > at) return std::nullopt;
  Section section;
  section.begin = at - last->at;
  const auto header = unpack_section_header(LC_TRY(bytes_at(section.begin, kSectionHeaderBytes)));
  if (!header) return std::nullopt;
  section.id = header->id;
  section.end_ns = last->end_ns;
  section.frames = last->frames;
  for (auto index = last;;) {
    section.spans.push_back({.begin = index->begin, .end = index->at, .position = index->position});
    if (index->before == 0) break;
    const std::uint64_t before = index->before;
    const auto payload = LC_TRY(payload_at(section.begin + before, RecordType::index));
    index = payload ? unpack_index(*payload) : std::nullopt;
    if (!index || index->at != before || section.spans.size() > kMaxSpans) return std::nullopt;  // the chain is damaged
  }
  std::reverse(section.spans.begin(), section.spans.end());
  const auto record = unpack_record_header(LC_TRY(bytes_at(at, kRecordHeaderBytes)));
  std::vector<Section> all;
  LC_TRY(scan(at + record_bytes(record ? record->length : 0), end, std::move(section), all));
  after.assign(std::make_move_iterator(all.begin() + 1), std::make_move_iterator(all.end()));
  return std::move(all.front());
}

// From record to record, without reading what they hold. After damage, from the next record that is there.
//   going_on  the section that is known up to `begin`
Result<> RecordingFile::scan(std::uint64_t begin, std::uint64_t end, std::optional<Section> going_on,
                             std::vector<Section>& out) {
  bool is_open = going_on.has_value();
  Section section = std::move(going_on).value_or(Section{});
  Timeline timeline;
  if (is_open)
    timeline = LC_TRY(
        timeline_before(section, begin - section.begin, section.end_ns - std::min(section.end_ns, Timeline::kStepNs)));
  Span span{.begin = begin - section.begin,
            .end = begin - section.begin,
            .position = section.end_ns - std::min(section.end_ns, Timeline::kStepNs)};
  const auto close = [&](bool has_end) {
    if (!std::exchange(is_open, false)) return;
    if (span.end > span.begin) section.spans.push_back(span);
    section.has_end = has_end;
    section.end_ns = timeline.end();
    out.push_back(std::move(section));
  };
  const auto begin_section = [&](std::uint64_t at, std::uint64_t first, std::optional<SectionId> id) {
    section = Section{.begin = at, .id = id};
    timeline = Timeline();
    span = {.begin = first, .end = first};
    is_open = true;
  };
  std::uint64_t at = begin, before = end;  // `before`: the record that led here, or `end` for none
  std::uint64_t summed = 0;
  while (at < end) {
    const Bytes glance = LC_TRY(bytes_at(at, static_cast<std::size_t>(std::min<std::uint64_t>(kGlance, end - at))));
    const auto record = unpack_record_header(glance);
    if (record && record_bytes(record->length) <= end - at) {
      if (!is_open) begin_section(at, 0, std::nullopt);  // its header is lost
      const std::uint64_t next = at + record_bytes(record->length);
      if (const auto header = message_of(*record, glance)) {
        timeline.place(*header);
        section.frames += header->type == seal::MessageType::frame ? 1 : 0;
      }
      if (record->type == RecordType::index) {
        section.spans.push_back({.begin = span.begin, .end = at - section.begin, .position = span.position});
        span = {.begin = next - section.begin, .end = next - section.begin, .position = timeline.position()};
      } else if (record->type != RecordType::end) {
        span.end = next - section.begin;
      }
      before = at;
      at = next;
    } else if (const auto header = unpack_section_header(glance)) {
      close(false);
      begin_section(at, kSectionHeaderBytes, header->id);
      before = end;
      at += kSectionHeaderBytes;
    } else if (unpack_footer(glance)) {
      close(true);
      before = end;
      at += kFooterBytes;
    } else {
      // A record that was cut off may claim what was appended after it.
      if (before != end && (summed += at - before) < kFreeSums + at && !LC_TRY(payload_at(before, RecordType::message)))
        at = before;
      before = end;
      at = LC_TRY(resume_at(at, end));
    }
  }
  close(false);
  return {};
}

// The next place after `offset` where a section or a record begins; `end` if there is none.
Result<std::uint64_t> RecordingFile::resume_at(std::uint64_t offset, std::uint64_t end) {
  while (offset < end) {
    const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(kWindow, end - offset));
    const Bytes window = LC_TRY(bytes_at(offset, size));
    for (ByteSpan rest = window; !rest.empty();) {
      const std::size_t step = next_candidate(rest);
      rest = rest.subspan(step);
      const std::uint64_t at =
          end - offset > size && rest.size() < kSectionHeaderBytes ? end : offset + size - rest.size();
      if (at == end) break;  // too close to the end of the window to be judged
      if (unpack_record_header(rest) || unpack_section_header(rest)) return at;
    }
    if (size == end - offset) return end;
    offset += size - kSectionHeaderBytes;
  }
  return end;
}

Result<Bytes> RecordingFile::bytes_at(std::uint64_t offset, std::size_t size) {
  Bytes out(size);
  out.resize(LC_TRY(read_(offset, out)));
  return out;
}

// The payload of the record at `offset`, if it is whole, right and of that type; unknown types count as messages.
Result<std::optional<Bytes>> RecordingFile::payload_at(std::uint64_t offset, RecordType type) {
  const auto header = unpack_record_header(LC_TRY(bytes_at(offset, kRecordHeaderBytes)));
  const bool is_other =
      header && (type == RecordType::message ? header->type == RecordType::index || header->type == RecordType::end
                                             : header->type != type);
  if (!header || is_other || offset + record_bytes(header->length) > size_) return std::nullopt;
  if (type == RecordType::index && header->length > kMaxIndexBytes) return std::nullopt;
  Bytes whole = LC_TRY(bytes_at(offset, record_bytes(header->length)));
  const auto payload = payload_of(*header, whole);
  if (!payload) return std::nullopt;
  return Bytes(payload->begin(), payload->end());
}

// As it stands before the record at `offset` of the section, from the span that ends there: what follows its first key
// frame is placed anew. Where that cannot be done, all that is known is the `position` of the latest frame.
Result<Timeline> RecordingFile::timeline_before(const Section& section, std::uint64_t offset, std::uint64_t position) {
  const Timeline otherwise(position == 0 ? 0 : position + Timeline::kStepNs);
  const auto after = std::upper_bound(section.spans.begin(), section.spans.end(), offset,
                                      [](std::uint64_t o, const Span& s) { return o < s.end; });
  if (after == section.spans.begin()) return otherwise;
  const Span& span = *(after - 1);
  const auto payload = LC_TRY(payload_at(section.begin + span.end, RecordType::index));
  const auto index = payload ? unpack_index(*payload) : std::nullopt;
  if (!index || index->begin != span.begin || span.end - span.begin > kLongestSpan) return otherwise;
  const auto key = std::find_if(index->entries.begin(), index->entries.end(),
                                [](const IndexEntry& e) { return e.type == seal::MessageType::frame; });
  if (key == index->entries.end() || key->offset >= span.end) return otherwise;
  const Bytes records = LC_TRY(bytes_at(section.begin + key->offset, static_cast<std::size_t>(span.end - key->offset)));
  Timeline timeline;
  for (ByteSpan rest = records; !rest.empty();) {
    const auto record = unpack_record_header(rest);
    if (!record || record_bytes(record->length) > rest.size()) return otherwise;
    if (const auto header = message_of(*record, rest.first(std::min(kGlance, rest.size())))) {
      if (rest.size() == records.size())
        timeline.jump(*header, key->position);
      else
        timeline.place(*header);
    }
    rest = rest.subspan(record_bytes(record->length));
  }
  return timeline;
}

// From its index; where that is damaged, from the records.
Result<Index> RecordingFile::entries_of(const Section& section, const Span& span) {
  if (const auto payload = LC_TRY(payload_at(section.begin + span.end, RecordType::index)))
    if (auto index = unpack_index(*payload);
        index && index->begin == span.begin && (index->entries.empty() || index->entries.back().offset < span.end))
      return *std::move(index);
  Index index{.begin = span.begin, .entries = {}};
  Timeline timeline = LC_TRY(timeline_before(section, span.begin, span.position));
  const std::uint64_t end = std::min(section.begin + span.end, size_);
  for (std::uint64_t at = section.begin + span.begin; at < end;) {
    const Bytes glance = LC_TRY(bytes_at(at, static_cast<std::size_t>(std::min<std::uint64_t>(kGlance, end - at))));
    const auto record = unpack_record_header(glance);
    if (!record) {
      at = LC_TRY(resume_at(at, end));
      continue;
    }
    const auto header = message_of(*record, glance);
    const std::uint64_t position = header ? timeline.place(*header) : 0;
    if (header && (header->is_key_frame || header->type == seal::MessageType::announcement))
      index.entries.push_back({record->number, position, at - section.begin, sender_of(*header), header->type});
    at += record_bytes(record->length);
  }
  return index;
}

// The earliest of the senders' latest key frames at or before `position`, which counts from the section's start; or the
// first key frame at all.
Result<std::optional<Landing>> RecordingFile::find_in(const Section& section, const Span& span, std::uint64_t position,
                                                      ByteSpan sender, bool wants_first) {
  Index index = LC_TRY(entries_of(section, span));
  for (;;) {
    const IndexEntry* const first = earliest_of_latest(index, position, sender, wants_first);
    if (!first) return std::nullopt;
    if (LC_TRY(payload_at(section.begin + first->offset, RecordType::message)))
      return Landing{.begin = section.begin + span.begin,
                     .frame = section.begin + first->offset,
                     .position = section.start + first->position,
                     .section = section.id,
                     .begins_section = section.id && span.begin == kSectionHeaderBytes};
    // Damaged: another one.
    index.entries.erase(index.entries.begin() + (first - index.entries.data()));
  }
}

// Of each sender the latest key frame at or before `position` (or its first); of these the earliest.
const IndexEntry* RecordingFile::earliest_of_latest(const Index& index, std::uint64_t position, ByteSpan sender,
                                                    bool wants_first) {
  std::vector<const IndexEntry*> latest;  // one for each sender
  for (const IndexEntry& entry : index.entries) {
    if (entry.type != seal::MessageType::frame || !has_prefix(entry.sender, sender)) continue;
    if (!wants_first && entry.position > position) continue;
    const auto same = std::find_if(latest.begin(), latest.end(),
                                   [&](const IndexEntry* other) { return other->sender == entry.sender; });
    if (same == latest.end())
      latest.push_back(&entry);
    else if (!wants_first)
      *same = &entry;
  }
  if (latest.empty()) return nullptr;
  return *std::min_element(latest.begin(), latest.end(),
                           [](const IndexEntry* a, const IndexEntry* b) { return a->offset < b->offset; });
}

Result<Landing> RecordingFile::find(std::uint64_t position, ByteSpan sender) {
  // Backwards from the section and span that hold the position ...
  for (auto section = sections_.rbegin(); section != sections_.rend(); ++section) {
    if (section->start > position) continue;
    const std::uint64_t inside = position - section->start;
    auto span = std::upper_bound(section->spans.begin(), section->spans.end(), inside,
                                 [](std::uint64_t p, const Span& s) { return p < s.position; });
    while (span != section->spans.begin())
      if (const auto landing = LC_TRY(find_in(*section, *--span, inside, sender, false))) return *landing;
  }
  // ... or the first one that there is.
  for (const Section& section : sections_)
    for (const Span& span : section.spans)
      if (const auto landing = LC_TRY(find_in(section, span, 0, sender, true))) return *landing;
  return fail(Errc::not_found, "there is no key frame in this recording, so no picture can be shown");
}

}  // namespace lc::recording
