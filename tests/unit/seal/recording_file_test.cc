#include "seal/recording/recording_file.h"

#include "seal/announcement.h"

#include <algorithm>
#include <chrono>
#include <random>

#include "unit/seal/recording_support.h"

using namespace lc;
using namespace lc::recording;
using namespace lc::recording::test;

namespace {

// The message of the record at `offset`.
seal::WireHeader message_at(ByteSpan bytes, std::uint64_t offset) {
  const ByteSpan rest = bytes.subspan(static_cast<std::size_t>(offset));
  const auto record = unpack_record_header(rest);
  REQUIRE(record);
  const auto payload = payload_of(*record, rest);
  REQUIRE(payload);
  const auto header = seal::unpack_wire_header(*payload);
  REQUIRE(header);
  return *header;
}

// find() must give the key frame of each position, judged from the capture times alone.
void check_find(ByteSpan bytes, int count, int key_interval, std::uint64_t step_ns = kFrameNs) {
  RecordingFile file = file_of(bytes);
  for (int i = 0; i < count; i += 7) {
    const std::uint64_t position = static_cast<std::uint64_t>(i) * step_ns;
    const auto key = static_cast<std::uint64_t>(i / key_interval * key_interval) * step_ns;
    const Landing landing = must(file.find(position));
    REQUIRE(landing.position == key);
    REQUIRE(landing.begin <= landing.frame);
    const auto header = message_at(bytes, landing.frame);
    REQUIRE(header.is_key_frame);
    REQUIRE(header.capture_ns == kStart + key);
  }
}

Bytes joined(ByteSpan a, ByteSpan b) {
  Bytes out(a.begin(), a.end());
  out.insert(out.end(), b.begin(), b.end());
  return out;
}

}  // namespace

TEST_CASE("recording file: tells length and frames, and finds the key frame of every position") {
  const Bytes bytes = frames(1500, 50);
  const RecordingFile file = file_of(bytes);
  CHECK(file.frames() == 1500);
  CHECK(file.duration() == 1500 * kFrameNs);
  CHECK(file.sections() == 1);
  CHECK(file.ended_early() == 0);
  check_find(bytes, 1500, 50);
}

TEST_CASE("recording file: without an end it is scanned, and tells the same") {
  const Bytes bytes = frames(1500, 50, false);
  const RecordingFile file = file_of(bytes);
  CHECK(file.frames() == 1500);
  CHECK(file.duration() == 1500 * kFrameNs);
  CHECK(file.ended_early() == 1);
  check_find(bytes, 1500, 50);
}

TEST_CASE("recording file: at any frame rate, ended or not, positions are those of playing it") {
  for (const std::uint64_t step : {33'333'333ULL, 200'000'000ULL, 1'000'000'000ULL, 5'000'000'000ULL}) {
    CAPTURE(step);
    Bytes ended = frames(1000, 30, true, step);
    check_find(ended, 1000, 30, step);
    check_find(frames(1000, 30, false, step), 1000, 30, step);
    // A wrong byte in the second index.
    RecordingFile file = file_of(ended);
    CHECK(file.duration() == 999 * step + kFrameNs);
    CHECK(file_of(frames(1000, 30, false, step)).duration() == 999 * step + kFrameNs);
    std::size_t seen = 0;
    for (std::size_t at = 0; at + kRecordHeaderBytes < ended.size(); at += next_candidate(ByteSpan(ended).subspan(at)))
      if (const auto header = unpack_record_header(ByteSpan(ended).subspan(at));
          header && header->type == RecordType::index && ++seen == 2)
        ended[at + kRecordHeaderBytes + 30] ^= std::byte{1};
    REQUIRE(seen >= 2);
    check_find(ended, 1000, 30, step);
  }
}

