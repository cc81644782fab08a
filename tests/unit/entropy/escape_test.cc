#include "entropy/escape.h"

#include "support/test.h"

using namespace lc;
using namespace lc::entropy;

TEST_CASE("escape: values at the edges of every code length come back") {
  for (int order : {0, 1, 5, 12}) {
    CAPTURE(order);
    std::vector<std::uint32_t> values = {0, 1, 2, 65518};
    for (std::uint32_t x = 2u << order; x < 1u << 17; x *= 2)
      for (std::uint32_t near : {x - 1, x, x + 1}) values.push_back(near - (1u << order));
    RansEncoder encoder;
    for (std::uint32_t value : values) put_escape(encoder, value, order);
    Bytes bytes;
    encoder.finish(2, bytes);
    auto decoder = RansDecoder::create(bytes, 2);
    REQUIRE(decoder);
    for (std::uint32_t value : values) CHECK(take_escape(*decoder, order) == value);
    CHECK(decoder->ended_well());
  }
}

TEST_CASE("escape: an endless prefix is refused") {
  RansEncoder encoder;
  for (int i = 0; i < 40; ++i) encoder.put_bits(1, 1);
  Bytes bytes;
  encoder.finish(1, bytes);
  auto decoder = RansDecoder::create(bytes, 1);
  REQUIRE(decoder);
  CHECK_FALSE(take_escape(*decoder, 3));
}
