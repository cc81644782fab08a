#include "study/attack_additive_square.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "study/key_expansion.h"

namespace lc::study {
namespace {

// The part of a ciphertext that is linear in the key: x + k, or x^2 + k.
int linear(std::uint32_t c, SquareReading reading) {
  return reading == SquareReading::figure ? static_cast<int>(std::lround(std::sqrt(static_cast<double>(c))))
                                          : static_cast<int>(c);
}

int powered(std::byte x, SquareReading reading) {
  const int value = std::to_integer<int>(x);
  return reading == SquareReading::figure ? value : value * value;
}

std::byte clamped(double value) { return static_cast<std::byte>(std::lround(std::clamp(value, 0.0, 255.0))); }

// The picture from x + k or x^2 + k, with what is known of k.
std::byte picture_byte(double linear_less_key, SquareReading reading) {
  return clamped(reading == SquareReading::figure ? linear_less_key : std::sqrt(std::max(0.0, linear_less_key)));
}

AttackResult key_reuse(ByteSpan first, ByteSpan second, ByteSpan known, ByteSpan next, SquareReading reading) {
  const Stopwatch watch;
  std::vector<int> differences(next.size());
  for (std::size_t i = 0; i < next.size(); ++i)
    differences[i] = linear(load_square(second, i), reading) - linear(load_square(first, i), reading);
  AttackResult r{"key used twice", "2 ciphertexts"};
  r.seconds = watch.seconds();
  std::size_t exact = 0;
  for (std::size_t i = 0; i < next.size(); ++i)
    exact += differences[i] == powered(next[i], reading) - powered(known[i], reading);
  r.recovered = static_cast<double>(exact) / static_cast<double>(next.size());
  r.result = fmt::format("{} is exact at {} of {} samples",
                         reading == SquareReading::figure ? "x1 - x2 = sqrt(c1) - sqrt(c2)" : "x1^2 - x2^2 = c1 - c2",
                         exact, next.size());
  r.shows = r.recovered > 0.99 ? Verdict::broken : Verdict::none;
  return r;
}

AttackResult known_frame(ByteSpan first, ByteSpan second, ByteSpan known, ByteSpan next, SquareReading reading) {
  const Stopwatch watch;
  Bytes read(next.size());
  for (std::size_t i = 0; i < next.size(); ++i) {
    const int key = linear(load_square(first, i), reading) - powered(known[i], reading);
    read[i] = picture_byte(linear(load_square(second, i), reading) - key, reading);
  }
  AttackResult r{"known picture", "1 known picture with its ciphertext"};
  r.seconds = watch.seconds();
  r.recovered = share_equal(read, next);
  r.result = fmt::format("key image recovered, next picture read: {}", decibels(psnr_of(read, next)));
  r.shows = r.recovered > 0.99 ? Verdict::broken : Verdict::none;
  return r;
}

// Mean over a window of side 2 radius + 1 of one channel, edges cut off.
Bytes smoothed(ByteSpan bytes, const Shape& shape, int radius) {
  Bytes out(bytes.size());
  const int step = shape.channels;
  for (int y = 0; y < shape.height; ++y)
    for (int x = 0; x < shape.width; ++x)
      for (int c = 0; c < step; ++c) {
        int sum = 0, count = 0;
        for (int v = std::max(0, y - radius); v <= std::min(shape.height - 1, y + radius); ++v)
          for (int u = std::max(0, x - radius); u <= std::min(shape.width - 1, x + radius); ++u, ++count)
            sum += std::to_integer<int>(bytes[(static_cast<std::size_t>(v) * static_cast<std::size_t>(shape.width) +
                                               static_cast<std::size_t>(u)) *
                                                  static_cast<std::size_t>(step) +
                                              static_cast<std::size_t>(c)]);
        out[(static_cast<std::size_t>(y) * static_cast<std::size_t>(shape.width) + static_cast<std::size_t>(x)) *
                static_cast<std::size_t>(step) +
            static_cast<std::size_t>(c)] = static_cast<std::byte>((sum + count / 2) / count);
      }
  return out;
}

AttackResult one_ciphertext(ByteSpan cipher, const Frame& truth, SquareReading reading) {
  const Stopwatch watch;
  Bytes read(truth.bytes.size()), less_mean(truth.bytes.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    const int sum = linear(load_square(cipher, i), reading);
    // The figure's x + k lies between x and x + 255: half of it is never far off. The text's k is small beside x^2.
    read[i] = reading == SquareReading::figure ? clamped(sum / 2.0) : picture_byte(sum - 127.5, reading);
    less_mean[i] = clamped(sum - 127.5);
  }
  const Bytes smooth = reading == SquareReading::figure ? smoothed(less_mean, truth.shape, 2) : read;
  AttackResult r{"one ciphertext", "1 ciphertext, even with a fresh key"};
  r.seconds = watch.seconds();
  const double alone = psnr_of(read, truth.bytes), best = std::max(alone, psnr_of(smooth, truth.bytes));
  r.recovered = share_equal(smooth, truth.bytes);
  r.result = fmt::format(
      "the picture is visible: PSNR {:.1f} dB sample by sample, {:.1f} dB at best (a random guess: 8 to 10)", alone,
      best);
  r.shows = best > 13 ? Verdict::broken : Verdict::none;
  return r;
}

// k runs through 0..255, so that the least and the largest of many sums lie 255 apart around the same x.
Result<AttackResult> static_scene(const Image& picture, SquareReading reading) {
  const Image part = part_of(picture, 256, 256);
  const Frame truth = frame_of(part);
  AttackResult r{"static scene", "256 ciphertexts of one picture, a fresh key each"};
  std::vector<int> least(truth.bytes.size(), 1 << 30), most(truth.bytes.size(), -1);
  std::string steps;
  Bytes cipher, read(truth.bytes.size());
  for (int frames = 1; frames <= 256; ++frames) {
    Bytes secret;
    Writer(secret).text("fresh key of the static scene ");
    Writer(secret).big(static_cast<std::uint32_t>(frames));
    AdditiveSquare fresh(secret, reading);
    LC_TRY(fresh.encrypt(truth, cipher));
    const Stopwatch watch;
    for (std::size_t i = 0; i < least.size(); ++i) {
      const int sum = linear(load_square(cipher, i), reading);
      least[i] = std::min(least[i], sum), most[i] = std::max(most[i], sum);
    }
    r.seconds += watch.seconds();
    if (frames != 1 && frames != 4 && frames != 16 && frames != 64 && frames != 256) continue;
    for (std::size_t i = 0; i < least.size(); ++i) read[i] = picture_byte((least[i] + most[i] - 255) / 2.0, reading);
    steps += fmt::format("{}{}: {:.1f}", steps.empty() ? "" : ", ", frames, psnr_of(read, truth.bytes));
  }
  r.recovered = share_equal(read, truth.bytes);
  r.result = fmt::format("PSNR in dB by number of pictures: {}", steps);
  r.shows = psnr_of(read, truth.bytes) > 30 ? Verdict::broken : Verdict::none;
  return r;
}

// Not an attack: the owner's own trouble.
Result<AttackResult> signed_latents(AdditiveSquare& victim, SquareReading reading) {
  const Shape shape{64, 64, 1, Sample::f32};
  std::mt19937_64 random(5);
  std::vector<float> latent(shape.samples()), back(latent.size());
  for (float& v : latent) {  // about normal, of deviation 1
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(random() >> 11) * 0x1p-53;
    v = static_cast<float>(sum);
  }
  const Stopwatch watch;
  Bytes sealed, opened;
  LC_TRY(victim.encrypt({shape, std::as_bytes(std::span(latent))}, sealed));
  LC_TRY(victim.decrypt(sealed, shape, opened));
  std::memcpy(back.data(), opened.data(), opened.size());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < latent.size(); ++i) wrong += std::abs(back[i] - latent[i]) > 0.01F;
  AttackResult r{"signed latents", "nothing: decryption itself is ambiguous"};
  r.seconds = watch.seconds();
  r.result = fmt::format(
      "{:.1f} % of the values of a latent with mean 0 and deviation 1 come back wrong; {}",
      100.0 * static_cast<double>(wrong) / static_cast<double>(latent.size()),
      reading == SquareReading::figure ? "8-bit samples need 18 bits each" : "8-bit samples need 17 bits each");
  return r;
}

}  // namespace

Result<AttackResults> attack_additive_square(AdditiveSquare& victim, std::span<const Image> pictures) {
  expect_frames(pictures);
  const SquareReading reading = victim.reading();
  const Frame known = frame_of(pictures[0]), next = frame_of(pictures[1]);
  const Bytes first = LC_TRY(encrypted(victim, pictures[0])), second = LC_TRY(encrypted(victim, pictures[1]));
  AttackResults out;
  out.push_back(key_reuse(first, second, known.bytes, next.bytes, reading));
  out.push_back(known_frame(first, second, known.bytes, next.bytes, reading));
  out.push_back(one_ciphertext(second, next, reading));
  out.push_back(LC_TRY(static_scene(pictures[1], reading)));
  out.push_back(LC_TRY(signed_latents(victim, reading)));
  out.push_back(LC_TRY(attack_integrity(victim, pictures[1])));
  return out;
}

}  // namespace lc::study
