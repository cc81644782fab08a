// What sealing and opening a message takes with libsodium and with OpenSSL, one after the other in turns; the program
// seals with one of them (meson option aead).
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/spread.h"
#include "seal/suite.h"

namespace lc::cli {

struct AeadBench {
  static constexpr std::size_t kBytes = 16384;
  seal::Suite suite;
  Spread sodium_us, openssl_us;  // one message of kBytes sealed and opened, processor time
  double ratio() const { return openssl_us.median() > 0 ? sodium_us.median() / openssl_us.median() : 0; }
};

// Each cipher that both have, on this machine; takes a fraction of a second.
Result<std::vector<AeadBench>> measure_aead();

// {CIPHER: {bytes, libsodium_us, openssl_us, ratio}}
nlohmann::ordered_json aead_json(const std::vector<AeadBench>& measured);
std::string aead_text(const std::vector<AeadBench>& measured);

}  // namespace lc::cli
