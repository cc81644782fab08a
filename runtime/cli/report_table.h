// Tables of a report, as Markdown and as HTML, and what reports of the studies have in common.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "study/attack.h"

namespace lc::cli {

struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};

std::string markdown(const Table& table);
std::string html(const Table& table);

// "3.14", "0.000254", "1164506": four digits that say something.
std::string number(double value);
std::string escaped(std::string_view text);  // for HTML
// Doctype, style and <h1>.
std::string html_head(std::string_view title);

Table attack_table(const study::AttackResults& attacks);
nlohmann::ordered_json attacks_json(const study::AttackResults& attacks);

}  // namespace lc::cli