TEST_CASE("recording file: a damaged key frame is not landed on, and moves nothing behind it") {
  Bytes bytes = frames(600, 25);
  const Landing good = must(file_of(bytes).find(400 * kFrameNs));
  bytes[static_cast<std::size_t>(good.frame) + kRecordHeaderBytes + 60] ^= std::byte{1};
  RecordingFile file = file_of(bytes);
  const Landing other = must(file.find(400 * kFrameNs));
  CHECK(other.position == 375 * kFrameNs);
  CHECK(message_at(bytes, other.frame).is_key_frame);
}

TEST_CASE("recording file: indexes that name each other in a circle, or hold too much, cost nothing") {
  Index index{.begin = 100, .at = 100, .before = 100, .entries = {}};
  const auto survives = [&] {
    Bytes payload;
    append_index(index, payload);
    return unpack_index(payload).has_value();
  };
  CHECK_FALSE(survives());
  index.at = 200;
  CHECK_FALSE(survives());
  index.before = 64;
  CHECK(survives());
  index.end_ns = std::uint64_t{1} << 63;
  CHECK_FALSE(survives());
  index.end_ns = 5;
  index.entries.resize(kMaxIndexEntries, {.offset = 150});
  CHECK(survives());
  index.entries.push_back({.offset = 150});
  CHECK_FALSE(survives());
}

