// The lists of a key ring: the receivers that a device seals to, the devices that a receiver believes, and the signers
// whose models it loads. One line per key; nothing is added by itself.
//
//   receivers.list    receiver NAME BASE64KEY suites=0005,f001 [not-after=2027-12-31]
//   devices.list      device NAME BASE64KEY suites=0005,f001 [streams=0,1]
//   signers.list      signer NAME BASE64KEY
//
// '#' begins a comment. The first word keeps one list from being read as the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "seal/identity.h"

namespace lc::seal {

// More receivers do not fit into one announcement.
inline constexpr std::size_t kMaxReceivers = 256;
inline constexpr std::size_t kMaxDevices = 4096;
inline constexpr std::size_t kMaxSigners = 4096;

struct PinnedReceiver {
  std::string name;
  PublicKey key{};
  SuiteSet suites = SuiteSet::usual();      // what it can open
  std::optional<std::int64_t> not_after_s;  // since 1970: the end of that day, UTC
  bool operator==(const PinnedReceiver&) const = default;
};

struct PinnedDevice {
  std::string name;
  PublicKey key{};
  DeviceId id{};
  SuiteSet suites = SuiteSet::usual();  // what it may use
  std::vector<std::uint16_t> streams;  // empty: all
  bool operator==(const PinnedDevice&) const = default;
};

struct PinnedSigner {
  std::string name;
  PublicKey key{};
};

// errors  bad_format with "line 3: ...": unknown words, a bad or repeated key, a repeated name, too many
// lines
Result<std::vector<PinnedReceiver>> parse_receivers(std::string_view text);
Result<std::vector<PinnedDevice>> parse_devices(std::string_view text);
Result<std::vector<PinnedSigner>> parse_signers(std::string_view text);
// Whether it can be read as the list of that role.
Result<> check_list(Role role, std::string_view text);

// "2027-12-31": the last second of that day, UTC, since 1970.
Result<std::int64_t> parse_day(std::string_view text);

// The line to add, with its line end. `options`: further words, such as "not-after=2027-12-31".
std::string list_line(const PublicIdentity& identity, std::string_view options = {});
// The list without the key of that name; comments stay. Nothing if no line has it.
std::optional<std::string> without_line(Role role, std::string_view list, std::string_view name);

}  // namespace lc::seal
