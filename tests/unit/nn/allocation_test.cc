// Counts what run() allocates, by replacing operator new for the whole program, the libraries included.
#include <dlfcn.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "nn/plan.h"
#include "support/codec_graphs.h"
#include "support/test.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)  // gcc
#define LC_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)  // clang
#define LC_SANITIZED 1
#endif
#endif

#ifndef LC_SANITIZED
#define LC_COUNTS_ALLOCATIONS 1

namespace {

std::atomic<bool> counting{false};
std::atomic<int> ours{0}, theirs{0};

void count(const void* caller) {
  if (!counting.load(std::memory_order_relaxed)) return;
  Dl_info info{};
  // oneDNN keeps the arguments of each call in a small map that we cannot give it.
  const bool library = dladdr(caller, &info) != 0 && info.dli_fname && std::strstr(info.dli_fname, "dnnl");
  (library ? theirs : ours).fetch_add(1);
}

}  // namespace

#ifndef __clang__
#pragma GCC diagnostic ignored \
    "-Wmismatched-new-delete"  // gcc sees through new and finds malloc: ours on both sides
#endif

void* operator new(std::size_t size) {
  count(__builtin_return_address(0));
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
#endif

using namespace lc;

TEST_CASE("plan: run allocates nothing, and the library the same little each time") {
#ifndef LC_COUNTS_ALLOCATIONS
  LC_SKIP("sanitizers own the allocator");
#else
  for (int threads : {1, 2}) {
    const auto graph = nn::Graph::load(test::codec_decoder({16, 24, 1, 1}), "decoder").value();
    auto plan = nn::Plan::create(graph, {{{1, 24, 6, 8}}, threads}).value();
    REQUIRE(plan.run());
    int first = -1;
    for (int i = 0; i < 3; ++i) {
      ours = theirs = 0;
      counting = true;
      const bool good = plan.run().has_value();
      counting = false;
      CHECK(good);
      CHECK(ours == 0);
      if (first < 0) first = theirs;
      CHECK(theirs == first);
    }
    MESSAGE("threads ", threads, ": oneDNN allocates ", first, " times a run by itself");
  }
#endif
}
