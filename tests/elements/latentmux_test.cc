#include <algorithm>

#include "elements/file_rig.h"
#include "elements/harness.h"
#include "elements/seal_rings.h"
#include "seal/sealer.h"
#include "unit/seal/recording_support.h"

using namespace lc;
using test::Alone;
using test::buffer_of;
using test::BusMessages;
using test::bytes_of;
using test::Harness;
using test::Ptr;
using test::TempDir;

namespace {

using recording::test::Fake;

std::string text_of(const Fake& fake) { return std::string(as_text(fake.message())); }

// Everything that came out so far.
std::string taken(Harness& harness) {
  std::string out;
  while (const auto buffer = harness.try_pull()) out += bytes_of(buffer.get());
  return out;
}

}  // namespace

TEST_CASE("latentmux: messages go into the recording as they came, and EOS ends it") {
  Harness mux("latentmux");
  mux.src_caps("application/x-latent-sealed");
  std::vector<std::string> messages;
  for (int i = 0; i < 300; ++i) {
    messages.push_back(text_of({.is_key = i % 50 == 0, .capture_ns = recording::test::kStart + i * 40'000'000u}));
    CHECK(mux.push(buffer_of(messages.back(), i * GST_MSECOND)) == GST_FLOW_OK);
  }
  gst_harness_push_event(mux.get(), gst_event_new_eos());
  const std::string file = taken(mux);
  CHECK(mux.output_caps() == "application/x-latent-recording");
  const auto found = recording::test::scan(as_bytes(file));
  REQUIRE(found.messages.size() == 300);
  for (int i = 0; i < 300; ++i)
    REQUIRE(as_text(found.messages[static_cast<std::size_t>(i)]) == messages[static_cast<std::size_t>(i)]);
  CHECK(found.footers == 1);
  CHECK(found.damaged == 0);
  CHECK(mux.count("messages") == 300);
  CHECK(mux.count("frames") == 300);
  CHECK(mux.count("bytes") == file.size());
}

TEST_CASE("latentmux: every buffer is whole records, so that a process that dies loses none that it was given") {
  Harness mux("latentmux");
  mux.src_caps("application/x-latent-sealed");
  std::string file;
  for (int i = 0; i < 20; ++i) {
    mux.push(buffer_of(text_of({.is_key = i == 0})));
    file += taken(mux);
    const auto found = recording::test::scan(as_bytes(file));
    REQUIRE(found.messages.size() == static_cast<std::size_t>(i + 1));
    REQUIRE(found.damaged == 0);
  }
}

TEST_CASE("latentmux: what is no message is counted and left out") {
  Harness mux("latentmux");
  mux.src_caps("application/x-latent-sealed");
  CHECK(mux.push(buffer_of("noise")) == GST_FLOW_OK);
  CHECK(mux.push(Ptr<GstBuffer>{gst_buffer_new()}) == GST_FLOW_OK);
  CHECK(mux.push(buffer_of(text_of({}))) == GST_FLOW_OK);
  CHECK(recording::test::scan(as_bytes(taken(mux))).messages.size() == 1);
  CHECK(mux.count("malformed") == 2);
  CHECK(mux.count("messages") == 1);
}

TEST_CASE("latentmux: takes sealed messages only") {
  const Alone mux("latentmux");
  const Ptr<GstPad> pad{gst_element_get_static_pad(mux.get(), "sink")};
  const Ptr<GstCaps> caps{gst_pad_query_caps(pad.get(), nullptr)};
  const Ptr<GstCaps> plain{gst_caps_from_string("video/x-latent, width=64, height=48, framerate=25/1")};
  CHECK_FALSE(gst_caps_can_intersect(caps.get(), plain.get()));
}

