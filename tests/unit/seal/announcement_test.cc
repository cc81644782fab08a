// One fault in each announcement, and the verdict that it must get: a parsing mistake cannot hide behind the
// signature.
#include <algorithm>

#include "seal/announcement.h"

#include "base/file.h"
#include "fixture.h"
#include "seal/big_endian.h"

using namespace lc;
using namespace lc::seal;
using seal::test::announcement_of;
using seal::test::frame_of;
using seal::test::must;
using seal::test::open_with;
using seal::test::Pair;

namespace {

constexpr std::size_t kBody = kWireHeaderBytes;
constexpr std::string_view kLabel{"latentcast key announcement v1\0", 31};

// Signs the message anew, as its device would.
void sign(const SigningIdentity& device, Bytes& message) {
  Bytes whole(as_bytes(kLabel).begin(), as_bytes(kLabel).end());
  whole.insert(whole.end(), message.begin(), message.end() - kSignatureBytes);
  device.sign(whole, std::span<std::byte, kSignatureBytes>(message.data() + message.size() - kSignatureBytes,
                                                           kSignatureBytes));
}

struct Fixture : Pair {
  Sealer source = sealer();
  Bytes good = announcement_of(source);
  SigningIdentity signer = must(device_ring.device());

  // What a fresh receiver makes of the message, changed and signed by the device.
  template <class Change>
  Verdict verdict(Change change) {
    Bytes message = good;
    change(message);
    sign(signer, message);
    return fresh(message);
  }
  Verdict fresh(ByteSpan message) {
    std::filesystem::remove_all(receiver_ring.folder() / "state");
    Opener receiver_end = opener();
    return open_with(receiver_end, message).verdict;
  }
};

template <class T>
auto set(std::size_t at, T value) {
  return [=](Bytes& message) { put_big<T>(message.data() + at, value); };
}

// Of a byte that is random: one that is set may have been so.
auto flip(std::size_t at) {
  return [=](Bytes& message) { message[at] ^= std::byte{1}; };
}

}  // namespace

TEST_CASE("announcement: has the layout of FORMAT.md, and is accepted") {
  Fixture f;
  CHECK(f.good.size() == kWireHeaderBytes + 134 + 184 + 64);  // 430 bytes for one receiver
  const auto unpacked = unpack_announcement(f.good);
  REQUIRE(unpacked);
  CHECK(unpacked->announcement.device == f.device.key);
  CHECK(unpacked->announcement.epoch == f.source.epoch());
  CHECK(unpacked->announcement.time_ms == seal::test::kNow);
  CHECK(unpacked->announcement.receivers == 1);
  CHECK(unpacked->announcement.ratchet_bits == 8);
  CHECK(has_good_signature(*unpacked));
  CHECK(f.verdict([](Bytes&) {}) == Verdict::new_session);
}