TEST_CASE("recording file: a stranger's announcements make no more of what follows than twice as much") {
  SectionWriter writer;
  Bytes out;
  constexpr std::size_t kReceivers = 256, kBody = seal::kWireHeaderBytes;
  for (std::uint16_t stream = 0; stream < 64; ++stream) {
    // What can be read of one without a key: its wrap, its ratchet and how many receivers it names.
    Bytes message = Fake{.type = seal::MessageType::announcement,
                         .stream = stream,
                         .payload = seal::kAnnouncementBodyBytes + kReceivers * seal::kBoxBytes + 64}
                        .message();
    std::fill(message.begin() + kBody, message.end(), std::byte{0});
    message[kBody] = std::byte{1};
    message[kBody + 1] = std::byte{8};
    message[kBody + seal::kAnnouncementBodyBytes - 2] = std::byte{kReceivers >> 8};
    REQUIRE(seal::unpack_announcement(message));
    must(writer.add(message, kStart, out));
  }
  const std::size_t before = out.size();
  std::size_t in = 0;
  for (int i = 0; i < 40'000; ++i) {
    const Bytes heartbeat = Fake{.type = seal::MessageType::heartbeat, .payload = 0}.message();
    in += heartbeat.size();
    must(writer.add(heartbeat, kStart, out));
  }
  // 36 bytes and padding of a record come to each.
  CHECK(out.size() - before < 2 * (in + 40'000 * 48) + (256u << 10));
}

TEST_CASE("recording file: a damaged index is made anew from the records") {
  Bytes bytes = frames(1500, 50);
  for (std::size_t at = 0; at + kRecordHeaderBytes < bytes.size();) {
    const auto item = Scanner().next(ByteSpan(bytes).subspan(at), true);
    if (item.kind == Item::Kind::record && item.record.type == RecordType::index) bytes[at + 40] ^= std::byte{1};
    at += item.size;
  }
  CHECK(file_of(bytes).ended_early() == 0);
  check_find(bytes, 1500, 50);
}

TEST_CASE("recording file: without an end and with a damaged index, or a damaged head, nothing else is lost") {
  Bytes bytes = frames(1500, 50, false);
  std::vector<std::size_t> indexes;
  for (std::size_t at = 0; at + kRecordHeaderBytes < bytes.size();) {
    const auto item = Scanner().next(ByteSpan(bytes).subspan(at), true);
    if (item.kind == Item::Kind::record && item.record.type == RecordType::index) indexes.push_back(at);
    at += item.size;
  }
  REQUIRE(indexes.size() == 5);
  for (const std::size_t damaged : {indexes[0] + 40, indexes[2] + 10, indexes[4] + 33, std::size_t{20}}) {
    CAPTURE(damaged);
    Bytes copy = bytes;
    copy[damaged] ^= std::byte{4};
    const RecordingFile file = file_of(copy);
    CHECK(file.frames() == 1500);
    CHECK(file.duration() == 1500 * kFrameNs);
    CHECK(file.ended_early() == 1);
    check_find(copy, 1500, 50);
  }
}

TEST_CASE("recording file: an hour without an end opens by its indexes, in one read or so for each") {
  const Bytes bytes = frames(90'000, 250, false);
  int reads = 0;
  const auto counting = [&, inner = reader_of(bytes)](std::uint64_t offset, std::span<std::byte> out) {
    ++reads;
    return inner(offset, out);
  };
  RecordingFile file = must(RecordingFile::open(counting, bytes.size()));
  CHECK(file.frames() == 90'000);
  CHECK(file.duration() == 90'000 * kFrameNs);
  CHECK(reads < 90'000 / 256 * 2 + 256 + 20);  // header and payload of each, and the records after the last
  check_find(bytes, 90'000, 250);
}

TEST_CASE("recording file: behind one that ended, one that has no index yet") {
  const Bytes bytes = joined(frames(600, 10), frames(50, 10, false));
  RecordingFile file = file_of(bytes);
  CHECK(file.sections() == 2);
  CHECK(file.ended_early() == 1);
  CHECK(file.frames() == 650);
  CHECK(file.duration() == 650 * kFrameNs);
  CHECK(must(file.find(645 * kFrameNs)).position == 640 * kFrameNs);
}

TEST_CASE("recording file: sections follow each other, also behind one that was cut off") {
  const Bytes first = frames(300, 10), second = frames(100, 10), cut = frames(200, 10, false);
  SUBCASE("two that ended") {
    const Bytes bytes = joined(first, second);
    RecordingFile file = file_of(bytes);
    CHECK(file.sections() == 2);
    CHECK(file.duration() == 400 * kFrameNs);
    const Landing landing = must(file.find(355 * kFrameNs));
    CHECK(landing.position == 350 * kFrameNs);
    CHECK(landing.frame > first.size());
  }
  SUBCASE("the first was cut off in the middle of a record") {
    const Bytes bytes = joined(ByteSpan(cut).first(cut.size() - 33), second);
    RecordingFile file = file_of(bytes);
    CHECK(file.sections() == 2);
    CHECK(file.ended_early() == 1);
    CHECK(file.frames() == 299);
    CHECK(file.duration() == 299 * kFrameNs);
    CHECK(must(file.find(250 * kFrameNs)).position == 249 * kFrameNs);  // 199 frames, then 5 key frames
  }
  SUBCASE("the first was cut off so that its last record claims the second section") {
    Bytes claimed;
    append_record({.number = 200}, Fake{.payload = 500'000}.message(), claimed);
    const Bytes torn = joined(cut, ByteSpan(claimed).first(1000));
    const Bytes bytes = joined(torn, frames(5000, 10));
    RecordingFile file = file_of(bytes);
    CHECK(file.sections() == 2);
    CHECK(file.frames() == 5200);
  }
}

TEST_CASE("recording file: opens, cut at every offset, or says that there is nothing") {
  const Bytes bytes = frames(12, 4);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const ByteSpan part = ByteSpan(bytes).first(size);
    auto file = RecordingFile::open(reader_of(part), size);
    REQUIRE(file.has_value() == (size >= 64));
    if (!file) {
      CHECK(file.error().code == Errc::bad_format);
      continue;
    }
    const std::size_t whole = std::min<std::size_t>(12, (size - 64) / record_bytes(148));
    REQUIRE(file->frames() == whole);
    REQUIRE(file->ended_early() == 1);
    REQUIRE(file->find(~std::uint64_t{0}).has_value() == (whole > 0));
  }
}

TEST_CASE("recording file: random damage never loses the rest") {
  const Bytes bytes = frames(700, 10);
  std::mt19937 random(5);
  for (int i = 0; i < 300; ++i) {
    Bytes damaged = bytes;
    for (int errors = 0; errors < 5; ++errors)
      damaged[64 + random() % (damaged.size() - 64)] ^= static_cast<std::byte>(1 + random() % 255);
    RecordingFile file = file_of(damaged);
    REQUIRE(file.frames() >= 695);
    REQUIRE(file.frames() <= 700);
    const Landing landing = must(file.find(random() % 700 * kFrameNs));
    REQUIRE(landing.frame < damaged.size());
  }
}

TEST_CASE("recording file: of several senders it begins early enough for each, or for the one that is wanted") {
  SectionWriter writer;
  Bytes bytes;
  for (int i = 0; i < 400; ++i) {
    const std::uint64_t time = kStart + static_cast<std::uint64_t>(i) * kFrameNs;
    must(writer.add(Fake{.is_key = i % 40 == 0, .capture_ns = time, .stream = 1}.message(), time, bytes));
    must(writer.add(Fake{.is_key = i % 40 == 20, .capture_ns = time, .stream = 2}.message(), time, bytes));
  }
  writer.finish(kStart, bytes);
  RecordingFile file = file_of(bytes);
  const Landing any = must(file.find(230 * kFrameNs));
  CHECK(message_at(bytes, any.frame).capture_ns == kStart + 200 * kFrameNs);
  Bytes second(10);
  second[9] = std::byte{2};
  const Landing wanted = must(file.find(230 * kFrameNs, second));
  CHECK(message_at(bytes, wanted.frame).stream == 2);
  CHECK(message_at(bytes, wanted.frame).capture_ns == kStart + 220 * kFrameNs);
}

TEST_CASE("recording file: every span can be opened alone") {
  seal::test::Pair pair;
  auto sealer = pair.sealer();
  SectionWriter writer;
  Bytes bytes;
  must(writer.add(seal::test::announcement_of(sealer), kStart, bytes));
  for (int i = 0; i < 1000; ++i)
    must(writer.add(seal::test::frame_of(sealer, as_bytes("picture"), {},
                                         {.is_key_frame = i % 100 == 0, .capture_ns = kStart + i * kFrameNs}),
                    kStart, bytes));
  RecordingFile file = file_of(bytes);
  const Landing landing = must(file.find(910 * kFrameNs));
  CHECK(landing.position == 900 * kFrameNs);
  auto opener = pair.opener({.is_recording = true});
  Bytes plain(1000);
  int opened = 0, announcements = 0;
  for (const Bytes& message : scan(ByteSpan(bytes).subspan(landing.begin)).messages) {
    seal::Opened out;
    const auto verdict = opener.open(message, plain, out);
    CHECK(seal::is_good(verdict));
    (verdict == seal::Verdict::opened ? opened : announcements) += 1;
  }
  CHECK(announcements == 1);
  CHECK(opened == 1000 - (255 + 256 + 256));
}

TEST_CASE("recording file: an hour opens with one read, and a position is found with one more") {
  const Bytes bytes = frames(90'000, 250);
  int reads = 0;
  const auto counting = [&, inner = reader_of(bytes)](std::uint64_t offset, std::span<std::byte> out) {
    ++reads;
    return inner(offset, out);
  };
  RecordingFile file = must(RecordingFile::open(counting, bytes.size()));
  CHECK(file.duration() == 90'000 * kFrameNs);
  CHECK(reads <= 5);  // footer, header of the section, header and payload of its end
  reads = 0;
  must(file.find(45'000 * kFrameNs));
  CHECK(reads <= 4);
}

TEST_CASE("recording writer: refuses what is no message, and writes nothing then") {
  SectionWriter writer;
  Bytes out;
  for (const auto* text :
       {"", "LC1F", "a text that is long enough to be a header, but is none, whatever it says here"}) {
    const auto added = writer.add(as_bytes(text), kStart, out);
    REQUIRE_FALSE(added);
    CHECK(added.error().code == Errc::bad_format);
  }
  writer.finish(kStart, out);
  CHECK(out.empty());
}
