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

// Numbers of the IANA registry "SFrame Cipher Suites"; 0xF000.. is for private use. All: 32-byte key, 16-byte tag, HKDF
// with SHA-512.
enum class Suite : std::uint16_t {
  aes_256_gcm = 0x0005,        // 12-byte nonce; needs AES instructions in the CPU
  chacha20_poly1305 = 0xF001,  // 12-byte nonce; constant time everywhere
  // 24-byte nonce with 16 random bytes in each message: safe even where memory comes back, as in a copy of a running
  // virtual machine.
  xchacha20_poly1305_hedged = 0xF002,
};

inline constexpr std::size_t kTagBytes = 16;
inline constexpr std::size_t kHedgeBytes = 16;
// Random bytes that a message of this suite carries in its header.
constexpr std::size_t hedge_bytes(Suite suite) { return suite == Suite::xchacha20_poly1305_hedged ? kHedgeBytes : 0; }

std::optional<Suite> suite_of(std::uint16_t number);
std::string_view to_string(Suite suite);

// Whether this machine can use it.
bool is_available(Suite suite);

// A set of suites, written as "0005,f001" in key files and lists.
class SuiteSet {
 public:
  static SuiteSet all() { return SuiteSet(7); }
  // What a receiver accepts of a device, unless its line says otherwise.
  static SuiteSet usual() { return SuiteSet(3); }
  static SuiteSet available();
  static Result<SuiteSet> parse(std::string_view text);

  bool has(Suite suite) const { return (bits_ & bit(suite)) != 0; }
  bool empty() const { return bits_ == 0; }
  SuiteSet operator&(SuiteSet other) const { return SuiteSet(bits_ & other.bits_); }
  bool operator==(const SuiteSet&) const = default;
  std::string text() const;
  // The one to prefer: AES where everyone has it, for its speed; the hedged one last, which costs 18 bytes a message.
  std::optional<Suite> best() const;

  static SuiteSet only(Suite suite) { return SuiteSet(bit(suite)); }

 private:
  explicit SuiteSet(unsigned bits) : bits_(bits) {}
  static constexpr unsigned bit(Suite suite) {
    return suite == Suite::aes_256_gcm ? 1 : suite == Suite::chacha20_poly1305 ? 2 : 4;
  }
  unsigned bits_;
};

}  // namespace lc::seal
