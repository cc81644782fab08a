// libFuzzer: the parsers of runtime/seal. The first byte says which; what they accept must say the same when
// written again.
#include <algorithm>
#include <cstdlib>

#include "seal/announcement.h"
#include "seal/fields.h"
#include "seal/key_file.h"
#include "seal/pinned_list.h"
#include "seal/sframe_header.h"

namespace {

using namespace lc;
using namespace lc::seal;

void expect(bool good) {
  if (!good) std::abort();
}

void sframe_header(ByteSpan bytes) {
  const auto unpacked = unpack_sframe_header(bytes);
  if (!unpacked) return;
  std::array<std::byte, kMaxSframeHeaderBytes> again;
  const std::size_t size = pack(unpacked->header, again);
  expect(size == unpacked->size &&
         std::equal(again.begin(), again.begin() + static_cast<std::ptrdiff_t>(size), bytes.begin()));
}

void wire_header(ByteSpan bytes) {
  auto header = unpack_wire_header(bytes);
  if (!header || header->size != kWireHeaderBytes) return;
  std::array<std::byte, kWireHeaderBytes> again;
  pack(*header, again);
  expect(std::equal(again.begin(), again.end(), bytes.begin()));
}

void fields(ByteSpan bytes) {
  const auto unpacked = unpack_fields(bytes);
  if (!unpacked) return;
  std::array<std::byte, kMaxFieldsBytes> again;
  const auto size = pack(unpacked->fields, again);
  expect(size.has_value());
  const auto once_more = unpack_fields(ByteSpan(again).first(*size));
  expect(once_more && once_more->fields.description == unpacked->fields.description &&
         once_more->fields.record == unpacked->fields.record);
}

// As if the signature had been good: the fuzzer cannot sign.
void announcement(ByteSpan bytes) {
  static const ReceiverIdentity receiver = *ReceiverIdentity::generate("fuzz");
  const auto unpacked = unpack_announcement(bytes);
  if (!unpacked) return;
  std::array<std::byte, kBaseKeyBytes> base_key;
  expect(open_boxes(*unpacked, receiver, base_key) != Verdict::new_session);
}

void texts(ByteSpan bytes) {
  (void)parse_receivers(as_text(bytes));
  (void)parse_devices(as_text(bytes));
  (void)parse_public_key(as_text(bytes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool is_ready = ready().has_value();
  if (!is_ready || size == 0) return 0;
  const ByteSpan bytes(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
  switch (data[0] % 5) {
    case 0:
      sframe_header(bytes);
      break;
    case 1:
      wire_header(bytes);
      break;
    case 2:
      fields(bytes);
      break;
    case 3:
      announcement(bytes);
      break;
    default:
      texts(bytes);
      break;
  }
  return 0;
}
