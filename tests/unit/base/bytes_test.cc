#include "base/bytes.h"

#include "support/test.h"

using namespace lc;

TEST_CASE("reader: integers in both byte orders, and what was written comes back") {
  Bytes bytes;
  Writer out(bytes);
  out.big<std::uint16_t>(0x0102);
  out.little<std::uint32_t>(0x03040506);
  out.big<std::uint64_t>(0xfedcba9876543210);
  CHECK(to_hex(bytes) == "010206050403fedcba9876543210");
  Reader in(bytes);
  CHECK(in.big<std::uint16_t>() == std::uint16_t{0x0102});
  CHECK(in.little<std::uint32_t>() == std::uint32_t{0x03040506});
  CHECK(in.big<std::uint64_t>() == std::uint64_t{0xfedcba9876543210});
  CHECK(in.remaining() == 0);
}

TEST_CASE("reader: every take past the end is truncated, and moves nothing") {
  const Bytes bytes(5);
  for (std::size_t count = 6; count < 20; ++count) {
    Reader in(bytes);
    auto part = in.take(count);
    REQUIRE_FALSE(part);
    CHECK(part.error().code == Errc::truncated);
    CHECK(in.remaining() == 5);
  }
  Reader in(bytes);
  CHECK_FALSE(in.big<std::uint64_t>());
  CHECK_FALSE(in.take(std::size_t(-1)));
  CHECK(in.take(5));
}

TEST_CASE("hex: round trip, and refusals that name the place") {
  Bytes all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<std::byte>(i));
  CHECK(from_hex(to_hex(all)).value() == all);
  CHECK(from_hex("AbCd").value() == from_hex("abcd").value());
  CHECK_FALSE(from_hex("abc"));
  CHECK(from_hex("ab0g").error().text == "'0g' at 2 is not hex");
}
