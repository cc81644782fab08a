// Keys that change while a session runs: by the clock, by use, by command, and at once when the receivers change.
#include <map>
#include <random>

#include "fixture.h"
#include "rotation_test.h"
#include "seal/announcement.h"

using namespace lc;
using namespace lc::seal;
using seal::test::announcement_of;
using seal::test::change_keys;
using seal::test::frame_of;
using seal::test::must;
using seal::test::open_with;
using seal::test::Pair;

namespace {

std::uint64_t kid_in(const Bytes& frame) {
  const auto header = unpack_sframe_header(ByteSpan(frame).subspan(kWireHeaderBytes));
  REQUIRE(header);
  return header->header.kid;
}

// Everything that a sender sends once a second.
void announce(Sealer& sealer, Opener& opener) {
  const ByteSpan next = must(sealer.next_announcement());
  if (!next.empty()) CHECK(is_good(open_with(opener, next).verdict));
  CHECK(is_good(open_with(opener, announcement_of(sealer)).verdict));
}

std::string opened_text(Opener& opener, const Bytes& frame) {
  const auto out = open_with(opener, frame);
  return out.verdict == Verdict::opened ? out.text() : std::string(name(out.verdict));
}

}  // namespace

TEST_CASE("rotation: a generation is announced for three seconds, then used, and no frame is lost") {
  Pair pair;
  Sealer sealer = pair.sealer({.rotation = {.ratchet_ms = 0, .generation_ms = 60'000}});
  Opener opener = pair.opener();
  announce(sealer, opener);
  CHECK(opened_text(opener, frame_of(sealer, "a")) == "a");
  pair.time.advance(56'999);
  CHECK_FALSE(change_keys(pair, sealer));
  pair.time.advance(1);
  CHECK(change_keys(pair, sealer));
  CHECK_FALSE(change_keys(pair, sealer));  // one at a time
  CHECK(sealer.kid() == 0);
  CHECK(open_with(opener, must(sealer.next_announcement())).verdict == Verdict::new_key);
  CHECK(open_with(opener, announcement_of(sealer)).verdict == Verdict::announcement);
  const Bytes before = frame_of(sealer, "b");
  CHECK(kid_in(before) == 0);
  pair.time.advance(3000);
  const Bytes after = frame_of(sealer, "c");
  CHECK(kid_in(after) == kid_of(1, 0));
  CHECK(must(sealer.next_announcement()).empty());
  CHECK(open_with(opener, announcement_of(sealer)).verdict == Verdict::announcement);
  const auto out = open_with(opener, after);
  CHECK(out.text() == "c");
  CHECK(out.opened.is_first_of_key);
  CHECK(out.opened.counter == 2);  // one counter, whatever the key
  CHECK(opened_text(opener, before) == "b");
  CHECK(opener.lost() == 0);
}

TEST_CASE("rotation: a ratchet step needs no message, and the keys before it go after ten seconds") {
  Pair pair;
  Sealer sealer = pair.sealer();
  Opener opener = pair.opener();
  announce(sealer, opener);
  std::vector<Bytes> late;
  for (int step = 0; step < 5; ++step) {
    late.push_back(frame_of(sealer, "late"));
    const Bytes soon = frame_of(sealer, "soon");
    CHECK(kid_in(soon) == kid_of(0, static_cast<std::uint64_t>(step)));
    CHECK(opened_text(opener, soon) == "soon");
    pair.time.advance(60'000);
  }
  const Bytes now = frame_of(sealer, "now");
  CHECK(opened_text(opener, now) == "now");
  CHECK(opened_text(opener, late[4]) == "late");  // the step before
  CHECK(opened_text(opener, late[2]) == "unknown-key");
  pair.time.advance(10'000);
  const Bytes later = frame_of(sealer, "later");
  CHECK(opened_text(opener, later) == "later");
  const auto replayed = open_with(opener, late[4]);
  CHECK(replayed.verdict == Verdict::replayed);
}

TEST_CASE("rotation: who joins late gets the step in use, and cannot go back") {
  Pair pair;
  Sealer sealer = pair.sealer();
  const Bytes old_frame = frame_of(sealer, "old");
  pair.time.advance(60'000);
  const Bytes stepped = frame_of(sealer, "stepped");
  // Until new boxes are made, who joins follows by the ratchet.
  Opener first = pair.opener();
  announce(sealer, first);
  CHECK(opened_text(first, stepped) == "stepped");
  CHECK_FALSE(change_keys(pair, sealer));  // new boxes are no new key
  const auto said = unpack_announcement(must(sealer.announcement()));
  REQUIRE(said);
  CHECK(said->announcement.kid == kid_of(0, 1));
  CHECK(said->announcement.first_ctr == 1);
  Opener late = pair.opener();
  announce(sealer, late);
  CHECK(opened_text(late, stepped) == "stepped");
  CHECK(opened_text(late, old_frame) == "unknown-key");
}

TEST_CASE("rotation: frames, bytes, the last step and a command bring a new generation") {
  Pair pair;
  const auto rotates_after = [&](RotationPolicy policy, int frames, bool is_asked = false) {
    policy.lead_ms = 0;
    Sealer sealer = pair.sealer({.rotation = policy});
    for (int i = 0; i < frames; ++i) {
      if (change_keys(pair, sealer)) return -1;  // too early
      (void)frame_of(sealer, std::string(98, 'x'));  // 100 with the empty block of fields
    }
    change_keys(pair, sealer, is_asked);
    return static_cast<int>(generation_of(kid_in(frame_of(sealer, "x"))));
  };
  CHECK(rotates_after({.frames = 5}, 5) == 1);
  CHECK(rotates_after({.frames = 5}, 4) == 0);
  CHECK(rotates_after({.bytes = 500}, 5) == 1);
  CHECK(rotates_after({.bytes = 501}, 5) == 0);
  CHECK(rotates_after({}, 3, true) == 1);
  CHECK(rotates_after({}, 3) == 0);

  Sealer sealer = pair.sealer({.rotation = {.ratchet_ms = 1, .generation_ms = 0, .lead_ms = 0}});
  Opener opener = pair.opener();
  announce(sealer, opener);
  for (int i = 0; i < 600; ++i) {  // a step each
    pair.time.advance(20);
    if (change_keys(pair, sealer)) announce(sealer, opener);
    CHECK(opened_text(opener, frame_of(sealer, "x")) == "x");
  }
  CHECK(generation_of(sealer.kid()) == 2);
  CHECK(opener.lost() == 0);
}

TEST_CASE("rotation: a revoked receiver reads nothing from the cutover on, and the others lose nothing") {
  Pair pair;
  const KeyRing other_ring = must(KeyRing::create(pair.dir / "other"));
  must(pair.device_ring.pin(must(other_ring.generate(Role::receiver, "other"))).map([](bool) {}));
  must(other_ring.pin(pair.device).map([](bool) {}));
  Sealer sealer = pair.sealer();
  Opener stays = pair.opener(), goes = must(Opener::create(other_ring, {.clock = pair.time.clock()}));
  announce(sealer, stays);
  announce(sealer, goes);
  const Bytes before = frame_of(sealer, "before");
  CHECK(opened_text(goes, before) == "before");
  // A rotation that was announced for both is not used any more.
  CHECK(change_keys(pair, sealer, true));
  announce(sealer, goes);
  must(pair.device_ring.revoke(Role::receiver, "other"));
  CHECK(change_keys(pair, sealer));
  CHECK(sealer.receivers() == 1);
  CHECK(must(sealer.next_announcement()).empty());
  const Bytes announcement = announcement_of(sealer);
  const Bytes after = frame_of(sealer, "after");
  CHECK(kid_in(after) == kid_of(2, 0));
  CHECK(opened_text(goes, after) == "unknown-key");
  CHECK(open_with(goes, announcement).verdict == Verdict::not_a_receiver);
  CHECK(opened_text(goes, after) == "unknown-key");
  CHECK(opened_text(stays, before) == "before");
  CHECK(opened_text(stays, after) == "unknown-key");
  CHECK(open_with(stays, announcement).verdict == Verdict::new_key);
  CHECK(opened_text(stays, after) == "after");
  // It comes back: at once again, with another key.
  must(pair.device_ring.pin(must(other_ring.identity(Role::receiver))).map([](bool) {}));
  CHECK(change_keys(pair, sealer));
  announce(sealer, goes);
  CHECK(opened_text(goes, after) == "unknown-key");
  CHECK(opened_text(goes, frame_of(sealer, "again")) == "again");
}

TEST_CASE("rotation: whoever is past the last day of its line is out, and nobody left is an error") {
  Pair pair;
  const auto list = pair.device_ring.list_file(Role::receiver);
  must(pair.device_ring.revoke(Role::receiver, "desk"));
  CHECK(pair.device_ring.receivers(0).error().code == Errc::no_key);
  must(pair.device_ring.pin(pair.receiver, "not-after=2026-11-21").map([](bool) {}));  // today
  Sealer sealer = pair.sealer();
  pair.time.advance(std::uint64_t{24} * 3600'000);
  const auto receivers = pair.device_ring.receivers(static_cast<std::int64_t>(*pair.time.wall / 1000));
  REQUIRE_FALSE(receivers);
  CHECK(receivers.error().code == Errc::no_key);
}

TEST_CASE("rotation: receivers that cannot use the session's cipher want a new session") {
  Pair pair;
  Sealer sealer = pair.sealer();
  if (sealer.suite() != Suite::aes_256_gcm) LC_SKIP("this CPU has no AES instructions");
  const KeyRing other_ring = must(KeyRing::create(pair.dir / "other"));
  PublicIdentity other = must(other_ring.generate(Role::receiver, "other"));
  other.suites = SuiteSet::only(Suite::chacha20_poly1305);
  must(pair.device_ring.pin(other).map([](bool) {}));
  const auto refused = sealer.plan(must(pair.device_ring.receivers(0)));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::unsupported);
  CHECK(pair.sealer().suite() == Suite::chacha20_poly1305);
}

TEST_CASE("rotation: steps that a stranger names cost four keys at most, and move nothing") {
  Pair pair;
  Sealer sealer = pair.sealer();
  Opener opener = pair.opener();
  announce(sealer, opener);
  Bytes frame = frame_of(sealer, "x");  // KID and CTR in one byte
  for (int round = 0; round < 3; ++round) {
    for (unsigned step = 1; step < 8; ++step) {
      Bytes forged = frame;
      forged[kWireHeaderBytes] = std::byte(step << 4);
      CHECK(open_with(opener, forged).verdict == (step <= 4 ? Verdict::bad_tag : Verdict::unknown_key));
    }
  }
  CHECK(opened_text(opener, frame) == "x");
  const auto out = open_with(opener, frame_of(sealer, "y"));
  CHECK(out.verdict == Verdict::opened);
  CHECK_FALSE(out.opened.is_first_of_key);
}

TEST_CASE("rotation: announcements of keys that are over bring nothing back") {
  Pair pair;
  Sealer sealer = pair.sealer({.rotation = {.lead_ms = 0}});
  Opener opener = pair.opener();
  const Bytes old_announcement = announcement_of(sealer);
  CHECK(open_with(opener, old_announcement).verdict == Verdict::new_session);
  const Bytes old_frame = frame_of(sealer, "old"), later = frame_of(sealer, "later");
  CHECK(opened_text(opener, later) == "later");
  CHECK(change_keys(pair, sealer, true));
  announce(sealer, opener);
  CHECK(opened_text(opener, frame_of(sealer, "new")) == "new");
  pair.time.advance(10'000);
  for (int i = 0; i < 2; ++i) {
    CHECK(opened_text(opener, old_frame) == "unknown-key");
    CHECK(open_with(opener, old_announcement).verdict == Verdict::announcement);
  }
}

TEST_CASE("rotation: a holder of the old key cannot go on with it after the change") {
  Pair pair;
  Sealer sealer = pair.sealer({.rotation = {.lead_ms = 0}});
  Opener opener = pair.opener();
  announce(sealer, opener);
  const auto unpacked = unpack_announcement(must(sealer.announcement()));
  Bytes old_key(kBaseKeyBytes);
  REQUIRE(open_boxes(*unpacked, must(pair.receiver_ring.receiver()), std::span(old_key).first<kBaseKeyBytes>()) ==
          Verdict::new_session);
  const Bytes first = frame_of(sealer, "first");
  CHECK(opened_text(opener, first) == "first");
  CHECK(change_keys(pair, sealer, true));
  announce(sealer, opener);
  CHECK(opened_text(opener, frame_of(sealer, "new")) == "new");
  // What the old receiver can make: any counter, a good tag.
  SealingKey forger = must(SealingKey::create(sealer.suite(), 0, old_key));
  FrameCounter counter(5);
  Bytes forged(first.begin(), first.begin() + kWireHeaderBytes), body(SealingKey::sealed_size_limit(10));
  const std::array<std::byte, 2> no_fields{};
  body.resize(must(forger.seal(counter, {}, forged, {no_fields, as_bytes("forged")}, 0, body)));
  forged.insert(forged.end(), body.begin(), body.end());
  CHECK(open_with(opener, forged).verdict == Verdict::malformed);
}

TEST_CASE("rotation: a change of another session, or that was not made, is dropped") {
  Pair pair;
  Sealer first = pair.sealer(), second = pair.sealer();
  auto change = must(first.plan(must(pair.device_ring.receivers(0)), true));
  REQUIRE(change);
  auto unmade = must(first.plan(must(pair.device_ring.receivers(0)), true));
  CHECK_FALSE(first.take(*std::move(unmade)));
  must(change->make());
  CHECK_FALSE(second.take(*std::move(change)));
  CHECK(must(second.next_announcement()).empty());
}

TEST_CASE("rotation: a device that is taken off the list is believed no more, and its keys are gone") {
  Pair pair;
  Sealer sealer = pair.sealer();
  Opener opener = pair.opener();
  announce(sealer, opener);
  CHECK(opened_text(opener, frame_of(sealer, "x")) == "x");
  CHECK_FALSE(opener.reload(must(pair.receiver_ring.devices())));
  CHECK(opened_text(opener, frame_of(sealer, "y")) == "y");
  CHECK(opener.reload({}));
  CHECK_FALSE(opener.peer());
  CHECK(opened_text(opener, frame_of(sealer, "z")) == "other-device");
  CHECK(open_with(opener, announcement_of(sealer)).verdict == Verdict::other_device);
  // Trusted again, it goes on with its next announcement.
  CHECK_FALSE(opener.reload(must(pair.receiver_ring.devices())));
  CHECK(open_with(opener, announcement_of(sealer)).verdict == Verdict::new_session);
  CHECK(opened_text(opener, frame_of(sealer, "again")) == "again");
  auto strict = must(pair.receiver_ring.devices());
  strict[0].streams = {9};
  CHECK(opener.reload(strict));
}

// A network that delays by up to 10 messages and repeats some, and every kind of change at random.
void seal::test::rotate_often(int wanted) {
  std::mt19937_64 random(21);
  Pair pair;
  const KeyRing other_ring = must(KeyRing::create(pair.dir / "other"));
  const PublicIdentity other = must(other_ring.generate(Role::receiver, "other"));
  auto both = must(pair.device_ring.receivers(0));
  const auto one = both;
  both.push_back({other.name, other.key, SuiteSet::usual(), {}});
  Sealer sealer = pair.sealer({.rotation = {.ratchet_ms = 300, .generation_ms = 400, .lead_ms = 100}});
  Opener opener = pair.opener();
  announce(sealer, opener);
  std::multimap<std::uint64_t, Bytes> network;  // by time of arrival
  std::vector<Bytes> held;
  std::uint64_t sent = 0, time = 0;
  int rotations = 0, by_reason[5] = {};
  Bytes plain(1 << 16);
  Opened opened;
  const auto deliver = [&](const Bytes& message) {
    const Verdict verdict = opener.open(message, plain, opened);
    if (verdict == Verdict::unknown_key) held.push_back(message);
    if (verdict == Verdict::new_key) {
      for (const Bytes& waiting : std::exchange(held, {}))
        if (opener.open(waiting, plain, opened) == Verdict::unknown_key) held.push_back(waiting);
    }
  };
  const auto send = [&](Bytes message) {
    if (random() % 8 == 0) network.emplace(time + random() % 10, message);
    network.emplace(time + random() % 10, std::move(message));
  };
  auto list = one;
  std::uint64_t quiet_until = 0;
  while (rotations < wanted) {
    ++time;
    pair.time.advance(10);
    const auto dice = time < quiet_until ? 20 : random() % 20;
    if (dice == 0) list = list.size() == 1 ? both : one;
    if (auto change = must(sealer.plan(list, dice == 1))) {
      must(change->make());
      const auto reason = change->reason();
      if (sealer.take(*std::move(change))) {
        ++rotations;
        quiet_until = time + 11;
      }
      ++by_reason[static_cast<int>(reason)];
      if (const ByteSpan next = must(sealer.next_announcement()); !next.empty())
        send(Bytes(next.begin(), next.end()));
      send(announcement_of(sealer));
    }
    send(frame_of(sealer, "x"));
    ++sent;
    while (!network.empty() && network.begin()->first <= time) {
      deliver(network.begin()->second);
      network.erase(network.begin());
    }
  }
  for (const auto& [when, message] : network) deliver(message);
  CHECK(opener.count(Verdict::opened) == sent);
  CHECK(opener.lost() == 0);
  CHECK(held.empty());
  CHECK(opener.count(Verdict::bad_tag) == 0);
  CHECK(opener.count(Verdict::malformed) == 0);
  for (const RotationReason reason :
       {RotationReason::time, RotationReason::command, RotationReason::list, RotationReason::ratchet})
    CHECK(by_reason[static_cast<int>(reason)] > wanted / 100);
}

TEST_CASE("rotation: a thousand of them, and no frame is lost or opened twice") { seal::test::rotate_often(1000); }
