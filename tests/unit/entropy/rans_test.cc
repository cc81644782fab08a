#include "entropy/rans.h"

#include <cmath>
#include <random>

#include "support/test.h"

using namespace lc;
using namespace lc::entropy;

namespace {

// Three tables of four symbols: skewed, flat, and one with nearly everything on the last symbol.
CdfTables tables() {
  const std::vector<std::uint16_t> rows = {3000, 1000, 95, 1, 1024, 1024, 1024, 1024, 1, 1, 1, 4093};
  auto made = CdfTables::create(rows, 4);
  REQUIRE(made);
  return *made;
}

struct Coded {
  int table, symbol;
};

Bytes encode(const CdfTables& t, const std::vector<Coded>& input, int lanes) {
  RansEncoder encoder;
  for (const auto& item : input) encoder.put(t.interval(item.table, item.symbol));
  Bytes bytes;
  encoder.finish(lanes, bytes);
  return bytes;
}

// Bytes before and after the payload that nobody may touch or need.
void round_trip(const CdfTables& t, const std::vector<Coded>& input) {
  for (int lanes : {1, 2, 4}) {
    CAPTURE(lanes);
    const Bytes bytes = encode(t, input, lanes);
    Bytes guarded(8, std::byte{0xa5});
    guarded.insert(guarded.end(), bytes.begin(), bytes.end());
    guarded.insert(guarded.end(), 8, std::byte{0xa5});
    auto decoder = RansDecoder::create(ByteSpan(guarded).subspan(8, bytes.size()), lanes);
    REQUIRE(decoder);
    for (const auto& item : input) REQUIRE(decoder->take(t, item.table) == item.symbol);
    CHECK(decoder->has_words());
    CHECK(decoder->ended_well());
  }
}

std::vector<Coded> random_symbols(const CdfTables& t, std::size_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<Coded> input;
  for (std::size_t i = 0; i < count; ++i) {
    const int table = static_cast<int>(random() % 3);
    input.push_back({table, t.find(table, random() % 4096)});
  }
  return input;
}

}  // namespace

TEST_CASE("rans: nothing is the bare states") {
  round_trip(tables(), {});
  CHECK(encode(tables(), {}, 4).size() == 16);
}

TEST_CASE("rans: each symbol alone comes back") {
  for (int table = 0; table < 3; ++table)
    for (int symbol = 0; symbol < 4; ++symbol) round_trip(tables(), {{table, symbol}});
}

TEST_CASE("rans: runs come back") {
  for (int symbol = 0; symbol < 4; ++symbol) {
    round_trip(tables(), std::vector<Coded>(1001, {0, symbol}));
    round_trip(tables(), std::vector<Coded>(1001, {2, symbol}));
  }
}

TEST_CASE("rans: a certain symbol costs nothing") {
  RansEncoder encoder;
  for (int i = 0; i < 1000; ++i) encoder.put({0, 4096});
  Bytes bytes;
  encoder.finish(1, bytes);
  CHECK(bytes.size() == 4);
  auto decoder = RansDecoder::create(bytes, 1);
  REQUIRE(decoder);
  for (int i = 0; i < 1000; ++i) decoder->advance({0, 4096});
  CHECK(decoder->ended_well());
}

TEST_CASE("rans: random symbols, flags and plain bits come back in any mixture") {
  const auto t = tables();
  for (std::uint32_t seed = 1; seed <= 20; ++seed) round_trip(t, random_symbols(t, seed * 37, seed));

  RansEncoder encoder;
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    encoder.put_bits(random() % 4096, 12);
    encoder.put_bits(random() % 8, 3);
    const bool set = random() % 2 != 0;
    encoder.put(set ? Interval{4000, 96} : Interval{0, 4000});
  }
  Bytes bytes;
  encoder.finish(4, bytes);
  auto decoder = RansDecoder::create(bytes, 4);
  REQUIRE(decoder);
  random.seed(7);
  for (int i = 0; i < 2000; ++i) {
    REQUIRE(decoder->take_bits(12) == random() % 4096);
    REQUIRE(decoder->take_bits(3) == random() % 8);
    REQUIRE(decoder->take_flag(4000) == (random() % 2 != 0));
  }
  CHECK(decoder->ended_well());
}

TEST_CASE("rans: finish appends and an encoder can be used again") {
  const auto t = tables();
  RansEncoder encoder;
  encoder.put(t.interval(1, 2));
  Bytes out = {std::byte{1}, std::byte{2}};
  encoder.finish(1, out);
  const Bytes alone = encode(t, {{1, 2}}, 1);
  CHECK(Bytes(out.begin() + 2, out.end()) == alone);
  encoder.clear();
  encoder.put(t.interval(1, 2));
  Bytes again;
  encoder.finish(1, again);
  CHECK(again == alone);
}

TEST_CASE("rans: 100,000 symbols take within 1 % of their information") {
  const auto t = tables();
  const auto input = random_symbols(t, 100'000, 5);
  double bits = 0;
  for (const auto& item : input) bits -= std::log2(t.interval(item.table, item.symbol).frequency / 4096.0);
  const auto size = static_cast<double>(encode(t, input, 4).size());
  CHECK(size * 8 < bits * 1.01);
  CHECK(size * 8 > bits * 0.999);
}

TEST_CASE("rans: truncated bytes are named so, and decoding them ends") {
  const auto t = tables();
  const auto input = random_symbols(t, 300, 3);
  const Bytes bytes = encode(t, input, 2);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    CAPTURE(length);
    auto decoder = RansDecoder::create(ByteSpan(bytes).first(length), 2);
    if (length < 8) {
      REQUIRE_FALSE(decoder);
      CHECK(decoder.error().code == Errc::truncated);
      continue;
    }
    REQUIRE(decoder);
    for (const auto& item : input) decoder->take(t, item.table);
    CHECK_FALSE(decoder->has_words());
    auto end = decoder->ended_well();
    REQUIRE_FALSE(end);
    CHECK(end.error().code == Errc::truncated);
  }
}

TEST_CASE("rans: bytes left over and wrong tables are corrupt") {
  const auto t = tables();
  const auto input = random_symbols(t, 300, 3);
  Bytes bytes = encode(t, input, 2);
  bytes.resize(bytes.size() + 2);
  auto decoder = RansDecoder::create(bytes, 2);
  REQUIRE(decoder);
  for (const auto& item : input) decoder->take(t, item.table);
  auto end = decoder->ended_well();
  REQUIRE_FALSE(end);
  CHECK(end.error().code == Errc::corrupt);

  // A flat table, read where a skewed one was written: the same number of symbols does not end in the same
  // state.
  bytes.resize(bytes.size() - 2);
  auto other = RansDecoder::create(bytes, 2);
  REQUIRE(other);
  for (std::size_t i = 0; i < input.size(); ++i) other->take(t, 1);
  CHECK_FALSE(other->ended_well());
}

TEST_CASE("rans: every flipped bit gives symbols of the alphabet, and is noticed by symbol or by state") {
  const auto t = tables();
  const auto input = random_symbols(t, 120, 9);
  const Bytes good = encode(t, input, 1);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    CAPTURE(bit);
    Bytes bytes = good;
    bytes[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
    auto decoder = RansDecoder::create(bytes, 1);
    if (!decoder) continue;
    bool same = true;
    for (const auto& item : input) {
      const int symbol = decoder->take(t, item.table);
      REQUIRE((symbol >= 0 && symbol < 4));
      same = same && symbol == item.symbol;
    }
    CHECK_FALSE((same && decoder->ended_well()));
  }
}
