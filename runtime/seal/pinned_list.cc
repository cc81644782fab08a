#include "seal/pinned_list.h"

#include <algorithm>
#include <charconv>
#include <ctime>

#include "seal/key_file.h"

namespace lc::seal {
namespace {

std::string_view next_word(std::string_view& line) {
  const auto begin = std::min(line.find_first_not_of(" \t\r"), line.size());
  const auto end = std::min(line.find_first_of(" \t\r", begin), line.size());
  const auto word = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return word;
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<std::vector<std::uint16_t>> parse_streams(std::string_view text) {
  std::vector<std::uint16_t> streams;
  for (;;) {
    const auto comma = text.find(',');
    const auto stream = number<std::uint16_t>(text.substr(0, comma));
    if (!stream)
      return fail(Errc::bad_format, "streams: '{}' is not a number in 0..65535",
                  text.substr(0, comma).substr(0, 20));
    streams.push_back(*stream);
    if (comma == std::string_view::npos) return streams;
    text.remove_prefix(comma + 1);
  }
}

struct Line {
  std::string name;
  PublicKey key{};
  SuiteSet suites = SuiteSet::usual();
  std::optional<std::int64_t> not_after_s;
  std::vector<std::uint16_t> streams;
};

Result<> parse_option(Role role, std::string_view word, Line& line) {
  const auto equals = word.find('=');
  const auto key = word.substr(0, equals);
  const auto value = equals == std::string_view::npos ? std::string_view() : word.substr(equals + 1);
  if (key == "suites" && role != Role::signer)
    line.suites = LC_TRY(SuiteSet::parse(value));
  else if (key == "not-after" && role == Role::receiver)
    line.not_after_s = LC_TRY(parse_day(value));
  else if (key == "streams" && role == Role::device)
    line.streams = LC_TRY(parse_streams(value));
  else if (role == Role::signer)
    return fail(Errc::bad_format, "unknown word '{}'; a signer line has a name and a key", word.substr(0, 40));
  else
    return fail(Errc::bad_format, "unknown word '{}'; a {} line may have suites=... and {}",
                word.substr(0, 40), to_string(role),
                role == Role::receiver ? "not-after=YEAR-MONTH-DAY" : "streams=NUMBER,...");
  return {};
}

Result<Line> parse_line(Role role, std::string_view text) {
  if (const auto word = next_word(text); word != to_string(role))
    return fail(Errc::bad_format, "begins with '{}', not with '{}'", word.substr(0, 40), to_string(role));
  Line line;
  line.name = std::string(next_word(text));
  LC_TRY(check_name(line.name));
  line.key = LC_TRY(parse_base64_key(next_word(text)));
  LC_TRY(check_key(role, line.key));
  for (auto word = next_word(text); !word.empty(); word = next_word(text))
    LC_TRY(parse_option(role, word, line));
  return line;
}

Result<std::vector<Line>> parse_list(Role role, std::string_view text, std::size_t limit) {
  std::vector<Line> lines;
  for (int number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view rest = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    rest = rest.substr(0, rest.find('#'));
    if (rest.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto line = parse_line(role, rest);
    if (!line) return within(fmt::format("line {}", number), std::move(line).error());
    for (const Line& other : lines)
      if (other.name == line->name || other.key == line->key)
        return fail(Errc::bad_format, "line {}: '{}' is there already, as '{}'; remove one", number,
                    line->name, other.name);
    if (lines.size() == limit)
      return fail(Errc::unsupported, "line {}: more than {} {}s", number, limit, to_string(role));
    lines.push_back(*std::move(line));
  }
  return lines;
}

}  // namespace

Result<std::int64_t> parse_day(std::string_view text) {
  const auto bad = [&] {
    return fail(Errc::bad_format, "not-after: '{}' is not a day such as 2027-12-31", text.substr(0, 20));
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return bad();
  const auto year = number<int>(text.substr(0, 4)), month = number<int>(text.substr(5, 2)),
             day = number<int>(text.substr(8));
  if (!year || !month || !day) return bad();
  std::tm parts{};
  parts.tm_year = *year - 1900;
  parts.tm_mon = *month - 1;
  parts.tm_mday = *day;
  const std::time_t midnight =
      ::timegm(&parts);  // turns the 31st of April into the 1st of May, which we refuse
  if (*year < 2000 || parts.tm_mon != *month - 1 || parts.tm_mday != *day) return bad();
  return std::int64_t{midnight} + 24 * 3600 - 1;
}

Result<std::vector<PinnedReceiver>> parse_receivers(std::string_view text) {
  std::vector<PinnedReceiver> out;
  std::vector<Line> lines = LC_TRY(parse_list(Role::receiver, text, kMaxReceivers));
  for (Line& line : lines) out.push_back({std::move(line.name), line.key, line.suites, line.not_after_s});
  return out;
}

Result<std::vector<PinnedDevice>> parse_devices(std::string_view text) {
  std::vector<PinnedDevice> out;
  std::vector<Line> lines = LC_TRY(parse_list(Role::device, text, kMaxDevices));
  for (Line& line : lines)
    out.push_back(
        {std::move(line.name), line.key, device_id(line.key), line.suites, std::move(line.streams)});
  return out;
}

Result<std::vector<PinnedSigner>> parse_signers(std::string_view text) {
  std::vector<PinnedSigner> out;
  std::vector<Line> lines = LC_TRY(parse_list(Role::signer, text, kMaxSigners));
  for (Line& line : lines) out.push_back({std::move(line.name), line.key});
  return out;
}

Result<> check_list(Role role, std::string_view text) {
  const std::size_t limit = role == Role::receiver ? kMaxReceivers : role == Role::device ? kMaxDevices : kMaxSigners;
  LC_TRY(parse_list(role, text, limit));
  return {};
}

std::string list_line(const PublicIdentity& identity, std::string_view options) {
  std::string line = fmt::format("{} {} {}", to_string(identity.role), identity.name, to_base64(identity.key));
  if (identity.role != Role::signer) line += " suites=" + identity.suites.text();
  if (!options.empty()) line.append(" ").append(options);
  return line + "\n";
}

std::optional<std::string> without_line(Role role, std::string_view list, std::string_view name) {
  std::string kept;
  bool is_found = false;
  while (!list.empty()) {
    const auto end = std::min(list.find('\n'), list.size() - 1) + 1;
    std::string_view line = list.substr(0, end), rest = line.substr(0, line.find('#'));
    rest = rest.substr(0, rest.find('\n'));
    list.remove_prefix(end);
    const bool is_it = next_word(rest) == to_string(role) && next_word(rest) == name;
    is_found = is_found || is_it;
    if (!is_it) kept += line;
  }
  if (!is_found) return std::nullopt;
  return kept;
}

}  // namespace lc::seal
