#include "cli/paper_cipher.h"

#include <algorithm>

#include "study/attack.h"

namespace lc::cli {
namespace {

constexpr std::size_t kStudiedPictures = 8;

Image blank(const study::Shape& shape) {
  return Image::make(shape.channels == 3 ? PixelFormat::rgb : PixelFormat::gray8, shape.width, shape.height);
}

}  // namespace

study::Shape PaperCipher::coded_shape() const {
  return coder_.shape.value_or(study::Shape{static_cast<int>(coded_.size()), 1});
}

study::KeySpace PaperCipher::key_space(const study::Shape& shape) const {
  return mask_ ? mask_keys_ : cipher_->key_space(coder_.shape.value_or(shape));
}

Result<> PaperCipher::encrypt(const study::Frame& plain, Bytes& out) {
  if (mask_) LC_TRY(mask_->apply(plain, false, masked_));
  const Image picture = study::picture_of(mask_ ? ByteSpan(masked_) : plain.bytes, blank(plain.shape));
  LC_TRY(coder_.encode(picture.view(), coded_));
  return cipher_->encrypt({coded_shape(), coded_}, out);
}

Result<> PaperCipher::decrypt(ByteSpan cipher, const study::Shape& shape, Bytes& out) {
  Bytes coded;
  LC_TRY(cipher_->decrypt(cipher, coded_shape(), coded));
  Image picture = blank(shape);
  if (!coder_.decode(coded, picture.mutable_view())) picture = blank(shape);
  const study::Frame frame = study::frame_of(picture);
  if (mask_ && unmasks_) return mask_->apply(frame, true, out);
  out.assign(frame.bytes.begin(), frame.bytes.end());
  return {};
}

Result<StudiedStatistics> stream_study(const study::MakeCipher& make, ByteSpan secret, std::span<const Image> pictures,
                                       int columns, std::size_t key_bits) {
  StudiedStatistics out;
  out.metrics =
      LC_TRY(over_pictures(pictures.first(std::min(pictures.size(), kStudiedPictures)), [&](const Image& picture) {
        return study::stream_statistics(make, secret, picture, columns);
      }));
  if (key_bits > 0) out.key_sensitivity = LC_TRY(study::key_sensitivity(make, secret, pictures[0], key_bits));
  out.key_space = LC_TRY(make(secret))->key_space(study::frame_of(pictures[0]).shape);
  return out;
}

}  // namespace lc::cli
