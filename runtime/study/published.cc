#include "study/published.h"

#include <algorithm>

#include "base/suggest.h"
#include "study/additive_square.h"
#include "study/aes_features.h"
#include "study/logistic_chaos.h"
#include "study/rsa_lsb.h"
#include "study/xor_mask.h"

namespace lc::study {

const std::vector<PublishedCipher>& published_ciphers() {
  static const std::vector<PublishedCipher> all{
      {"xor-mask", {"fixed"}, "P2", "each byte XOR a secret mask, the same for all pictures"},
      {"additive-square", {"figure", "text"}, "P1", "a secret image is added and the sum squared"},
      {"logistic-chaos",
       {"double", "single", "probabilistic"},
       "P4",
       "blocks repositioned, then XOR with an orbit of the logistic map, scaled by the picture's maximum"},
      {"aes-features",
       {"cbc", "cbc-fixed-iv", "ctr", "ctr-fixed-nonce", "ecb"},
       "P3",
       "AES-256 row by row with 256 keys, without authentication"},
      {"rsa-lsb", {"textbook", "oaep"}, "P5", "a message in the lowest bits, then RSA on the picture", true},
      {"none", {"clear"}, "P2", "latents as they are: \"already encryption\""}};
  return all;
}

Result<const PublishedCipher*> find_cipher(CipherChoice& choice) {
  const auto& all = published_ciphers();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& c) { return c.name == choice.name; });
  if (found == all.end()) {
    std::vector<std::string> names;
    for (const auto& c : all) names.push_back(c.name);
    return fail(Errc::invalid_config, "no cipher '{}' is studied; known: {}{}", choice.name, list_of(names),
                did_you_mean(choice.name, names));
  }
  if (choice.variant.empty()) choice.variant = found->variants.front();
  if (std::find(found->variants.begin(), found->variants.end(), choice.variant) == found->variants.end())
    return fail(Errc::invalid_config, "{} has no variant '{}'; known: {}{}", choice.name, choice.variant,
                list_of(found->variants), did_you_mean(choice.variant, found->variants));
  return &*found;
}

namespace {

// What P2 does with the latents of masked pictures.
class Clear : public Cipher {
 public:
  std::string_view name() const override { return "none"; }
  KeySpace key_space(const Shape&) const override { return {0, "there is no key"}; }
  Result<> encrypt(const Frame& plain, Bytes& out) override {
    out.assign(plain.bytes.begin(), plain.bytes.end());
    return {};
  }
  Result<> decrypt(ByteSpan cipher, const Shape& shape, Bytes& out) override {
    LC_TRY(need_size(cipher, shape.bytes(), name()));
    out.assign(cipher.begin(), cipher.end());
    return {};
  }
};

template <class T>
std::unique_ptr<Cipher> boxed(T cipher) {
  return std::make_unique<T>(std::move(cipher));
}

AesVariant aes_variant(const std::string& name) {
  if (name == "cbc") return AesVariant::cbc;
  if (name == "cbc-fixed-iv") return AesVariant::cbc_fixed_iv;
  if (name == "ctr") return AesVariant::ctr;
  return name == "ecb" ? AesVariant::ecb : AesVariant::ctr_fixed_nonce;
}

ChaosVariant chaos_variant(const std::string& name) {
  if (name == "probabilistic") return ChaosVariant::probabilistic;
  return name == "single" ? ChaosVariant::single_precision : ChaosVariant::double_precision;
}

}  // namespace

Result<std::unique_ptr<Cipher>> make_cipher(CipherChoice choice, ByteSpan secret) {
  const PublishedCipher& row = *LC_TRY(find_cipher(choice));
  if (!choice.message.empty() && row.name != "rsa-lsb")
    return fail(Errc::invalid_config, "{} hides no message; rsa-lsb does", row.name);
  if (row.name == "none") return boxed(Clear());
  if (row.name == "rsa-lsb")
    return boxed(LC_TRY(RsaLsb::create(
        secret, choice.variant == "oaep" ? RsaKey::Padding::oaep : RsaKey::Padding::textbook, choice.message)));
  if (secret.size() < kLeastSecretBytes)
    return fail(Errc::invalid_config, "a secret of {} bytes; {} needs {} or more: head -c 32 /dev/urandom > study.key",
                secret.size(), row.name, kLeastSecretBytes);
  if (row.name == "xor-mask") return boxed(XorMask(secret));
  if (row.name == "additive-square")
    return boxed(AdditiveSquare(secret, choice.variant == "text" ? SquareReading::text : SquareReading::figure));
  if (row.name == "aes-features") return boxed(LC_TRY(AesFeatures::create(secret, aes_variant(choice.variant))));
  return boxed(LogisticChaos(LC_TRY(ChaosKey::create(secret)), chaos_variant(choice.variant)));
}

}  // namespace lc::study
