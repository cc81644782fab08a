#include "cli/bench_aead.h"

#include <cmath>

#include "cli/clocks.h"
#include "seal/aead.h"

namespace lc::cli {
namespace {

constexpr int kWarmUp = 50, kRounds = 1000;

double rounded(double value) { return std::round(value * 100) / 100; }

}  // namespace

Result<std::vector<AeadBench>> measure_aead() {
  LC_TRY(seal::ready());
  std::vector<AeadBench> out;
  for (const seal::Suite suite : {seal::Suite::aes_256_gcm, seal::Suite::chacha20_poly1305}) {
    if (!seal::is_available(suite)) continue;
    Bytes key(seal::kAeadKeyBytes), salt(seal::nonce_bytes(suite)), header(48);
    Bytes message(AeadBench::kBytes + seal::kTagBytes), plain(AeadBench::kBytes);
    for (Bytes* bytes : {&key, &salt, &message}) seal::fill_random(*bytes);
    const auto sodium = LC_TRY(seal::make_sodium_aead(suite, key, salt)),
               openssl = LC_TRY(seal::make_openssl_aead(suite, key, salt));
    AeadBench bench{.suite = suite, .sodium_us = {}, .openssl_us = {}};
    std::uint64_t ctr = 0;
    const auto run = [&](seal::Aead& aead) {
      const double before = thread_ms();
      const bool good = aead.encrypt(++ctr, {}, header, message.data(), AeadBench::kBytes) &&
                        aead.decrypt(ctr, {}, header, message.data(), AeadBench::kBytes, plain.data());
      return good ? 1000 * (thread_ms() - before) : -1;
    };
    for (int round = 0; round < kWarmUp + kRounds; ++round) {
      const double one = run(*sodium), other = run(*openssl);
      if (one < 0 || other < 0) return fail(Errc::backend, "{} fails", to_string(suite));
      if (round < kWarmUp) continue;
      bench.sodium_us.add(one);
      bench.openssl_us.add(other);
    }
    out.push_back(std::move(bench));
  }
  return out;
}

nlohmann::ordered_json aead_json(const std::vector<AeadBench>& measured) {
  nlohmann::ordered_json out;
  for (const AeadBench& bench : measured)
    out[std::string(to_string(bench.suite))] = {{"bytes", AeadBench::kBytes},
                                                {"libsodium_us", rounded(bench.sodium_us.median())},
                                                {"openssl_us", rounded(bench.openssl_us.median())},
                                                {"ratio", rounded(bench.ratio())}};
  return out;
}

std::string aead_text(const std::vector<AeadBench>& measured) {
  if (measured.empty()) return "";
  std::string out = fmt::format("Sealing and opening {} bytes, us of the processor:\n", AeadBench::kBytes);
  for (const AeadBench& bench : measured)
    out += fmt::format("  {:<20} libsodium {:6.1f}   OpenSSL {:6.1f}   ratio {:4.2f}\n", to_string(bench.suite),
                       bench.sodium_us.median(), bench.openssl_us.median(), bench.ratio());
  return out + "\n";
}

}  // namespace lc::cli
