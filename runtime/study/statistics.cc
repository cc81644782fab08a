#include "study/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "quality/correlation.h"
#include "quality/deviation.h"
#include "quality/differential.h"
#include "quality/histogram.h"
#include "quality/psnr.h"
#include "quality/sp800_22.h"
#include "quality/ssim.h"
#include "study/attack.h"

namespace lc::study {
namespace {

using quality::Interval;
namespace sp = quality::sp800_22;

constexpr double kLevel = 0.05;
constexpr std::size_t kLeastChiSquare = 5 * 256;
constexpr std::size_t kTestedBytes = 125000;  // 10^6 bits for the tests of SP 800-22

class Table {
 public:
  void told(std::string metric, double value, std::string expected) {
    rows.push_back({std::move(metric), value, std::move(expected), Outcome::told});
  }
  void within(std::string metric, double value, const Interval& interval) {
    rows.push_back({std::move(metric), value, fmt::format("{:.4f} to {:.4f}", interval.low, interval.high),
                    interval.contains(value) ? Outcome::passed : Outcome::failed});
  }
  void at_least(std::string metric, double value, double least) {
    rows.push_back({std::move(metric), value, fmt::format("{:.4f} or more", least),
                    value >= least ? Outcome::passed : Outcome::failed});
  }
  void at_most(std::string metric, double value, double most) {
    rows.push_back({std::move(metric), value, fmt::format("{:.4f} or less", most),
                    value <= most ? Outcome::passed : Outcome::failed});
  }

  std::vector<Statistic> rows;
};

// Of the beginnings where one is longer.
void differential_rows(Table& table, const std::string& when, ByteSpan a, ByteSpan b) {
  const std::size_t bytes = std::min(a.size(), b.size());
  a = a.first(bytes), b = b.first(bytes);
  const quality::Differential d = quality::differential(a, b);
  table.at_least("NPCR in %, " + when, d.npcr, quality::npcr_critical(a.size(), kLevel));
  table.within("UACI in %, " + when, d.uaci, quality::uaci_critical(a.size(), kLevel));
}

void histogram_rows(Table& table, ByteSpan cipher) {
  const quality::Histogram h = quality::histogram(cipher);
  const quality::EntropyMoments random = quality::random_entropy(cipher.size());
  table.within("entropy in bits", quality::entropy(h), quality::normal_interval(random.mean, random.deviation, kLevel));
  if (const auto local = quality::local_entropy(cipher))
    table.within("local entropy in bits", *local, quality::local_entropy_interval(kLevel));
  if (cipher.size() >= kLeastChiSquare)
    table.at_most("chi-square of the histogram", quality::chi_square(h),
                  quality::chi_square_critical(kLevel, quality::kChiSquareFreedom));
}

void correlation_rows(Table& table, const Image& plain, const Image& seen) {
  using quality::Direction;
  for (const auto& [name, direction] :
       {std::pair{"across", Direction::horizontal}, {"down", Direction::vertical}, {"diagonal", Direction::diagonal}}) {
    const auto before = quality::adjacent_correlation(plain.view(), direction);
    const auto after = quality::adjacent_correlation(seen.view(), direction);
    const quality::Interval near{-after.bound(), after.bound()};
    table.within(fmt::format("correlation {}", name), after.r, near);
    table.rows.back().expected += fmt::format(" (plain {:.3f})", before.r);
  }
}

void picture_rows(Table& table, const Image& plain, const Image& seen) {
  const ByteSpan p = frame_of(plain).bytes, c = frame_of(seen).bytes;
  double squares = 0, absolute = 0, mean = 0, mean_square = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double v = std::to_integer<int>(p[i]), d = v - std::to_integer<int>(c[i]);
    squares += d * d, absolute += std::abs(d), mean += v, mean_square += v * v;
  }
  const auto n = static_cast<double>(p.size());
  const double expected = mean_square / n - 255 * mean / n + 21717.5;
  table.told("MSE of samples in 0..255", squares / n, fmt::format("{:.1f} beside random bytes", expected));
  table.told("PSNR in dB", quality::psnr_of_mse(squares / n),
             fmt::format("{:.2f} beside random bytes", quality::psnr_of_mse(expected)));
  table.told("MAE of samples in 0..255", absolute / n, "85 between random pictures");
  table.told("SSIM", quality::ssim(plain.view(), seen.view()), "about 0");
  const quality::Deviations d = quality::deviations(p, c);
  table.told("maximum deviation", d.maximum, "high");
  table.told("irregular deviation", d.irregular, "low");
  table.told("uniformity deviation", d.uniformity,
             fmt::format("{:.4f} of random bytes", quality::random_uniformity(p.size())));
}

void random_rows(Table& table, ByteSpan cipher) {
  const sp::Bits bits = sp::bits_of(cipher.first(std::min(cipher.size(), kTestedBytes)));
  const auto add = [&](const char* name, const Result<double>& p) {
    if (p) table.at_least(fmt::format("SP 800-22 {} (p)", name), *p, kLevel);
  };
  add("monobit", sp::monobit(bits));
  add("block frequency", sp::block_frequency(bits, 128));
  add("runs", sp::runs(bits));
  add("longest run", sp::longest_run(bits));
  add("cumulative sums", sp::cumulative_sums(bits, true));
  add("cumulative sums, backwards", sp::cumulative_sums(bits, false));
  if (const auto p = sp::serial(bits, 8)) {
    add("serial 1", p->first);
    add("serial 2", p->second);
  }
  add("approximate entropy", sp::approximate_entropy(bits, 6));
}

Image with_one_changed(const Image& picture) {
  Image out = picture;
  out.mutable_view().planes[0][out.samples().size() / 2] ^= 1;
  return out;
}

// Of a picture, and of the same with one bit changed.
struct Ciphertexts {
  Bytes cipher, under_one_nonce, next;
};

Result<Ciphertexts> ciphertexts(const MakeCipher& make, ByteSpan secret, const Image& picture) {
  const auto one = LC_TRY(make(secret)), same = LC_TRY(make(secret));
  const Image changed = with_one_changed(picture);
  Ciphertexts out;
  out.cipher = LC_TRY(encrypted(*one, picture));
  out.under_one_nonce = LC_TRY(encrypted(*same, changed));
  out.next = LC_TRY(encrypted(*one, changed));
  return out;
}

void stream_rows(Table& table, const Ciphertexts& of) {
  differential_rows(table, "same key and nonce", of.cipher, of.under_one_nonce);
  differential_rows(table, "as used", of.cipher, of.next);
  histogram_rows(table, of.cipher);
}

}  // namespace

