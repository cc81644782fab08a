#include "seal/sframe_header.h"

#include <bit>

namespace lc::seal {
namespace {

// Bytes that a number takes when it does not fit into its three bits.
std::size_t width(std::uint64_t value) { return (static_cast<std::size_t>(std::bit_width(value)) + 7) / 8; }

std::size_t put(std::uint64_t value, std::span<std::byte> out) {
  const std::size_t count = width(value);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::byte>(value >> (8 * (count - 1 - i)));
  return count;
}

// One of the two numbers; `bits` are its four bits of the first byte.
std::optional<std::uint64_t> take(unsigned bits, ByteSpan bytes, std::size_t& at) {
  if ((bits & 8) == 0) return bits;
  const std::size_t count = (bits & 7) + 1;
  if (bytes.size() - at < count) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | std::to_integer<std::uint64_t>(bytes[at + i]);
  at += count;
  if (value < 8 || width(value) != count) return std::nullopt;
  return value;
}

}  // namespace

std::size_t pack(const SframeHeader& header, std::span<std::byte, kMaxSframeHeaderBytes> out) {
  const auto bits = [](std::uint64_t value) { return value < 8 ? value : 8 | (width(value) - 1); };
  out[0] = static_cast<std::byte>(bits(header.kid) << 4 | bits(header.ctr));
  std::size_t at = 1;
  if (header.kid >= 8) at += put(header.kid, out.subspan(at));
  if (header.ctr >= 8) at += put(header.ctr, out.subspan(at));
  return at;
}

std::optional<UnpackedSframeHeader> unpack_sframe_header(ByteSpan bytes) {
  if (bytes.empty()) return std::nullopt;
  const auto first = std::to_integer<unsigned>(bytes[0]);
  std::size_t at = 1;
  const auto kid = take(first >> 4, bytes, at);
  if (!kid) return std::nullopt;
  const auto ctr = take(first & 15, bytes, at);
  if (!ctr) return std::nullopt;
  return UnpackedSframeHeader{{*kid, *ctr}, at};
}

}  // namespace lc::seal
