// libFuzzer: any bytes as a recording, whole and in pieces, from the start and after jumps. The first byte says whether
// check sums are made right first, so that what stands behind them is reached, too.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/crc32c.h"
#include "seal/recording/message_reader.h"

namespace {

using namespace lc;

// Number of messages, fed in pieces.
std::size_t read_all(recording::MessageReader& reader, ByteSpan file, std::size_t piece) {
  std::size_t messages = 0;
  for (;;) {
    const std::size_t left = file.size() - std::min<std::size_t>(file.size(), reader.end());
    const std::size_t size = std::min(std::max(piece, reader.wanted()), left);
    if (size > 0) std::memcpy(reader.feed(size).data(), file.data() + reader.end() - size, size);
    while (const auto message = reader.next(size == left)) {
      ++messages;
      if (message->bytes.size() < seal::kWireHeaderBytes) std::abort();
    }
    if (size == left) return messages;
  }
}

void put_sum(std::span<std::byte> bytes, std::size_t from, std::size_t to) {
  if (to + 4 > bytes.size()) return;
  const std::uint32_t sum = crc32c(ByteSpan(bytes).subspan(from, to - from));
  for (std::size_t i = 0; i < 4; ++i) bytes[to + i] = static_cast<std::byte>(sum >> (24 - 8 * i));
}

void make_sums_right(std::span<std::byte> bytes) {
  for (std::size_t at = 0; at + recording::kRecordHeaderBytes <= bytes.size(); ++at) {
    const auto text = as_text(ByteSpan(bytes).subspan(at));
    if (text.starts_with("LCREC1\r\n")) put_sum(bytes, at, at + recording::kSectionHeaderBytes - 4);
    if (!text.starts_with("LCR\xc5")) continue;
    put_sum(bytes, at, at + recording::kRecordHeaderBytes - 4);
    const auto header = recording::unpack_record_header(ByteSpan(bytes).subspan(at));
    if (!header) continue;
    const std::size_t payload = at + recording::kRecordHeaderBytes;
    put_sum(bytes, payload, payload + header->length);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto* const begin = reinterpret_cast<const std::byte*>(data);
  Bytes bytes(begin + 1, begin + size);
  if (data[0] & 1) make_sums_right(bytes);
  recording::MessageReader whole, pieces;
  if (read_all(whole, bytes, size) != read_all(pieces, bytes, 37)) std::abort();
  auto file = recording::RecordingFile::open(
      [&bytes](std::uint64_t offset, std::span<std::byte> out) -> Result<std::size_t> {
        if (offset >= bytes.size()) return std::size_t{0};
        const std::size_t count = std::min<std::size_t>(out.size(), bytes.size() - static_cast<std::size_t>(offset));
        std::memcpy(out.data(), bytes.data() + offset, count);
        return count;
      },
      bytes.size());
  if (!file) return 0;
  for (const std::uint64_t position : {std::uint64_t{0}, file->duration() / 2, ~std::uint64_t{0}}) {
    const auto landing = file->find(position);
    if (!landing) continue;
    recording::MessageReader reader;
    reader.jump(*landing);
    (void)read_all(reader, bytes, 100);
  }
  return 0;
}
