#include <algorithm>

#include "seal/sframe_header.h"

#include "vectors.h"

using namespace lc;
using namespace lc::seal;

namespace {

std::string packed(std::uint64_t kid, std::uint64_t ctr) {
  std::array<std::byte, kMaxSframeHeaderBytes> out;
  return to_hex(ByteSpan(out).first(pack({kid, ctr}, out)));
}

}  // namespace

TEST_CASE("sframe header: a few of the RFC's vectors, kept here") {
  CHECK(packed(0, 0) == "00");
  CHECK(packed(0, 8) == "0808");
  CHECK(packed(7, 7) == "77");
  CHECK(packed(0xff, 0xffff) == "89ffffff");
  CHECK(packed(0x123, 0x4567) == "9901234567");
  CHECK(packed(~0ull, ~0ull) == "ffffffffffffffffffffffffffffffffff");
}

TEST_CASE("sframe header: all 289 vectors of RFC 9605, both ways") {
  LC_VECTORS(file, "sframe-rfc9605.json");
  int executed = 0, above_2_53 = 0;
  for (const auto& entry : file["header"]) {
    REQUIRE(entry["kid"].is_number_unsigned());
    const SframeHeader header{entry["kid"].get<std::uint64_t>(), entry["ctr"].get<std::uint64_t>()};
    if (std::max(header.kid, header.ctr) > (std::uint64_t{1} << 53)) ++above_2_53;
    const auto encoded = entry["encoded"].get<std::string>();
    CHECK(packed(header.kid, header.ctr) == encoded);
    Bytes bytes = from_hex(encoded).value();
    for (std::size_t size = 0; size < bytes.size(); ++size)
      CHECK_FALSE(unpack_sframe_header(ByteSpan(bytes).first(size)));
    bytes.push_back(std::byte{0xee});  // what follows is not the header's
    const auto unpacked = unpack_sframe_header(bytes);
    REQUIRE(unpacked);
    CHECK(unpacked->header == header);
    CHECK(unpacked->size == bytes.size() - 1);
    ++executed;
  }
  CHECK(executed == 289);
  CHECK(above_2_53 == 93);
}

TEST_CASE("sframe header: longer forms than needed are refused") {
  for (const char* hex : {"80"
                          "07",
                          "80"
                          "00",
                          "08"
                          "07",
                          "08"
                          "00",
                          "90"
                          "0001",
                          "09"
                          "0001",
                          "f0"
                          "00ffffffffffffff",
                          "0f"
                          "00ffffffffffffff",
                          "88"
                          "08"
                          "07",
                          "88"
                          "07"
                          "08"}) {
    CAPTURE(std::string(hex));
    CHECK_FALSE(unpack_sframe_header(from_hex(hex).value()));
  }
}

TEST_CASE("sframe header: of all headers of up to three bytes, those accepted are what pack writes") {
  int accepted = 0;
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      for (int third = 0; third < 256; ++third) {
        const std::array<std::byte, 3> bytes{std::byte(first), std::byte(second), std::byte(third)};
        const auto unpacked = unpack_sframe_header(bytes);
        if (!unpacked) continue;
        ++accepted;
        std::array<std::byte, kMaxSframeHeaderBytes> again;
        if (pack(unpacked->header, again) != unpacked->size ||
            !std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(unpacked->size),
                        again.begin()))
          FAIL("not minimal: " << to_hex(bytes));
      }
    }
  }
  // 64 short ones; 8 + 8 with one extended byte (248 values); one with two of them; 8 + 8 with two bytes
  CHECK(accepted == 64 * 65536 + 16 * 248 * 256 + 248 * 248 + 16 * (65536 - 256));
}
