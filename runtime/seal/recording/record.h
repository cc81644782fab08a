// The pieces of a recording's bytes: section headers, records, footers; and the scanner that finds them in bytes from
// outside, damaged or not. Byte tables: FORMAT.md, sections 1, 2 and 4.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "seal/wire_header.h"

namespace lc::recording {

using SectionId = std::array<std::byte, 16>;

inline constexpr std::size_t kSectionHeaderBytes = 64;
inline constexpr std::size_t kRecordHeaderBytes = 32;
inline constexpr std::size_t kFooterBytes = 24;
inline constexpr std::size_t kMaxPayloadBytes = seal::kMaxMessageBytes;

struct SectionHeader {
  SectionId id{};
  std::uint64_t created_ms = 0;  // since 1970
  bool operator==(const SectionHeader&) const = default;
};

enum class RecordType : std::uint8_t { message = 1, index = 2, checkpoint = 3, end = 4 };

struct RecordHeader {
  RecordType type = RecordType::message;  // as it stands there: may be one that we do not know
  bool is_repeated = false;
  std::uint32_t length = 0;      // of the payload
  std::uint64_t number = 0;      // in its section
  std::uint64_t arrival_ns = 0;  // since 1970
  bool operator==(const RecordHeader&) const = default;
};

struct Footer {
  std::uint64_t section_bytes = 0;  // from the section's header to the end of the footer
  std::uint64_t end_bytes = 0;      // of the end record before it
};

// Header, payload, check sum and zeros.
constexpr std::size_t record_bytes(std::size_t payload) { return (kRecordHeaderBytes + payload + 4 + 7) / 8 * 8; }

// Each appends its bytes to `out`.
void append_section_header(const SectionHeader& header, Bytes& out);
void append_record(RecordHeader header, ByteSpan payload, Bytes& out);  // sets the length
void append_footer(const Footer& footer, Bytes& out);

// What stands at the start of `bytes`, which may hold more; nothing if it is not that, whole and right.
std::optional<SectionHeader> unpack_section_header(ByteSpan bytes);
std::optional<RecordHeader> unpack_record_header(ByteSpan bytes);  // the payload is not looked at
std::optional<Footer> unpack_footer(ByteSpan bytes);

// The payload of the whole record at the start of `bytes`, if both check sums are right.
std::optional<ByteSpan> payload_of(const RecordHeader& header, ByteSpan bytes);

// Where the next section header or record could begin, from offset 1 on; without one, where the search has to go on.
std::size_t next_candidate(ByteSpan bytes);

struct Item {
  enum class Kind {
    need_more,  // `size` bytes are needed to say more
    section,    // a section header
    record,     // a whole record, check sums right
    footer,
    damage,  // bytes that are none of these
  };
  Kind kind = Kind::need_more;
  std::size_t size = 0;  // bytes that it takes
  SectionHeader section{};
  RecordHeader record{};
  ByteSpan payload{};  // in the bytes that were given
};

// Takes a recording apart, in pieces of any size.
//   cost  linear in the bytes, also for hostile ones; allocates nothing
class Scanner {
 public:
  // `available` begins where the item before ended. `is_last`: nothing follows them. Never need_more if so, but for
  // `available` empty.
  Item next(ByteSpan available, bool is_last);

 private:
  Item record(ByteSpan available, const RecordHeader& header, bool is_last);

  // Bytes summed in vain: a record with a wrong sum is searched for others that begin inside it, as where a section was
  // appended to one that was cut off. A file made of nothing else would take for ever.
  std::uint64_t summed_in_vain_ = 0, taken_ = 0;
};

}  // namespace lc::recording
