#include "seal/suite.h"

#include <sodium.h>

#include "seal/secret.h"

namespace lc::seal {

namespace {

struct Known {
  Suite suite;
  std::string_view word, name;
};
// In the order of preference.
constexpr Known kKnown[] = {{Suite::aes_256_gcm, "0005", "AES-256-GCM"},
                            {Suite::chacha20_poly1305, "f001", "ChaCha20-Poly1305"},
                            {Suite::xchacha20_poly1305_hedged, "f002", "XChaCha20-Poly1305, hedged"}};

}  // namespace

std::optional<Suite> suite_of(std::uint16_t number) {
  for (const Known& known : kKnown)
    if (static_cast<std::uint16_t>(known.suite) == number) return known.suite;
  return std::nullopt;
}

std::string_view to_string(Suite suite) {
  for (const Known& known : kKnown)
    if (known.suite == suite) return known.name;
  return "unknown";
}

bool is_available(Suite suite) {
  return suite != Suite::aes_256_gcm || (ready() && crypto_aead_aes256gcm_is_available() == 1);
}

SuiteSet SuiteSet::available() {
  SuiteSet set(0);
  for (const Known& known : kKnown)
    if (is_available(known.suite)) set.bits_ |= bit(known.suite);
  return set;
}

Result<SuiteSet> SuiteSet::parse(std::string_view text) {
  SuiteSet set(0);
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto item = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    const unsigned before = set.bits_;
    for (const Known& known : kKnown)
      if (item == known.word) set.bits_ |= bit(known.suite);
    if (set.bits_ == before)
      return fail(Errc::bad_format,
                  "unknown cipher suite '{}', or named twice; known are 0005 (AES-256-GCM), f001 (ChaCha20-Poly1305) and "
                  "f002 (XChaCha20-Poly1305, hedged)",
                  item.substr(0, 20));
  }
  if (set.empty()) return fail(Errc::bad_format, "no cipher suite is named; known are 0005, f001 and f002");
  return set;
}

std::string SuiteSet::text() const {
  std::string out;
  for (const Known& known : kKnown)
    if (has(known.suite)) out.append(out.empty() ? "" : ",").append(known.word);
  return out;
}

std::optional<Suite> SuiteSet::best() const {
  for (const Known& known : kKnown)
    if (has(known.suite)) return known.suite;
  return std::nullopt;
}

}  // namespace lc::seal