TEST_CASE("announcement: each fault gets its own verdict") {
  Fixture f;
  CHECK(f.verdict(set<std::uint8_t>(kBody, 2)) == Verdict::malformed);       // wrap id
  CHECK(f.verdict(set<std::uint8_t>(kBody + 1, 33)) == Verdict::malformed);  // ratchet bits
  CHECK(f.verdict(set<std::uint16_t>(kBody + 2, 0x0004)) == Verdict::other_suite);
  CHECK(f.verdict(set<std::uint16_t>(kBody + 2, 0xffff)) == Verdict::other_suite);
  CHECK(f.verdict(set<std::uint64_t>(kBody + 12, seal::test::kNow - 301'000)) == Verdict::wrong_time);
  CHECK(f.verdict(set<std::uint64_t>(kBody + 12, seal::test::kNow + 301'000)) == Verdict::wrong_time);
  CHECK(f.verdict(set<std::uint64_t>(kBody + 12, ~0ull)) == Verdict::wrong_time);
  CHECK(f.verdict(set<std::uint64_t>(kBody + 12, seal::test::kNow - 299'000)) == Verdict::new_session);
  CHECK(f.verdict(set<std::uint64_t>(kBody + 20, 1)) == Verdict::bad_commitment);  // KID is bound
  CHECK(f.verdict(set<std::uint64_t>(kBody + 28, 1)) == Verdict::bad_commitment);  // first CTR is bound
  CHECK(f.verdict(flip(kBody + 36)) == Verdict::other_device);                   // device key
  CHECK(f.verdict(set<std::uint64_t>(kBody + 100, 0)) == Verdict::bad_commitment);
  CHECK(f.verdict(set<std::uint64_t>(20, 0)) == Verdict::bad_commitment);  // session is bound
  CHECK(f.verdict(flip(4)) == Verdict::other_device);                            // device id in the header
  for (const std::uint16_t n : {0, 2, 256, 257, 65535})
    CHECK(f.verdict(set<std::uint16_t>(kBody + 132, n)) == Verdict::malformed);
  CHECK(f.verdict(flip(kBody + 134)) == Verdict::not_a_receiver);                                // hint
  CHECK(f.verdict(set<std::uint64_t>(kBody + 134 + 8 + 40, 0)) == Verdict::not_a_receiver);  // box
  CHECK(f.verdict([](Bytes& m) { std::fill_n(m.begin() + kBody + 134, 8, std::byte{0}); }) ==
        Verdict::new_session);  // anonymous
  Bytes unsigned_change = f.good;
  unsigned_change[kBody + 70] ^= std::byte{1};
  CHECK(f.fresh(unsigned_change) == Verdict::bad_signature);
}

TEST_CASE(
    "announcement: signed by another pinned device, or with a box taken from another device, is refused") {
  Fixture f;
  const auto other = must(SigningIdentity::generate(Role::device, "second"));
  must(f.receiver_ring.pin(other.identity()).map([](bool) {}));
  Bytes message = f.good;
  sign(other, message);
  CHECK(f.fresh(message) == Verdict::bad_signature);

  // The second device wraps the first one's box as its own.
  Bytes stolen = f.good;
  const DeviceId id = device_id(other.identity().key);
  std::copy(id.begin(), id.end(), stolen.begin() + 4);
  std::copy(other.identity().key.begin(), other.identity().key.end(), stolen.begin() + kBody + 36);
  sign(other, stolen);
  CHECK(f.fresh(stolen) == Verdict::bad_commitment);
}

TEST_CASE("announcement: two receivers, each finds its own box, and a third finds none") {
  Pair pair;
  KeyRing second_ring = must(KeyRing::create(pair.dir / "second")),
          third_ring = must(KeyRing::create(pair.dir / "third"));
  must(pair.device_ring.pin(must(second_ring.generate(Role::receiver, "second"))).map([](bool) {}));
  must(third_ring.generate(Role::receiver, "third").map([](auto&&) {}));
  for (KeyRing* ring : {&second_ring, &third_ring}) must(ring->pin(pair.device).map([](bool) {}));
  Sealer sealer = pair.sealer();
  CHECK(sealer.receivers() == 2);
  const Bytes announcement = announcement_of(sealer), frame = frame_of(sealer, "hello");
  const auto verdict_of = [&](const KeyRing& ring) {
    Opener opener = must(Opener::create(ring, {.clock = pair.time.clock()}));
    const Verdict verdict = open_with(opener, announcement).verdict;
    if (verdict == Verdict::new_session) CHECK(open_with(opener, frame).text() == "hello");
    return verdict;
  };
  CHECK(verdict_of(pair.receiver_ring) == Verdict::new_session);
  CHECK(verdict_of(second_ring) == Verdict::new_session);
  CHECK(verdict_of(third_ring) == Verdict::not_a_receiver);
}

TEST_CASE("announcement: 256 receivers fit, a 257th and a key of low order are refused") {
  Pair pair;
  const auto device = must(pair.device_ring.device());
  const auto receiver = must(pair.receiver_ring.receiver());
  std::vector<PinnedReceiver> many(kMaxReceivers,
                                   PinnedReceiver{"x", pair.receiver.key, SuiteSet::all(), {}});
  const Bytes base_key(kBaseKeyBytes);
  const auto announcer = must(Announcer::create(device, {}, base_key, many));
  CHECK(announcer.message().size() == kWireHeaderBytes + 134 + 256 * 184 + 64);
  const auto unpacked = unpack_announcement(announcer.message());
  REQUIRE(unpacked);
  std::array<std::byte, kBaseKeyBytes> opened;
  CHECK(open_boxes(*unpacked, receiver, opened) == Verdict::new_session);
  many.push_back(many[0]);
  CHECK_FALSE(Announcer::create(device, {}, base_key, many));
  const auto low =
      Announcer::create(device, {}, base_key, {PinnedReceiver{"bad", PublicKey{}, SuiteSet::all(), {}}});
  REQUIRE_FALSE(low);
  CHECK(low.error().text.find("'bad' is of low order") != std::string::npos);
}

TEST_CASE("announcement: is the same bytes for a minute, then signed anew, and stays the same session") {
  Pair pair;
  Sealer sealer = pair.sealer();
  Opener opener = pair.opener();
  const Bytes first = announcement_of(sealer);
  CHECK(open_with(opener, first).verdict == Verdict::new_session);
  pair.time.advance(59'000);
  CHECK(announcement_of(sealer) == first);
  pair.time.advance(1'000);
  const Bytes second = announcement_of(sealer);
  CHECK(second != first);
  CHECK(open_with(opener, second).verdict == Verdict::announcement);
  CHECK(open_with(opener, second).verdict == Verdict::announcement);
  pair.time.advance(3600'000);
  Opener late = pair.opener();  // joins an hour later; the receiver's folder knows the session
  CHECK(open_with(late, announcement_of(sealer)).verdict == Verdict::new_session);
}

TEST_CASE("announcement: no more than a hundred signatures a second are checked") {
  Fixture f;
  Opener opener = f.opener();
  Bytes bad = f.good;
  bad[kBody + 70] ^= std::byte{1};
  for (int i = 0; i < 100; ++i) CHECK(open_with(opener, bad).verdict == Verdict::bad_signature);
  CHECK(open_with(opener, bad).verdict == Verdict::busy);
  CHECK(open_with(opener, f.good).verdict == Verdict::busy);
  f.time.advance(20);
  CHECK(open_with(opener, f.good).verdict == Verdict::new_session);
  CHECK(open_with(opener, f.good).verdict == Verdict::announcement);  // known bytes cost nothing
}
