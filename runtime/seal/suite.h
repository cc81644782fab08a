// The ciphers that a session may use. Chosen once per session by the device, never from an unauthenticated
// message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lc::seal {

// Numbers of the IANA registry "SFrame Cipher Suites"; 0xF000.. is for private use. Both: 32-byte key,
// 12-byte nonce, 16-byte tag, HKDF with SHA-512.
enum class Suite : std::uint16_t {
  aes_256_gcm = 0x0005,        // needs AES instructions in the CPU
  chacha20_poly1305 = 0xF001,  // constant time everywhere
};

inline constexpr std::size_t kTagBytes = 16;

std::optional<Suite> suite_of(std::uint16_t number);
std::string_view to_string(Suite suite);

// Whether this machine can use it.
bool is_available(Suite suite);

// A set of suites, written as "0005,f001" in key files and lists.
class SuiteSet {
 public:
  static SuiteSet all() { return SuiteSet(3); }
  static SuiteSet available();
  static Result<SuiteSet> parse(std::string_view text);

  bool has(Suite suite) const { return (bits_ & bit(suite)) != 0; }
  bool empty() const { return bits_ == 0; }
  SuiteSet operator&(SuiteSet other) const { return SuiteSet(bits_ & other.bits_); }
  bool operator==(const SuiteSet&) const = default;
  std::string text() const;
  // The one to prefer: AES where everyone has it, for its speed.
  std::optional<Suite> best() const;

  static SuiteSet only(Suite suite) { return SuiteSet(bit(suite)); }

 private:
  explicit SuiteSet(unsigned bits) : bits_(bits) {}
  static unsigned bit(Suite suite) { return suite == Suite::aes_256_gcm ? 1 : 2; }
  unsigned bits_;
};

}  // namespace lc::seal
