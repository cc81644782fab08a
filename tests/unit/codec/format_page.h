// The worked examples of runtime/codec/FORMAT.md, read out of the page: blocks between "```<kind> <name>" and
// "```".
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "codec/latent.h"
#include "support/test.h"

namespace lc::test {

inline std::string page_block(const std::string& title) {
  const auto page = load_file(source_root() / "runtime/codec/FORMAT.md");
  REQUIRE(page);
  const std::string text(as_text(*page));
  const std::size_t begin = text.find("```" + title + "\n");
  REQUIRE(begin != std::string::npos);
  const std::size_t from = text.find('\n', begin) + 1;
  return text.substr(from, text.find("```", from) - from);
}

inline Bytes page_bytes(const std::string& name) {
  std::string digits;
  for (char c : page_block("hex " + name))
    if (c != ' ' && c != '\n') digits += c;
  auto bytes = from_hex(digits);
  REQUIRE(bytes);
  return *bytes;
}

inline std::vector<int> page_integers(const std::string& name) {
  std::istringstream in(page_block("integers " + name));
  std::vector<int> values;
  for (int value; in >> value;) values.push_back(value);
  return values;
}

}  // namespace lc::test
