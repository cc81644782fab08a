// A recording with random access: how long it is, whether it ended in order, and where to begin for a position.
//
// Opening reads the end record of each section, or, of one that ended early, its indexes; only what these do not cover
// is scanned from record to record. Spans are read when they are needed. Nothing here opens a message: sequential
// reading is the Scanner's, from where find() says.
//   thread  one at a time
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "seal/recording/index.h"
#include "seal/recording/record.h"
#include "seal/recording/timeline.h"

namespace lc::recording {

// Reads at a place of the file until `out` is full or the file ends; says how many bytes came.
using ReadAt = std::function<Result<std::size_t>(std::uint64_t offset, std::span<std::byte> out)>;

// Where to begin reading to show a position. Offsets are of the file.
struct Landing {
  std::uint64_t begin = 0;     // of the span: announcements from here on ...
  std::uint64_t frame = 0;     // ... and everything from this key frame on
  std::uint64_t position = 0;  // of that frame, ns from the start of the file
  std::optional<SectionId> section{};  // which holds them, unless its header is lost
  bool begins_section = false;         // the span is its first; the section is known
};

class RecordingFile {
 public:
  //   errors  bad_format: no recording, or one of another version; what `read` says
  //   cost    some reads for each section that ended in order; else one for each span; else one for each record
  static Result<RecordingFile> open(ReadAt read, std::uint64_t size);

  // ns; 40 ms after the last frame.
  std::uint64_t duration() const { return duration_; }
  std::uint64_t frames() const { return frames_; }
  std::size_t sections() const { return sections_.size(); }
  // How many sections have no end: the recorder died, still writes, or the end was cut off or damaged.
  std::size_t ended_early() const;

  // The latest key frame at or before `position`; the first one, where none is.
  //   sender  first bytes of device and stream that are wanted; empty: any. With several senders, the earliest of
  //           their latest key frames
  //   errors  not_found: no key frame; what `read` says
  Result<Landing> find(std::uint64_t position, ByteSpan sender = {});

 private:
  struct Section {
    std::uint64_t begin = 0;  // offset in the file
    std::optional<SectionId> id{};
    std::uint64_t start = 0;  // position of its start in the file
    bool has_end = false;
    std::vector<Span> spans;
    std::uint64_t end_ns = 0, frames = 0;
  };

  RecordingFile(ReadAt read, std::uint64_t size) : read_(std::move(read)), size_(size) {}
  Result<> open_sections();
  Result<std::optional<Section>> section_before(std::uint64_t end);
  Result<std::optional<Section>> unended_before(std::uint64_t end, std::vector<Section>& after);
  Result<std::optional<Index>> last_index(std::uint64_t end, std::uint64_t& offset);
  Result<> scan(std::uint64_t begin, std::uint64_t end, std::optional<Section> going_on, std::vector<Section>& out);
  Result<std::uint64_t> resume_at(std::uint64_t offset, std::uint64_t end);
  Result<Bytes> bytes_at(std::uint64_t offset, std::size_t size);
  Result<std::optional<Bytes>> payload_at(std::uint64_t offset, RecordType type);
  Result<Timeline> timeline_before(const Section& section, std::uint64_t offset, std::uint64_t position);
  Result<Index> entries_of(const Section& section, const Span& span);
  Result<std::optional<Landing>> find_in(const Section& section, const Span& span, std::uint64_t position,
                                         ByteSpan sender, bool wants_first);
  static const IndexEntry* earliest_of_latest(const Index& index, std::uint64_t position, ByteSpan sender,
                                              bool wants_first);

  ReadAt read_;
  std::uint64_t size_;
  std::vector<Section> sections_;
  std::uint64_t duration_ = 0, frames_ = 0;
};

}  // namespace lc::recording
