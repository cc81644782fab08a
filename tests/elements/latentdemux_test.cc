#include <random>

#include "elements/file_rig.h"
#include "elements/seal_rings.h"
#include "seal/sealer.h"
#include "unit/seal/recording_support.h"

using namespace lc;
using test::Alone;
using test::buffer_of;
using test::BusMessages;
using test::bytes_of;
using test::FileRig;
using test::Harness;
using test::Ptr;
using test::SealRings;

namespace {

using recording::test::Fake;
using recording::test::kFrameNs;
using recording::test::kStart;

std::string fake_file(int frames, int key_interval, bool ends = true) {
  return std::string(as_text(recording::test::frames(frames, key_interval, ends)));
}

// A recording of real sessions. The payload of each frame says its number.
class Recorder {
 public:
  explicit Recorder(const SealRings& rings) : rings_(rings) { begin_session(); }
  void begin_session() {
    sealer_.emplace(*seal::Sealer::create(rings_.device()));
    session_start_ = number_;
    add(*sealer_->announcement());
  }
  // `first_pts` of the session: a recording may begin in the middle of one.
  void frames(int count, int key_interval, std::uint64_t first_pts = 0) {
    for (int i = 0; i < count; ++i, ++number_) {
      const std::string payload = std::to_string(number_);
      const auto in_session = static_cast<std::uint64_t>(number_ - session_start_);
      const bool is_key = in_session % static_cast<std::uint64_t>(key_interval) == 0;
      seal::Fields fields;
      fields.pts_ns = first_pts + in_session * kFrameNs;
      fields.duration_ns = kFrameNs;
      if (is_key) fields.description = test::kLatentTestCaps;
      Bytes out(sealer_->size_limit(payload.size()));
      out.resize(*sealer_->seal_frame(
          {.is_key_frame = is_key, .capture_ns = kStart + static_cast<std::uint64_t>(number_) * kFrameNs}, fields,
          as_bytes(payload), out));
      add(out);
    }
  }
  std::string file(bool ends = true) {
    if (ends) writer_.finish(kStart, bytes_);
    return std::string(as_text(bytes_));
  }

 private:
  void add(ByteSpan message) { recording::test::must(writer_.add(message, kStart, bytes_)); }

  const SealRings& rings_;
  std::optional<seal::Sealer> sealer_;
  int number_ = 0, session_start_ = 0;
  recording::SectionWriter writer_;
  Bytes bytes_;
};

std::vector<std::string> payloads(FileRig& rig) {
  std::vector<std::string> out;
  for (const auto& buffer : rig.buffers()) out.push_back(bytes_of(buffer.get()));
  return out;
}

int count(const BusMessages& messages, const char* name) {
  int out = 0;
  for (const auto& message : messages.element_messages) out += gst_structure_has_name(message.get(), name) ? 1 : 0;
  return out;
}

}  // namespace

TEST_CASE("latentdemux: pulls messages out of a file as they were, with positions and flags") {
  FileRig rig("latentdemux", fake_file(600, 50));
  rig.play();
  REQUIRE(rig.ends());
  const auto buffers = rig.buffers();
  REQUIRE(buffers.size() == 600);
  for (std::size_t i = 0; i < 600; ++i) {
    CAPTURE(i);
    const Fake sent{.is_key = i % 50 == 0, .capture_ns = kStart + i * kFrameNs};
    REQUIRE(bytes_of(buffers[i].get()) == as_text(sent.message()));
    REQUIRE(GST_BUFFER_PTS(buffers[i].get()) == i * kFrameNs);
    REQUIRE((GST_BUFFER_FLAG_IS_SET(buffers[i].get(), GST_BUFFER_FLAG_DELTA_UNIT) != 0) == (i % 50 != 0));
    REQUIRE((GST_BUFFER_FLAG_IS_SET(buffers[i].get(), GST_BUFFER_FLAG_DISCONT) != 0) == (i == 0));
  }
  CHECK(rig.caps() == "application/x-latent-sealed, recorded=(boolean)true");
  const Ptr<GstQuery> duration{gst_query_new_duration(GST_FORMAT_TIME)};
  REQUIRE(rig.query(duration.get()));
  gint64 length = 0;
  gst_query_parse_duration(duration.get(), nullptr, &length);
  CHECK(length == 600 * 40 * GST_MSECOND);
  CHECK(rig.messages().errors.empty());
}

