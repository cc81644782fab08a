// Memory for keys, and the few primitives that every other file here needs.
//
// A Secret lives between guard pages, is left out of core dumps and of forked children, cannot be copied,
// compared or printed (tests/nocompile proves it), is read-only once made, and is wiped when it goes. Its memory then
// waits, out of reach, for the next secret of this size: getting it from the system and giving it back costs more than
// all that is done with a key, and changes of keys stand between two frames.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <iosfwd>
#include <span>
#include <utility>

#include "base/bytes.h"

namespace lc::seal {

// Starts libsodium, once per process; any thread. Everything here that can fail begins with it.
//   errors  backend: the system gives no random numbers
Result<> ready();

// For programs that hold keys: no core dumps, and other processes of this user cannot look into this one.
void harden_process();

// False once the system refused to lock a secret in memory (RLIMIT_MEMLOCK): secrets may then reach swap.
bool secrets_are_locked();

void fill_random(std::span<std::byte> out);
void wipe(std::span<std::byte> bytes);

class Secret {
 public:
  // Pieces of memory that wait; the oldest goes back to the system for a newer one.
  static constexpr std::size_t kSpares = 16;

  Secret() = default;
  Secret(Secret&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        owner_(other.owner_) {}
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { release(); }

  bool operator==(const Secret&) const = delete;
  friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;

  // `fill` gets the zeroed memory once; afterwards it can only be read.
  //   size    the start is aligned to 16 bytes when this is a multiple of 16
  //   errors  unavailable: no memory
  template <class Fill>
  static Result<Secret> make(std::size_t size, Fill&& fill) {
    Secret secret = LC_TRY(allocate(size));
    std::forward<Fill>(fill)(std::span<std::byte>(secret.data_, size));
    secret.freeze();
    return secret;
  }
  static Result<Secret> random(std::size_t size);
  static Result<Secret> copy_of(ByteSpan bytes);

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  // The bytes themselves. Lend them to a primitive; never keep, copy or log them.
  ByteSpan reveal() const { return {data_, size_}; }

 private:
  static Result<Secret> allocate(std::size_t size);
  void freeze();
  void release();

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  pid_t owner_ = 0;  // a forked child sees zeros, and must not hand them to sodium_free
};

}  // namespace lc::seal
