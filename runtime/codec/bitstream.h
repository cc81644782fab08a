// The header of a coded frame. Layout in FORMAT.md, "A frame".
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace lc::codec {

enum class FrameKind : std::uint8_t {
  key,       // needs nothing
  anchor,    // needs the last key or anchor, and is the reference of what follows
  ordinary,  // needs the last key or anchor; nothing needs it
};
std::string_view to_string(FrameKind kind);

// Sides of a picture; 8192 covers 8K.
inline constexpr int kMaxSide = 8192;
// Latents of a frame: 64 MiB of integers, above 8192 x 4320 with 192 channels.
inline constexpr std::int64_t kMaxLatents = std::int64_t{1} << 25;
// Pixels that one latent position stands for, along an edge.
inline constexpr int kLatentStride = 16;

constexpr int latent_size(int pixels) { return (pixels + kLatentStride - 1) / kLatentStride; }
constexpr int padded_size(int pixels) { return latent_size(pixels) * kLatentStride; }

struct FrameHeader {
  std::uint32_t latent_space = 0;  // first four bytes of the latent-space id, big-endian
  int width = 0, height = 0;       // pixels of the picture, before padding; 1..kMaxSide
  FrameKind kind = FrameKind::key;
  int quality = 0;  // 0..63
  std::uint32_t frame_id = 0;
  int slice_rows = 0;              // latent rows of a slice, >= 1; the last slice may be lower
  std::uint32_t reference_id = 0;  // both 0 for key frames
  std::uint32_t reference_fingerprint = 0;

  int rows() const { return latent_size(height); }
  int columns() const { return latent_size(width); }
  int slices() const { return (rows() + slice_rows - 1) / slice_rows; }
};

// Largest header: 18 bytes, 8 of the reference.
inline constexpr std::size_t kMaxHeaderBytes = 26;

void pack(const FrameHeader& header, Writer& writer);

// Leaves the reader at the slice table.
//   errors  bad_format (not a frame, other version), truncated, corrupt (a field out of range)
Result<FrameHeader> unpack(Reader& reader);

// The slice table holds the length of every slice but the last one.
inline constexpr std::size_t kSliceLengthBytes = 3;
inline constexpr std::size_t kMaxSliceBytes = (std::size_t{1} << 24) - 1;
inline constexpr int kMaxSlices = latent_size(kMaxSide);

}  // namespace lc::codec
