#include "cli/study_report.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "quality/psnr.h"

namespace lc::cli {
namespace {

using study::Verdict;

// "3.14", "0.000254", "1164506": four digits that say something.
std::string number(double value) {
  if (value == 0) return "0";
  if (std::abs(value) >= 1000) return fmt::format("{:.0f}", value);
  return std::abs(value) < 0.01 ? fmt::format("{:.3g}", value) : fmt::format("{:.4f}", value);
}

std::string decibels(double psnr) { return psnr >= quality::kIdenticalDb ? "exact" : fmt::format("{:.1f} dB", psnr); }

// The attack that shows the verdict with the least work.
const study::AttackResult* best_attack(const StudiedResult& system) {
  const study::AttackResult* best = nullptr;
  for (const auto& attack : system.attacks)
    if (attack.shows == system.verdict && attack.shows != Verdict::none && (!best || attack.seconds < best->seconds))
      best = &attack;
  return best;
}

struct Passed {
  int passed = 0, judged = 0;
};
Passed passed_of(const StudiedResult& system) {
  Passed sum;
  for (const auto& m : system.statistics) {
    if (m.metric.find("same key and nonce") != std::string::npos) continue;  // asks what a nonce forbids
    sum.passed += m.passed, sum.judged += m.judged;
  }
  return sum;
}

double sealed_ms(const StudyReport& report) {
  for (const auto& s : report.systems)
    if (s.name == "sealed") return s.encrypt_ms;
  return 0;
}

std::string side_by_side(const StudyReport& report) {
  std::string out =
      "| system | from | verdict | shown by | tests passed | bytes a byte | encrypt, decrypt ms | against sealing | ms "
      "at 100 "
      "Mbit/s | retrieved |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
  const double sealed = sealed_ms(report);
  for (const auto& s : report.systems) {
    const auto* best = best_attack(s);
    const Passed tests = passed_of(s);
    out += fmt::format("| {} | {} | {} | {} | {} of {} | {:.3f} | {:.2f}, {:.2f} | {} | {:.2f} | {} |\n", s.name,
                       s.paper, study::to_string(s.verdict),
                       best ? fmt::format("{}: {}, {:.2f} s", best->name, best->needs, best->seconds) : "",
                       tests.passed, tests.judged, s.bytes_a_byte, s.encrypt_ms, s.decrypt_ms,
                       sealed > 0 ? fmt::format("{:.1f} x", s.encrypt_ms / sealed) : "", s.transfer_ms,
                       decibels(s.retrieved_psnr));
  }
  return out;
}

std::string statistics_table(const StudiedResult& system) {
  std::string out = "| metric | mean | expected | passed |\n| --- | --- | --- | --- |\n";
  for (const auto& m : system.statistics)
    out += fmt::format("| {} | {} | {} | {} |\n", m.metric, number(m.mean), m.expected,
                       m.judged > 0 ? fmt::format("{} of {}", m.passed, m.judged) : "");
  if (const auto& k = system.key_sensitivity)
    out += fmt::format(
        "| one bit of the key flipped: least NPCR, mean UACI in % | {:.4f}, {:.4f} | 99.6094, 33.4635 | |\n"
        "| decrypted with such a key | {} of {} refused{} | refused | |\n",
        k->least_npcr, k->mean_uaci, k->refused, k->keys,
        k->refused < k->keys ? fmt::format(", PSNR up to {:.2f} dB", k->most_psnr) : "");
  return out + fmt::format("| key space | 2^{:.0f} | {} | |\n", system.key_space.bits, system.key_space.note);
}

std::string attack_table(const StudiedResult& system) {
  std::string out = "| attack | needs | result | seconds | shows |\n| --- | --- | --- | --- | --- |\n";
  for (const auto& a : system.attacks)
    out += fmt::format("| {} | {} | {} | {:.3f} | {} |\n", a.name, a.needs, a.result, a.seconds,
                       a.shows == Verdict::none ? "" : study::to_string(a.shows));
  return out;
}

nlohmann::ordered_json json_of(const StudiedResult& s) {
  nlohmann::ordered_json out{
      {"paper", s.paper},
      {"summary", s.summary},
      {"verdict", study::to_string(s.verdict)},
      {"key_space_bits", s.key_space.bits},
      {"bytes_a_byte", s.bytes_a_byte},
      {"encrypt_ms", s.encrypt_ms},
      {"decrypt_ms", s.decrypt_ms},
      {"transfer_ms_100_mbit", s.transfer_ms},
      {"retrieved",
       {{"psnr", s.retrieved_psnr}, {"mse", s.retrieved_mse}, {"mae", s.retrieved_mae}, {"ssim", s.retrieved_ssim}}}};
  auto metrics = nlohmann::ordered_json::array(), attacks = nlohmann::ordered_json::array();
  for (const auto& m : s.statistics)
    metrics.push_back(
        {{"metric", m.metric}, {"mean", m.mean}, {"expected", m.expected}, {"passed", m.passed}, {"judged", m.judged}});
  for (const auto& a : s.attacks)
    attacks.push_back({{"name", a.name},
                       {"needs", a.needs},
                       {"result", a.result},
                       {"recovered", a.recovered},
                       {"seconds", a.seconds},
                       {"shows", study::to_string(a.shows)}});
  out["statistics"] = std::move(metrics);
  if (const auto& k = s.key_sensitivity)
    out["key_sensitivity"] = {{"keys", k->keys},
                              {"refused", k->refused},
                              {"least_npcr", k->least_npcr},
                              {"mean_uaci", k->mean_uaci},
                              {"most_psnr", k->most_psnr}};
  out["attacks"] = std::move(attacks);
  return out;
}

}  // namespace

std::string to_markdown(const StudyReport& report) {
  std::string out = fmt::format(
      "# The published ciphers, studied\n\n{} pictures of {} x {}, {}. {} Each test is at the level 0.05: random bytes "
      "fail one "
      "in twenty. NPCR and UACI under one key and nonce ask for what AES-GCM does not have and does not need: its "
      "nonces "
      "never recur; they are not counted in the next table.\n\n",
      report.pictures, report.width, report.height, report.format, study::kStatisticsWarning);
  out += side_by_side(report);
  for (const auto& s : report.systems)
    out += fmt::format("\n## {}\n\n{}: {}.\n\n{}\n{}\nVerdict: **{}**\n", s.name, s.paper, s.summary,
                       statistics_table(s), attack_table(s), study::to_string(s.verdict));
  return out + fmt::format("\n{}\n", study::kStatisticsWarning);
}

nlohmann::ordered_json to_json(const StudyReport& report) {
  nlohmann::ordered_json systems = nlohmann::ordered_json::object();
  for (const auto& s : report.systems) systems[s.name] = json_of(s);
  return {{"note", study::kStatisticsWarning}, {"pictures", report.pictures}, {"width", report.width},
          {"height", report.height},           {"format", report.format},     {"systems", std::move(systems)}};
}

}  // namespace lc::cli
