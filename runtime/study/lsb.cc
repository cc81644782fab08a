#include "study/lsb.h"

namespace lc::study {
namespace {

constexpr std::size_t kLengthBytes = 4;

void hide_byte(std::byte value, std::span<std::byte> place) {
  for (std::size_t i = 0; i < 8; ++i) place[i] = (place[i] & std::byte{0xFE}) | (value >> (7 - i) & std::byte{1});
}

std::byte read_byte(ByteSpan place) {
  std::byte value{};
  for (std::size_t i = 0; i < 8; ++i) value = value << 1 | (place[i] & std::byte{1});
  return value;
}

}  // namespace

Result<> hide_message(ByteSpan message, std::span<std::byte> picture) {
  const std::size_t room = picture.size() / 8;
  if (room < kLengthBytes || message.size() > room - kLengthBytes)
    return fail(Errc::unsupported, "a message of {} bytes needs a picture of {} bytes, this one has {}", message.size(),
                8 * (message.size() + kLengthBytes), picture.size());
  Bytes framed;
  framed.reserve(kLengthBytes + message.size());
  Writer writer(framed);
  writer.big(static_cast<std::uint32_t>(message.size()));
  writer.bytes(message);
  for (std::size_t i = 0; i < framed.size(); ++i) hide_byte(framed[i], picture.subspan(8 * i, 8));
  return {};
}

Result<Bytes> read_message(ByteSpan picture) {
  const std::size_t room = picture.size() / 8;
  std::size_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes && i < room; ++i)
    length = length << 8 | std::to_integer<std::size_t>(read_byte(picture.subspan(8 * i, 8)));
  if (room < kLengthBytes || length > room - kLengthBytes)
    return fail(Errc::bad_format, "no hidden message: it would have {} bytes, the picture has room for {}", length,
                room < kLengthBytes ? 0 : room - kLengthBytes);
  Bytes message(length);
  for (std::size_t i = 0; i < length; ++i) message[i] = read_byte(picture.subspan(8 * (kLengthBytes + i), 8));
  return message;
}

}  // namespace lc::study