TEST_CASE("latentdemux: seeks to the key frame before each position, with the announcements that it needs") {
  const SealRings rings;
  Recorder recorder(rings);
  recorder.frames(1500, 50);
  FileRig rig("latentdemux", recorder.file());
  rig.play();
  REQUIRE(rig.ends());
  std::mt19937 random(2);
  for (int i = 0; i < 40; ++i) {
    const GstClockTime target = random() % 1500 * kFrameNs;
    REQUIRE(rig.seek(target));
    REQUIRE(rig.ends());
    const auto buffers = rig.buffers();
    REQUIRE(buffers.size() >= 2);
    CHECK(GST_BUFFER_FLAG_IS_SET(buffers[0].get(), GST_BUFFER_FLAG_HEADER));
    std::size_t first = 0;
    while (GST_BUFFER_FLAG_IS_SET(buffers[first].get(), GST_BUFFER_FLAG_HEADER)) ++first;
    CHECK_FALSE(GST_BUFFER_FLAG_IS_SET(buffers[first].get(), GST_BUFFER_FLAG_DELTA_UNIT));
    const GstClockTime from = GST_BUFFER_PTS(buffers[first].get());
    CHECK(from <= target);
    CHECK(from + (50 + 13) * kFrameNs > target);  // a key interval, and the margin of half a second
    REQUIRE(rig.segments().size() == 1);
    CHECK(rig.segments()[0].start == target);
    CHECK(rig.segments()[0].time == target);
  }
}

TEST_CASE("latentdemux: key-unit seeks, stops, segment seeks and rates") {
  FileRig rig("latentdemux", fake_file(500, 50));
  rig.play();
  REQUIRE(rig.ends());
  REQUIRE(rig.seek(120 * kFrameNs, GST_SEEK_FLAG_KEY_UNIT));
  REQUIRE(rig.ends());
  CHECK(rig.segments().at(0).start == 100 * kFrameNs);
  CHECK(rig.segments().at(0).time == 100 * kFrameNs);
  REQUIRE(rig.seek(200 * kFrameNs, GST_SEEK_FLAG_KEY_UNIT, 300 * kFrameNs));
  REQUIRE(rig.ends());
  CHECK(rig.buffers().size() == 100);
  REQUIRE(rig.seek(200 * kFrameNs, GST_SEEK_FLAG_SEGMENT, 300 * kFrameNs, 2.0));
  REQUIRE(rig.ends());
  CHECK(rig.segments().at(0).rate == 2.0);
  CHECK_FALSE(rig.seek(0, GST_SEEK_FLAG_NONE, GST_CLOCK_TIME_NONE, -1.0));
  REQUIRE(rig.seek(~std::uint32_t{0} * GST_SECOND));  // behind the end: the last key frame, and the end
  REQUIRE(rig.ends());
}

TEST_CASE("latentdemux: takes bytes in pieces of any size, and from a live source does not call them recorded") {
  const std::string file = fake_file(100, 10);
  for (const std::size_t piece : {1, 100, 5000, 1'000'000}) {
    Harness demux("latentdemux");
    demux.src_caps("application/x-latent-recording");
    for (std::size_t at = 0; at < file.size(); at += piece) demux.push(buffer_of(file.substr(at, piece)));
    gst_harness_push_event(demux.get(), gst_event_new_eos());
    for (std::size_t i = 0; i < 100; ++i) {
      const auto buffer = demux.try_pull();
      REQUIRE(buffer);
      REQUIRE(bytes_of(buffer.get()) ==
              as_text(Fake{.is_key = i % 10 == 0, .capture_ns = kStart + i * kFrameNs}.message()));
    }
    CHECK_FALSE(demux.try_pull());
    // A harness is a live source.
    CHECK(demux.output_caps() == "application/x-latent-sealed");
    CHECK(BusMessages(demux).errors.empty());
  }
}

