// Index and end records of a recording: where announcements and key frames stand. Byte tables: FORMAT.md, section 4.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "seal/recording/timeline.h"
#include "seal/wire_header.h"

namespace lc::recording {

struct IndexEntry {
  std::uint64_t number = 0;    // of the record
  std::uint64_t position = 0;  // ns from the start of the section
  std::uint64_t offset = 0;    // of the record, from the start of the section
  Sender sender{};
  seal::MessageType type = seal::MessageType::frame;  // a key frame, or an announcement
  bool operator==(const IndexEntry&) const = default;
};

struct Index {
  std::uint64_t begin = 0;     // offset of the span's first record
  std::uint64_t at = 0;        // offset of this index
  std::uint64_t before = 0;    // offset of the index before it; 0: this is the first one
  std::uint64_t position = 0;  // of the latest frame before the span
  std::uint64_t end_ns = 0;    // of the section up to here
  std::uint64_t frames = 0;    // of the section up to here
  std::vector<IndexEntry> entries;
  bool operator==(const Index&) const = default;
};

// What lies between two indexes.
struct Span {
  std::uint64_t begin = 0;     // offset of its first record
  std::uint64_t end = 0;       // offset of its index
  std::uint64_t position = 0;  // of the latest frame before it
  bool operator==(const Span&) const = default;
};

inline constexpr std::size_t kMaxSpans = 65'536;       // of a section
inline constexpr std::size_t kMaxIndexEntries = 1024;  // of a span
inline constexpr std::size_t kMaxIndexBytes = 52 + 36 * kMaxIndexEntries;

struct End {
  std::uint64_t end_ns = 0;  // 40 ms after the last frame
  std::uint64_t frames = 0;
  std::vector<Span> spans;
  bool operator==(const End&) const = default;
};

// Each appends its payload to `out`.
void append_index(const Index& index, Bytes& out);
void append_end(const End& end, Bytes& out);

// Nothing where lengths, order or ranges are not those of a writer: numbers and offsets never fall, times fit into 63
// bits.
std::optional<Index> unpack_index(ByteSpan payload);
std::optional<End> unpack_end(ByteSpan payload);

}  // namespace lc::recording
