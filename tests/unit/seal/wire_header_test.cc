#include "seal/wire_header.h"

#include "support/test.h"

using namespace lc;
using namespace lc::seal;

namespace {

WireHeader example() {
  WireHeader header;
  header.type = MessageType::frame;
  for (std::size_t i = 0; i < 8; ++i) header.device[i] = std::byte(0xd0 + i);
  header.stream = 0x0102;
  header.is_key_frame = true;
  header.is_padded = true;
  header.codec = kCodecLatent;
  for (std::size_t i = 0; i < 16; ++i) header.session[i] = std::byte(0x50 + i);
  header.capture_ns = 0x1122334455667788;
  header.model = {std::byte{0xaa}, std::byte{0xbb}, std::byte{0xcc}, std::byte{0xdd}};
  return header;
}

Bytes packed(const WireHeader& header) {
  Bytes out(kWireHeaderBytes);
  pack(header, std::span<std::byte, kWireHeaderBytes>(out.data(), out.size()));
  return out;
}

bool accepts(const Bytes& bytes) { return unpack_wire_header(bytes).has_value(); }

}  // namespace

TEST_CASE("wire header: has the layout that FORMAT.md describes, and comes back") {
  const Bytes bytes = packed(example());
  CHECK(to_hex(bytes) ==
        "4c433146"
        "d0d1d2d3d4d5d6d7"
        "0102"
        "0030"
        "06"
        "01"
        "0000"
        "505152535455565758595a5b5c5d5e5f"
        "1122334455667788"
        "aabbccdd");
  CHECK(unpack_wire_header(bytes) == example());
}

TEST_CASE("wire header: each fault is refused") {
  const Bytes good = packed(example());
  const auto with = [&](std::size_t at, unsigned value) {
    Bytes bytes = good;
    bytes[at] = std::byte(value);
    return bytes;
  };
  for (std::size_t size = 0; size < good.size(); ++size)
    CHECK_FALSE(unpack_wire_header(ByteSpan(good).first(size)));
  CHECK_FALSE(accepts(with(0, 'l')));
  CHECK_FALSE(accepts(with(2, '2')));
  CHECK_FALSE(accepts(with(3, 'X')));
  for (unsigned bit = 3; bit < 8; ++bit) CHECK_FALSE(accepts(with(16, 1u << bit)));
  CHECK_FALSE(accepts(with(18, 1)));
  CHECK_FALSE(accepts(with(19, 1)));
  for (const unsigned size : {0u, 47u, 49u, 255u}) CHECK_FALSE(accepts(with(15, size)));
  CHECK_FALSE(accepts(with(14, 1)));  // 304 bytes
}

TEST_CASE("wire header: flags belong to types") {
  for (const MessageType type :
       {MessageType::announcement, MessageType::heartbeat, MessageType::end, MessageType::request}) {
    WireHeader header;
    header.type = type;
    header.is_key_frame = true;
    CHECK_FALSE(accepts(packed(header)));
  }
  WireHeader header;
  header.type = MessageType::announcement;
  header.is_signed = true;
  CHECK(accepts(packed(header)));
  header.is_padded = true;
  CHECK_FALSE(accepts(packed(header)));
}

TEST_CASE("wire header: clear fields that may be skipped are, others are refused") {
  Bytes bytes = packed(example());
  for (const unsigned b : {0x01u, 2u, 7u, 7u, 0x7fu, 0u}) bytes.push_back(std::byte(b));
  bytes[15] = std::byte(bytes.size());
  REQUIRE(accepts(bytes));
  CHECK(unpack_wire_header(bytes)->size == 54);
  Bytes critical = bytes;
  critical[48] = std::byte{0x80};
  CHECK_FALSE(accepts(critical));
  // The one that is known, with its size, once.
  Bytes hedged = packed(example());
  hedged.push_back(std::byte{0x80});
  hedged.push_back(std::byte{16});
  for (int i = 0; i < 16; ++i) hedged.push_back(std::byte(i));
  hedged[15] = std::byte(hedged.size());
  REQUIRE(accepts(hedged));
  CHECK(std::to_integer<int>((*unpack_wire_header(hedged)->hedge)[15]) == 15);
  Bytes twice = hedged;
  twice.insert(twice.end(), hedged.begin() + 48, hedged.end());
  twice[15] = std::byte(twice.size());
  CHECK_FALSE(accepts(twice));
  hedged[49] = std::byte{15};
  CHECK_FALSE(accepts(hedged));
  Bytes too_long = bytes;
  too_long[53] = std::byte{1};
  CHECK_FALSE(accepts(too_long));
}
