#include "seal/recording/checkpoint.h"

#include <algorithm>

#include "seal/recording/message_reader.h"
#include "unit/seal/recording_support.h"

using namespace lc;
using namespace lc::recording;
using namespace lc::recording::test;

namespace {

std::shared_ptr<const seal::SigningIdentity> new_recorder() {
  return std::make_shared<const seal::SigningIdentity>(
      must(seal::SigningIdentity::generate(seal::Role::device, "recorder")));
}

Bytes signed_frames(const std::shared_ptr<const seal::SigningIdentity>& recorder, int count,
                    std::uint64_t step_ns = kFrameNs, std::size_t payload = 100) {
  SectionWriter writer(recorder);
  Bytes out;
  for (int i = 0; i < count; ++i) {
    const std::uint64_t time = kStart + static_cast<std::uint64_t>(i) * step_ns;
    must(writer.add(Fake{.is_key = i % 50 == 0, .capture_ns = time, .payload = payload}.message(), time, out));
  }
  writer.finish(kStart + static_cast<std::uint64_t>(count) * step_ns, out);
  return out;
}

struct Read {
  Checkpoints said;
  Damage damage;
  std::uint64_t messages = 0;
};
Read read_from(MessageReader& reader, ByteSpan file, std::size_t piece = 4096) {
  Read out;
  for (bool is_last = false; !is_last;) {
    const auto at = static_cast<std::size_t>(reader.end());
    const auto room = reader.feed(std::max(piece, reader.wanted()));
    const std::size_t got = std::min(room.size(), file.size() - std::min(at, file.size()));
    if (got > 0) std::memcpy(room.data(), file.data() + at, got);
    reader.unread(room.size() - got);
    is_last = got < room.size();
    while (reader.next(is_last)) {
      ++out.messages;
      const Damage more = reader.take_damage();
      out.damage.bytes += more.bytes;
      out.damage.records += more.records;
    }
  }
  out.said = reader.checkpoints();
  return out;
}
Read read(ByteSpan file, const seal::PublicKey* expected = nullptr) {
  MessageReader reader;
  if (expected) reader.expect(*expected);
  return read_from(reader, file);
}

// The records of one section, to be put together in another way.
struct Pieces {
  Bytes head;
  std::vector<std::pair<RecordHeader, Bytes>> records;

  explicit Pieces(ByteSpan file) : head(file.begin(), file.begin() + kSectionHeaderBytes) {
    std::size_t at = kSectionHeaderBytes;
    while (const auto header = unpack_record_header(file.subspan(at))) {
      const ByteSpan payload = file.subspan(at + kRecordHeaderBytes, header->length);
      records.emplace_back(*header, Bytes(payload.begin(), payload.end()));
      at += record_bytes(header->length);
    }
  }
  // With numbers that follow each other, a right end and right check sums: what somebody would write who can.
  Bytes joined() const {
    Bytes out = head;
    std::uint64_t number = 0;
    std::size_t last = 0;
    for (auto [header, payload] : records) {
      header.number = number++;
      last = out.size();
      append_record(header, payload, out);
    }
    append_footer({.section_bytes = out.size() + kFooterBytes, .end_bytes = out.size() - last}, out);
    return out;
  }
  std::size_t first(RecordType type, std::size_t from = 0) const {
    while (records[from].first.type != type) ++from;
    return from;
  }
  void erase(std::size_t i) { records.erase(records.begin() + static_cast<std::ptrdiff_t>(i)); }
};

}  // namespace

