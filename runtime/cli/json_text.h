// JSON for standard output.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace lc::cli {

// A line for each value. Bytes of file names that are no UTF-8 are replaced.
template <class Json>  // nlohmann's, ordered or not
std::string json_text(const Json& json) {
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lc::cli
