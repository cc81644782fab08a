#include "codec/bitstream.h"

namespace lc::codec {
namespace {

constexpr std::uint16_t kMagic = 0x4c31;  // "L1": the digit is the version

}  // namespace

std::string_view to_string(FrameKind kind) {
  switch (kind) {
    case FrameKind::key:
      return "key";
    case FrameKind::anchor:
      return "anchor";
    case FrameKind::ordinary:
      return "ordinary";
  }
  return "unknown";
}

void pack(const FrameHeader& header, Writer& writer) {
  writer.big(kMagic);
  writer.big(header.latent_space);
  writer.big(static_cast<std::uint16_t>(header.width));
  writer.big(static_cast<std::uint16_t>(header.height));
  writer.big(static_cast<std::uint8_t>(header.kind));
  writer.big(static_cast<std::uint8_t>(header.quality));
  writer.big(header.frame_id);
  writer.big(static_cast<std::uint16_t>(header.slice_rows));
  if (header.kind == FrameKind::key) return;
  writer.big(header.reference_id);
  writer.big(header.reference_fingerprint);
}

Result<FrameHeader> unpack(Reader& reader) {
  const auto magic = LC_TRY(reader.big<std::uint16_t>());
  if (magic >> 8 != kMagic >> 8)
    return fail(Errc::bad_format, "not a coded frame: it begins with {:#06x}", magic);
  if (magic != kMagic)
    return fail(Errc::bad_format, "a frame of format version {:#04x}, this one reads 0x31", magic & 255);
  FrameHeader header;
  header.latent_space = LC_TRY(reader.big<std::uint32_t>());
  header.width = LC_TRY(reader.big<std::uint16_t>());
  header.height = LC_TRY(reader.big<std::uint16_t>());
  if (header.width < 1 || header.width > kMaxSide || header.height < 1 || header.height > kMaxSide)
    return fail(Errc::corrupt, "a picture of {} x {}, sides are 1..{}", header.width, header.height,
                kMaxSide);
  const auto flags = LC_TRY(reader.big<std::uint8_t>());
  if (flags > static_cast<std::uint8_t>(FrameKind::ordinary))
    return fail(Errc::corrupt, "frame flags {:#x}", flags);
  header.kind = static_cast<FrameKind>(flags);
  header.quality = LC_TRY(reader.big<std::uint8_t>());
  if (header.quality > 63) return fail(Errc::corrupt, "quality {}, allowed are 0..63", header.quality);
  header.frame_id = LC_TRY(reader.big<std::uint32_t>());
  header.slice_rows = LC_TRY(reader.big<std::uint16_t>());
  if (header.slice_rows < 1 || header.slice_rows > header.rows())
    return fail(Errc::corrupt, "slices of {} rows in {} rows", header.slice_rows, header.rows());
  if (header.kind != FrameKind::key) {
    header.reference_id = LC_TRY(reader.big<std::uint32_t>());
    header.reference_fingerprint = LC_TRY(reader.big<std::uint32_t>());
  }
  return header;
}

}  // namespace lc::codec
