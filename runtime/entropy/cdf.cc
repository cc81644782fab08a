#include "entropy/cdf.h"

namespace lc::entropy {

Result<CdfTables> CdfTables::create(std::span<const std::uint16_t> frequencies, int symbols) {
  LC_EXPECT(symbols >= 2 && symbols <= kMaxSymbols, "an alphabet has 2..64 symbols");
  const auto width = static_cast<std::size_t>(symbols);
  LC_EXPECT(frequencies.size() % width == 0, "tables are rows of one width");
  const std::size_t tables = frequencies.size() / width;
  if (tables < 1 || tables > kMaxTables) return fail(Errc::corrupt, "{} tables, 1..64 are allowed", tables);

  CdfTables made;
  made.tables_ = static_cast<int>(tables);
  made.symbols_ = symbols;
  made.intervals_.reserve(frequencies.size());
  made.first_.reserve(tables * kBuckets);
  for (std::size_t table = 0; table < tables; ++table) {
    std::uint32_t sum = 0;
    for (std::size_t symbol = 0; symbol < width; ++symbol) {
      const std::uint16_t frequency = frequencies[table * width + symbol];
      if (frequency == 0) return fail(Errc::corrupt, "table {}: symbol {} has frequency 0", table, symbol);
      if (sum + frequency > kProbabilityOne)
        return fail(Errc::corrupt, "table {}: frequencies sum to more than 4096", table);
      made.intervals_.push_back({static_cast<std::uint16_t>(sum), frequency});
      sum += frequency;
      while (((made.first_.size() - table * kBuckets) << kBucketShift) < sum)
        made.first_.push_back(static_cast<std::uint8_t>(symbol));
    }
    if (sum != kProbabilityOne)
      return fail(Errc::corrupt, "table {}: frequencies sum to {}, not 4096", table, sum);
  }
  return made;
}

}  // namespace lc::entropy
