#include "network_test.h"

#include <random>

#include "fixture.h"

namespace lc::seal::test {
namespace {

constexpr std::size_t kReorder = 1000;  // messages; the window is 2048 wide

// Where a message is within the next kReorder places of arrival; a slot may hold more than one.
class Network {
 public:
  explicit Network(std::uint64_t seed) : random_(seed) {}
  // How many copies arrive.
  unsigned send(const Bytes& message) {
    if (random_() % 10 < 3) return 0;
    place(message);
    if (random_() % 4 != 0) return 1;
    place(message);
    return 2;
  }
  std::vector<Bytes>& arrivals() { return slots_[now_ % slots_.size()]; }
  void tick() {
    arrivals().clear();
    ++now_;
  }

 private:
  void place(const Bytes& message) { slots_[(now_ + random_() % kReorder) % slots_.size()].push_back(message); }
  std::mt19937_64 random_;
  std::uint64_t now_ = 0;
  std::vector<std::vector<Bytes>> slots_ = std::vector<std::vector<Bytes>>(kReorder);
};

}  // namespace

void cross_a_network(int messages) {
  Pair pair;
  // 10 ms a message: grace and lead are longer than the reordering.
  Sealer sealer = pair.sealer({.rotation = {.ratchet_ms = 90'000, .generation_ms = 400'000, .lead_ms = 20'000}});
  Opener opener = pair.opener();
  REQUIRE(open_with(opener, announcement_of(sealer)).verdict == Verdict::new_session);
  Network network(14);
  // Of each counter: the copies that arrive, and how often one was opened.
  std::vector<std::uint8_t> copies, times_opened;
  int rotations = 0;
  Bytes wire(sealer.size_limit(1)), plain(4096);
  Opened opened;
  const auto arrive = [&] {
    for (const Bytes& message : network.arrivals())
      if (opener.open(message, plain, opened) == Verdict::opened) ++times_opened[opened.counter];
    network.tick();
  };
  const Bytes old = frame_of(sealer, "of a session that is over");
  copies.push_back(0);
  for (int i = 0; i < messages; ++i) {
    pair.time.advance(10);
    if (i % 100 == 0) {
      rotations += change_keys(pair, sealer) ? 1 : 0;
      if (const ByteSpan next = must(sealer.next_announcement()); !next.empty()) (void)open_with(opener, next);
      (void)open_with(opener, announcement_of(sealer));
    }
    const std::size_t size = must(sealer.seal_frame({}, {}, as_bytes("x"), wire));
    copies.push_back(
        static_cast<std::uint8_t>(network.send(Bytes(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(size)))));
    times_opened.resize(copies.size());
    arrive();
  }
  for (std::size_t i = 0; i < kReorder; ++i) arrive();
  std::uint64_t delivered = 0, doubled = 0, wrong = 0;
  for (std::size_t i = 0; i < copies.size(); ++i) {
    delivered += copies[i] > 0 ? 1 : 0;
    doubled += copies[i] > 1 ? 1 : 0;
    wrong += times_opened[i] != (copies[i] > 0 ? 1 : 0) ? 1 : 0;
  }
  CHECK(wrong == 0);  // each that arrives once, none twice
  CHECK(opener.count(Verdict::opened) == delivered);
  CHECK(opener.count(Verdict::replayed) == doubled);
  CHECK(delivered > static_cast<std::uint64_t>(messages) * 69 / 100);
  CHECK(delivered < static_cast<std::uint64_t>(messages) * 71 / 100);
  CHECK(doubled > delivered * 24 / 100);
  CHECK(opener.count(Verdict::unknown_key) == 0);
  CHECK(opener.count(Verdict::too_old) == 0);
  CHECK(opener.count(Verdict::bad_tag) == 0);
  CHECK(opener.count(Verdict::malformed) == 0);
  CHECK(rotations >= messages / 50'000);
  // An old session never, also by a receiver that was started again.
  Sealer newer = pair.sealer();
  CHECK(open_with(opener, announcement_of(newer)).verdict == Verdict::new_session);
  const Bytes old_announcement = announcement_of(sealer);
  Opener restarted = pair.opener();
  for (Opener* each : {&opener, &restarted}) {
    CHECK(open_with(*each, old_announcement).verdict == Verdict::old_session);
    pair.time.advance(10'000);
    CHECK_FALSE(is_good(open_with(*each, old).verdict));
  }
}

}  // namespace lc::seal::test
