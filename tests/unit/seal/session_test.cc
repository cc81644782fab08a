// Sealer and opener together: what a stream lives through.
#include <algorithm>
#include <set>

#include "base/file.h"
#include "fixture.h"
#include "network_test.h"
#include "seal/ratchet.h"
#include "seal/sframe.h"

using namespace lc;
using namespace lc::seal;
using seal::test::announcement_of;
using seal::test::frame_of;
using seal::test::must;
using seal::test::open_with;
using seal::test::Pair;

namespace {

// Offsets in a frame with one-byte KID and CTR.
constexpr std::size_t kSframeAt = kWireHeaderBytes;

}  // namespace

TEST_CASE("session: a frame arrives with everything that belongs to it") {
  Pair pair;
  Sealer sealer = pair.sealer({.stream = 7});
  Opener opener = pair.opener();
  REQUIRE(open_with(opener, announcement_of(sealer)).verdict == Verdict::new_session);
  Fields fields;
  fields.pts_ns = 40'000'000;
  fields.description = "video/x-latent, width=768";
  const FrameInfo info{.is_key_frame = true,
                       .capture_ns = 123,
                       .model = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}}};
  const Bytes message = frame_of(sealer, as_bytes("latent"), fields, info);
  CHECK(message.size() - 6 - fields.description.size() <=
        100);  // 11 + 3 of fields, the rest of SFrame and header
  const auto out = open_with(opener, message);
  REQUIRE(out.verdict == Verdict::opened);
  CHECK(out.text() == "latent");
  CHECK(out.opened.counter == 0);
  CHECK(out.opened.is_first_of_session);
  CHECK(out.opened.fields.pts_ns == fields.pts_ns);
  CHECK(out.opened.fields.description == fields.description);
  CHECK(out.opened.header.is_key_frame);
  CHECK(out.opened.header.capture_ns == 123);
  CHECK(out.opened.header.stream == 7);
  CHECK(out.opened.header.model == info.model);
  REQUIRE(opener.peer());
  CHECK(opener.peer()->device == "camera");
  CHECK(opener.peer()->stream == 7);
}

TEST_CASE("session: the payload is nowhere in the message, and two messages of the same share nothing") {
  Pair pair;
  Sealer sealer = pair.sealer();
  const std::string payload(64, 'A');
  const Bytes a = frame_of(sealer, payload), b = frame_of(sealer, payload);
  CHECK(as_text(a).find("AAAA") == std::string_view::npos);
  int equal = 0;
  for (std::size_t i = kSframeAt + 3; i < a.size(); ++i) equal += a[i] == b[i] ? 1 : 0;
  CHECK(equal < 6);
}

TEST_CASE("session: heartbeats and the end are counted, and nothing follows the end") {
  Pair pair;
  Sealer sealer = pair.sealer();
  Opener opener = pair.opener();
  (void)open_with(opener, announcement_of(sealer));
  Bytes out(sealer.size_limit(0));
  const std::size_t beat = must(sealer.seal_heartbeat(5, {}, out));
  auto opened = open_with(opener, ByteSpan(out).first(beat));
  CHECK(opened.verdict == Verdict::opened);
  CHECK(opened.opened.header.type == MessageType::heartbeat);
  CHECK(opened.opened.payload.empty());
  const std::size_t end = must(sealer.seal_end(6, out));
  opened = open_with(opener, ByteSpan(out).first(end));
  CHECK(opened.opened.header.type == MessageType::end);
  CHECK(opened.opened.counter == 1);
  CHECK_FALSE(sealer.seal_end(7, out));
  CHECK_FALSE(sealer.seal_heartbeat(7, {}, out));
  CHECK_FALSE(sealer.announcement());
}

TEST_CASE("session: a frame before its announcement is unknown, and opens after it") {
  Pair pair;
  Sealer sealer = pair.sealer();
  Opener opener = pair.opener();
  const Bytes frame = frame_of(sealer, "early");
  CHECK(open_with(opener, frame).verdict == Verdict::unknown_key);
  (void)open_with(opener, announcement_of(sealer));
  CHECK(open_with(opener, frame).text() == "early");
  CHECK(open_with(opener, frame).verdict == Verdict::replayed);
  CHECK(opener.count(Verdict::unknown_key) == 1);
  CHECK(opener.count(Verdict::opened) == 1);
}