TEST_CASE("latentmux: starts and stops twice, and begins anew") {
  Alone mux("latentmux");
  for (int i = 0; i < 2; ++i) {
    CHECK(mux.to(GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE);
    CHECK(mux.to(GST_STATE_NULL) == GST_STATE_CHANGE_SUCCESS);
  }
  CHECK(mux.messages().errors.empty());
}

TEST_CASE("latentmux: signs where it is told to, and latentdemux refuses what was altered, or signed by somebody else") {
  const test::SealRings rings;
  const auto device = rings.device().public_file(seal::Role::device).string();
  Harness mux("latentmux sign=true keyring=" + rings.device().folder().string());
  mux.src_caps("application/x-latent-sealed");
  for (int i = 0; i < 300; ++i)
    mux.push(buffer_of(text_of({.is_key = i % 50 == 0, .capture_ns = recording::test::kStart + i * 40'000'000u})));
  gst_harness_push_event(mux.get(), gst_event_new_eos());
  const std::string file = taken(mux);

  test::FileRig good("latentdemux recorder=" + device, file);
  good.play();
  REQUIRE(good.ends());
  CHECK(good.messages().errors.empty());
  CHECK(good.count("latentdemux", "messages") == 300);
  CHECK(good.count("latentdemux", "checkpoints") >= 2);

  const auto is_refused = [](const std::string& launch, const std::string& bytes) {
    test::FileRig rig(launch, bytes);
    rig.play();
    REQUIRE(rig.ends());
    const auto errors = rig.messages().errors;
    REQUIRE(errors.size() == 1);
    return errors[0].text.find("is not what its recorder signed") != std::string::npos;
  };
  TempDir dir;
  const auto other = seal::KeyRing::create(dir / "other");
  REQUIRE(other);
  REQUIRE(other->generate(seal::Role::device, "other"));
  const auto someone_else = other->public_file(seal::Role::device).string();
  CHECK(is_refused("latentdemux recorder=" + someone_else, file));
  // Two messages exchanged: their payloads, with right check sums.
  Bytes altered(as_bytes(file).begin(), as_bytes(file).end());
  const std::size_t size = recording::record_bytes(148),
                    at = recording::kSectionHeaderBytes + size + recording::record_bytes(recording::kCheckpointBytes);
  std::swap_ranges(altered.begin() + at + recording::kRecordHeaderBytes, altered.begin() + at + size,
                   altered.begin() + at + size + recording::kRecordHeaderBytes);
  CHECK(is_refused("latentdemux", std::string(as_text(altered))));

  Alone unsigned_mux("latentmux sign=true keyring=" + (dir / "none").string());
  CHECK(unsigned_mux.to(GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
  CHECK(unsigned_mux.messages().errors.size() == 1);
}

TEST_CASE("latentdemux: who must have signed a recording cannot be got round by an end that is missing, or by damage") {
  const test::SealRings rings;
  const auto device = rings.device().public_file(seal::Role::device).string();
  const auto record = [&](const std::string& launch) {
    Harness mux(launch);
    mux.src_caps("application/x-latent-sealed");
    for (int i = 0; i < 300; ++i)
      mux.push(buffer_of(text_of({.is_key = i % 50 == 0, .capture_ns = recording::test::kStart + i * 40'000'000u})));
    return taken(mux);  // no end: as of a recorder that died
  };
  const std::string nobodys = record("latentmux");
  std::string ours = record("latentmux sign=true keyring=" + rings.device().folder().string());
  struct Played {
    std::vector<test::BusError> errors, warnings;
    std::uint64_t messages = 0;
  };
  const auto play = [&](const std::string& file, const std::string& recorder) {
    test::FileRig rig("latentdemux" + (recorder.empty() ? "" : " recorder=" + recorder), file);
    rig.play();
    REQUIRE(rig.ends());
    auto bus = rig.messages();
    return Played{std::move(bus.errors), std::move(bus.warnings), rig.count("latentdemux", "messages")};
  };
  const Played crashed = play(ours, device);
  CHECK(crashed.errors.empty());
  CHECK(crashed.messages == 300);
  REQUIRE(crashed.warnings.size() == 1);
  CHECK(crashed.warnings[0].text.find("the last 44 messages before here") != std::string::npos);
  CHECK(play(ours, "").warnings.empty());

  for (const std::string& file : {nobodys, ours + nobodys, nobodys + ours}) {
    const Played refused = play(file, device);
    REQUIRE(refused.errors.size() == 1);
    CHECK(refused.errors[0].text.find("is not what its recorder signed") != std::string::npos);
    CHECK(play(file, "").errors.empty());
  }
  // As a stream of bytes, and after a flush.
  for (const bool flushes : {false, true}) {
    CAPTURE(flushes);
    Harness demux("latentdemux recorder=" + device);
    demux.src_caps("application/x-latent-recording");
    if (flushes) {
      gst_harness_push_event(demux.get(), gst_event_new_flush_start());
      gst_harness_push_event(demux.get(), gst_event_new_flush_stop(TRUE));
      GstSegment segment;
      gst_segment_init(&segment, GST_FORMAT_BYTES);
      gst_harness_push_event(demux.get(), gst_event_new_segment(&segment));
    }
    demux.push(buffer_of(nobodys));
    gst_harness_push_event(demux.get(), gst_event_new_eos());
    CHECK(BusMessages(demux).errors.size() == 1);
  }
  // One bit of a message.
  ours[recording::kSectionHeaderBytes + recording::record_bytes(148) +
       recording::record_bytes(recording::kCheckpointBytes) + 100] ^= 1;
  const Played damaged = play(ours, device);
  REQUIRE(damaged.errors.size() == 1);
  CHECK(damaged.errors[0].text.find("so nobody can tell whether what is there is what the recorder signed") !=
        std::string::npos);
  CHECK(play(ours, "").errors.empty());
  CHECK(play(ours, "").messages == 299);
}
