// The report of the published systems: its verdicts are the worst of what a stream and its cipher show.
#include "cli/paper_report.h"

#include <nlohmann/json.hpp>

#include "support/test.h"

using namespace lc;
using namespace lc::cli;

namespace {

PaperResult result_of(study::AttackResults attacks, study::AttackResults cipher_attacks) {
  PaperResult out;
  out.system = paper_systems()[0];
  out.attacks = std::move(attacks), out.cipher_attacks = std::move(cipher_attacks);
  return out;
}

study::AttackResult shows(const std::string& name, study::Verdict verdict, study::Aim aim, double seconds = 1) {
  study::AttackResult out{name, "some pictures"};
  out.shows = verdict, out.aim = aim, out.seconds = seconds;
  return out;
}

}  // namespace

TEST_CASE("paper report: a row's verdict is the worse of its stream's and its cipher's, and it says which") {
  using study::Aim, study::Verdict;
  const auto flip = shows("flipped bit", Verdict::no_integrity, Aim::alter);
  const auto cell = [](const PaperResult& r, const char* field) {
    return to_json({r})[r.system.name][field].get<std::string>();
  };
  const PaperResult ecb = result_of({flip}, {shows("codebook", Verdict::broken, Aim::read), flip});
  CHECK(cell(ecb, "verdict") == "BROKEN");
  CHECK(cell(ecb, "shown_by") == "on the cipher, codebook: some pictures");
  CHECK(to_markdown({ecb}).find("| no such attack here | BROKEN | on the cipher, codebook: some pictures |") !=
        std::string::npos);
  const PaperResult open = result_of({shows("slow", Verdict::broken, Aim::read, 9), shows("known", Verdict::broken, Aim::read)},
                                     {shows("codebook", Verdict::broken, Aim::read, 0.1)});
  CHECK(cell(open, "shown_by") == "known: some pictures");
  CHECK(to_markdown({open}).find("| slow, known | BROKEN |") != std::string::npos);
  const PaperResult sound = result_of({shows("learned inverter", Verdict::none, Aim::read)}, {});
  CHECK(cell(sound, "verdict") == "no attack implemented");
  CHECK(cell(sound, "shown_by").empty());
  CHECK(to_markdown({sound}).find("| nothing that was tried | no attack implemented |  |") != std::string::npos);
}
