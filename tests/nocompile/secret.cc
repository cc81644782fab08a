// What must not be possible with keys. Each case below must be refused by the compiler, with the words after
// its name; without any case the file must compile.
//
// case copy: deleted
// case assign: deleted
// case compare: deleted
// case print: deleted
// case format: error
// case counter: private
// case reuse_counter: deleted
// case seal_with_counter: no matching function|cannot convert|cannot bind
#include <ostream>

#include "seal/secret.h"
#include "seal/sframe.h"

using namespace lc;
using namespace lc::seal;

void wrong(Secret& a, Secret& b, std::ostream& out, SealingKey& key, FrameCounter& counter,
           std::span<std::byte> room) {
#if defined(CASE_copy)
  Secret c = a;
#elif defined(CASE_assign)
  a = b;
#elif defined(CASE_compare)
  (void)(a == b);
#elif defined(CASE_print)
  out << a;
#elif defined(CASE_format)
  (void)fmt::format("{}", a);
#elif defined(CASE_counter)
  (void)counter.take();
#elif defined(CASE_reuse_counter)
  FrameCounter again = counter;
#elif defined(CASE_seal_with_counter)
  (void)key.seal(std::uint64_t{7}, {}, {}, {}, 0, room);
#endif
  (void)key.seal(counter, {}, {}, {}, 0, room);
  a = std::move(b);
  (void)out;
}
