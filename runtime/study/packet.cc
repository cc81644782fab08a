#include "study/packet.h"

namespace lc::study {

void pack_packet(const Packet& packet, Bytes& out) {
  LC_EXPECT(packet.cipher.size() < 256 && packet.variant.size() < 256 && packet.description.size() < 65536,
            "names that fit their lengths");
  const ByteSpan magic = as_bytes(kPacketMagic);
  out.assign(magic.begin(), magic.end());
  Writer writer(out);
  writer.big(static_cast<std::uint8_t>(packet.cipher.size()));
  writer.text(packet.cipher);
  writer.big(static_cast<std::uint8_t>(packet.variant.size()));
  writer.text(packet.variant);
  writer.big(static_cast<std::uint16_t>(packet.description.size()));
  writer.text(packet.description);
  writer.big(static_cast<std::uint32_t>(packet.shape.width));
  writer.big(static_cast<std::uint32_t>(packet.shape.height));
  writer.big(static_cast<std::uint8_t>(packet.shape.channels));
  writer.big(static_cast<std::uint8_t>(packet.shape.sample));
  writer.bytes(packet.payload);
}

Result<Packet> unpack_packet(ByteSpan message) {
  Reader reader(message);
  const auto magic = reader.take(kPacketMagic.size());
  if (!magic || as_text(*magic) != kPacketMagic) return fail(Errc::bad_format, "not a study packet");
  Packet out;
  out.cipher = as_text(LC_TRY(reader.take(LC_TRY(reader.big<std::uint8_t>()))));
  out.variant = as_text(LC_TRY(reader.take(LC_TRY(reader.big<std::uint8_t>()))));
  out.description = as_text(LC_TRY(reader.take(LC_TRY(reader.big<std::uint16_t>()))));
  const std::uint64_t width = LC_TRY(reader.big<std::uint32_t>()), height = LC_TRY(reader.big<std::uint32_t>());
  const std::uint64_t channels = LC_TRY(reader.big<std::uint8_t>()), sample = LC_TRY(reader.big<std::uint8_t>());
  if (width == 0 || height == 0 || channels == 0 || sample > 1 || width > kMaxPlainBytes || height > kMaxPlainBytes ||
      width * height > kMaxPlainBytes / channels / (sample == 1 ? 4 : 1))
    return fail(Errc::corrupt, "a study packet of {} x {} x {} samples of kind {}", width, height, channels, sample);
  out.shape = {static_cast<int>(width), static_cast<int>(height), static_cast<int>(channels),
               static_cast<Sample>(sample)};
  out.payload = reader.rest();
  return out;
}

}  // namespace lc::study
