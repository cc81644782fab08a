#include "seal/recording/index.h"

namespace lc::recording {
namespace {

constexpr std::size_t kEntryBytes = 36, kSpanBytes = 24;

// Players count in 63 bits.
bool is_time(std::uint64_t ns) { return ns <= std::uint64_t{1} << 62; }

bool is_indexed(seal::MessageType type) {
  return type == seal::MessageType::frame || type == seal::MessageType::announcement;
}

// The count before a list whose items take `item` bytes each, if the payload ends with the list.
std::optional<std::uint32_t> count_of(Reader& reader, std::size_t item) {
  const auto count = reader.big<std::uint32_t>();
  if (!count || reader.remaining() != *count * item) return std::nullopt;
  return *count;
}

}  // namespace

void append_index(const Index& index, Bytes& out) {
  Writer writer(out);
  for (const std::uint64_t field : {index.begin, index.at, index.before, index.position, index.end_ns, index.frames})
    writer.big(field);
  writer.big(static_cast<std::uint32_t>(index.entries.size()));
  for (const IndexEntry& entry : index.entries) {
    writer.big(entry.number);
    writer.big(entry.position);
    writer.big(entry.offset);
    writer.bytes(entry.sender);
    writer.big(static_cast<std::uint8_t>(entry.type));
    writer.big(std::uint8_t{0});
  }
}

void append_end(const End& end, Bytes& out) {
  Writer writer(out);
  writer.big(end.end_ns);
  writer.big(end.frames);
  writer.big(static_cast<std::uint32_t>(end.spans.size()));
  for (const Span& span : end.spans) {
    writer.big(span.begin);
    writer.big(span.end);
    writer.big(span.position);
  }
}

std::optional<Index> unpack_index(ByteSpan payload) {
  Reader reader(payload);
  Index index;
  for (std::uint64_t* field : {&index.begin, &index.at, &index.before, &index.position, &index.end_ns, &index.frames}) {
    const auto value = reader.big<std::uint64_t>();
    if (!value) return std::nullopt;
    *field = *value;
  }
  const auto count = count_of(reader, kEntryBytes);
  // Each index lies behind the one before it, so that a chain of them ends.
  const bool is_in_order = index.begin < index.at && (index.before == 0 || index.before < index.begin);
  if (!count || *count > kMaxIndexEntries || !is_in_order || !is_time(index.end_ns) || !is_time(index.position))
    return std::nullopt;
  index.entries.resize(*count);
  IndexEntry before;
  before.offset = index.begin;
  for (IndexEntry& entry : index.entries) {
    entry.number = *reader.big<std::uint64_t>();
    entry.position = *reader.big<std::uint64_t>();
    entry.offset = *reader.big<std::uint64_t>();
    entry.sender = *reader.take_array<std::tuple_size_v<Sender>>();
    entry.type = static_cast<seal::MessageType>(*reader.big<std::uint8_t>());
    (void)reader.big<std::uint8_t>();
    if (!is_indexed(entry.type) || !is_time(entry.position) || entry.number < before.number || entry.offset < before.offset) return std::nullopt;
    before = entry;
  }
  return index;
}

std::optional<End> unpack_end(ByteSpan payload) {
  Reader reader(payload);
  End end;
  const auto end_ns = reader.big<std::uint64_t>();
  const auto frames = reader.big<std::uint64_t>();
  if (!end_ns || !frames || !is_time(*end_ns)) return std::nullopt;
  end.end_ns = *end_ns;
  end.frames = *frames;
  const auto count = count_of(reader, kSpanBytes);
  if (!count || *count > kMaxSpans) return std::nullopt;
  end.spans.resize(*count);
  Span before;
  for (Span& span : end.spans) {
    span.begin = *reader.big<std::uint64_t>();
    span.end = *reader.big<std::uint64_t>();
    span.position = *reader.big<std::uint64_t>();
    if (span.begin < before.end || span.end <= span.begin || !is_time(span.position) || span.position < before.position) return std::nullopt;
    before = span;
  }
  return end;
}

}  // namespace lc::recording
