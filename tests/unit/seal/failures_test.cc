// What the system may refuse at any moment: memory, memory for keys, room on the disk, random numbers. Nothing may
// crash, nothing half-made may be taken for whole, and afterwards everything works.
//
// A program of its own: it stands between the library and operator new, sodium_malloc and sodium_init.
#include <dlfcn.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <new>

#include "base/file.h"
#include "model_support.h"
#include "seal/checked_file.h"
#include "seal/model/model_version.h"

using namespace lc;
using namespace lc::seal;
using namespace lc::seal::test;

namespace {

constexpr long kNever = -1;
thread_local long allocations_left = kNever, key_allocations_left = kNever;
thread_local long pieces = 0, key_pieces = 0;  // of memory, in all
bool has_random_numbers = true;

// Counts down; true once, when it is over.
bool runs_out(long& left) { return left != kNever && left-- == 0; }

}  // namespace

// Out of line: g++ takes new and free for a pair that does not belong together.
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (runs_out(allocations_left)) throw std::bad_alloc();
  void* memory = std::malloc(size > 0 ? size : 1);
  if (memory == nullptr) throw std::bad_alloc();
  ++pieces;
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  if (memory != nullptr) --pieces;
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }

extern "C" void* sodium_malloc(const std::size_t size) {
  static const auto real = reinterpret_cast<void* (*)(std::size_t)>(::dlsym(RTLD_NEXT, "sodium_malloc"));
  ++key_pieces;
  return runs_out(key_allocations_left) ? nullptr : real(size);
}
extern "C" int sodium_init() {
  static const auto real = reinterpret_cast<int (*)()>(::dlsym(RTLD_NEXT, "sodium_init"));
  return has_random_numbers ? real() : -1;
}

