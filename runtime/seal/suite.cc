#include "seal/suite.h"

#include <sodium.h>

#include "seal/secret.h"

namespace lc::seal {

std::optional<Suite> suite_of(std::uint16_t number) {
  if (number == 0x0005) return Suite::aes_256_gcm;
  if (number == 0xF001) return Suite::chacha20_poly1305;
  return std::nullopt;
}

std::string_view to_string(Suite suite) {
  return suite == Suite::aes_256_gcm ? "AES-256-GCM" : "ChaCha20-Poly1305";
}

bool is_available(Suite suite) {
  if (suite == Suite::chacha20_poly1305) return true;
  return ready() && crypto_aead_aes256gcm_is_available() == 1;
}

SuiteSet SuiteSet::available() {
  return is_available(Suite::aes_256_gcm) ? all() : only(Suite::chacha20_poly1305);
}

Result<SuiteSet> SuiteSet::parse(std::string_view text) {
  SuiteSet set(0);
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto item = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    if (item == "0005")
      set.bits_ |= bit(Suite::aes_256_gcm);
    else if (item == "f001")
      set.bits_ |= bit(Suite::chacha20_poly1305);
    else
      return fail(Errc::bad_format,
                  "unknown cipher suite '{}'; known are 0005 (AES-256-GCM) and f001 (ChaCha20-Poly1305)",
                  item);
  }
  if (set.empty()) return fail(Errc::bad_format, "no cipher suite is named; known are 0005 and f001");
  return set;
}

std::string SuiteSet::text() const {
  std::string out;
  if (has(Suite::aes_256_gcm)) out += "0005";
  if (has(Suite::chacha20_poly1305)) out += out.empty() ? "f001" : ",f001";
  return out;
}

std::optional<Suite> SuiteSet::best() const {
  if (has(Suite::aes_256_gcm)) return Suite::aes_256_gcm;
  if (has(Suite::chacha20_poly1305)) return Suite::chacha20_poly1305;
  return std::nullopt;
}

}  // namespace lc::seal
