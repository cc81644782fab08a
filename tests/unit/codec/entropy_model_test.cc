#include "codec/entropy_model.h"

#include <limits>

#include "base/file.h"
#include "format_page.h"
#include "support/toy_bundle.h"

using namespace lc;
using codec::EntropyModel;

namespace {

std::string refusal(const test::EntropyTables& tables) {
  auto model = EntropyModel::parse(test::pack(tables));
  REQUIRE_FALSE(model);
  return model.error().text;
}

}  // namespace

TEST_CASE("entropy model: the example of FORMAT.md has the values that the page says") {
  const Bytes page = test::page_bytes("entropy.bin");
  const auto seed = load_file(test::source_root() / "tests/fuzz/corpus/fuzz-codec-tables/page");
  REQUIRE(seed);
  CHECK(*seed == page);
  const auto model = EntropyModel::parse(page);
  REQUIRE(model);
  CHECK(model->channels() == 3);
  CHECK(model->qualities() == 1);
  CHECK(model->clip() == 31);
  CHECK(model->channel_of_rank()[0] == 1);
  CHECK(model->forward_gain(0)[0] == 2.0f);
  CHECK(model->inverse_gain(0)[0] == 0.5f);
  CHECK(model->predictors(0)[0].terms ==
        std::vector<codec::SignedPredictor::Term>{{0, 0, 192}, {1, 0, 128}, {2, 0, -96}, {3, 0, 32}});
  const auto& weights = model->fresh_weights(0);
  CHECK(weights.bias[0] == 500);
  CHECK(weights.bias[2] == -20);
  CHECK(weights.near[codec::ContextWeights::up_left][2] == 0);
  CHECK(weights.earlier[0 * 16 + 2] == 40);
  CHECK(weights.earlier[1 * 16 + 2] == 60);
  CHECK(model->flag_classes().of(800) == 1);
  CHECK(model->boost(1) == 341);
  CHECK(model->flag_zero(1) == 1024);
  CHECK(model->table_classes().of(666) == 0);
  CHECK(model->tables().interval(1, 15).frequency == 2428);
  CHECK(model->escape_order(1) == 2);
}

TEST_CASE("entropy model: the toy's tables come back from their bytes") {
  auto tables = test::toy_tables(20);
  tables.modes.assign(30, 0);
  for (std::size_t i = 0; i < 30; i += 3)
    tables.modes[i] = 4000, tables.modes[i + 1] = 90, tables.modes[i + 2] = 6;
  tables.delta_weights = tables.weights;
  tables.delta_weights[0].bias[3] = -77;
  const auto model = EntropyModel::parse(test::pack(tables));
  REQUIRE(model);
  CHECK(model->stride() == 32);
  CHECK(model->groups() == 3);
  CHECK(model->level(31) == 0);
  CHECK(model->level(32) == 1);
  CHECK(model->mode_sets() == 2);
  CHECK(model->delta_weights(0).bias[3] == -77);
  CHECK(model->fresh_weights(0).bias[3] == 150);
  CHECK(model->fresh_weights(1).near[0].size() == 32);
  CHECK(model->fresh_weights(1).near[0][19] == 1000);
  CHECK(model->fresh_weights(1).near[0][20] == 0);
}

TEST_CASE("entropy model: without a mode section the sets that FORMAT.md prints hold") {
  const auto model = EntropyModel::parse(test::pack(test::toy_tables()));
  REQUIRE(model);
  CHECK(model->mode_sets() == 4);
  const auto page = load_file(test::source_root() / "runtime/codec/FORMAT.md");
  REQUIRE(page);
  for (int set = 0; set < 4; ++set) {
    std::string row = fmt::format("\n| {} |", set);
    for (int context = 0; context < codec::kModeContexts; ++context) {
      for (int mode = 0; mode < codec::kModes; ++mode)
        row +=
            fmt::format(" {}", model->modes().interval(set * codec::kModeContexts + context, mode).frequency);
      row += " |";
    }
    CAPTURE(row);
    CHECK(as_text(*page).find(row) != std::string_view::npos);
  }
}

TEST_CASE("entropy model: sections of the future are skipped or refused by their first letter") {
  Bytes bytes = test::pack(test::toy_tables());
  test::append_section(bytes, "soon", test::pack(test::toy_tables()));
  CHECK(EntropyModel::parse(bytes));
  test::append_section(bytes, "SOON", ByteSpan{});
  auto refused = EntropyModel::parse(bytes);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::unsupported);
  bytes = test::pack(test::toy_tables());
  test::append_section(bytes, "LEVL", ByteSpan{});
  CHECK(EntropyModel::parse(bytes).error().text == "section LEVL stands twice");
  CHECK(EntropyModel::parse(as_bytes("LCE1")).error().text == "section HEAD is missing");
  CHECK(EntropyModel::parse(as_bytes("PNG!")).error().code == Errc::bad_format);
}

