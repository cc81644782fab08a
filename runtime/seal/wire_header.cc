#include "seal/wire_header.h"

#include <algorithm>
#include <cstring>

#include "seal/big_endian.h"

namespace lc::seal {
namespace {

constexpr std::array<std::byte, 3> kMagic{std::byte{'L'}, std::byte{'C'}, std::byte{'1'}};
constexpr unsigned kSigned = 1, kPadded = 2, kKeyFrame = 4;

bool is_type(std::byte b) {
  switch (static_cast<MessageType>(b)) {
    case MessageType::frame:
    case MessageType::announcement:
    case MessageType::heartbeat:
    case MessageType::end:
    case MessageType::request:
      return true;
  }
  return false;
}

unsigned allowed_flags(MessageType type) {
  switch (type) {
    case MessageType::frame:
      return kSigned | kPadded | kKeyFrame;
    case MessageType::heartbeat:
    case MessageType::end:
      return kSigned | kPadded;
    case MessageType::announcement:
      return kSigned;
    case MessageType::request:
      return 0;
  }
  return 0;
}

constexpr unsigned kHedgeTag = 0x80;

// Clear fields: tag (1 byte), length (1 byte), value. Tags below 0x80 may be skipped.
bool take_clear_fields(ByteSpan fields, WireHeader& into) {
  while (!fields.empty()) {
    if (fields.size() < 2) return false;
    const auto tag = std::to_integer<unsigned>(fields[0]);
    const std::size_t size = std::to_integer<std::size_t>(fields[1]);
    if (fields.size() < 2 + size) return false;
    if (tag >= 0x80) {
      if (tag != kHedgeTag || size != 16 || into.hedge) return false;
      into.hedge.emplace();
      std::memcpy(into.hedge->data(), fields.data() + 2, 16);
    }
    fields = fields.subspan(2 + size);
  }
  return true;
}

template <std::size_t N>
std::array<std::byte, N> array_at(const std::byte* at) {
  std::array<std::byte, N> out;
  std::memcpy(out.data(), at, N);
  return out;
}

}  // namespace

void pack(const WireHeader& header, std::span<std::byte, kWireHeaderBytes> out) {
  LC_EXPECT(header.size >= kWireHeaderBytes && header.size <= kMaxWireHeaderBytes, "a header of 48 to 256 bytes");
  std::byte* p = out.data();
  std::memcpy(p, kMagic.data(), 3);
  p[3] = static_cast<std::byte>(header.type);
  std::memcpy(p + 4, header.device.data(), 8);
  put_big<std::uint16_t>(p + 12, header.stream);
  put_big<std::uint16_t>(p + 14, static_cast<std::uint16_t>(header.size));
  p[16] = static_cast<std::byte>((header.is_signed ? kSigned : 0) | (header.is_padded ? kPadded : 0) |
                                 (header.is_key_frame ? kKeyFrame : 0));
  p[17] = static_cast<std::byte>(header.codec);
  put_big<std::uint16_t>(p + 18, 0);
  std::memcpy(p + 20, header.session.data(), 16);
  put_big<std::uint64_t>(p + 36, header.capture_ns);
  std::memcpy(p + 44, header.model.data(), 4);
}

std::optional<WireHeader> unpack_wire_header(ByteSpan message) {
  if (message.size() < kWireHeaderBytes || message.size() > kMaxMessageBytes) return std::nullopt;
  const std::byte* p = message.data();
  if (!std::equal(kMagic.begin(), kMagic.end(), p) || !is_type(p[3])) return std::nullopt;
  WireHeader header;
  header.type = static_cast<MessageType>(p[3]);
  header.device = array_at<8>(p + 4);
  header.stream = get_big<std::uint16_t>(p + 12);
  header.size = get_big<std::uint16_t>(p + 14);
  const auto flags = std::to_integer<unsigned>(p[16]);
  if ((flags & ~allowed_flags(header.type)) != 0 || get_big<std::uint16_t>(p + 18) != 0) return std::nullopt;
  header.is_signed = (flags & kSigned) != 0;
  header.is_padded = (flags & kPadded) != 0;
  header.is_key_frame = (flags & kKeyFrame) != 0;
  header.codec = std::to_integer<std::uint8_t>(p[17]);
  header.session = array_at<16>(p + 20);
  header.capture_ns = get_big<std::uint64_t>(p + 36);
  header.model = array_at<4>(p + 44);
  if (header.size < kWireHeaderBytes || header.size > kMaxWireHeaderBytes || header.size > message.size() ||
      !take_clear_fields(message.subspan(kWireHeaderBytes, header.size - kWireHeaderBytes), header))
    return std::nullopt;
  return header;
}

void pack_hedge_head(std::span<std::byte, 2> out) {
  out[0] = std::byte{kHedgeTag};
  out[1] = std::byte{16};
}

}  // namespace lc::seal
