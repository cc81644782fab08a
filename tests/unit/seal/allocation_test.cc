// In steady state sealing and opening allocate nothing.
#include <algorithm>

#include "fixture.h"
#include "recording_support.h"
#include "seal/recording/message_reader.h"
#include "support/allocations.h"

using namespace lc;
using namespace lc::seal;

TEST_CASE("allocations: none for a frame that is sealed, opened or refused, whatever the options") {
  if (!lc::test::can_count_allocations()) LC_SKIP("sanitizers own the allocator");
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
    lc::test::AllocationCounter counter;
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
    const auto made = counter.take();
    CHECK(made.ours == 0);
    CHECK(bad == 0);
  }
}

TEST_CASE("allocations: of a recording one for a span at most where it is written, none where it is read") {
  if (!lc::test::can_count_allocations()) LC_SKIP("sanitizers own the allocator");
  constexpr int kSpan = recording::SectionWriter::kSpanMessages, kSpans = 8;
  const Bytes key = recording::test::Fake{.is_key = true}.message(), other = recording::test::Fake{}.message();
  recording::SectionWriter writer;
  Bytes out;
  out.reserve(std::size_t{1} << 21);
  int bad = 0;
  const auto write = [&](int count) {
    for (int i = 0; i < count; ++i) bad += writer.add(i % 32 == 0 ? key : other, recording::test::kStart, out) ? 0 : 1;
  };
  write(2 * kSpan);
  lc::test::AllocationCounter counter;
  write(kSpan * kSpans);
  const auto written = counter.take();
  CHECK(written.ours <= kSpans);

  recording::MessageReader reader;
  int messages = 0;
  const auto read = [&](ByteSpan bytes) {
    for (std::size_t done = 0; done < bytes.size(); done += 4096) {
      const ByteSpan part = bytes.subspan(done, std::min<std::size_t>(4096, bytes.size() - done));
      std::copy(part.begin(), part.end(), reader.feed(part.size()).begin());
      while (reader.next(false)) ++messages;
    }
  };
  const std::size_t half = out.size() / 2 / 4096 * 4096;
  read(ByteSpan(out).first(half));
  counter.take();
  read(ByteSpan(out).subspan(half));
  const auto made = counter.take();
  CHECK(made.ours == 0);
  CHECK(messages == kSpan * (kSpans + 2));
  CHECK(bad == 0);
}