namespace {

// Memory of keys that are gone is not for the next ones, so that those need the system.
void use_up_spares() {
  std::vector<Secret> others;
  for (std::size_t i = 0; i < Secret::kSpares; ++i) others.push_back(must(Secret::random(7)));
}

// Lets `left` run out at the first, second, ... time, until `work` comes through. Every attempt before ends with an
// error or std::bad_alloc. Answers how many there were.
template <class Work>
int fail_at_each(long& left, Work work) {
  for (int failures = 0;; ++failures) {
    bool is_done = false;
    use_up_spares();
    try {
      left = failures;
      is_done = work();
    } catch (const std::bad_alloc&) {
    }
    const bool was_reached = left == kNever;  // -1 is where the count-down ends, too
    left = kNever;
    if (is_done && !was_reached) return failures;
    REQUIRE(failures < 10'000);
  }
}

// No byte can be written to any file.
class FullDisk {
 public:
  FullDisk() {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit none{0, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

std::size_t files_in(const std::filesystem::path& folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

}  // namespace

TEST_CASE("failures: without memory a session does not begin or goes on, and no frame is lost by it") {
  Pair pair;
  for (long* left : {&allocations_left, &key_allocations_left}) {
    CHECK(fail_at_each(*left,
                       [&] { return Sealer::create(pair.device_ring, {.clock = pair.time.clock()}).has_value(); }) > 0);
    CHECK(fail_at_each(
              *left, [&] { return Opener::create(pair.receiver_ring, {.clock = pair.time.clock()}).has_value(); }) > 0);
  }
  Sealer sealer = pair.sealer();
  const Bytes announcement = announcement_of(sealer);
  std::uint64_t sent = 0;
  for (long* left : {&allocations_left, &key_allocations_left}) {
    // The announcement is tried again, as the next one would be.
    Opener opener = pair.opener();
    Bytes plain(announcement.size());
    Opened opened;
    CHECK(fail_at_each(*left, [&] { return is_good(opener.open(announcement, plain, opened)); }) > 0);
    const Opening frame = open_with(opener, frame_of(sealer, "picture"));
    CHECK(frame.verdict == Verdict::opened);
    CHECK(frame.opened.counter == sent++);
  }
}

TEST_CASE("failures: without memory a change of keys is left for later, and the old key goes on") {
  Pair pair;
  for (long* left : {&allocations_left, &key_allocations_left}) {
    Sealer sealer = pair.sealer();
    Opener opener = pair.opener();
    REQUIRE(open_with(opener, announcement_of(sealer)).verdict == Verdict::new_session);
    const auto now_s = static_cast<std::int64_t>(*pair.time.wall / 1000);
    const auto receivers = must(pair.device_ring.receivers(now_s));
    CHECK(fail_at_each(*left, [&] {
            auto change = sealer.plan(receivers, true);
            if (!change || (*change && !(*change)->make())) return false;
            if (*change) (void)sealer.take(**std::move(change));
            return true;
          }) > 0);
    REQUIRE(is_good(open_with(opener, announcement_of(sealer)).verdict));
    CHECK(open_with(opener, frame_of(sealer, "picture")).verdict == Verdict::opened);
  }
}

TEST_CASE("failures: without memory a sealed model is not opened, and then it is") {
  const ModelParties parties;
  const ModelFiles files = small_model();
  const Bytes sealed = parties.seal(files);
  const ReceiverIdentity receiver = must(parties.user.receiver());
  const ModelTrust trust = parties.trust();
  for (long* left : {&allocations_left, &key_allocations_left})
    CHECK(fail_at_each(*left, [&] {
            const auto opened = open_model(sealed, receiver, trust);
            return opened && opened->files == files;
          }) > 0);
}

TEST_CASE(
    "failures: on a full disk no session begins, nothing half-written stays, and what was there stays as it was") {
  Pair pair;
  (void)pair.sealer();
  const auto state = pair.device_ring.folder() / "state";
  const std::size_t files = files_in(state);
  EpochStore seen = must(EpochStore::open(pair.dir / "seen"));
  must(seen.remember({}, 0, {5, {}}));
  const std::size_t keys = files_in(pair.receiver_ring.folder());
  {
    const FullDisk full;
    const auto sealer = Sealer::create(pair.device_ring, {.clock = pair.time.clock()});
    REQUIRE_FALSE(sealer);
    CHECK(sealer.error().code == Errc::unavailable);
    CHECK_FALSE(seen.remember({}, 0, {6, {}}));
    CHECK_FALSE(pair.receiver_ring.generate(Role::signer, "lab"));
    CHECK_FALSE(pair.receiver_ring.revoke(Role::device, "camera"));
    CHECK_FALSE(pair.receiver_ring.request_rotation());
  }
  CHECK(files_in(state) == files);
  CHECK(must(seen.seen({}, 0))->epoch == 5);
  CHECK(files_in(pair.dir / "seen") == 2);  // the epoch and the lock
  CHECK(must(pair.receiver_ring.devices()).size() == 1);
  CHECK(files_in(pair.receiver_ring.folder()) <= keys + 2);  // locks and state/, which are empty
  CHECK_FALSE(std::filesystem::exists(pair.receiver_ring.folder() / "signer.key"));
  Sealer sealer = pair.sealer();
  Opener opener = pair.opener();
  CHECK(open_with(opener, announcement_of(sealer)).verdict == Verdict::new_session);
}

TEST_CASE("failures: a receiver whose disk is full opens, and says that a restart could be fooled") {
  Pair pair;
  Sealer sealer = pair.sealer();
  Opener opener = pair.opener();
  {
    const FullDisk full;
    CHECK(open_with(opener, announcement_of(sealer)).verdict == Verdict::new_session);
  }
  CHECK(opener.state_problem().find("seen-") != std::string::npos);
  CHECK(open_with(opener, frame_of(sealer, "picture")).verdict == Verdict::opened);
}

TEST_CASE("failures: a version that cannot be remembered is said to be so, and remembered when it can") {
  const ModelParties parties;
  const auto path = parties.dir / "model.lcm";
  must(save_file(path, parties.seal(small_model())));
  const auto version = ModelVersion::of(parties.user, must(load_model(path, parties.user)).manifest);
  {
    const FullDisk full;
    CHECK_FALSE(version.remember());
  }
  CHECK(version.remember());
}

TEST_CASE("failures: without random numbers nothing is made and nothing begins") {
  Pair pair;
  const ModelParties parties;
  const Bytes list = parties.sign(small_model(), parties.what());
  has_random_numbers = false;
  const auto refused = [](const auto& result) { return !result && result.error().code == Errc::backend; };
  CHECK(refused(KeyRing::create(pair.dir / "other")));
  CHECK(refused(KeyRing::open(pair.device_ring.folder())));
  CHECK(refused(SigningIdentity::generate(Role::device, "camera")));
  CHECK(refused(ReceiverIdentity::generate("desk")));
  CHECK(refused(Sealer::create(pair.device_ring, {.clock = pair.time.clock()})));
  CHECK(refused(seal_model(list, small_model(), {parties.receiver}, kNow)));
  has_random_numbers = true;
  CHECK_FALSE(std::filesystem::exists(pair.dir / "other"));
  (void)pair.sealer();
}

TEST_CASE("flood: strangers, unknown sessions and forged announcements leave nothing behind, and the stream goes on") {
  Pair pair;
  TempDir other;
  const KeyRing stranger_ring = must(KeyRing::create(other / "stranger"));
  must(stranger_ring.generate(Role::device, "stranger"));
  must(stranger_ring.pin(pair.receiver).map([](bool) {}));
  Sealer sealer = pair.sealer();
  Sealer stranger = must(Sealer::create(stranger_ring, {.clock = pair.time.clock()}));
  Opener opener = pair.opener();
  REQUIRE(open_with(opener, announcement_of(sealer)).verdict == Verdict::new_session);
  constexpr std::size_t kSessionAt = 20;
  Bytes junk[] = {frame_of(stranger, "strange"), announcement_of(stranger), frame_of(sealer, "of another session"),
                  announcement_of(sealer), Bytes(1000, std::byte{0x4c})};
  junk[3].back() ^= std::byte{1};  // its signature
  Bytes plain(2000);
  Opened opened;
  const auto flood = [&](std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      Bytes& message = junk[i % std::size(junk)];
      std::memcpy(message.data() + kSessionAt, &i, sizeof i);
      if (opener.open(message, plain, opened) == Verdict::opened) return false;
    }
    return true;
  };
  CHECK(flood(1000));
  const long before = pieces, keys_before = key_pieces;
  const bool is_refused = flood(100'000);
  const long more = pieces - before, more_keys = key_pieces - keys_before;
  CHECK(is_refused);
  CHECK(more == 0);
  CHECK(more_keys == 0);
  CHECK(opener.count(Verdict::bad_signature) <= 100);  // of so many signatures a second, and the clock stood still
  CHECK(opener.count(Verdict::busy) > 10'000);
  const Opening frame = open_with(opener, frame_of(sealer, "picture"));
  CHECK(frame.verdict == Verdict::opened);
  CHECK(frame.text() == "picture");
}
