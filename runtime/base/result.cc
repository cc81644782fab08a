#include "base/result.h"

namespace lc {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::invalid_config: return "invalid_config";
    case Errc::not_found: return "not_found";
    case Errc::unsupported: return "unsupported";
    case Errc::bad_format: return "bad_format";
    case Errc::truncated: return "truncated";
    case Errc::corrupt: return "corrupt";
    case Errc::no_key: return "no_key";
    case Errc::refused: return "refused";
    case Errc::unavailable: return "unavailable";
    case Errc::backend: return "backend";
  }
  return "unknown";
}

void contract_violated(const char* condition, const char* text, const char* file, int line) {
  throw ContractViolation(fmt::format("{}:{}: {} (expected {})", file, line, text, condition));
}

}  // namespace lc
