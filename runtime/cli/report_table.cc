#include "cli/report_table.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace lc::cli {

std::string number(double value) {
  if (value == 0) return "0";
  if (std::abs(value) >= 1000) return fmt::format("{:.0f}", value);
  return std::abs(value) < 0.01 ? fmt::format("{:.3g}", value) : fmt::format("{:.4f}", value);
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  return out;
}

std::string markdown(const Table& table) {
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells) {
    for (const std::string& cell : cells) out += "| " + cell + " ";
    out += "|\n";
  };
  line(table.header);
  for (std::size_t i = 0; i < table.header.size(); ++i) out += "| --- ";
  out += "|\n";
  for (const auto& row : table.rows) line(row);
  return out;
}

std::string html(const Table& table) {
  std::string out = "<table>\n";
  const auto line = [&](const std::vector<std::string>& cells, const char* tag) {
    out += "<tr>";
    for (const std::string& cell : cells) out += fmt::format("<{0}>{1}</{0}>", tag, escaped(cell));
    out += "</tr>\n";
  };
  line(table.header, "th");
  for (const auto& row : table.rows) line(row, "td");
  return out + "</table>\n";
}

std::string html_head(std::string_view title) {
  return fmt::format(
      "<!doctype html>\n<meta "
      "charset=\"utf-8\">\n<title>{0}</title>\n<style>body{{font-family:sans-serif;max-width:75em;"
      "margin:auto}}td,th{{border:1px solid #ccc;padding:2px 6px;text-align:left}}table{{border-collapse:collapse}}"
      "img{{max-width:32%}}svg{{max-width:50em}}</style>\n<h1>{0}</h1>\n",
      escaped(title));
}

Table attack_table(const study::AttackResults& attacks) {
  Table out{{"attack", "needs", "result", "seconds", "shows"}, {}};
  for (const auto& a : attacks)
    out.rows.push_back({a.name, a.needs, a.result, a.was_tried ? fmt::format("{:.3f}", a.seconds) : "",
                        !a.was_tried                      ? "not tried"
                        : a.shows == study::Verdict::none ? ""
                                                          : std::string(study::to_string(a.shows))});
  return out;
}

nlohmann::ordered_json attacks_json(const study::AttackResults& attacks) {
  auto out = nlohmann::ordered_json::array();
  for (const auto& a : attacks)
    out.push_back({{"name", a.name},
                   {"needs", a.needs},
                   {"result", a.result},
                   {"recovered", a.recovered},
                   {"seconds", a.seconds},
                   {"shows", study::to_string(a.shows)},
                   {"aim", a.aim == study::Aim::read ? "read" : "alter"},
                   {"tried", a.was_tried}});
  return out;
}

}  // namespace lc::cli
