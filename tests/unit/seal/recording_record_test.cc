#include "seal/recording/record.h"

#include <algorithm>
#include <random>

#include "unit/seal/recording_support.h"

using namespace lc;
using namespace lc::recording;
using namespace lc::recording::test;

namespace {

Bytes joined(ByteSpan a, ByteSpan b) {
  Bytes out(a.begin(), a.end());
  out.insert(out.end(), b.begin(), b.end());
  return out;
}

// The messages of `found` are those of `whole` in order, some left out; says how many.
std::size_t lost(const Found& whole, const Found& found) {
  std::size_t at = 0;
  for (const Bytes& message : found.messages) {
    while (at < whole.messages.size() && whole.messages[at] != message) ++at;
    REQUIRE(at < whole.messages.size());
    ++at;
  }
  return whole.messages.size() - found.messages.size();
}

}  // namespace

TEST_CASE("recording records: what was written is found, in pieces of any size") {
  const Bytes bytes = frames(600, 50);
  const Found whole = scan(bytes);
  CHECK(whole.messages.size() == 600);
  CHECK(whole.sections == 1);
  CHECK(whole.indexes == 3);
  CHECK(whole.ends == 1);
  CHECK(whole.footers == 1);
  CHECK(whole.damaged == 0);
  for (std::size_t i = 0; i < whole.records.size(); ++i) CHECK(whole.records[i].arrival_ns == kStart + i * kFrameNs);
  for (const std::size_t piece : {1, 7, 31, 1000, 65536}) {
    const Found found = scan(bytes, piece);
    CHECK(found.messages == whole.messages);
    CHECK(found.damaged == 0);
  }
}

TEST_CASE("recording records: the layout is that of FORMAT.md") {
  const Bytes bytes = frames(1, 1);
  CHECK(as_text(ByteSpan(bytes).first(8)) == "LCREC1\r\n");
  CHECK(to_hex(ByteSpan(bytes).subspan(8, 8)) == "0001000000000040");
  CHECK(to_hex(ByteSpan(bytes).subspan(64, 12)) == "4c4352c50100000000000094");
  CHECK(to_hex(ByteSpan(bytes).subspan(76, 8)) == "0000000000000000");
  CHECK(as_text(ByteSpan(bytes).last(8)) == "LCRECEND");
  CHECK(bytes.size() % 8 == 0);
}

TEST_CASE("recording records: cut at every offset, all whole records are found") {
  const Bytes bytes = frames(20, 5);
  const Found whole = scan(bytes);
  const std::size_t record = record_bytes(148);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Found found = scan(ByteSpan(bytes).first(size));
    const std::size_t expected = size < 64 ? 0 : std::min<std::size_t>(20, (size - 64) / record);
    REQUIRE(found.messages.size() == expected);
    REQUIRE(lost(whole, found) == 20 - expected);
  }
}

TEST_CASE("recording records: 10^4 random byte errors lose at most one record each") {
  const Bytes bytes = frames(300, 50);
  const Found whole = scan(bytes);
  std::mt19937 random(11);
  for (int i = 0; i < 10'000; ++i) {
    Bytes damaged = bytes;
    damaged[random() % damaged.size()] ^= static_cast<std::byte>(1 + random() % 255);
    const Found found = scan(damaged);
    REQUIRE(lost(whole, found) <= 1);
  }
}

TEST_CASE("recording records: a section appended to one that was cut anywhere is found whole") {
  const Bytes first = frames(3, 1, false), second = frames(2, 1);
  for (std::size_t size = 0; size <= first.size(); ++size) {
    const Bytes both = joined(ByteSpan(first).first(size), second);
    const Found found = scan(both);
    const std::size_t expected = size < 64 ? 0 : (size - 64) / record_bytes(148);
    REQUIRE(found.messages.size() == expected + 2);
    REQUIRE(found.sections == (size < 64 ? 1 : 2));
  }
}

TEST_CASE("recording records: bytes of no meaning are damage, and end") {
  std::mt19937 random(3);
  Bytes noise(5000);
  for (auto& b : noise) b = static_cast<std::byte>("LCR\xc5"[random() % 4]);
  const Found found = scan(noise);
  CHECK(found.messages.empty());
  CHECK(found.damaged == noise.size());
}

TEST_CASE("recording records: a file of records that claim each other costs linear time") {
  // Each header is right and claims the next 8 MiB; no payload has its sum. Without a limit these were 1 TB of sums.
  Bytes header;
  append_record({}, Bytes(8 << 20), header);
  header.resize(kRecordHeaderBytes);
  Bytes hostile;
  for (int i = 0; i < 500'000; ++i) hostile.insert(hostile.end(), header.begin(), header.end());
  CHECK(scan(hostile).messages.empty());
  Bytes file;
  append_section_header({}, file);
  file.insert(file.end(), hostile.begin(), hostile.end());
  CHECK(file_of(file).sections() == 1);
}