TEST_CASE("entropy model: hostile tables are refused by section and reason") {
  auto t = test::toy_tables();
  SUBCASE("channels") {
    t.channels = 513;
    CHECK(refusal(t) == "section HEAD: 513 channels, allowed are 1..512");
  }
  SUBCASE("qualities") {
    t.qualities = 65;
    CHECK(refusal(t) == "section HEAD: number of qualities is 65, allowed are 1..64");
  }
  SUBCASE("clip") {
    t.clip = 64;
    CHECK(refusal(t) == "section HEAD: clip is 64, allowed are 1..63");
  }
  SUBCASE("gain") {
    t.inverse[70] = std::numeric_limits<float>::quiet_NaN();
    CHECK(refusal(t) == "section GAIN: gain nan is outside 0..1e6");
  }
  SUBCASE("order") {
    t.order[2] = 5;
    t.order[3] = 5;
    CHECK(refusal(t) == "section ORDR: channel 5 is out of range or stands twice");
  }
  SUBCASE("level") {
    t.level[63] = 2;
    CHECK(refusal(t) == "section LEVL: level 2, there are 2");
  }
  SUBCASE("bias") {
    t.weights[1].bias[0] = (1 << 28) + 1;
    CHECK(refusal(t) == "section CTXW: bias 268435457 is beyond 2^28");
  }
  SUBCASE("predictor") {
    t.predictors[1] = {{4, {{0, 0, 1}}}, {4, {{0, 0, 1}}}};
    CHECK(refusal(t) == "section DPCM: predicted rank 4 follows 4: ranks ascend below 16");
  }
  SUBCASE("predictor without terms") {
    t.predictors[0] = {{4, {}}};
    CHECK(refusal(t) == "section DPCM: number of terms is 0, allowed are 1..32");
  }
  SUBCASE("place") {
    t.predictors[0] = {{4, {{5, 0, 1}}}};
    CHECK(refusal(t) == "section DPCM: place is 5, allowed are 0..4");
  }
  SUBCASE("a rank that comes later") {
    t.predictors[0] = {{4, {{4, 4, 1}}}};
    CHECK(refusal(t) == "section DPCM: rank 4 predicts rank 4 from place 4: it must be below 4");
  }
  SUBCASE("a rank of this position that may have been changed") {
    t.predictors[0] = {{12, {{4, 8, 1}}}};
    CHECK(refusal(t) == "section DPCM: rank 8 predicts rank 12 from place 4: it must be below 8");
  }
  SUBCASE("term weight") {
    t.predictors[0] = {{4, {{0, 0, -1025}}}};
    CHECK(refusal(t) == "section DPCM: weight -1025 of a predictor is beyond 1024");
  }
  SUBCASE("table") {
    t.tables[3].frequency[31] = 0;
    CHECK(refusal(t) == "section TABL: table 3: symbol 31 has frequency 0");
  }
  SUBCASE("table sum") {
    ++t.tables[23].frequency[15];
    CHECK(refusal(t) == "section TABL: table 23: frequencies sum to more than 4096");
  }
  SUBCASE("escape order") {
    t.tables[0].escape_order = 13;
    CHECK(refusal(t) == "section TABL: escape_k is 13, allowed are 0..12");
  }
  SUBCASE("thresholds") {
    t.table_thresholds[4] = t.table_thresholds[3] - 1;
    CHECK(refusal(t).rfind("section TABL: thresholds must ascend within 0..2^24", 0) == 0);
  }
  SUBCASE("negative threshold") {
    t.flag_thresholds[0] = -1;
    CHECK(refusal(t) == "section FLAG: thresholds must ascend within 0..2^24, -1 follows 0");
  }
  SUBCASE("flag") {
    t.flags[1].zero = 4096;
    CHECK(refusal(t) == "section FLAG: frequency 4096 of class 1 is outside 1..4095");
  }
  SUBCASE("modes") {
    t.modes.assign(9 * 15, 1365);
    CHECK(refusal(t) == "section mode: 9 sets, allowed are 1..8");
  }
  SUBCASE("leftover") {
    t.order.push_back(0);
    CHECK(refusal(t) == "section ORDR: 2 bytes too many");
  }
}

TEST_CASE("entropy model: every prefix is refused, every flipped bit is survived") {
  const Bytes good = test::page_bytes("entropy.bin");
  for (std::size_t length = 0; length < good.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(EntropyModel::parse(ByteSpan(good).first(length)));
  }
  int refused = 0;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bytes = good;
    bytes[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
    if (!EntropyModel::parse(bytes)) ++refused;
  }
  CHECK(refused > 1000);  // frequencies alone are 1024 bits, and each breaks a sum
}
