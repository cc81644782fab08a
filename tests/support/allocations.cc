#include "support/allocations.h"

#include <dlfcn.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)  // gcc
#define LC_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)  // clang
#define LC_SANITIZED 1
#endif
#endif

namespace {
std::atomic<bool> counting{false};
std::atomic<int> ours{0}, library{0};
}  // namespace

#ifndef LC_SANITIZED

// What glibc's own names stand for.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* p, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* p);
}

namespace {

void count(const void* caller) {
  if (!counting.load(std::memory_order_relaxed)) return;
  Dl_info info{};
  const bool is_library = ::dladdr(caller, &info) != 0 && info.dli_fname && std::strstr(info.dli_fname, "libdnnl");
  (is_library ? library : ours).fetch_add(1);
}

}  // namespace

#define LC_COUNT() count(__builtin_return_address(0))

// Libraries are to find them.
#pragma GCC visibility push(default)
extern "C" {
void* malloc(std::size_t size) noexcept {
  LC_COUNT();
  return __libc_malloc(size);
}
void* calloc(std::size_t n, std::size_t size) noexcept {
  LC_COUNT();
  return __libc_calloc(n, size);
}
void* realloc(void* p, std::size_t size) noexcept {
  LC_COUNT();
  return __libc_realloc(p, size);
}
void* memalign(std::size_t alignment, std::size_t size) noexcept {
  LC_COUNT();
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  LC_COUNT();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** out, std::size_t alignment, std::size_t size) noexcept {
  LC_COUNT();
  void* const p = __libc_memalign(alignment, size);
  if (!p) return ENOMEM;
  *out = p;
  return 0;
}
void free(void* p) noexcept { __libc_free(p); }
}
#pragma GCC visibility pop

void* operator new(std::size_t size) {
  LC_COUNT();  // here, not in malloc, whose caller would be this file
  if (void* p = __libc_malloc(size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { __libc_free(p); }
void operator delete(void* p, std::size_t) noexcept { __libc_free(p); }

#endif

namespace lc::test {

#ifdef LC_SANITIZED
bool can_count_allocations() { return false; }
#else
bool can_count_allocations() { return true; }
#endif

AllocationCounter::AllocationCounter() {
  ours = library = 0;
  counting = true;
}
AllocationCounter::~AllocationCounter() { counting = false; }

Allocations AllocationCounter::take() { return {ours.exchange(0), library.exchange(0)}; }

}  // namespace lc::test
