#include "study/xor_mask.h"

namespace lc::study {

KeySpace XorMask::key_space(const Shape& shape) const {
  return {8.0 * static_cast<double>(shape.bytes()),
          "a bit of mask for each bit of picture; worth nothing at its second use"};
}

Result<> XorMask::encrypt(const Frame& plain, Bytes& out) {
  const ByteSpan mask = LC_TRY(mask_.first(plain.bytes.size()));
  out.resize(plain.bytes.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = plain.bytes[i] ^ mask[i];
  return {};
}

Result<> XorMask::decrypt(ByteSpan cipher, const Shape& shape, Bytes& out) {
  LC_TRY(need_size(cipher, shape.bytes(), name()));
  return encrypt({shape, cipher}, out);
}

}  // namespace lc::study
