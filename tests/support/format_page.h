// The worked examples of a FORMAT.md, read out of the page: blocks between "```TITLE" and "```".
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/file.h"
#include "support/test.h"

namespace lc::test {

// `page`: "runtime/codec/FORMAT.md"
inline std::string page_block(const std::string& page, const std::string& title) {
  const auto bytes = load_file(source_root() / page);
  REQUIRE(bytes);
  const std::string text(as_text(*bytes));
  const std::string fence = "\n```" + title + "\n";
  const std::size_t begin = text.find(fence);
  REQUIRE_MESSAGE(begin != std::string::npos, title);
  const std::size_t from = begin + fence.size();
  return text.substr(from, text.find("```", from) - from);
}

// A block of hex digits; blanks and line ends are for the eye.
inline Bytes page_hex(const std::string& page, const std::string& title) {
  std::string digits;
  for (const char c : page_block(page, title))
    if (c != ' ' && c != '\n') digits += c;
  auto bytes = from_hex(digits);
  REQUIRE_MESSAGE(bytes, title);
  return *bytes;
}

}  // namespace lc::test
