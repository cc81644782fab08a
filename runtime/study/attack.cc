#include "study/attack.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "quality/psnr.h"

namespace lc::study {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::no_integrity:
      return "NO INTEGRITY";
    case Verdict::broken:
      return "BROKEN";
    case Verdict::none:
      break;
  }
  return "no attack implemented";
}

Verdict verdict_of(std::span<const AttackResult> results) {
  Verdict worst = Verdict::none;
  for (const AttackResult& r : results) worst = std::max(worst, r.shows);
  return worst;
}

const AttackResult* best_of(std::span<const AttackResult> results) {
  const Verdict verdict = verdict_of(results);
  const AttackResult* best = nullptr;
  for (const AttackResult& r : results)
    if (r.shows == verdict && verdict != Verdict::none && (!best || r.seconds < best->seconds)) best = &r;
  return best;
}

Result<AttackResult> attack_integrity(Cipher& victim, Bytes cipher, const Shape& shape, int tries) {
  std::mt19937_64 random(22);
  Bytes out;
  int accepted = 0;
  const Stopwatch watch;
  for (int i = 0; i < tries; ++i) {
    const std::size_t bit = random() % (8 * cipher.size());
    cipher[bit / 8] ^= std::byte{1} << (bit % 8);
    accepted += victim.decrypt(cipher, shape, out).has_value();
    cipher[bit / 8] ^= std::byte{1} << (bit % 8);
  }
  AttackResult result{"flipped bit", "to alter what is on the way",
                      fmt::format("{} of {} altered pictures accepted", accepted, tries)};
  result.recovered = static_cast<double>(accepted) / tries;
  result.seconds = watch.seconds();
  result.shows = accepted > 0 ? Verdict::no_integrity : Verdict::none;
  result.aim = Aim::alter;
  return result;
}

Result<AttackResult> attack_integrity(Cipher& victim, const Image& picture, int tries) {
  const Image part = part_of(picture, 64, 64);
  return attack_integrity(victim, LC_TRY(encrypted(victim, part)), frame_of(part).shape, tries);
}

Bytes xor_of(ByteSpan a, ByteSpan b) {
  LC_EXPECT(a.size() == b.size(), "byte strings of one size");
  Bytes out(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) out[i] = a[i] ^ b[i];
  return out;
}

double share_equal(ByteSpan a, ByteSpan b) {
  LC_EXPECT(a.size() == b.size() && !a.empty(), "byte strings of one size");
  std::size_t equal = 0;
  for (std::size_t i = 0; i < a.size(); ++i) equal += a[i] == b[i];
  return static_cast<double>(equal) / static_cast<double>(a.size());
}

double psnr_of(ByteSpan a, ByteSpan b) {
  LC_EXPECT(a.size() == b.size() && !a.empty(), "byte strings of one size");
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const int d = std::to_integer<int>(a[i]) - std::to_integer<int>(b[i]);
    sum += d * d;
  }
  return quality::psnr_of_mse(sum / static_cast<double>(a.size()));
}

std::string decibels(double psnr) {
  return psnr >= quality::kIdenticalDb ? "no difference" : fmt::format("PSNR {:.1f} dB", psnr);
}

Image part_of(const Image& picture, int width, int height) {
  Image part = Image::make(picture.format(), std::min(width, picture.width()), std::min(height, picture.height()));
  const auto view = part.mutable_view();
  for (int y = 0; y < part.height(); ++y)
    std::copy_n(picture.view().row(0, y), row_bytes(part.format(), 0, part.width()), view.row(0, y));
  return part;
}

Image picture_of(ByteSpan bytes, const Image& like) {
  Image out = Image::make(like.format(), like.width(), like.height());
  std::memcpy(out.mutable_view().planes[0], bytes.data(), std::min(bytes.size(), out.samples().size()));
  return out;
}

void expect_frames(std::span<const Image> pictures) {
  LC_EXPECT(pictures.size() >= 2, "an attack takes two pictures or more");
  for (const Image& p : pictures)
    LC_EXPECT(frame_of(p).shape == frame_of(pictures[0]).shape, "pictures of one size and format");
}

Result<Bytes> encrypted(Cipher& victim, const Image& picture) {
  Bytes out;
  LC_TRY(victim.encrypt(frame_of(picture), out));
  return out;
}

}  // namespace lc::study