TEST_CASE("session: losses are seen at once and are taken back when a late message comes") {
  Pair pair;
  Sealer sealer = pair.sealer();
  Opener opener = pair.opener();
  (void)open_with(opener, announcement_of(sealer));
  std::vector<Bytes> frames;
  for (int i = 0; i < 6; ++i) frames.push_back(frame_of(sealer, "x"));
  (void)open_with(opener, frames[1]);
  CHECK(opener.lost() == 0);  // what came before the first is not lost
  CHECK(open_with(opener, frames[4]).opened.lost_before == 2);
  CHECK(opener.lost() == 2);
  CHECK(open_with(opener, frames[3]).opened.lost_before == 0);
  CHECK(opener.lost() == 1);
  CHECK(open_with(opener, frames[5]).opened.lost_before == 0);
}

TEST_CASE("session: a restarted sender is a new session; the old one is let finish, then gone for good") {
  Pair pair;
  Sealer first = pair.sealer();
  Opener opener = pair.opener();
  const Bytes old_announcement = announcement_of(first);
  (void)open_with(opener, old_announcement);
  const Bytes old_frame = frame_of(first, "old"), late_frame = frame_of(first, "late"),
              too_late = frame_of(first, "too late");
  CHECK(open_with(opener, old_frame).verdict == Verdict::opened);
  Sealer second = pair.sealer();
  CHECK(second.epoch() > first.epoch());
  CHECK(open_with(opener, announcement_of(second)).verdict == Verdict::new_session);
  CHECK(open_with(opener, frame_of(second, "new")).text() == "new");
  CHECK(open_with(opener, late_frame).text() == "late");
  CHECK(open_with(opener, old_announcement).verdict == Verdict::old_session);
  pair.time.advance(10'000);
  CHECK(open_with(opener, too_late).verdict == Verdict::too_old);
  CHECK(open_with(opener, frame_of(second, "goes on")).text() == "goes on");

  // A receiver that starts again has the epoch on disk.
  Opener restarted = pair.opener();
  CHECK(open_with(restarted, old_announcement).verdict == Verdict::old_session);
  CHECK(open_with(restarted, too_late).verdict == Verdict::unknown_key);
  CHECK(open_with(restarted, announcement_of(second)).verdict == Verdict::new_session);

  // One that knows nothing is protected by its clock.
  std::filesystem::remove_all(pair.receiver_ring.folder() / "state");
  pair.time.advance(5 * 60'000);
  Opener fresh = pair.opener();
  CHECK(open_with(fresh, old_announcement).verdict == Verdict::wrong_time);
}

TEST_CASE("session: a recording opens at any time and leaves no epoch behind") {
  Pair pair;
  Sealer sealer = pair.sealer();
  const Bytes announcement = announcement_of(sealer), frame = frame_of(sealer, "recorded");
  pair.time.advance(std::uint64_t{365} * 24 * 3600'000);
  Opener opener = pair.opener({.is_recording = true});
  CHECK(open_with(opener, announcement).verdict == Verdict::new_session);
  CHECK(open_with(opener, frame).text() == "recorded");
  CHECK_FALSE(std::filesystem::exists(pair.receiver_ring.folder() / "state" / "seen-0"));
  Opener live = pair.opener();
  CHECK(open_with(live, announcement).verdict == Verdict::wrong_time);

  // Of two recordings put into one file, the older one may stand behind.
  Sealer later = pair.sealer();
  Opener reversed = pair.opener({.is_recording = true});
  CHECK(open_with(reversed, announcement_of(later)).verdict == Verdict::new_session);
  CHECK(open_with(reversed, announcement).verdict == Verdict::new_session);
  CHECK(open_with(reversed, frame).text() == "recorded");
}

TEST_CASE("session: clocks that jump do not stop a running stream") {
  Pair pair;
  Sealer sealer = pair.sealer();
  Opener opener = pair.opener();
  (void)open_with(opener, announcement_of(sealer));
  for (const std::uint64_t wall :
       {std::uint64_t{0}, seal::test::kNow + std::uint64_t{10} * 365 * 24 * 3600'000}) {
    *pair.time.wall = wall;
    CHECK(open_with(opener, frame_of(sealer, "x")).verdict == Verdict::opened);
    CHECK(open_with(opener, announcement_of(sealer)).verdict == Verdict::announcement);
  }
}

TEST_CASE("session: a device that is not pinned, and another stream of the same device, are told apart") {
  Pair pair, stranger;
  Sealer theirs = stranger.sealer(), ours = pair.sealer({.stream = 1}), other = pair.sealer({.stream = 2});
  Opener opener = pair.opener();
  CHECK(open_with(opener, announcement_of(theirs)).verdict == Verdict::other_device);
  CHECK(open_with(opener, frame_of(theirs, "x")).verdict == Verdict::other_device);
  CHECK(open_with(opener, announcement_of(ours)).verdict == Verdict::new_session);
  CHECK(open_with(opener, announcement_of(other)).verdict == Verdict::other_stream);
  CHECK(open_with(opener, frame_of(other, "x")).verdict == Verdict::other_stream);

  Opener chooses = pair.opener({.stream = 2});
  CHECK(open_with(chooses, announcement_of(ours)).verdict == Verdict::other_stream);
  CHECK(open_with(chooses, announcement_of(other)).verdict == Verdict::new_session);
  CHECK_FALSE(Opener::create(pair.receiver_ring, {.device = "nobody"}));
  CHECK(Opener::create(pair.receiver_ring, {.device = "camera"}));
}

TEST_CASE("session: what a pinned line forbids is refused") {
  Pair pair;
  const auto list = pair.receiver_ring.folder() / "devices.list";
  const std::string line = "device camera " + to_base64(pair.device.key);
  Sealer sealer = pair.sealer({.stream = 3, .suite = Suite::chacha20_poly1305});
  must(save_file(list, as_bytes(line + " streams=4\n")));
  Opener other = pair.opener();
  CHECK(open_with(other, announcement_of(sealer)).verdict == Verdict::other_stream);
  must(save_file(list, as_bytes(line + " suites=0005\n")));
  Opener strict = pair.opener();
  CHECK(open_with(strict, announcement_of(sealer)).verdict == Verdict::other_suite);
  must(save_file(list, as_bytes(line + " suites=f001 streams=3\n")));
  Opener matching = pair.opener();
  CHECK(open_with(matching, announcement_of(sealer)).verdict == Verdict::new_session);
}

TEST_CASE("session: the suite is what all have in common, and AES where all have it") {
  Pair pair;
  const auto list = pair.device_ring.folder() / "receivers.list";
  const std::string line = "receiver desk " + to_base64(pair.receiver.key);
  must(save_file(list, as_bytes(line + " suites=0005,f001\n")));
  CHECK(pair.sealer().suite() == *SuiteSet::available().best());
  must(save_file(list, as_bytes(line + " suites=f001\n")));
  CHECK(pair.sealer().suite() == Suite::chacha20_poly1305);
  const auto impossible = Sealer::create(pair.device_ring, {.suite = Suite::aes_256_gcm});
  REQUIRE_FALSE(impossible);
  CHECK(impossible.error().code == Errc::unsupported);
}

TEST_CASE("session: the hedged suite is for those who ask, on both sides, and its messages carry new random bytes") {
  Pair pair;
  constexpr Suite kHedged = Suite::xchacha20_poly1305_hedged;
  CHECK(pair.receiver.suites.has(kHedged));  // it can
  CHECK_FALSE(must(pair.receiver_ring.devices())[0].suites.has(kHedged));
  CHECK(pair.sealer().suite() != kHedged);
  Sealer sealer = pair.sealer({.suite = kHedged});
  Opener strict = pair.opener();
  CHECK(open_with(strict, announcement_of(sealer)).verdict == Verdict::other_suite);
  must(save_file(pair.receiver_ring.list_file(Role::device),
                 as_bytes("device camera " + to_base64(pair.device.key) + " suites=0005,f001,f002\n")));
  Opener opener = pair.opener();
  REQUIRE(open_with(opener, announcement_of(sealer)).verdict == Verdict::new_session);
  const Bytes first = frame_of(sealer, "one"), second = frame_of(sealer, "two");
  CHECK(first.size() == 48 + 18 + 1 + 2 + 3 + 16);
  CHECK_FALSE(std::equal(first.begin() + 50, first.begin() + 66, second.begin() + 50));
  CHECK(open_with(opener, first).text() == "one");
  // Without its random bytes, and with those where the suite has none.
  Bytes without(second.begin(), second.begin() + 48);
  without.insert(without.end(), second.begin() + 66, second.end());
  without[15] = std::byte{48};
  CHECK(open_with(opener, without).verdict == Verdict::malformed);
  CHECK(open_with(opener, second).text() == "two");
  Sealer plain = pair.sealer();
  REQUIRE(open_with(opener, announcement_of(plain)).verdict == Verdict::new_session);
  Bytes with = frame_of(plain, "three");
  with.insert(with.begin() + 48, second.begin() + 48, second.begin() + 66);
  with[15] = std::byte{66};
  CHECK(open_with(opener, with).verdict == Verdict::malformed);
}

TEST_CASE("session: header and body of two good messages do not fit together") {
  Pair pair;
  Sealer sealer = pair.sealer(), second = pair.sealer({.stream = 1});
  Opener opener = pair.opener({.stream = 0});
  (void)open_with(opener, announcement_of(sealer));
  const Bytes a = frame_of(sealer, as_bytes("one"), {}, {.capture_ns = 1}),
              b = frame_of(sealer, as_bytes("two"), {}, {.capture_ns = 2});
  const Bytes other = frame_of(second, "one");
  const auto splice = [](const Bytes& head, const Bytes& tail) {
    Bytes out(head.begin(), head.begin() + kSframeAt);
    out.insert(out.end(), tail.begin() + kSframeAt, tail.end());
    return out;
  };
  CHECK(open_with(opener, splice(a, b)).verdict == Verdict::bad_tag);
  CHECK(open_with(opener, splice(b, a)).verdict == Verdict::bad_tag);
  CHECK(open_with(opener, splice(a, other)).verdict == Verdict::bad_tag);
  Bytes beat(sealer.size_limit(0));
  beat.resize(must(sealer.seal_heartbeat(1, {}, beat)));
  Bytes as_frame = beat;
  as_frame[3] = std::byte{'F'};
  CHECK(open_with(opener, as_frame).verdict == Verdict::bad_tag);
  CHECK(open_with(opener, a).verdict == Verdict::opened);
  CHECK(open_with(opener, b).verdict == Verdict::opened);
  CHECK(open_with(opener, beat).verdict == Verdict::opened);
}

TEST_CASE("session: two streams spliced at every byte, swapped and mixed: nothing opens but a stream's own frames") {
  Pair pair;
  const KeyRing other_ring = must(KeyRing::create(pair.dir / "other"));  // another device that both ends have pinned
  must(pair.receiver_ring.pin(must(other_ring.generate(Role::device, "other"))).map([](bool) {}));
  must(other_ring.pin(pair.receiver).map([](bool) {}));
  Sealer first = pair.sealer({.stream = 1}), second = pair.sealer({.stream = 2}), earlier = pair.sealer({.stream = 3}),
         later = pair.sealer({.stream = 3}), other = must(Sealer::create(other_ring, {.clock = pair.time.clock()}));
  struct Ends {
    Sealer *a, *b;
    OpenerOptions of_a, of_b;
  };
  // Two streams of a device, two devices, a session and the one that follows it.
  for (const auto& [a, b, of_a, of_b] : {Ends{&first, &second, {.stream = 1}, {.stream = 2}},
                                         Ends{&first, &other, {.device = "camera", .stream = 1}, {.device = "other"}},
                                         Ends{&earlier, &later, {.stream = 3}, {.stream = 3}}}) {
    Opener opens_a = pair.opener(of_a);
    REQUIRE(open_with(opens_a, announcement_of(*a)).verdict == Verdict::new_session);
    Opener opens_b = pair.opener(of_b);
    REQUIRE(open_with(opens_b, announcement_of(*b)).verdict == Verdict::new_session);
    if (b == &later)  // it has the keys of both
      REQUIRE(open_with(opens_a, announcement_of(*b)).verdict == Verdict::new_session);
    const Bytes from_a = frame_of(*a, as_bytes("a picture of a"), {}, {.is_key_frame = true}),
                from_b = frame_of(*b, as_bytes("a picture of b"), {}, {.is_key_frame = true});
    REQUIRE(from_a.size() == from_b.size());
    const auto refused = [&](const Bytes& bad) {
      return bad == from_a || bad == from_b ||
             (!is_good(open_with(opens_a, bad).verdict) && !is_good(open_with(opens_b, bad).verdict));
    };
    for (std::size_t from = 0; from < from_a.size(); ++from)
      for (std::size_t to = from + 1; to <= from_a.size(); ++to)
        for (const auto& [base, piece] : {std::pair{&from_a, &from_b}, {&from_b, &from_a}}) {
          Bytes bad = *base;
          std::copy_n(piece->data() + from, to - from, bad.data() + from);
          if (!refused(bad)) FAIL("bytes " << from << " to " << to << " of the other");
        }
    CHECK(open_with(opens_a, from_a).text() == "a picture of a");
    CHECK(open_with(opens_b, from_b).text() == "a picture of b");
    CHECK(is_good(open_with(opens_a, from_b).verdict) == (b == &later));
    CHECK_FALSE(is_good(open_with(opens_b, from_a).verdict));
  }
}

TEST_CASE("session: sealing costs at most 80 bytes a frame, however long a session goes on") {
  // The 16th million generation, all its steps, 2^32 messages: four years at 30 a second.
  std::array<std::byte, kMaxSframeHeaderBytes> header;
  const std::size_t longest = pack(SframeHeader{kid_of(0xffffff, 255), 0xffffffff}, header), no_fields = 2;
  CHECK(kWireHeaderBytes + longest + no_fields + kTagBytes <= 80);
  Pair pair;
  Sealer sealer = pair.sealer();
  CHECK(frame_of(sealer, std::string(1000, 'x')).size() == 1000 + kWireHeaderBytes + 1 + no_fields + kTagBytes);
}

TEST_CASE("session: a forged message does not move the window") {
  Pair pair;
  Sealer sealer = pair.sealer();
  Opener opener = pair.opener();
  (void)open_with(opener, announcement_of(sealer));
  const Bytes frame = frame_of(sealer, "x");
  Bytes forged = frame;
  forged[kSframeAt] = std::byte{0x0f};  // CTR of eight bytes, far ahead
  forged.insert(forged.begin() + kSframeAt + 1, 8, std::byte{0xfe});
  CHECK(open_with(opener, forged).verdict == Verdict::bad_tag);
  CHECK(open_with(opener, frame).verdict == Verdict::opened);
}

TEST_CASE("session: at 2^20 wrong tags under one key there is an alarm, once, and authentic messages still open") {
  Pair pair;
  Sealer sealer = pair.sealer();
  Opener opener = pair.opener();
  REQUIRE(open_with(opener, announcement_of(sealer)).verdict == Verdict::new_session);
  Bytes forged = frame_of(sealer, "x"), plain(forged.size());
  forged.back() ^= std::byte{1};
  Opened opened;
  std::uint64_t refused = 0;
  for (std::uint64_t i = 1; i < Opener::kAlarmFailures; ++i)
    refused += opener.open(forged, plain, opened) == Verdict::bad_tag;
  CHECK(refused == Opener::kAlarmFailures - 1);
  CHECK_FALSE(opener.take_alarm());
  CHECK(opener.open(forged, plain, opened) == Verdict::bad_tag);
  CHECK(opener.take_alarm() == 0u);
  CHECK_FALSE(opener.take_alarm());
  CHECK(opener.open(forged, plain, opened) == Verdict::bad_tag);
  CHECK_FALSE(opener.take_alarm());
  forged.back() ^= std::byte{1};
  CHECK(opener.open(forged, plain, opened) == Verdict::opened);
}

TEST_CASE("session: signed frames open, and cannot be unsigned, re-signed or made by a receiver") {
  Pair pair;
  Sealer sealer = pair.sealer({.sign_frames = true});
  Opener opener = pair.opener();
  (void)open_with(opener, announcement_of(sealer));
  const Bytes frame = frame_of(sealer, std::string(100, 's'));
  Bytes cut(frame.begin(), frame.end() - kSignatureBytes);
  CHECK(open_with(opener, cut).verdict == Verdict::bad_tag);
  cut[16] &= ~std::byte{1};
  CHECK(open_with(opener, cut).verdict == Verdict::bad_signature);
  Bytes wrong = frame;
  wrong.back() ^= std::byte{1};
  CHECK(open_with(opener, wrong).verdict == Verdict::bad_signature);
  CHECK(open_with(opener, frame).text() == std::string(100, 's'));
  CHECK(frame.size() ==
        48 + 1 + 2 + 100 + 16 + 64);  // header, SFrame header, no fields, payload, tag, signature
}

TEST_CASE("session: padded frames open to what they were, in few sizes") {
  Pair pair;
  Sealer sealer = pair.sealer({.padding = Padding::padme});
  Opener opener = pair.opener();
  (void)open_with(opener, announcement_of(sealer));
  for (std::size_t size : {0, 1, 5, 100, 1000, 4097, 70'000}) {
    const Bytes payload(size, std::byte{0});
    const Bytes frame = frame_of(sealer, payload);
    const auto out = open_with(opener, frame);
    REQUIRE(out.verdict == Verdict::opened);
    CHECK(out.opened.payload.size() == size);
  }
  CHECK(padme(1000) == 1024 - 0);
  for (std::size_t size = 256; size < 100'000; size += 17) {
    CHECK(padme(size) >= size);
    CHECK(static_cast<double>(padme(size)) <= 1.0626 * static_cast<double>(size));
    CHECK(padme(padme(size)) == padme(size));
  }
}

TEST_CASE("session: padded to a fixed size, what is smaller looks all the same") {
  Pair pair;
  Sealer sealer = pair.sealer({.padding = Padding::fixed, .padding_size = 1000});
  Opener opener = pair.opener();
  (void)open_with(opener, announcement_of(sealer));
  std::set<std::size_t> sizes;
  for (const std::size_t size : {0, 1, 500, 997, 998, 1997}) {  // 2 bytes are the empty block of fields
    const Bytes frame = frame_of(sealer, Bytes(size, std::byte{0x80}));
    sizes.insert(frame.size());
    const auto out = open_with(opener, frame);
    REQUIRE(out.verdict == Verdict::opened);
    CHECK(out.opened.payload.size() == size);
  }
  CHECK(sizes == std::set<std::size_t>{48 + 1 + 1000 + 16, 48 + 1 + 2000 + 16});
  CHECK_FALSE(Sealer::create(pair.device_ring, {.padding = Padding::fixed}));
}

TEST_CASE("session: a key that has reached its limit refuses, and says what to do") {
  Pair pair;
  Sealer sealer = pair.sealer({.limits = {.frames = 2, .bytes = 1000}});
  Bytes out(sealer.size_limit(2000));
  REQUIRE(sealer.seal_frame({}, {}, as_bytes("a"), out));
  CHECK_FALSE(sealer.seal_frame({}, {}, Bytes(1000), out));
  REQUIRE(sealer.seal_frame({}, {}, as_bytes("b"), out));
  const auto refused = sealer.seal_frame({}, {}, as_bytes("c"), out);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::refused);
  CHECK(refused.error().text.find("restart the sender") != std::string::npos);
}

TEST_CASE("network: 300,000 messages with loss, doubles and reordering are each opened exactly once") {
  seal::test::cross_a_network(300'000);
}

TEST_CASE("session: every verdict has a word and a sentence") {
  for (int i = 0; i < static_cast<int>(Verdict::count_); ++i) {
    CHECK(name(static_cast<Verdict>(i)) != "unknown");
    CHECK(explain(static_cast<Verdict>(i)) != "unknown");
  }
}