TEST_CASE("checkpoints: a signed recording is good, has one for each span and 10 s, and is otherwise the same") {
  const auto recorder = new_recorder();
  const auto& key = recorder->identity().key;
  const Bytes file = signed_frames(recorder, 1000);
  const Read all = read(file, &key);
  CHECK(all.messages == 1000);
  CHECK_FALSE(all.damage);
  CHECK(all.said.altered == 0);
  CHECK(all.said.damaged == 0);
  CHECK(all.said.unverified == 0);
  // After the first message, at the ends of four spans, within three that are longer than 10 s, and at the end.
  CHECK(all.said.good == 9);
  CHECK(all.said.recorders == std::vector{key});
  CHECK(read(signed_frames(recorder, 10, 10'000'000'000), &key).said.good == 12);
  CHECK(read(frames(1000, 50)).said.good == 0);
  CHECK(file_of(file).frames() == 1000);
  CHECK(file_of(file).ended_early() == 0);
}

TEST_CASE("checkpoints: a message that was taken out, put in, exchanged, moved or changed is found out") {
  const auto recorder = new_recorder();
  const Bytes file = signed_frames(recorder, 600);
  const Pieces whole(file);
  REQUIRE(read(whole.joined()).said.altered == 0);
  const auto is_found_out = [&](auto change) {
    Pieces pieces = whole;
    change(pieces);
    const Read got = read(pieces.joined());
    CHECK_FALSE(got.damage);
    return got.said.altered > 0;
  };
  for (const std::size_t at :
       {std::size_t{0}, std::size_t{100}, std::size_t{255}, whole.first(RecordType::index) + 1}) {
    CAPTURE(at);
    REQUIRE(whole.records[at].first.type == RecordType::message);
    CHECK(is_found_out([&](Pieces& p) { p.erase(at); }));
    CHECK(is_found_out(
        [&](Pieces& p) { p.records.insert(p.records.begin() + static_cast<std::ptrdiff_t>(at), p.records[at]); }));
    CHECK(is_found_out([&](Pieces& p) { std::swap(p.records[at], p.records[at + 1]); }));
    CHECK(is_found_out([&](Pieces& p) { p.records[at].first.arrival_ns += 1; }));
    CHECK(is_found_out([&](Pieces& p) { p.records[at].second.back() ^= std::byte{1}; }));
  }
}

TEST_CASE("checkpoints: spans that are left out, exchanged or brought in from another recording are found out") {
  const auto recorder = new_recorder();
  const Pieces whole(signed_frames(recorder, 600)), other(signed_frames(recorder, 600));
  const std::size_t end_of_first = whole.first(RecordType::index) + 1,
                    end_of_second = whole.first(RecordType::index, end_of_first) + 1;
  const auto begin = [](auto& pieces, std::size_t at) {
    return pieces.records.begin() + static_cast<std::ptrdiff_t>(at);
  };
  Pieces without = whole;
  without.records.erase(begin(without, end_of_first), begin(without, end_of_second));
  CHECK(read(without.joined()).said.altered > 0);
  Pieces brought = whole;
  std::copy(begin(other, end_of_first), begin(other, end_of_second), begin(brought, end_of_first));
  CHECK(read(brought.joined()).said.altered > 0);
  Pieces cut = whole;  // the end was left out, and another one written
  cut.records.erase(begin(cut, end_of_second), cut.records.end() - 1);
  CHECK(read(cut.joined()).said.altered > 0);
  Pieces of_other = other;  // everything, under another section's id
  of_other.head = whole.head;
  CHECK(read(of_other.joined()).said.altered > 0);
}

TEST_CASE("checkpoints: every bit of one counts") {
  const auto recorder = new_recorder();
  const Pieces whole(signed_frames(recorder, 30));
  const std::size_t at = whole.first(RecordType::checkpoint);
  for (std::size_t bit = 0; bit < 8 * kCheckpointBytes; ++bit) {
    Pieces pieces = whole;
    pieces.records[at].second[bit / 8] ^= std::byte{1} << (bit % 8);
    CAPTURE(bit);
    REQUIRE(read(pieces.joined(), &recorder->identity().key).said.altered > 0);
  }
}

TEST_CASE("checkpoints: without them, or with another recorder's, a recording is refused by who expects one") {
  const auto recorder = new_recorder(), other = new_recorder();
  const auto& key = recorder->identity().key;
  CHECK(read(signed_frames(other, 300)).said.altered == 0);
  CHECK(read(signed_frames(other, 300), &key).said.altered > 0);
  CHECK(read(frames(300, 50), &key).said.altered == 1);
  Pieces stripped(signed_frames(recorder, 300));
  std::erase_if(stripped.records, [](const auto& record) { return record.first.type == RecordType::checkpoint; });
  CHECK(read(stripped.joined()).said.altered == 0);
  CHECK(read(stripped.joined(), &key).said.altered == 1);
}

TEST_CASE("checkpoints: damage is damage, and what is behind it is still judged") {
  const auto recorder = new_recorder();
  Bytes file = signed_frames(recorder, 1000);
  file[kSectionHeaderBytes + 10 * record_bytes(148) + 50] ^= std::byte{1};  // in the first span
  const Read got = read(file);
  CHECK(got.damage.records == 1);
  CHECK(got.said.altered == 0);
  CHECK(got.said.damaged == 1);
  CHECK(got.said.good == 8);
  CHECK(got.said.unverified == 249);  // from the second message to the one after 10 s
}

TEST_CASE("checkpoints: bytes that are no record do not keep a checkpoint from telling") {
  const auto recorder = new_recorder();
  Pieces pieces(signed_frames(recorder, 300));
  REQUIRE(pieces.records[3].first.type == RecordType::message);
  const std::size_t third = kSectionHeaderBytes + 2 * record_bytes(148) + record_bytes(kCheckpointBytes);
  const auto with_junk = [&](Bytes file) {
    file.insert(file.begin() + static_cast<std::ptrdiff_t>(third), 8, std::byte{});
    return read(file);
  };
  const Read honest = with_junk(pieces.joined());
  CHECK(honest.damage.bytes == 8);
  CHECK(honest.said.altered + honest.said.damaged == 0);
  CHECK(honest.said.unverified == 0);
  for (auto& [header, payload] : pieces.records) header.arrival_ns += 86'400'000'000'000;
  CHECK(with_junk(pieces.joined()).said.altered > 0);
}

TEST_CASE("checkpoints: with records missing, an index that stands all the same has the messages told") {
  const auto recorder = new_recorder();
  Bytes file = signed_frames(recorder, 600);
  const Pieces whole(file);
  std::size_t at = kSectionHeaderBytes;
  for (std::size_t i = 0; i < whole.first(RecordType::index); ++i) at += record_bytes(whole.records[i].second.size());
  file[at + kRecordHeaderBytes] ^= std::byte{1};
  const Read got = read(file, &recorder->identity().key);
  CHECK(got.damage.records == 1);
  CHECK(got.said.altered + got.said.damaged == 0);  // no message is missing, and the chain says so
  CHECK(got.said.unverified == 0);
}

TEST_CASE("checkpoints: a section without them and without an end is found out by who expects a recorder") {
  const auto recorder = new_recorder();
  const auto& key = recorder->identity().key;
  const Bytes nobodys = frames(300, 50, false), good = signed_frames(recorder, 300);
  CHECK(read(nobodys).said.altered == 0);
  CHECK(read(nobodys).said.unverified == 300);
  CHECK(read(nobodys, &key).said.altered > 0);
  CHECK(read(frames(5, 50, false), &key).said.altered == 1);
  for (const bool is_first : {false, true}) {
    CAPTURE(is_first);
    Bytes both = is_first ? nobodys : good;
    const Bytes& second = is_first ? good : nobodys;
    both.insert(both.end(), second.begin(), second.end());
    CHECK(read(both, &key).said.altered > 0);
    const Read anybody = read(both);
    CHECK(anybody.said.altered == 0);
    CHECK(anybody.said.unverified == 300);
  }
  // Without the header, too, and behind another section's end.
  const Bytes headless(nobodys.begin() + kSectionHeaderBytes, nobodys.end());
  CHECK(read(headless, &key).said.altered + read(headless, &key).said.damaged > 0);
  Bytes behind = good;
  behind.insert(behind.end(), headless.begin(), headless.end());
  CHECK(read(behind, &key).said.altered + read(behind, &key).said.damaged > 0);
}

TEST_CASE("checkpoints: a recorder that died left its last messages unsigned, fewer than a span, and no more pass") {
  const auto recorder = new_recorder();
  const auto& key = recorder->identity().key;
  SectionWriter writer(recorder);
  Bytes file;
  for (int i = 0; i < 600; ++i) {
    const std::uint64_t time = kStart + static_cast<std::uint64_t>(i) * kFrameNs;
    must(writer.add(Fake{.is_key = i % 50 == 0, .capture_ns = time}.message(), time, file));
    const Read got = read(file, &key);
    CAPTURE(i);
    REQUIRE(got.said.altered + got.said.damaged == 0);
    REQUIRE(got.said.unverified < SectionWriter::kSpanMessages);
    REQUIRE(got.messages == static_cast<std::uint64_t>(i + 1));
  }
  // Somebody goes on with it, as it would go on, but for the signatures.
  const Pieces whole(signed_frames(recorder, 1000, kFrameNs, 1000));
  const auto forged = [&](auto change) {
    Pieces pieces = whole;
    const std::size_t second = pieces.first(RecordType::checkpoint, pieces.first(RecordType::checkpoint) + 1);
    std::erase_if(pieces.records, [&, i = std::size_t{0}](const auto& record) mutable {
      return i++ > second && record.first.type != RecordType::message;
    });
    for (std::size_t i = second + 1; i < pieces.records.size(); ++i) change(pieces.records[i].first);
    Bytes bytes = pieces.joined();
    bytes.resize(bytes.size() - kFooterBytes);
    return read(bytes, &key).said.altered;
  };
  CHECK(forged([](RecordHeader&) {}) == 1);
  CHECK(forged([](RecordHeader& header) { header.arrival_ns = kStart; }) == 1);
  CHECK(forged([](RecordHeader& header) { header.is_repeated = true; }) == 1);
}

TEST_CASE("checkpoints: the signed start of a section comes once, and standing clocks hide a minute at most") {
  const auto recorder = new_recorder();
  const auto& key = recorder->identity().key;
  // The start of a section up to its first checkpoint, and so many messages as nobody signed them there.
  const auto started = [&](int count, std::uint64_t step_ns) {
    Pieces pieces(signed_frames(recorder, count + 10, step_ns));
    const std::size_t signed_part = pieces.first(RecordType::checkpoint);
    std::erase_if(pieces.records, [&, i = std::size_t{0}](const auto& record) mutable {
      return i++ > signed_part && record.first.type != RecordType::message;
    });
    pieces.records.resize(signed_part + 1 + static_cast<std::size_t>(count));
    for (auto& [header, payload] : pieces.records) header.arrival_ns = kStart;
    Bytes bytes = pieces.joined();
    bytes.resize(bytes.size() - kFooterBytes);
    return bytes;
  };
  const Bytes once = started(10, kFrameNs);
  CHECK(read(once, &key).said.altered == 0);
  CHECK(read(once, &key).said.unverified == 10);
  Bytes twice = once;
  twice.insert(twice.end(), once.begin(), once.end());
  CHECK(read(twice, &key).said.altered == 1);
  CHECK(read(twice).said.altered == 0);
  const Bytes whole = signed_frames(recorder, 300);
  RecordingFile file = file_of(whole);
  MessageReader again;  // who goes back to the start reads the same section, not another
  again.expect(key);
  CHECK(read_from(again, whole).said.altered == 0);
  again.jump(must(file.find(0)));
  CHECK(read_from(again, whole).said.altered == 0);
  CHECK(read(started(200, kFrameNs), &key).said.altered == 0);
  CHECK(read(started(200, 500'000'000), &key).said.altered == 1);
}

TEST_CASE("checkpoints: an index needs one right before it, and so does the end") {
  const auto recorder = new_recorder();
  const Pieces whole(signed_frames(recorder, 300));
  Pieces early = whole;
  const std::size_t index = early.first(RecordType::index);
  REQUIRE(early.records[index - 1].first.type == RecordType::checkpoint);
  early.erase(index - 1);
  early.records.resize(index - 1);  // up to the index, and no footer
  Bytes bytes = early.joined();
  bytes.resize(bytes.size() - kFooterBytes);
  CHECK(read(bytes, &recorder->identity().key).said.altered == 0);  // as a recorder leaves it that died
  early.records.push_back(whole.records[index]);
  bytes = early.joined();
  bytes.resize(bytes.size() - kFooterBytes);
  CHECK(read(bytes, &recorder->identity().key).said.altered == 1);
  Pieces late = whole;  // a message behind the last checkpoint
  late.records.insert(late.records.end() - 1, whole.records[0]);
  CHECK(read(late.joined()).said.altered == 1);
}

TEST_CASE("checkpoints: a section has one recorder, a file may have several") {
  const auto recorder = new_recorder(), other = new_recorder();
  Bytes file = signed_frames(recorder, 300);
  const Bytes second = signed_frames(other, 300);
  file.insert(file.end(), second.begin(), second.end());
  const Read both = read(file);
  CHECK(both.said.altered == 0);
  CHECK(both.said.recorders == std::vector{recorder->identity().key, other->identity().key});
  CHECK(read(file, &recorder->identity().key).said.altered > 0);
  // From the first checkpoint on somebody else signs, over what was signed before.
  Pieces pieces(signed_frames(recorder, 100));
  SectionId id;
  std::copy_n(pieces.head.begin() + 16, id.size(), id.begin());
  Chain chain;
  chain.begin(id);
  bool is_first = true;
  for (auto& [header, payload] : pieces.records) {
    if (header.type == RecordType::message) chain.add(header, payload);
    if (header.type != RecordType::checkpoint) continue;
    const auto is_last = unpack_checkpoint(payload)->is_last;
    Bytes again;
    chain.sign(std::exchange(is_first, false) ? *recorder : *other, is_last, again);
    payload = again;
  }
  CHECK(read(pieces.joined()).said.altered > 0);
}

TEST_CASE("checkpoints: who jumps into a recording judges from there on") {
  const auto recorder = new_recorder();
  const Bytes file = signed_frames(recorder, 1000);
  RecordingFile index = file_of(file);
  for (const std::uint64_t second : {0, 11, 25, 39}) {
    MessageReader reader;
    reader.expect(recorder->identity().key);
    reader.jump(must(index.find(second * 1'000'000'000)));
    const Read got = read_from(reader, file);
    CAPTURE(second);
    CHECK(got.said.altered == 0);
    CHECK(got.said.damaged == 0);
    CHECK(got.said.good >= 2);
    CHECK(got.said.unverified == 0);
  }
}

TEST_CASE("checkpoints: who jumps knows the section, and finds out what was altered in its first span, or brought in") {
  const auto recorder = new_recorder();
  const auto& key = recorder->identity().key;
  const Pieces whole(signed_frames(recorder, 1000)), other(signed_frames(recorder, 1000));
  const auto after_jump = [&](const Bytes& file, std::uint64_t second) {
    MessageReader reader;
    reader.expect(key);
    reader.jump(must(file_of(file).find(second * 1'000'000'000)));
    return read_from(reader, file).said;
  };
  Pieces changed = whole;
  for (auto& [header, payload] : changed.records)
    if (header.type == RecordType::message) header.arrival_ns += 1;
  Pieces of_other = other;
  of_other.head = whole.head;
  for (const std::uint64_t second : {0, 11, 25, 39}) {
    CAPTURE(second);
    CHECK(after_jump(whole.joined(), second).altered == 0);
    for (const Pieces* bad : {&changed, &of_other}) {
      const Checkpoints said = after_jump(bad->joined(), second);
      CHECK(said.altered > 0);
      CHECK(said.damaged == 0);
    }
    const Checkpoints nobodys = after_jump(frames(1000, 50, false), second);
    CHECK(nobodys.altered + nobodys.damaged > 0);
  }
}
