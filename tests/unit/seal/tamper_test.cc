// Nothing that was changed on its way is accepted: every bit, every length, and a million random changes (ten million in
// the long run).
#include <algorithm>
#include <random>

#include "base/file.h"

#include "fixture.h"
#include "tamper_test.h"

using namespace lc;
using namespace lc::seal;
using seal::test::announcement_of;
using seal::test::frame_of;
using seal::test::must;
using seal::test::open_with;
using seal::test::Pair;

namespace {

// One message of each type, none delivered yet.
struct Messages : Pair {
  Sealer sealer;
  Bytes announcement, frame, heartbeat, end;

  explicit Messages(SealerOptions options = {}) : sealer(Pair::sealer(std::move(options))) {
    announcement = announcement_of(sealer);
    Fields fields;
    fields.pts_ns = 1;
    fields.description = "video/x-latent";
    frame = frame_of(sealer, as_bytes("the latent of a small picture"), fields, {.is_key_frame = true});
    heartbeat.resize(sealer.size_limit(0));
    heartbeat.resize(must(sealer.seal_heartbeat(1, {}, heartbeat)));
    end.resize(sealer.size_limit(0));
    end.resize(must(sealer.seal_end(2, end)));
  }
};

bool is_accepted(Opener& opener, ByteSpan message) { return is_good(open_with(opener, message).verdict); }

// Tries all changes on an opener that would accept `good`, then shows that it still does.
void try_all(Opener& opener, Messages& messages, const Bytes& good, bool advance) {
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= std::byte(1u << (bit % 8));
    if (advance) messages.time.advance(10);  // announcements are checked a hundred times a second
    if (is_accepted(opener, bad)) FAIL("bit " << bit << " of " << good.size() << " bytes");
  }
  for (std::size_t size = 0; size < good.size(); ++size)
    if (is_accepted(opener, ByteSpan(good).first(size))) FAIL("cut to " << size << " bytes");
  for (std::size_t more = 1; more <= 64; ++more) {
    Bytes longer = good;
    longer.resize(good.size() + more, std::byte(more));
    if (advance) messages.time.advance(10);
    if (is_accepted(opener, longer)) FAIL(more << " bytes added");
  }
}

}  // namespace

TEST_CASE("tampering: every bit and every length of each type of message") {
  const SealerOptions kinds[] = {{},
                                 {.sign_frames = true, .padding = Padding::padme},
                                 {.padding = Padding::fixed, .padding_size = 64, .suite = Suite::chacha20_poly1305},
                                 {.suite = Suite::xchacha20_poly1305_hedged}};
  for (const SealerOptions& kind : kinds) {
    CAPTURE(kind.sign_frames);
    Messages messages(kind);
    must(save_file(messages.receiver_ring.list_file(Role::device),
                   as_bytes("device camera " + to_base64(messages.device.key) + " suites=0005,f001,f002\n")));
    Opener opener = messages.opener();
    try_all(opener, messages, messages.announcement, true);
    REQUIRE(open_with(opener, messages.announcement).verdict == Verdict::new_session);
    for (const Bytes* good : {&messages.frame, &messages.heartbeat, &messages.end}) {
      try_all(opener, messages, *good, false);
      CHECK(open_with(opener, *good).verdict == Verdict::opened);
    }
    CHECK(opener.count(Verdict::opened) == 3);
  }
}

void seal::test::alter_and_open(int changes_to_try) {
  std::mt19937_64 random(11);
  Messages messages;
  Opener opener = messages.opener();
  REQUIRE(open_with(opener, messages.announcement).verdict == Verdict::new_session);
  const Bytes* originals[] = {&messages.frame, &messages.heartbeat, &messages.end, &messages.announcement};
  Bytes bad, out(4096);
  Opened opened;
  int accepted = 0;
  for (int i = 0; i < changes_to_try; ++i) {
    const Bytes& good = *originals[random() % 4];
    bad = good;
    for (std::uint64_t changes = 1 + random() % 4; changes > 0; --changes) {
      const std::size_t at = random() % bad.size();
      switch (random() % 5) {
        case 0:
          bad[at] = std::byte(random());
          break;
        case 1:
          bad[at] ^= std::byte(1u << (random() % 8));
          break;
        case 2:
          bad.erase(bad.begin() + static_cast<std::ptrdiff_t>(at));
          break;
        case 3:
          bad.insert(bad.begin() + static_cast<std::ptrdiff_t>(at), std::byte(random()));
          break;
        case 4: {  // a piece of another message
          const Bytes& other = *originals[random() % 4];
          const std::size_t from = random() % other.size(),
                            count = std::min<std::size_t>(random() % 32, other.size() - from);
          for (std::size_t k = 0; k < count && at + k < bad.size(); ++k) bad[at + k] = other[from + k];
        }
      }
      if (bad.empty()) bad.push_back(std::byte{0});
    }
    if (bad == good) continue;
    if (i % 2 == 0) messages.time.advance(1);
    if (is_good(opener.open(bad, out, opened))) ++accepted;
  }
  CHECK(accepted == 0);
  for (const Bytes* good : {&messages.frame, &messages.heartbeat, &messages.end})
    CHECK(is_accepted(opener, *good));
}

TEST_CASE("tampering: a million random changes, none accepted") { seal::test::alter_and_open(1'000'000); }

TEST_CASE("tampering: random bytes behind a good beginning") {
  std::mt19937_64 random(12);
  Messages messages;
  Opener opener = messages.opener();
  REQUIRE(open_with(opener, messages.announcement).verdict == Verdict::new_session);
  for (int i = 0; i < 20'000; ++i) {
    Bytes bad(random() % 300);
    for (std::byte& b : bad) b = std::byte(random());
    const std::size_t kept = std::min<std::size_t>(bad.size(), random() % 64);
    std::copy_n(messages.frame.begin(), kept, bad.begin());
    if (is_accepted(opener, bad)) FAIL("accepted");
  }
}