Result<std::vector<Statistic>> statistics(const MakeCipher& make, ByteSpan secret, const Image& picture) {
  const Ciphertexts of = LC_TRY(ciphertexts(make, secret, picture));
  const Image seen = picture_of(of.cipher, picture);
  Table table;
  stream_rows(table, of);
  correlation_rows(table, picture, seen);
  picture_rows(table, picture, seen);
  random_rows(table, of.cipher);
  return std::move(table.rows);
}

Result<std::vector<Statistic>> stream_statistics(const MakeCipher& make, ByteSpan secret, const Image& picture,
                                                 int columns) {
  const Ciphertexts of = LC_TRY(ciphertexts(make, secret, picture));
  Table table;
  stream_rows(table, of);
  while (columns > Image::kMaxSide) columns /= 2;
  const int rows = std::min(static_cast<int>(of.cipher.size()) / columns, Image::kMaxSide);
  if (columns >= 2 && rows >= 2)
    correlation_rows(table, picture, picture_of(of.cipher, Image::make(PixelFormat::gray8, columns, rows)));
  return std::move(table.rows);
}

Result<KeySensitivity> key_sensitivity(const MakeCipher& make, ByteSpan secret, const Image& picture,
                                       std::size_t bits) {
  const auto right = LC_TRY(make(secret));
  const Bytes cipher = LC_TRY(encrypted(*right, picture));
  KeySensitivity out;
  out.keys = std::min(bits, 8 * secret.size());
  out.least_npcr = 100;
  Bytes wrong(secret.begin(), secret.end()), seen;
  for (std::size_t bit = 0; bit < out.keys; ++bit) {
    wrong[bit / 8] ^= std::byte{0x80} >> (bit % 8);
    const auto other = LC_TRY(make(wrong));
    const quality::Differential d = quality::differential(cipher, LC_TRY(encrypted(*other, picture)));
    out.least_npcr = std::min(out.least_npcr, d.npcr);
    out.mean_uaci += d.uaci / static_cast<double>(out.keys);
    if (other->decrypt(cipher, frame_of(picture).shape, seen))
      out.most_psnr = std::max(out.most_psnr, psnr_of(seen, frame_of(picture).bytes));
    else
      ++out.refused;
    wrong[bit / 8] ^= std::byte{0x80} >> (bit % 8);
  }
  return out;
}

}  // namespace lc::study
