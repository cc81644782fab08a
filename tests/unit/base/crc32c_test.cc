#include "base/crc32c.h"

#include <random>

#include "support/test.h"

using namespace lc;

TEST_CASE("crc32c: the known answers of RFC 3720, appendix B.4") {
  CHECK(crc32c(as_bytes("123456789")) == 0xe3069283);
  CHECK(crc32c(Bytes(32, std::byte{0})) == 0x8a9136aa);
  CHECK(crc32c(Bytes(32, std::byte{0xff})) == 0x62a8ab43);
  CHECK(crc32c({}) == 0);
}

TEST_CASE("crc32c: agrees with its slow twin at every length, start and cut") {
  std::mt19937 random(7);
  Bytes bytes(300);
  for (auto& b : bytes) b = static_cast<std::byte>(random());
  for (std::size_t length = 0; length <= 64; ++length)
    for (std::size_t start = 0; start < 9; ++start) {
      const auto part = ByteSpan(bytes).subspan(start, length);
      REQUIRE(crc32c(part) == crc32c_reference(part));
    }
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut)
    REQUIRE(crc32c(ByteSpan(bytes).subspan(cut), crc32c(ByteSpan(bytes).first(cut))) == crc32c_reference(bytes));
}
