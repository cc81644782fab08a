// The block of tagged fields that begins the plaintext of every frame, heartbeat and end; the payload follows
// it. Byte table: FORMAT.md, section 3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace lc::seal {

inline constexpr std::size_t kMaxDescriptionBytes = 2048;
inline constexpr std::size_t kMaxLabelsBytes = 1024;
inline constexpr std::size_t kMaxRecordBytes = 960;
// The block, with its length: more than all fields at their limits.
inline constexpr std::size_t kMaxFieldsBytes = 4096;

struct Fields {
  std::optional<std::uint64_t> pts_ns;  // since the first frame of the session
  std::optional<std::uint64_t> duration_ns;
  std::string_view description;  // caps of the stream, as text; empty: none in this message
  // What the device says of whom or what it shows, as a patient's record, with the description of the stream; plain text
  // (base/text.h); empty: nothing.
  std::string_view record;
  ByteSpan labels;               // that a classifier gave to the frame: classify/labels_wire.h
  bool is_discont = false;       // frames are missing before this one, at the sender already
};

// Writes the block and says how many bytes it took.
//   errors  unsupported: a field is longer than its limit
Result<std::size_t> pack(const Fields& fields, std::span<std::byte, kMaxFieldsBytes> out);

struct UnpackedFields {
  Fields fields;  // views into the bytes given
  std::size_t size = 0;
};

// The block at the start of an opened plaintext, or nothing if it is malformed: a field that ends early,
// comes twice, has a wrong size, or is of a kind (0x80 and up) that may not be skipped.
std::optional<UnpackedFields> unpack_fields(ByteSpan plaintext);

}  // namespace lc::seal
