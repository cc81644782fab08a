// Published vectors: JSON with byte strings in hex.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/bytes.h"
#include "support/test.h"

namespace lc::seal::test {

inline nlohmann::json load_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  return nlohmann::json::parse(file);
}
inline Bytes hex_of(const nlohmann::json& value) { return from_hex(value.get<std::string>()).value(); }

}  // namespace lc::seal::test

// Loads a file of the shared vectors, or skips this test by name.
#define LC_VECTORS(variable, file)                                                   \
  const auto variable##_path = ::lc::test::shared(std::string("vectors/") + (file)); \
  if (!variable##_path) LC_SKIP(std::string("no shared vectors here: ") + (file));   \
  const nlohmann::json variable = ::lc::seal::test::load_json(*variable##_path)
