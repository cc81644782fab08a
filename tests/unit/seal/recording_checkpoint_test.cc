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
                    std::uint64_t step_ns = kFrameNs) {
  SectionWriter writer(recorder);
  Bytes out;
  for (int i = 0; i < count; ++i) {
    const std::uint64_t time = kStart + static_cast<std::uint64_t>(i) * step_ns;
    must(writer.add(Fake{.is_key = i % 50 == 0, .capture_ns = time}.message(), time, out));
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
  CHECK(all.said.good == 8);  // at the ends of four spans, within three that are longer than 10 s, and at the end
  CHECK(all.said.recorder == key);
  CHECK(read(signed_frames(recorder, 10, 10'000'000'000), &key).said.good == 11);
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
  CHECK(got.said.good == 7);
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
  }
}
