#include "entropy/cdf.h"

#include "support/test.h"

using namespace lc;
using entropy::CdfTables;

TEST_CASE("cdf tables: every slot is found in the interval that holds it") {
  const std::vector<std::uint16_t> rows = {1, 4093, 1, 1, /**/ 1024, 1024, 1024, 1024, /**/ 33, 31, 1, 4031};
  auto tables = CdfTables::create(rows, 4);
  REQUIRE(tables);
  CHECK(tables->tables() == 3);
  for (int table = 0; table < 3; ++table)
    for (std::uint32_t slot = 0; slot < 4096; ++slot) {
      const auto interval = tables->interval(table, tables->find(table, slot));
      REQUIRE(interval.start <= slot);
      REQUIRE(slot < std::uint32_t{interval.start} + interval.frequency);
    }
}

TEST_CASE("cdf tables: refuse what does not sum to 4096 or has a zero, by name") {
  const auto sentence = [](std::vector<std::uint16_t> rows) {
    auto tables = CdfTables::create(rows, 4);
    REQUIRE_FALSE(tables);
    CHECK(tables.error().code == Errc::corrupt);
    return tables.error().text;
  };
  CHECK(sentence({1024, 1024, 1024, 1023}) == "table 0: frequencies sum to 4095, not 4096");
  CHECK(sentence({1024, 1024, 1024, 1025}) == "table 0: frequencies sum to more than 4096");
  CHECK(sentence({1024, 1024, 1024, 1024, 65535, 65535, 65535, 65535}) ==
        "table 1: frequencies sum to more than 4096");
  CHECK(sentence({2048, 0, 1024, 1024}) == "table 0: symbol 1 has frequency 0");
  CHECK(sentence({}) == "0 tables, 1..64 are allowed");
  CHECK(sentence(std::vector<std::uint16_t>(65 * 4, 1024)) == "65 tables, 1..64 are allowed");
}
