// A published system behind the interface of the studied ciphers: pictures in, what is sent of them out. So whatever is
// measured of a cipher on pictures is measured of a whole system.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "cli/study_statistics.h"
#include "study/cipher.h"
#include "study/pixel_cipher.h"

namespace lc::cli {

// Statistics and key sensitivity of what a whole system sends of the first few pictures.
//   make      PaperCipher of any key
//   columns   the bytes stand in rows of so many, for correlations
//   key_bits  that are turned round, one after the other; 0: the key has none that could be
Result<StudiedStatistics> stream_study(const study::MakeCipher& make, ByteSpan secret, std::span<const Image> pictures,
                                       int columns, std::size_t key_bits);
inline constexpr std::size_t kKeyBits = 8;  // of whole systems, whose networks take their time

// Between pictures and what is encrypted of them.
struct PictureCoder {
  std::function<Result<>(const ImageView& picture, Bytes& coded)> encode;  // replaces `coded`
  std::function<Result<>(ByteSpan coded, const MutableImageView& picture)> decode;
  std::optional<study::Shape> shape;  // of what is coded; without: bytes, as many as the last picture became
};

class PaperCipher : public study::Cipher {
 public:
  // coder   outlives this, shared by ciphers of other keys: one thread for all
  // mask    over the pixels before they are coded; `unmasks`: and taken away behind the decoder
  PaperCipher(const PictureCoder& coder, std::unique_ptr<study::Cipher> cipher,
              std::optional<study::PixelCipher> mask = {}, bool unmasks = false, study::KeySpace mask_keys = {})
      : coder_(coder), cipher_(std::move(cipher)), mask_(std::move(mask)), unmasks_(unmasks), mask_keys_(mask_keys) {}

  std::string_view name() const override { return cipher_->name(); }
  // Of the mask where there is one.
  study::KeySpace key_space(const study::Shape& shape) const override;
  Result<> encrypt(const study::Frame& plain, Bytes& out) override;
  // A picture comes back with losses; black where the decoder takes no such latent, which is no refusal of the cipher's.
  Result<> decrypt(ByteSpan cipher, const study::Shape& shape, Bytes& out) override;

 private:
  study::Shape coded_shape() const;

  const PictureCoder& coder_;
  std::unique_ptr<study::Cipher> cipher_;
  std::optional<study::PixelCipher> mask_;
  bool unmasks_;
  study::KeySpace mask_keys_;
  Bytes masked_, coded_;
};

}  // namespace lc::cli
