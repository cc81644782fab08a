#include "base/text.h"

#include <cstddef>

namespace lc {
namespace {

// Bytes of the code point that begins with `lead`, and the smallest value that needs as many; 0: no lead
// byte.
int sequence_length(unsigned char lead, unsigned& bits, unsigned& smallest) {
  if (lead < 0x80) return bits = lead, smallest = 0, 1;
  if (lead >> 5 == 0x6) return bits = lead & 0x1f, smallest = 0x80, 2;
  if (lead >> 4 == 0xe) return bits = lead & 0x0f, smallest = 0x800, 3;
  if (lead >> 3 == 0x1e) return bits = lead & 0x07, smallest = 0x10000, 4;
  return 0;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    unsigned bits = 0, smallest = 0;
    const int length = sequence_length(static_cast<unsigned char>(text[i]), bits, smallest);
    if (length == 0 || text.size() - i < static_cast<std::size_t>(length)) return false;
    for (int k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]);
      if (next >> 6 != 0x2) return false;
      bits = (bits << 6) | (next & 0x3f);
    }
    if (bits < smallest || bits > 0x10ffff || (bits >= 0xd800 && bits < 0xe000)) return false;
    i += static_cast<std::size_t>(length);
  }
  return true;
}

bool is_plain_text(std::string_view text) {
  unsigned char before = 0;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    const bool is_c1 = before == 0xc2 && byte < 0xa0;
    if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f || is_c1) return false;
    before = byte;
  }
  return is_utf8(text);
}

bool is_plain_name(std::string_view text) {
  return text.find_first_of("\n\t") == std::string_view::npos && is_plain_text(text);
}

}  // namespace lc
