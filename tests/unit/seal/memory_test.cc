// Key bytes are in memory while a key is used, and nowhere afterwards. Looks through all writable memory of the process.
#include <array>
#include <fstream>
#include <optional>

#include "fixture.h"
#include "seal/announcement.h"
#include "seal/kdf.h"

using namespace lc;
using namespace lc::seal;
using seal::test::announcement_of;
using seal::test::change_keys;
using seal::test::frame_of;
using seal::test::must;
using seal::test::open_with;
using seal::test::Pair;

namespace {

constexpr std::size_t kNeedle = 16;
constexpr std::byte kMask{0x5c};

// Sixteen bytes to look for, kept in another form so that they do not find themselves.
class Needle {
 public:
  explicit Needle(ByteSpan bytes) {
    for (std::size_t i = 0; i < kNeedle; ++i) masked_[i] = bytes[i] ^ kMask;
  }
  bool is_at(const volatile std::byte* at) const {
    for (std::size_t i = 0; i < kNeedle; ++i)
      if ((at[i] ^ kMask) != masked_[i]) return false;
    return true;
  }
  std::size_t first() const { return std::to_integer<std::size_t>(masked_[0] ^ kMask); }

 private:
  std::array<std::byte, kNeedle> masked_;
};

// How often one of them is in memory that this process can read and write, or that holds secrets.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LC_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LC_SANITIZED 1
#endif

std::size_t count(const std::vector<Needle>& needles) {
  std::size_t found = 0;
  std::ifstream maps("/proc/self/maps");
  std::vector<std::pair<std::uintptr_t, std::uintptr_t>> regions;
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0, end = 0;
    char access[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, access) != 3 || access[0] != 'r' || access[2] == 'x')
      continue;
    if (line.find("[v") != std::string::npos) continue;  // vvar, vsyscall
    const bool is_file = line.find('/') != std::string::npos;
    if (is_file && access[1] != 'w') continue;
    regions.emplace_back(begin, end);
  }
  std::array<bool, 256> may_begin{};
  for (const Needle& needle : needles) may_begin[needle.first()] = true;
  for (const auto& [begin, end] : regions)
    for (const auto* at = reinterpret_cast<const volatile std::byte*>(begin);
         at + kNeedle <= reinterpret_cast<const volatile std::byte*>(end); ++at) {
      if (!may_begin[std::to_integer<std::size_t>(static_cast<std::byte>(*at))]) continue;
      for (const Needle& needle : needles) found += needle.is_at(at) ? 1 : 0;
    }
  return found;
}

// Base key (both ends of it), AEAD key and the key of the next step: what gives the session away.
__attribute__((noinline)) std::vector<Needle> needles_of(const Pair& pair, ByteSpan announcement, std::uint64_t steps) {
  const auto unpacked = unpack_announcement(announcement);
  REQUIRE(unpacked);
  const auto receiver = must(pair.receiver_ring.receiver());
  Secret base = must(Secret::make(kBaseKeyBytes, [&](std::span<std::byte> out) {
    REQUIRE(open_boxes(*unpacked, receiver, out.first<kBaseKeyBytes>()) == Verdict::new_session);
  }));
  std::vector<Needle> needles;
  for (std::uint64_t step = 0; step <= steps; ++step) {
    if (step > 0) base = must(ratchet(base));
    needles.emplace_back(base.reveal().first(kNeedle));
    needles.emplace_back(base.reveal().last(kNeedle));
    std::array<std::byte, kHashBytes> secret;
    hkdf_extract({}, base.reveal(), secret);
    Bytes info(as_bytes("SFrame 1.0 Secret key ").begin(), as_bytes("SFrame 1.0 Secret key ").end());
    const std::uint64_t kid = unpacked->announcement.kid + step;
    for (int shift = 56; shift >= 0; shift -= 8) info.push_back(std::byte(kid >> shift));
    info.push_back(std::byte(unpacked->announcement.suite >> 8));
    info.push_back(std::byte(unpacked->announcement.suite));
    const Secret key = must(Secret::make(32, [&](std::span<std::byte> out) { REQUIRE(hkdf_expand(secret, info, out)); }));
    needles.emplace_back(key.reveal().first(kNeedle));
    needles.emplace_back(key.reveal().last(kNeedle));
    needles.emplace_back(secret);
    wipe(secret);
  }
  return needles;
}

// What lay on the stack is overwritten by other calls; here at once.
__attribute__((noinline)) void use_the_stack() {
  volatile std::byte room[4096] = {};
  (void)room[0];
}

}  // namespace

TEST_CASE("memory: key bytes are there while a key is in use, and nowhere after its rotation and after the session") {
#ifdef LC_SANITIZED
  LC_SKIP("shadow memory of sanitizers is too much to look through");
#else
  for (const Suite suite : {Suite::aes_256_gcm, Suite::chacha20_poly1305}) {
    if (!is_available(suite)) continue;
    Pair pair;
    std::optional<Sealer> sealer(pair.sealer({.suite = suite, .rotation = {.lead_ms = 0}}));
    std::optional<Opener> opener(pair.opener());
    const Bytes first = announcement_of(*sealer);
    REQUIRE(open_with(*opener, first).verdict == Verdict::new_session);
    CHECK(open_with(*opener, frame_of(*sealer, "x")).verdict == Verdict::opened);
    const auto of_first = needles_of(pair, first, 1);
    CHECK(count(of_first) >= 4);  // base key and AEAD key, at both ends

    pair.time.advance(60'000);  // a step of the ratchet
    CHECK(open_with(*opener, frame_of(*sealer, "x")).verdict == Verdict::opened);
    CHECK(change_keys(pair, *sealer, true));
    const Bytes second = announcement_of(*sealer);
    CHECK(open_with(*opener, second).verdict == Verdict::new_key);
    CHECK(open_with(*opener, frame_of(*sealer, "y")).verdict == Verdict::opened);
    pair.time.advance(10'000);
    CHECK(open_with(*opener, frame_of(*sealer, "z")).verdict == Verdict::opened);
    use_the_stack();
    CHECK(count(of_first) == 0);

    const auto of_second = needles_of(pair, second, 1);
    CHECK(count(of_second) >= 4);
    sealer.reset();
    opener.reset();
    use_the_stack();
    CHECK(count(of_second) == 0);
  }
#endif
}

TEST_CASE("memory: pages of keys are left out of core dumps, and locked where the system lets us") {
  const Secret secret = must(Secret::random(64));
  std::ifstream maps("/proc/self/smaps");
  const auto at = reinterpret_cast<std::uintptr_t>(secret.reveal().data());
  bool is_here = false, is_found = false;
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0, end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2 && line.find(':') > line.find(' '))
      is_here = at >= begin && at < end;
    if (!is_here || line.substr(0, 8) != "VmFlags:") continue;
    is_found = true;
    CHECK(line.find(" dd") != std::string::npos);  // not dumped
    CHECK(line.find(" wf") != std::string::npos);  // wiped on fork
#ifndef LC_SANITIZED  // sanitizers make mlock() do nothing
    CHECK((line.find(" lo") != std::string::npos) == secrets_are_locked());
#endif
  }
  CHECK(is_found);
}
