// What an attack on a published cipher gives, and the attack that fits all of them.
//
// Attacks of one cipher are in attack_<cipher>.h. Each plays both sides: the victim encrypts with its key, the attacker
// works with what `needs` says and nothing else, and the result is compared with what the victim knows.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "study/cipher.h"

namespace lc::study {

enum class Verdict {
  none,          // "no attack implemented"; of a single attack: a weakness that alone breaks nothing
  no_integrity,  // "NO INTEGRITY": altered or foreign pictures are taken for real ones
  broken,        // "BROKEN": pictures or keys come out
};
std::string_view to_string(Verdict verdict);

enum class Aim : std::uint8_t {
  read,
  alter
};  // what an attack is after: what was secret, or what the receiver believes

struct AttackResult {
  std::string name;
  std::string needs;     // "1 known frame"
  std::string result;    // a sentence with numbers
  double recovered = 0;  // share of what was secret, or of tries that went through: 0..1
  double seconds = 0;    // the attacker's work
  Verdict shows = Verdict::none;
  Aim aim = Aim::read;
  bool was_tried = true;  // no: `result` says why
};
using AttackResults = std::vector<AttackResult>;

// The worst of them.
Verdict verdict_of(std::span<const AttackResult> results);
// The one that shows that with the least work; null where nothing is shown.
const AttackResult* best_of(std::span<const AttackResult> results);

// Flips one bit of a ciphertext, `tries` times, and counts what the receiver takes without an error.
//   cipher  of the victim's, of a frame of this shape; or made of a part of the picture of at most 64 x 64
Result<AttackResult> attack_integrity(Cipher& victim, Bytes cipher, const Shape& shape, int tries = 1000);
Result<AttackResult> attack_integrity(Cipher& victim, const Image& picture, int tries = 1000);

// For those who write attacks.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

Bytes xor_of(ByteSpan a, ByteSpan b);                        // of one size
double share_equal(ByteSpan a, ByteSpan b);                  // bytes that agree, 0..1; of one size
double psnr_of(ByteSpan a, ByteSpan b);                      // dB, kIdenticalDb where nothing differs
std::string decibels(double psnr);                           // "28.1 dB", "no difference"
Image part_of(const Image& picture, int width, int height);  // the top left corner, at most so large
// The first bytes as a picture of that size and format; what is missing is black.
Image picture_of(ByteSpan bytes, const Image& like);
// Two pictures or more, of one size and format, else a contract violation.
void expect_frames(std::span<const Image> pictures);
Result<Bytes> encrypted(Cipher& victim, const Image& picture);

}  // namespace lc::study
