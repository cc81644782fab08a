// latentcast inspect: what a recording holds, without any key; with one also the records that devices sent along.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <ctime>
#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "cli/json_text.h"
#include "cli/passphrase_options.h"
#include "cli/recording_summary.h"
#include "cli/target.h"
#include "seal/suite.h"

namespace lc::cli {
namespace {

using Json = nlohmann::ordered_json;

double seconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e9; }

// "2026-11-21 08:00:00 UTC"
std::string date(std::uint64_t unix_ns) {
  const auto whole = static_cast<std::time_t>(unix_ns / 1'000'000'000);
  std::tm parts{};
  char text[32];
  if (::gmtime_r(&whole, &parts) == nullptr || std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts) == 0)
    return "an impossible time";
  return text;
}

std::string suite_name(std::uint16_t number) {
  const auto suite = seal::suite_of(number);
  return suite ? std::string(seal::to_string(*suite)) : fmt::format("unknown suite {:04x}", number);
}

std::string device_of(const SessionSummary& s) { return to_hex(ByteSpan(s.sender).first(8)); }
int stream_of(const SessionSummary& s) {
  return std::to_integer<int>(s.sender[8]) << 8 | std::to_integer<int>(s.sender[9]);
}

std::string count(std::uint64_t number, const char* thing) {
  return fmt::format("{} {}{}", number, thing, number == 1 ? "" : "s");
}

std::string text_of(const SessionSummary& s) {
  const double length = seconds(s.last_ns - s.first_ns);
  std::string out = fmt::format("\nsession {} of device {}, stream {}{}\n", to_hex(s.id).substr(0, 8), device_of(s),
                                stream_of(s), s.is_signed ? ", every message signed" : "");
  const auto row = [&](const char* name, const std::string& value) {
    out += fmt::format("  {:<14} {}\n", name, value);
  };
  const auto rows = [&](const char* name, std::string_view lines) {  // somebody's words, which must not pass for ours
    for (const char* left = name; !lines.empty(); left = "") {
      const auto line = lines.substr(0, lines.find('\n'));
      row(left, fmt::format("| {}", line));
      lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    }
  };
  if (s.frames > 0) {
    row("time", fmt::format("{:.3f} to {:.3f} s, captured {} to {}", seconds(s.first_ns), seconds(s.last_ns),
                            date(s.first_capture_ns), date(s.last_capture_ns)));
    row("frames", fmt::format("{}, {} key frames; {:.1f} a second", s.frames, s.key_frames,
                              length > 0 ? static_cast<double>(s.frames - 1) / length : 0.0));
    row("sizes", fmt::format("mean {}, largest {} bytes; {:.0f} kbit/s", s.frame_bytes / s.frames, s.largest_frame,
                             length > 0 ? static_cast<double>(s.frame_bytes) * 8e-3 / length : 0.0));
    row("latent space", to_hex(s.model) + "...");
    row("longest pause", fmt::format("{:.3f} s", seconds(s.longest_pause_ns)));
  } else {
    row("frames", "none");
  }
  row("missing", s.missing() == 0 ? "nothing" : count(s.missing(), "message") + ", by their counters");
  constexpr std::size_t kShown = 20;
  for (std::size_t i = 0; i < std::min(s.gaps.size(), kShown); ++i)
    row("", fmt::format("{} missing before {:.3f} s", s.gaps[i].messages, seconds(s.gaps[i].position_ns)));
  if (s.gaps.size() > kShown) row("", "and more: --json lists them");
  if (s.heartbeats > 0) row("heartbeats", std::to_string(s.heartbeats));
  for (const AnnouncedKey& key : s.keys)
    row("key", fmt::format("{} from counter {} on, {}, epoch {}, for {}; announced {} from {:.3f} s on", key.kid,
                           key.first_ctr, suite_name(key.suite), key.epoch, count(key.receivers, "receiver"),
                           count(key.copies, "time"), seconds(key.position_ns)));
  if (s.keys.empty()) row("key", "never announced here: nobody can open this session from this file");
  if (s.record && s.record->empty()) row("record", "none");
  if (s.record) rows("record", *s.record);
  row("end", s.has_end ? "the sender ended it" : "not in this file");
  return out;
}

std::string text_of(const recording::Checkpoints& c) {
  if (c.altered > 0)
    return fmt::format("ALTERED: it is not what its recorder signed, before {:.3f} s and in {} in all\n",
                       seconds(c.fault_at), count(c.altered, "place"));
  if (c.good + c.damaged == 0) return "";
  std::string out, recorders;
  if (c.unverified > 0)
    out = fmt::format("NOT VERIFIED: {} not covered by a signature{}\n", count(c.unverified, "message"),
                      c.damaged > 0 ? ", or by one that damage keeps from telling" : "");
  if (c.good == 0) return out;
  for (const seal::PublicKey& recorder : c.recorders)
    recorders += (recorders.empty() ? "" : " and ") + seal::fingerprint(seal::Role::device, recorder);
  return out + fmt::format("{}signed by {}: {} good\n", out.empty() ? "" : "all else is ", recorders,
                           count(c.good, "checkpoint"));
}

std::string text_of(const std::string& path, const RecordingSummary& s) {
  std::string out = fmt::format("{}: {} bytes, {:.3f} s, {}, {}\n", path, s.bytes, seconds(s.duration_ns),
                                count(s.messages, "message"), count(s.sessions.size(), "session"));
  if (s.messages > 0) out += fmt::format("recorded {} to {}\n", date(s.first_arrival_ns), date(s.last_arrival_ns));
  if (s.ended_early > 0)
    out += s.sections == 1 ? "it ended early: the recorder was stopped hard, or still writes\n"
                           : fmt::format("{} of its {} sections ended early\n", s.ended_early, s.sections);
  else if (s.sections > 1)
    out += fmt::format("{} sections, each ended in order\n", s.sections);
  out += text_of(s.checkpoints);
  for (const SessionSummary& session : s.sessions) out += text_of(session);
  if (s.other_messages > 0) out += fmt::format("\n{} of further sessions\n", count(s.other_messages, "message"));
  out += s.damage ? fmt::format("\ndamage: {} unreadable, {} missing\n", count(s.damage.bytes, "byte"),
                                count(s.damage.records, "record"))
                  : "\nno damage\n";
  for (const DamageNote& note : s.damages)
    out += fmt::format("  before offset {}: {}, {} missing\n", note.offset, count(note.damage.bytes, "byte"),
                       count(note.damage.records, "record"));
  return out;
}

Json json_of(const SessionSummary& s) {
  Json out{{"session", to_hex(s.id)},
           {"device", device_of(s)},
           {"stream", stream_of(s)},
           {"signed", s.is_signed},
           {"frames", s.frames},
           {"key_frames", s.key_frames},
           {"heartbeats", s.heartbeats},
           {"frame_bytes", s.frame_bytes},
           {"largest_frame", s.largest_frame},
           {"missing", s.missing()},
           {"has_end", s.has_end},
           {"first_s", seconds(s.first_ns)},
           {"last_s", seconds(s.last_ns)},
           {"first_capture_ns", s.first_capture_ns},
           {"last_capture_ns", s.last_capture_ns},
           {"longest_pause_s", seconds(s.longest_pause_ns)},
           {"latent_space", to_hex(s.model)},
           {"keys", Json::array()}};
  for (const AnnouncedKey& key : s.keys)
    out["keys"].push_back({{"kid", key.kid},
                           {"first_ctr", key.first_ctr},
                           {"suite", fmt::format("{:04x}", key.suite)},
                           {"epoch", key.epoch},
                           {"receivers", key.receivers},
                           {"copies", key.copies},
                           {"first_s", seconds(key.position_ns)}});
  if (s.record) out["record"] = *s.record;
  out["gaps"] = Json::array();
  for (const CounterGap& gap : s.gaps)
    out["gaps"].push_back({{"before_s", seconds(gap.position_ns)}, {"messages", gap.messages}});
  return out;
}

Json json_of(const RecordingSummary& s) {
  Json out{{"bytes", s.bytes},
           {"duration_s", seconds(s.duration_ns)},
           {"messages", s.messages},
           {"sections", s.sections},
           {"ended_early", s.ended_early},
           {"first_arrival_ns", s.first_arrival_ns},
           {"last_arrival_ns", s.last_arrival_ns},
           {"damaged_bytes", s.damage.bytes},
           {"missing_records", s.damage.records},
           {"checkpoints",
            {{"good", s.checkpoints.good},
             {"damaged", s.checkpoints.damaged},
             {"altered", s.checkpoints.altered},
             {"unverified_messages", s.checkpoints.unverified}}},
           {"sessions", Json::array()},
           {"damages", Json::array()}};
  for (const SessionSummary& session : s.sessions) out["sessions"].push_back(json_of(session));
  for (const DamageNote& note : s.damages)
    out["damages"].push_back({{"before", note.offset}, {"bytes", note.damage.bytes}, {"records", note.damage.records}});
  return out;
}

struct Arguments {
  std::string path, keyring;
  PassphraseOptions passphrase;
  bool opens = false, as_json = false;
};

Result<std::optional<seal::Opener>> opener_of(const Arguments& arguments) {
  if (!arguments.opens) return std::nullopt;
  LC_TRY(arguments.passphrase.offer());
  return LC_TRY(seal::Opener::create(LC_TRY(seal::KeyRing::open(arguments.keyring)), {.is_recording = true}));
}

int inspect(const Arguments& arguments) {
  const auto& [path, keyring, passphrase, opens, as_json] = arguments;
  auto opener = opener_of(arguments);
  if (!opener) return complain(opener.error()), kUsage;
  const auto summary = summarise(path, *std::move(opener));
  if (!summary) return complain(summary.error()), kUsage;
  std::cout << (as_json ? json_text(json_of(*summary)) : text_of(path, *summary)) << std::flush;
  return summary->is_whole() ? kOk : kFailed;
}

}  // namespace

void add_inspect(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("inspect",
                         "what a recording holds: times, sizes, gaps, keys, damage; needs no key, but for records");
  command->add_option("file", arguments->path, "a recording (.lcr)")->required();
  CLI::Option* keyring = command->add_option(
      "--keyring", arguments->keyring, "also the record of each session that the receiver's key here opens");
  arguments->passphrase.add_to(*command);
  command->add_flag("--json", arguments->as_json, "one JSON object");
  command->footer("Exit codes: 0 whole, 1 damaged, altered, signed in parts or ended early, 2 no recording.");
  command->callback([arguments, keyring, &exit_code] {
    arguments->opens = keyring->count() > 0;
    exit_code = inspect(*arguments);
  });
}

}  // namespace lc::cli
