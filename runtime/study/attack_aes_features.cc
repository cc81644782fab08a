#include "study/attack_aes_features.h"

#include <algorithm>
#include <map>
#include <string>

namespace lc::study {
namespace {

constexpr std::size_t kBlock = 16;

Image quantised(const Image& picture) {  // to 4 bits
  Image out = picture;
  std::uint8_t* samples = out.mutable_view().planes[0];
  for (std::size_t i = 0; i < out.samples().size(); ++i) samples[i] = static_cast<std::uint8_t>(samples[i] & 0xF0);
  return out;
}

// The next picture of a camera that sees little move: a fifth each way, in the middle, is new.
Image next_of(const Image& picture, const Image& other) {
  Image out = picture;
  const int channels = row_bytes(picture.format(), 0, 1), width = picture.width() / 5, height = picture.height() / 5;
  const auto view = out.mutable_view();
  for (int y = 2 * height; y < 3 * height; ++y)
    std::copy_n(other.view().row(0, y) + 2 * width * channels, width * channels, view.row(0, y) + 2 * width * channels);
  return out;
}

// Calls visit(row key, whole block of the ciphertext, where its plaintext begins in the picture).
template <class Visit>
std::size_t each_block(const AesFeatures& victim, const Shape& shape, ByteSpan cipher, Visit visit) {
  std::size_t count = 0;
  const std::size_t step = victim.cipher_row_bytes(shape), row = shape.row_bytes();
  for (std::size_t y = 0; y < static_cast<std::size_t>(shape.height); ++y)
    for (std::size_t x = 0; x + kBlock <= row; x += kBlock, ++count)
      visit(y % AesFeatures::kRowKeys, cipher.subspan(victim.prefix_bytes() + y * step + x, kBlock), y * row + x);
  return count;
}

using Codebook = std::map<std::pair<std::size_t, std::string>, std::size_t>;  // where its plaintext stands

// Blocks that a known picture has taught.
Result<AttackResult> codebook(AesFeatures& victim, const Image& known, const Image& next) {
  const Frame plain = frame_of(known), truth = frame_of(next);
  const Bytes first = LC_TRY(encrypted(victim, known)), second = LC_TRY(encrypted(victim, next));
  const Stopwatch watch;
  Codebook book;
  std::size_t repeated = 0, read = 0, right = 0;
  each_block(victim, plain.shape, first, [&](std::size_t key, ByteSpan block, std::size_t at) {
    repeated += !book.emplace(std::pair{key, std::string(as_text(block))}, at).second;
  });
  const std::size_t blocks =
      each_block(victim, truth.shape, second, [&](std::size_t key, ByteSpan block, std::size_t at) {
        const auto found = book.find({key, std::string(as_text(block))});
        if (found == book.end()) return;
        ++read;
        right += std::equal(truth.bytes.begin() + static_cast<std::ptrdiff_t>(at),
                            truth.bytes.begin() + static_cast<std::ptrdiff_t>(at + kBlock),
                            plain.bytes.begin() + static_cast<std::ptrdiff_t>(found->second));
      });
  AttackResult r{"codebook", "1 known picture of a static scene, 4 bits a sample"};
  r.seconds = watch.seconds();
  r.recovered = static_cast<double>(right) / static_cast<double>(blocks);
  r.result = fmt::format(
      "{} of {} blocks repeat within one picture ({:.1f} %); {:.1f} % of the next picture's blocks read", repeated,
      blocks, 100.0 * static_cast<double>(repeated) / static_cast<double>(blocks), 100 * r.recovered);
  r.shows = read == right && r.recovered > 0.5 ? Verdict::broken : Verdict::none;
  return r;
}

// With one IV for all pictures, equal beginnings of rows stay equal: where something moved is in plain sight.
Result<AttackResult> equal_prefixes(AesFeatures& victim, const Image& picture, const Image& next) {
  const Frame plain = frame_of(picture), moved = frame_of(next);
  const Bytes first = LC_TRY(encrypted(victim, picture)), second = LC_TRY(encrypted(victim, next));
  const Stopwatch watch;
  std::vector<bool> is_equal;
  each_block(victim, plain.shape, first, [&](std::size_t, ByteSpan block, std::size_t) {
    const auto at = block.data() - first.data();
    is_equal.push_back(std::equal(block.begin(), block.end(), second.begin() + at));
  });
  AttackResult r{"equal beginnings", "2 ciphertexts of a static scene"};
  r.seconds = watch.seconds();
  // Truth: equal up to the first block of the row that differs.
  std::size_t index = 0, equal = 0, told = 0;
  const std::size_t row = plain.shape.row_bytes();
  for (std::size_t y = 0; y < static_cast<std::size_t>(plain.shape.height); ++y) {
    bool is_same = true;
    for (std::size_t x = 0; x + kBlock <= row; x += kBlock, ++index) {
      const auto at = static_cast<std::ptrdiff_t>(y * row + x);
      is_same =
          is_same && std::equal(plain.bytes.begin() + at, plain.bytes.begin() + at + kBlock, moved.bytes.begin() + at);
      equal += is_equal[index], told += is_equal[index] == is_same;
    }
  }
  r.recovered = static_cast<double>(told) / static_cast<double>(index);
  r.result = fmt::format(
      "{} of {} blocks are equal in both; they tell for {:.2f} % of the blocks whether anything moved up to "
      "there",
      equal, index, 100 * r.recovered);
  return r;
}

Result<AttackResult> stream_reuse(AesFeatures& victim, const Image& known, const Image& next) {
  const Bytes first = LC_TRY(encrypted(victim, known)), second = LC_TRY(encrypted(victim, next));
  const Frame plain = frame_of(known), truth = frame_of(next);
  const Stopwatch watch;
  const Bytes read = xor_of(xor_of(first, plain.bytes), second);
  AttackResult r{"nonce used twice", "1 known picture with its ciphertext"};
  r.seconds = watch.seconds();
  r.recovered = share_equal(read, truth.bytes);
  r.result =
      fmt::format("the stream of all 256 keys recovered, next picture read: {}", decibels(psnr_of(read, truth.bytes)));
  r.shows = r.recovered == 1 ? Verdict::broken : Verdict::none;
  return r;
}

// Flips a bit of a sample without knowing anything: in ctr at its place, in cbc in the block before it (in the IV, for
// the first block of every row).
Result<AttackResult> chosen_bit(AesFeatures& victim, const Image& picture) {
  const Frame truth = frame_of(picture);
  Bytes cipher = LC_TRY(encrypted(victim, picture)), seen;
  const bool is_ctr = victim.variant() == AesVariant::ctr || victim.variant() == AesVariant::ctr_fixed_nonce;
  const bool is_first = victim.variant() == AesVariant::cbc;
  const std::size_t target = is_first || is_ctr ? 5 : kBlock + 5;  // in the first row
  const Stopwatch watch;
  cipher[is_first ? target : victim.prefix_bytes() + target - (is_ctr ? 0 : kBlock)] ^= std::byte{0x80};
  AttackResult r{"chosen bit", "to alter what is on the way"};
  r.seconds = watch.seconds();
  LC_TRY(victim.decrypt(cipher, truth.shape, seen));
  const Bytes change = xor_of(seen, truth.bytes);
  const auto garbled = static_cast<std::size_t>(std::count_if(
      change.begin(), change.end(), [](std::byte b) { return b != std::byte{0} && b != std::byte{0x80}; }));
  const auto flipped = static_cast<std::size_t>(std::count(change.begin(), change.end(), std::byte{0x80}));
  const bool is_hit = change[target] == std::byte{0x80};
  r.recovered = is_hit ? 1 : 0;
  r.result = fmt::format("the chosen bit {}flipped ({} samples so, {} others garbled); accepted", is_hit ? "" : "not ",
                         flipped, garbled);
  r.shows = is_hit ? Verdict::no_integrity : Verdict::none;
  r.aim = Aim::alter;
  return r;
}

}  // namespace

Result<AttackResults> attack_aes_features(AesFeatures& victim, std::span<const Image> pictures) {
  expect_frames(pictures);
  LC_EXPECT(frame_of(pictures[0]).shape.row_bytes() >= 2 * kBlock, "rows of two blocks or more");
  AttackResults out;
  switch (victim.variant()) {
    case AesVariant::ecb: {
      const Image known = quantised(pictures[0]);
      out.push_back(LC_TRY(codebook(victim, known, quantised(next_of(pictures[0], pictures[1])))));
      break;
    }
    case AesVariant::cbc_fixed_iv:
      out.push_back(LC_TRY(equal_prefixes(victim, pictures[0], next_of(pictures[0], pictures[1]))));
      break;
    case AesVariant::ctr_fixed_nonce:
      out.push_back(LC_TRY(stream_reuse(victim, pictures[0], pictures[1])));
      break;
    case AesVariant::cbc:
    case AesVariant::ctr:
      break;
  }
  if (victim.variant() != AesVariant::ecb) out.push_back(LC_TRY(chosen_bit(victim, pictures[1])));
  out.push_back(LC_TRY(attack_integrity(victim, pictures[1])));
  return out;
}

}  // namespace lc::study
