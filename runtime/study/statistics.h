// What statistics say of a cipher's output on one picture, each at the level 0.05: a random string fails one test in
// twenty. They can show weakness, never strength.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "study/cipher.h"

namespace lc::study {

inline constexpr std::string_view kStatisticsWarning = "Statistics can show weakness, never strength.";

enum class Outcome { passed, failed, told };  // told: nobody has said which values are good enough

struct Statistic {
  std::string metric;
  double value = 0;
  std::string expected;  // in words, with numbers
  Outcome outcome = Outcome::told;
};

// A cipher under a key; two of one key begin alike, so that a nonce comes again.
using MakeCipher = std::function<Result<std::unique_ptr<Cipher>>(ByteSpan secret)>;

// Of the ciphertext's bytes; where a metric compares with the picture, of the first so many. NPCR and UACI compare the
// ciphertexts of the picture and of the same with the lowest bit of one byte turned round: under one key and nonce, and
// as the cipher is used (one picture after the other).
//   picture  gray8 or rgb, 256 x 256 or larger for all metrics; what too few bytes say nothing of is left out
//   errors   those of the cipher
Result<std::vector<Statistic>> statistics(const MakeCipher& make, ByteSpan secret, const Image& picture);

// Those of them that ask nothing of a ciphertext but its bytes, which need not be as many as the picture's; of two that
// are not of one length, the beginnings are compared.
//   columns  the bytes stand in rows of so many, for correlations; in halves of such rows where they are wider than
//            pictures can be
Result<std::vector<Statistic>> stream_statistics(const MakeCipher& make, ByteSpan secret, const Image& picture,
                                                 int columns);

// Each of the first `bits` bits of the key flipped alone: the least NPCR of the ciphertexts, the mean UACI, and what
// the picture decrypted with the wrong key looks like (refused, or its PSNR).
struct KeySensitivity {
  std::size_t keys = 0, refused = 0;
  double least_npcr = 0, mean_uaci = 0;  // per cent
  double most_psnr = 0;                  // dB, of wrong keys that were not refused; 0 where all were
};
Result<KeySensitivity> key_sensitivity(const MakeCipher& make, ByteSpan secret, const Image& picture,
                                       std::size_t bits = 256);

}  // namespace lc::study
