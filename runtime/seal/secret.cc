#include "seal/secret.h"

#include <sodium.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace lc::seal {
namespace {

std::atomic<bool> lock_failed{false};

}  // namespace

Result<> ready() {
  if (sodium_init() < 0)
    return fail(Errc::backend,
                "libsodium does not start: the system gives no random numbers (is /dev/urandom there?)");
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
  Secret secret;
  secret.data_ = data;
  secret.size_ = size;
  secret.owner_ = ::getpid();
  return secret;
}

void Secret::freeze() { sodium_mprotect_readonly(data_); }

void Secret::release() {
  // In a forked child the page was wiped, canary included: sodium_free would end the process. Exit returns
  // it.
  if (data_ != nullptr && owner_ == ::getpid()) sodium_free(data_);
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
  return make(bytes.size(),
              [&](std::span<std::byte> out) { std::memcpy(out.data(), bytes.data(), bytes.size()); });
}

}  // namespace lc::seal
