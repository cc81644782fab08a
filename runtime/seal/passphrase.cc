#include "seal/passphrase.h"

#include <fcntl.h>
#include <sodium.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>
#include <mutex>
#include <vector>

#include "base/descriptor.h"
#include "seal/digest.h"
#include "seal/raw.h"

namespace lc::seal {
namespace {

constexpr std::size_t kSaltBytes = crypto_pwhash_SALTBYTES, kNonceBytes = crypto_secretbox_NONCEBYTES;
constexpr std::size_t kSecretBytes = 32;
static_assert(kLockedBytes == kNonceBytes + crypto_secretbox_MACBYTES + kSecretBytes);
using Salt = std::array<std::byte, kSaltBytes>;

// What this process was given and what it opened with that. Leaked on purpose: wiping it at the end of the process
// would race with threads that still use it, and the pages go with the process.
struct Vault {
  std::mutex mutex;
  std::vector<Secret> offered;
  std::map<Digest256, Secret> unlocked;
};
Vault& vault() {
  static auto* one = new Vault;
  return *one;
}

struct Method {
  PassphraseCost cost;
  Salt salt;
};

Result<Method> parse_method(std::string_view text) {
  const auto bad = [] { return fail(Errc::bad_format, "the line 'passphrase: ' is damaged; copy the file again"); };
  constexpr std::string_view kTitle = "argon2id ";
  if (text.substr(0, kTitle.size()) != kTitle)
    return fail(Errc::unsupported, "the passphrase is of a kind that this version does not know");
  Method method;
  const char *at = text.data() + kTitle.size(), *end = text.data() + text.size();
  for (std::uint64_t* number : {&method.cost.passes, &method.cost.bytes}) {
    const auto [next, error] = std::from_chars(at, end, *number);
    if (error != std::errc() || next == end || *next != ' ') return bad();
    at = next + 1;
  }
  const auto salt = from_hex(std::string_view(at, static_cast<std::size_t>(end - at)));
  if (!salt || salt->size() != kSaltBytes) return bad();
  std::copy(salt->begin(), salt->end(), method.salt.begin());
  if (method.cost.passes < crypto_pwhash_OPSLIMIT_MIN || method.cost.passes > kMaxPassphrasePasses ||
      method.cost.bytes < crypto_pwhash_MEMLIMIT_MIN || method.cost.bytes > kMaxPassphraseMemory)
    return fail(Errc::unsupported, "the passphrase would take {} passes over {} MiB, at most {} over {} are done",
                method.cost.passes, method.cost.bytes >> 20, kMaxPassphrasePasses, kMaxPassphraseMemory >> 20);
  return method;
}

// The key of the box: from passphrase and salt, and bound to what the file says of itself.
Result<Secret> key_of(ByteSpan passphrase, const Method& method, std::string_view bound) {
  int failed = 0;
  const Secret stretched = LC_TRY(Secret::make(32, [&](std::span<std::byte> out) {
    failed = crypto_pwhash(raw(out.data()), out.size(), reinterpret_cast<const char*>(passphrase.data()),
                           passphrase.size(), raw(method.salt.data()), method.cost.passes, method.cost.bytes,
                           crypto_pwhash_ALG_ARGON2ID13);
  }));
  if (failed != 0)
    return fail(Errc::unavailable, "no {} MiB of memory, which the passphrase takes", method.cost.bytes >> 20);
  return Secret::make(crypto_secretbox_KEYBYTES, [&](std::span<std::byte> out) {
    crypto_generichash(raw(out.data()), out.size(), raw(as_bytes(bound).data()), bound.size(),
                       raw(stretched.reveal().data()), stretched.size());
  });
}

Digest256 name_of(const Locked& locked, std::string_view bound) {
  return Digest().update(as_bytes(locked.method)).update(as_bytes(bound)).update(locked.box).finish();
}

// One line, without its end.
Result<Secret> read_line(int fd) {
  std::array<std::byte, kMaxPassphraseBytes + 1> line;
  std::size_t size = 0;
  int error = 0;
  while (size < line.size()) {
    const ssize_t got = ::read(fd, line.data() + size, 1);  // no byte of what follows is taken
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) error = errno;
    if (got <= 0 || line[size] == std::byte{'\n'}) break;
    ++size;
  }
  auto text = [&]() -> Result<Secret> {
    if (error != 0) return fail(Errc::unavailable, "the passphrase cannot be read: {}", std::strerror(error));
    if (size == 0) return fail(Errc::bad_format, "the passphrase is empty");
    if (size > kMaxPassphraseBytes)
      return fail(Errc::bad_format, "the passphrase is longer than {} bytes", kMaxPassphraseBytes);
    return Secret::copy_of(ByteSpan(line).first(size));
  }();
  wipe(line);
  return text;
}

// No echo while it lives.
class Silent {
 public:
  explicit Silent(int fd) : fd_(fd), is_terminal_(::tcgetattr(fd, &before_) == 0) {
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (is_terminal_) ::tcsetattr(fd_, TCSAFLUSH, &silent);
  }
  ~Silent() {
    if (is_terminal_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }
  Silent(const Silent&) = delete;
  Silent& operator=(const Silent&) = delete;

 private:
  int fd_;
  termios before_{};
  bool is_terminal_;
};

Result<Secret> ask_once(int terminal, std::string_view prompt) {
  const Silent silent(terminal);
  const std::string text = fmt::format("{}: ", prompt);
  if (::write(terminal, text.data(), text.size()) < 0)
    return fail(Errc::unavailable, "the terminal cannot be written to: {}", std::strerror(errno));
  auto line = read_line(terminal);
  (void)!::write(terminal, "\n", 1);
  return line;
}

}  // namespace

Result<Secret> read_passphrase(int fd) {
  LC_TRY(ready());
  return read_line(fd);
}

Result<Secret> ask_passphrase(std::string_view prompt, bool again) {
  LC_TRY(ready());
  const Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (terminal.get() < 0)
    return fail(Errc::unavailable, "there is no terminal to ask for the passphrase; give it through a descriptor");
  Secret first = LC_TRY(ask_once(terminal.get(), prompt));
  if (!again) return first;
  const Secret second = LC_TRY(ask_once(terminal.get(), "the same again"));
  if (first.size() != second.size() ||
      sodium_memcmp(first.reveal().data(), second.reveal().data(), first.size()) != 0)
    return fail(Errc::refused, "the two passphrases differ; nothing was done");
  return first;
}

void offer_passphrase(Secret text) {
  const std::lock_guard guard(vault().mutex);
  vault().offered.push_back(std::move(text));
}

bool has_passphrase() {
  const std::lock_guard guard(vault().mutex);
  return !vault().offered.empty();
}

Result<Locked> lock(const Secret& secret, const Passphrase& passphrase, std::string_view bound) {
  LC_EXPECT(secret.size() == kSecretBytes, "a secret key has 32 bytes");
  Method method{passphrase.cost(), {}};
  fill_random(method.salt);
  Locked locked;
  locked.method = fmt::format("argon2id {} {} {}", method.cost.passes, method.cost.bytes, to_hex(method.salt));
  const Secret key = LC_TRY(key_of(passphrase.text(), method, bound));
  const auto nonce = std::span(locked.box).first(kNonceBytes);
  fill_random(nonce);
  crypto_secretbox_easy(raw(locked.box.data() + kNonceBytes), raw(secret.reveal().data()), secret.size(),
                        raw(nonce.data()), raw(key.reveal().data()));
  return locked;
}

Result<Secret> unlock(const Locked& locked, std::string_view bound) {
  const Method method = LC_TRY(parse_method(locked.method));
  const Digest256 name = name_of(locked, bound);
  const std::lock_guard guard(vault().mutex);
  if (const auto known = vault().unlocked.find(name); known != vault().unlocked.end())
    return Secret::copy_of(known->second.reveal());
  if (vault().offered.empty())
    return fail(Errc::no_key, "this key wants its passphrase: give it with --ask-passphrase or --passphrase-fd NUMBER");
  for (const Secret& passphrase : vault().offered) {
    const Secret key = LC_TRY(key_of(passphrase.reveal(), method, bound));
    bool is_open = false;
    Secret secret = LC_TRY(Secret::make(kSecretBytes, [&](std::span<std::byte> out) {
      is_open = crypto_secretbox_open_easy(raw(out.data()), raw(locked.box.data() + kNonceBytes),
                                           locked.box.size() - kNonceBytes, raw(locked.box.data()),
                                           raw(key.reveal().data())) == 0;
    }));
    if (!is_open) continue;
    vault().unlocked.emplace(name, LC_TRY(Secret::copy_of(secret.reveal())));
    return secret;
  }
  return fail(Errc::refused, "the passphrase does not fit this key");
}

}  // namespace lc::seal