TEST_CASE("latentdemux: what is no recording is one error that says so") {
  for (const std::string& file :
       {std::string(), std::string("LCREC1\r\n and then nothing that is right"), std::string(100'000, 'x')}) {
    FileRig rig("latentdemux", file);
    rig.play();
    REQUIRE(rig.ends());
    const auto messages = rig.messages();
    REQUIRE(messages.errors.size() == 1);
    CHECK(messages.errors[0].text.find("recording") != std::string::npos);

    Harness pushed("latentdemux");
    pushed.src_caps("application/x-latent-recording");
    if (!file.empty()) pushed.push(buffer_of(file));
    gst_harness_push_event(pushed.get(), gst_event_new_eos());
    CHECK(BusMessages(pushed).errors.size() == 1);
  }
}

TEST_CASE("latentdemux: a wrong sender is one error; a right one selects its messages") {
  Alone wrong("latentdemux sender=xyz");
  CHECK(wrong.to(GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
  CHECK(wrong.messages().errors.size() == 1);
  recording::SectionWriter writer;
  Bytes bytes;
  for (int i = 0; i < 20; ++i)
    recording::test::must(
        writer.add(Fake{.is_key = true, .stream = static_cast<std::uint16_t>(i % 2)}.message(), kStart, bytes));
  FileRig rig("latentdemux sender=00000000000000000001", std::string(as_text(bytes)));
  rig.play();
  REQUIRE(rig.ends());
  CHECK(rig.buffers().size() == 10);
}

TEST_CASE("latentdemux: cut at every offset, all whole records come, and that it ended early is said") {
  const std::string file = fake_file(12, 4);
  for (std::size_t size = 64; size < file.size(); size += 13) {
    FileRig rig("latentdemux", file.substr(0, size));
    rig.play();
    REQUIRE(rig.ends());
    const auto messages = rig.messages();
    REQUIRE(messages.errors.empty());
    REQUIRE(rig.buffers().size() == std::min<std::size_t>(12, (size - 64) / recording::record_bytes(148)));
    REQUIRE(count(messages, "latentcast-ended-early") == 1);
  }
}

TEST_CASE("latentdemux: damage costs the records that it touches, is counted and told") {
  std::string file = fake_file(100, 10);
  file[64 + 50 * recording::record_bytes(148) + 60] ^= 1;
  FileRig rig("latentdemux", file);
  rig.play();
  REQUIRE(rig.ends());
  const auto buffers = rig.buffers();
  REQUIRE(buffers.size() == 99);
  CHECK(GST_BUFFER_FLAG_IS_SET(buffers[50].get(), GST_BUFFER_FLAG_DISCONT));
  CHECK(count(rig.messages(), "latentcast-damage") == 1);
  CHECK(rig.count("latentdemux", "missing-records") == 1);
}

TEST_CASE("recordings: open through latentdecrypt, and every seek shows each frame at the same stream time") {
  const SealRings rings;
  Recorder recorder(rings);
  recorder.frames(400, 50, 500 * GST_SECOND);  // recorded from the middle of a session on
  recorder.begin_session();
  recorder.frames(300, 50);
  FileRig rig("latentdemux ! " + rings.decrypt(), recorder.file());
  rig.play();
  REQUIRE(rig.ends());
  const auto all = payloads(rig);
  const auto times = rig.stream_times();
  REQUIRE(all.size() == 700);
  for (std::size_t i = 0; i < 700; ++i) REQUIRE(all[i] == std::to_string(i));
  REQUIRE(times == rig.running_times());
  for (std::size_t i = 0; i < 700; ++i) REQUIRE(times[i] == i * kFrameNs);
  const auto buffers = rig.buffers();
  CHECK(GST_BUFFER_PTS(buffers[0].get()) == 500 * GST_SECOND);  // the sender's, exactly
  CHECK(GST_BUFFER_PTS(buffers[400].get()) == 0);

  std::mt19937 random(9);
  for (int i = 0; i < 60; ++i) {
    const std::size_t frame = random() % 700;
    CAPTURE(frame);
    // Somewhere inside the frame's time.
    REQUIRE(rig.seek(frame * kFrameNs + random() % kFrameNs));
    REQUIRE(rig.ends());
    const auto seen = payloads(rig);
    const auto seen_times = rig.stream_times();
    REQUIRE_FALSE(seen.empty());
    std::size_t number = std::stoul(seen[0]);
    REQUIRE(number <= frame);
    REQUIRE(seen.size() == 700 - number);
    const auto running = rig.running_times();
    for (std::size_t j = 0; j < seen.size(); ++j, ++number) {
      REQUIRE(seen[j] == std::to_string(number));
      // Frames before the segment have no time in it: decoders do not show them.
      if (number > frame) REQUIRE(seen_times[j] == number * kFrameNs);
      if (number > frame) REQUIRE(running[j] == number * kFrameNs - rig.segments().front().time);
    }
  }
  const auto messages = rig.messages();
  CHECK(messages.errors.empty());
  CHECK(messages.warnings.empty());
  CHECK(count(messages, "latentcast-refused") == 0);
}

TEST_CASE("recordings: old ones open only from a file, not as bytes of a live source") {
  const SealRings rings;
  std::string file;
  {
    // The receiver hears a newer session than the one in the recording.
    Recorder old(rings);
    old.frames(10, 5);
    file = old.file();
  }
  Harness now(rings.decrypt());
  now.src_caps("application/x-latent-sealed");
  auto newer = *seal::Sealer::create(rings.device());
  now.push(buffer_of(std::string(as_text(*newer.announcement()))));
  CHECK(now.count("sessions") == 1);

  FileRig rig("latentdemux ! " + rings.decrypt(), file);
  rig.play();
  REQUIRE(rig.ends());
  CHECK(rig.buffers().size() == 10);

  Harness live("latentdemux");
  live.src_caps("application/x-latent-recording");
  live.push(buffer_of(file));
  Harness again(rings.decrypt());
  again.src_caps(live.output_caps());
  while (auto message = live.try_pull()) again.push(std::move(message));
  CHECK(again.count("frames-opened") == 0);
  CHECK(again.count("old-session") == 1);
}

TEST_CASE("recordings: with another key, one error says why nothing could be opened") {
  const SealRings rings, others;
  Recorder recorder(rings);
  recorder.frames(100, 10);
  FileRig rig("latentdemux ! " + others.decrypt(), recorder.file());
  rig.play();
  REQUIRE(rig.ends());
  const auto messages = rig.messages();
  REQUIRE(messages.errors.size() == 1);
  CHECK(messages.errors[0].text.find("nothing in this recording could be opened") != std::string::npos);
  CAPTURE(messages.errors[0].text);
  CHECK(messages.errors[0].text.find("not in devices.list") != std::string::npos);
  CHECK(rig.buffers().empty());
}

TEST_CASE("recordings: sealed for another receiver, the error says that this key will never open it") {
  const SealRings rings;
  Recorder recorder(rings);  // sealed before the second receiver is known
  recorder.frames(20, 10);
  const test::TempDir folder;
  const auto other = seal::KeyRing::create(folder / "other");
  REQUIRE(other);
  REQUIRE(other->generate(seal::Role::receiver, "late"));
  REQUIRE(other->pin(*rings.device().identity(seal::Role::device)));
  FileRig rig("latentdemux ! latentdecrypt keyring=" + other->folder().string(), recorder.file());
  rig.play();
  REQUIRE(rig.ends());
  const auto messages = rig.messages();
  REQUIRE(messages.errors.size() == 1);
  CAPTURE(messages.errors[0].text);
  CHECK(messages.errors[0].text.find("was not sealed for this receiver") != std::string::npos);
}

TEST_CASE("recordings: a damaged one shows all but what is damaged") {
  const SealRings rings;
  Recorder recorder(rings);
  recorder.frames(120, 10);
  const std::string file = recorder.file();
  std::mt19937 random(4);
  for (int i = 0; i < 40; ++i) {
    std::string damaged = file;
    damaged[64 + random() % (file.size() - 64)] ^= static_cast<char>(1 + random() % 255);
    FileRig rig("latentdemux ! " + rings.decrypt(), damaged);
    rig.play();
    REQUIRE(rig.ends());
    // The announcement itself: repeated with the next span only, and this file has one.
    const bool lost_key = rig.buffers().empty();
    if (!lost_key) REQUIRE(rig.buffers().size() >= 119);
    if (lost_key) REQUIRE(rig.messages().errors.size() == 1);
  }
}
