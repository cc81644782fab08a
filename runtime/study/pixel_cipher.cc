#include "study/pixel_cipher.h"

#include "study/published.h"

namespace lc::study {
namespace {

constexpr int kScale = 255;

}  // namespace

Result<PixelCipher> PixelCipher::create(const std::string& name, ByteSpan secret) {
  if (name != "xor-mask" && name != "logistic-chaos")
    return fail(Errc::invalid_config, "'{}' does not make pictures of pictures; known: xor-mask, logistic-chaos", name);
  LC_TRY(make_cipher({name, "", ""}, secret));  // says what is wrong with the secret
  PixelCipher out;
  if (name == "xor-mask")
    out.mask_.emplace(secret);
  else
    out.chaos_.emplace(LC_TRY(ChaosKey::create(secret)), ChaosVariant::double_precision);
  return out;
}

Result<> PixelCipher::apply(const Frame& picture, bool inverse, Bytes& out) {
  if (mask_) return mask_->encrypt(picture, out);
  LC_TRY(need_bytes(picture.shape, chaos_->name()));
  out.resize(picture.bytes.size());
  if (inverse)
    chaos_->restore(picture, kScale, out);
  else
    chaos_->scramble(picture, kScale, out);
  return {};
}

}  // namespace lc::study
