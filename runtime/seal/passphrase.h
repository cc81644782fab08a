// Passphrases: a key file that has one is of no use to whoever copies the disk.
//
// A passphrase comes from a terminal or an open file descriptor, never from an argument, a property or the environment,
// which others can see. It is given to the process once (offer_passphrase); key files that want one try those that were
// given. What they held stays unlocked in memory for secrets, so that a new session does not take Argon2's time again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "seal/secret.h"

namespace lc::seal {

// Argon2id's time and memory, as libsodium counts them: its "moderate", 0.7 s and 256 MiB.
struct PassphraseCost {
  std::uint64_t passes = 3;
  std::uint64_t bytes = std::uint64_t{256} << 20;
};
// What a file may ask of us, so that nobody can hang a start with one.
inline constexpr std::uint64_t kMaxPassphrasePasses = 16, kMaxPassphraseMemory = std::uint64_t{1} << 30;
inline constexpr std::size_t kMaxPassphraseBytes = 1024;

class Passphrase {
 public:
  explicit Passphrase(Secret text, PassphraseCost cost = {}) : text_(std::move(text)), cost_(cost) {}
  ByteSpan text() const { return text_.reveal(); }
  const PassphraseCost& cost() const { return cost_; }

 private:
  Secret text_;
  PassphraseCost cost_;  // of files that are written with it
};

// The first line of what can be read from `fd`, which stays open.
//   errors  bad_format: empty, or longer than kMaxPassphraseBytes; unavailable
Result<Secret> read_passphrase(int fd);
// Asks at the controlling terminal, without echo; `again`: twice, and both must agree.
//   errors  unavailable: there is no terminal; refused: they differ
Result<Secret> ask_passphrase(std::string_view prompt, bool again);

// Any thread.
void offer_passphrase(Secret text);
bool has_passphrase();

// A 32-byte secret behind a passphrase, as in a key file: "argon2id PASSES BYTES SALT" and nonce || box.
inline constexpr std::size_t kLockedBytes = 24 + 16 + 32;
struct Locked {
  std::string method;
  std::array<std::byte, kLockedBytes> box{};
};
// `bound` is authenticated with it: the lines of the file that say whose key it is.
//   errors  unavailable: no memory for Argon2
Result<Locked> lock(const Secret& secret, const Passphrase& passphrase, std::string_view bound);

// With the passphrases that were offered, or as it was unlocked before.
//   errors  no_key: none was offered; refused: none fits; bad_format, unsupported: the method
Result<Secret> unlock(const Locked& locked, std::string_view bound);

}  // namespace lc::seal
