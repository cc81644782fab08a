#include "seal/secret.h"

#include <sodium.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <mutex>

namespace lc::seal {
namespace {

std::atomic<bool> lock_failed{false};

// Memory of secrets that are gone, wiped.
class Spares {
 public:
  // Zeroed, or null.
  std::byte* take(std::size_t size) {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock || !is_ours()) return nullptr;
    const auto found =
        std::find_if(pieces_.begin(), pieces_.end(), [&](const Piece& piece) { return piece.size == size; });
    if (found == pieces_.end() || sodium_mprotect_readwrite(found->data) != 0) return nullptr;
    return std::exchange(*found, {}).data;
  }
  // `data` holds zeros.
  void keep(std::byte* data, std::size_t size) {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock || !is_ours() || sodium_mprotect_noaccess(data) != 0) return sodium_free(data);
    Piece& oldest = *std::min_element(pieces_.begin(), pieces_.end(),
                                      [](const Piece& a, const Piece& b) { return a.number < b.number; });
    if (oldest.data != nullptr) sodium_free(oldest.data);
    oldest = {data, size, ++kept_};
  }

 private:
  struct Piece {
    std::byte* data = nullptr;
    std::size_t size = 0;
    std::uint64_t number = 0;  // in the order in which they were kept; 0: nothing is here
  };
  // A forked child has none: it cannot give them back, and somebody may have held the lock.
  bool is_ours() const { return owner_ == ::getpid(); }

  std::mutex mutex_;
  std::array<Piece, Secret::kSpares> pieces_{};
  std::uint64_t kept_ = 0;
  const pid_t owner_ = ::getpid();
};

Spares& spares() {
  static Spares all;
  return all;
}

}  // namespace

Result<> ready() {
  if (sodium_init() < 0)
    return fail(Errc::backend, "libsodium does not start: the system gives no random numbers (is /dev/urandom there?)");
  return {};
}

void harden_process() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
}

bool secrets_are_locked() { return !lock_failed.load(std::memory_order_relaxed); }

void fill_random(std::span<std::byte> out) { randombytes_buf(out.data(), out.size()); }
void wipe(std::span<std::byte> bytes) { sodium_memzero(bytes.data(), bytes.size()); }

Result<Secret> Secret::allocate(std::size_t size) {
  LC_TRY(ready());
  LC_EXPECT(size > 0, "a secret has at least one byte");
  Secret secret;
  secret.size_ = size;
  secret.owner_ = ::getpid();
  secret.data_ = spares().take(size);
  if (secret.data_ != nullptr) return secret;
  auto* data = static_cast<std::byte*>(sodium_malloc(size));
  if (data == nullptr)
    return fail(Errc::unavailable, "no memory for a key of {} bytes: {}", size, std::strerror(errno));
  // sodium_malloc ignores a refused lock; asking again tells.
  if (sodium_mlock(data, size) != 0) lock_failed.store(true, std::memory_order_relaxed);
#ifdef MADV_WIPEONFORK
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto first = reinterpret_cast<std::uintptr_t>(data) & ~(page - 1);
  const auto end = reinterpret_cast<std::uintptr_t>(data) + size;
  ::madvise(reinterpret_cast<void*>(first), end - first, MADV_WIPEONFORK);
#endif
  std::memset(data, 0, size);
  secret.data_ = data;
  return secret;
}

void Secret::freeze() { sodium_mprotect_readonly(data_); }

void Secret::release() {
  // In a forked child the page was wiped, canary included: sodium_free would end the process. Exit returns
  // it.
  if (data_ != nullptr && owner_ == ::getpid()) {
    if (sodium_mprotect_readwrite(data_) == 0) {
      sodium_memzero(data_, size_);
      spares().keep(data_, size_);
    } else {
      sodium_free(data_);
    }
  }
  data_ = nullptr;
  size_ = 0;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    release();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    owner_ = other.owner_;
  }
  return *this;
}

Result<Secret> Secret::random(std::size_t size) {
  return make(size, [](std::span<std::byte> out) { fill_random(out); });
}

Result<Secret> Secret::copy_of(ByteSpan bytes) {
  return make(bytes.size(), [&](std::span<std::byte> out) { std::memcpy(out.data(), bytes.data(), bytes.size()); });
}

}  // namespace lc::seal
