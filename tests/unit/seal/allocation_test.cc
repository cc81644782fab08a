// In steady state sealing and opening allocate nothing. A program of its own, because it replaces operator
// new.
#include <atomic>
#include <cstdlib>
#include <new>

#include "fixture.h"

namespace {
std::atomic<bool> counting{false};
std::atomic<int> allocations{0};
}  // namespace

void* operator new(std::size_t size) {
  if (counting.load()) allocations.fetch_add(1);
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

using namespace lc;
using namespace lc::seal;

TEST_CASE("allocations: none for a frame that is sealed, opened or refused, whatever the options") {
  for (const bool with_everything : {false, true}) {
    seal::test::Pair pair;
    Sealer sealer = pair.sealer(
        {.sign_frames = with_everything, .padding = with_everything ? Padding::padme : Padding::none});
    Opener opener = pair.opener();
    Fields fields;
    fields.pts_ns = 1;
    fields.description = "video/x-latent, width=768, height=576";
    const Bytes payload(5000, std::byte{3});
    Bytes wire(sealer.size_limit(payload.size())), plain(wire.size());
    Opened opened;
    const Bytes early = seal::test::frame_of(sealer, "before the announcement");
    const Bytes announcement = seal::test::announcement_of(sealer);
    REQUIRE(opener.open(announcement, plain, opened) == Verdict::new_session);

    int bad = 0;
    allocations = 0;
    counting = true;
    for (int i = 0; i < 500; ++i) {
      const auto size = sealer.seal_frame({}, fields, payload, wire);
      const auto message = std::span(wire).first(size ? *size : 0);
      message.back() ^= std::byte{1};
      bad +=
          opener.open(message, plain, opened) == (with_everything ? Verdict::bad_signature : Verdict::bad_tag)
              ? 0
              : 1;
      message.back() ^= std::byte{1};
      bad += opener.open(message, plain, opened) == Verdict::opened ? 0 : 1;
      bad += opener.open(message, plain, opened) == Verdict::replayed ? 0 : 1;
      bad += opener.open(announcement, plain, opened) == Verdict::announcement ? 0 : 1;
      message[20] ^= std::byte{1};  // a session that nobody announced
      bad += opener.open(message, plain, opened) == Verdict::unknown_key ? 0 : 1;
      message[4] ^= std::byte{1};
      bad += opener.open(message, plain, opened) == Verdict::other_device ? 0 : 1;
      bad += opener.open(message.first(30), plain, opened) == Verdict::malformed ? 0 : 1;
    }
    counting = false;
    CHECK(allocations == 0);
    CHECK(bad == 0);
  }
}
