// Messages and recordings for the tests of recordings.
#pragma once

#include <cstring>
#include <vector>

#include "seal/recording/recording_file.h"
#include "seal/recording/section_writer.h"
#include "unit/seal/fixture.h"

namespace lc::recording::test {

using seal::test::must;

inline constexpr std::uint64_t kStart = 1'795'248'000'000'000'000;  // ns since 1970
inline constexpr std::uint64_t kFrameNs = 40'000'000;

// A message that looks like one from outside; nobody can open it.
struct Fake {
  seal::MessageType type = seal::MessageType::frame;
  bool is_key = false;
  std::uint64_t capture_ns = kStart;
  int session = 1;
  std::uint16_t stream = 0;
  std::size_t payload = 100;

  Bytes message() const {
    seal::WireHeader header;
    header.type = type;
    header.stream = stream;
    header.is_key_frame = is_key;
    header.capture_ns = capture_ns;
    header.session.fill(static_cast<std::byte>(session));
    Bytes out(seal::kWireHeaderBytes + payload, static_cast<std::byte>(payload));
    seal::pack(header, std::span<std::byte, seal::kWireHeaderBytes>(out.data(), seal::kWireHeaderBytes));
    return out;
  }
};

// Frames every 40 ms, or another step, with a key frame every `key_interval`.
inline Bytes frames(int count, int key_interval, bool ends = true, std::uint64_t step_ns = kFrameNs) {
  SectionWriter writer;
  Bytes out;
  for (int i = 0; i < count; ++i) {
    const std::uint64_t time = kStart + static_cast<std::uint64_t>(i) * step_ns;
    must(writer.add(Fake{.is_key = i % key_interval == 0, .capture_ns = time}.message(), time, out));
  }
  if (ends) writer.finish(kStart, out);
  return out;
}

// The bytes must outlive it.
inline ReadAt reader_of(ByteSpan bytes) {
  return [bytes](std::uint64_t offset, std::span<std::byte> out) -> Result<std::size_t> {
    if (offset >= bytes.size()) return std::size_t{0};
    const std::size_t size = std::min<std::size_t>(out.size(), bytes.size() - offset);
    std::memcpy(out.data(), bytes.data() + offset, size);
    return size;
  };
}

inline RecordingFile file_of(ByteSpan bytes) { return must(RecordingFile::open(reader_of(bytes), bytes.size())); }

// What a scanner finds when the bytes come in pieces of `piece`.
struct Found {
  std::vector<Bytes> messages;
  std::vector<RecordHeader> records;  // of messages
  std::size_t sections = 0, indexes = 0, ends = 0, footers = 0, damaged = 0;
};
inline Found scan(ByteSpan bytes, std::size_t piece = ~std::size_t{0}) {
  Found found;
  Scanner scanner;
  std::size_t at = 0, have = std::min(piece, bytes.size());
  while (at < bytes.size()) {
    const Item item = scanner.next(bytes.subspan(at, have - at), have == bytes.size());
    if (item.kind == Item::Kind::need_more) {
      REQUIRE(have < bytes.size());
      have = std::min(have + piece, bytes.size());
      continue;
    }
    REQUIRE(item.size > 0);
    REQUIRE(item.size <= have - at);
    at += item.size;
    switch (item.kind) {
      case Item::Kind::section:
        ++found.sections;
        break;
      case Item::Kind::footer:
        ++found.footers;
        break;
      case Item::Kind::damage:
        found.damaged += item.size;
        break;
      default:
        found.indexes += item.record.type == RecordType::index ? 1 : 0;
        found.ends += item.record.type == RecordType::end ? 1 : 0;
        if (item.record.type != RecordType::message) break;
        found.messages.emplace_back(item.payload.begin(), item.payload.end());
        found.records.push_back(item.record);
    }
  }
  return found;
}

}  // namespace lc::recording::test
