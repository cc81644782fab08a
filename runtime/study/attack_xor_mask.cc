#include "study/attack_xor_mask.h"

#include "quality/histogram.h"

namespace lc::study {
namespace {

AttackResult use_twice(ByteSpan first, ByteSpan second, ByteSpan truth) {
  const Stopwatch watch;
  const Bytes both = xor_of(first, second);
  const quality::Histogram h = quality::histogram(both);
  AttackResult r{"mask used twice", "2 ciphertexts"};
  r.seconds = watch.seconds();
  r.recovered = share_equal(both, truth);
  r.result = fmt::format(
      "their XOR is the XOR of the pictures at {:.3f} % of the bytes: entropy {:.2f} bits, chi-square {:.0f} (of one "
      "ciphertext: {:.4f}, {:.0f})",
      100 * r.recovered, quality::entropy(h), quality::chi_square(h), quality::entropy(quality::histogram(first)),
      quality::chi_square(quality::histogram(first)));
  r.shows = r.recovered == 1 ? Verdict::broken : Verdict::none;
  return r;
}

AttackResult known_frame(ByteSpan known, ByteSpan known_cipher, ByteSpan cipher, ByteSpan truth) {
  const Stopwatch watch;
  const Bytes mask = xor_of(known, known_cipher);
  const Bytes next = xor_of(mask, cipher);
  AttackResult r{"known picture", "1 known picture with its ciphertext"};
  r.seconds = watch.seconds();
  r.recovered = share_equal(next, truth);
  r.result = fmt::format("mask recovered, next picture read at {} of {} bytes: {}",
                         static_cast<std::size_t>(r.recovered * static_cast<double>(truth.size()) + 0.5), truth.size(),
                         decibels(psnr_of(next, truth)));
  r.shows = r.recovered == 1 ? Verdict::broken : Verdict::none;
  return r;
}

Result<AttackResult> chosen_bits(XorMask& victim, const Frame& plain, ByteSpan cipher) {
  // Writes a white square over what is there, unseen: the attacker knows that it is black.
  const Stopwatch watch;
  Bytes altered(cipher.begin(), cipher.end()), seen;
  for (std::size_t i = 0; i < altered.size(); i += 97) altered[i] ^= std::byte{0x80};
  AttackResult r{"chosen bits", "to alter what is on the way"};
  r.seconds = watch.seconds();
  LC_TRY(victim.decrypt(altered, plain.shape, seen));
  std::size_t flipped = 0, wrong = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const bool is_target = i % 97 == 0;
    const bool is_as_planned = (seen[i] ^ plain.bytes[i]) == (is_target ? std::byte{0x80} : std::byte{0});
    flipped += is_target && is_as_planned, wrong += !is_as_planned;
  }
  r.recovered = static_cast<double>(flipped) / static_cast<double>((seen.size() + 96) / 97);
  r.result = fmt::format("{} chosen bits of the picture flipped, {} others; accepted", flipped, wrong);
  r.shows = wrong == 0 ? Verdict::no_integrity : Verdict::none;
  r.aim = Aim::alter;
  return r;
}

}  // namespace

Result<AttackResults> attack_xor_mask(XorMask& victim, std::span<const Image> pictures) {
  expect_frames(pictures);
  const Frame known = frame_of(pictures[0]), next = frame_of(pictures[1]);
  const Bytes first = LC_TRY(encrypted(victim, pictures[0])), second = LC_TRY(encrypted(victim, pictures[1]));
  AttackResults out;
  out.push_back(use_twice(first, second, xor_of(known.bytes, next.bytes)));
  out.push_back(known_frame(known.bytes, first, second, next.bytes));
  out.push_back(LC_TRY(chosen_bits(victim, next, second)));
  out.push_back(LC_TRY(attack_integrity(victim, pictures[1])));
  return out;
}

}  // namespace lc::study
