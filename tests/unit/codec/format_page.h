// The worked examples of runtime/codec/FORMAT.md: blocks "hex NAME" and "integers NAME".
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "support/format_page.h"

namespace lc::test {

inline constexpr char kCodecPage[] = "runtime/codec/FORMAT.md";

inline Bytes page_bytes(const std::string& name) { return page_hex(kCodecPage, "hex " + name); }

inline std::vector<int> page_integers(const std::string& name) {
  std::istringstream in(page_block(kCodecPage, "integers " + name));
  std::vector<int> values;
  for (int value; in >> value;) values.push_back(value);
  return values;
}

}  // namespace lc::test
