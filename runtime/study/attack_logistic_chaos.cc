#include "study/attack_logistic_chaos.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "quality/histogram.h"
#include "study/logistic_map.h"
#include "study/logistic_narrow.h"

namespace lc::study {
namespace {

// What is behind M and salt.
ByteSpan body_of(ByteSpan cipher, const LogisticChaos& victim) { return cipher.subspan(victim.prefix_bytes()); }

std::size_t offset_of(const Shape& shape, std::size_t block, std::size_t pixel) {
  constexpr std::size_t kBlock = LogisticChaos::kBlock;
  const std::size_t across = static_cast<std::size_t>(shape.width) / kBlock;
  const std::size_t y = block / across * kBlock + pixel / kBlock, x = block % across * kBlock + pixel % kBlock;
  return y * shape.row_bytes() + x * static_cast<std::size_t>(shape.channels);
}

std::size_t block_count(const Shape& shape) {
  return static_cast<std::size_t>(shape.width / LogisticChaos::kBlock) *
         static_cast<std::size_t>(shape.height / LogisticChaos::kBlock);
}

// One chosen picture, whose pixels are 0 or 1: each block spells its number. Its maximum is 1 and the stream 0.
Result<std::vector<std::uint32_t>> order_by_chosen_picture(LogisticChaos& victim, const Shape& shape) {
  constexpr std::size_t kBits = 24;
  Bytes chosen(shape.bytes()), cipher;
  for (std::size_t b = 0; b < block_count(shape); ++b)
    for (std::size_t bit = 0; bit < kBits; ++bit)
      chosen[offset_of(shape, b, bit)] = static_cast<std::byte>(b >> bit & 1);
  LC_TRY(victim.encrypt({shape, chosen}, cipher));
  const ByteSpan body = body_of(cipher, victim);
  std::vector<std::uint32_t> order(block_count(shape));
  for (std::size_t i = 0; i < order.size(); ++i)
    for (std::size_t bit = 0; bit < kBits; ++bit)
      order[i] |= std::to_integer<std::uint32_t>(body[offset_of(shape, i, bit)]) << bit;
  for (const std::uint32_t source : order)
    if (source >= order.size()) return fail(Errc::corrupt, "the chosen picture did not pass unencrypted");
  return order;
}

// One chosen picture: all of it `level`, so that moving blocks does not matter and the stream is in plain sight.
Result<Bytes> stream_by_chosen_picture(LogisticChaos& victim, const Shape& shape, std::byte level) {
  const Bytes flat(shape.bytes(), level);
  Bytes cipher;
  LC_TRY(victim.encrypt({shape, flat}, cipher));
  return xor_of(body_of(cipher, victim), flat);
}

Result<AttackResult> chosen_pictures(LogisticChaos& victim, ByteSpan cipher, const Frame& truth) {
  const Stopwatch watch;
  const auto order = LC_TRY(order_by_chosen_picture(victim, truth.shape));
  const Bytes stream = LC_TRY(stream_by_chosen_picture(victim, truth.shape, cipher[0]));
  const Bytes moved = xor_of(body_of(cipher, victim), stream);
  Bytes read(truth.bytes.size());
  move_blocks(truth.shape, order, true, moved, read);
  AttackResult r{"chosen pictures", "2 chosen pictures"};
  r.seconds = watch.seconds();
  r.recovered = share_equal(read, truth.bytes);
  r.result = fmt::format("permutation of {} blocks and stream recovered, the picture read: {}", order.size(),
                         decibels(psnr_of(read, truth.bytes)));
  r.shows = r.recovered > 0.99 ? Verdict::broken : Verdict::none;
  return r;
}

// How often each stream byte comes at places that are alike modulo kPhases: for r below 3.68 the orbit visits two bands
// in turn, or four, or eight.
constexpr std::size_t kPhases = 8;
using PhaseShares = std::array<std::array<float, 256>, kPhases>;

PhaseShares shares_of(const std::vector<Bytes>& streams) {
  PhaseShares shares{};
  const auto samples = static_cast<float>(streams[0].size() * streams.size() / kPhases);
  for (const Bytes& stream : streams)
    for (std::size_t i = 0; i < stream.size(); ++i)
      shares[i % kPhases][std::to_integer<std::size_t>(stream[i])] += 1 / samples;
  for (auto& phase : shares)
    for (float& share : phase) share += 1e-6F;
  return shares;
}

// How far the salt is without effect, as with weak keys, which run into the same cycle at the same time: 0.02 (streams
// agree by chance only) to 0.98 (everywhere).
float locked_share(const std::vector<Bytes>& streams, const PhaseShares& shares) {
  double agreed = 0, chance = 0;
  for (std::size_t k = 1; k < streams.size(); ++k)
    agreed += share_equal(streams[0], streams[k]) / static_cast<double>(streams.size() - 1);
  for (const auto& phase : shares)
    for (const float p : phase) chance += double{p} * double{p} / kPhases;
  return static_cast<float>(std::clamp((agreed - chance) / std::max(1e-6, 1 - chance), 0.02, 0.98));
}

// Each pixel for itself: of its 256 values, the one under which the observed stream bytes are likeliest. How likely a
// stream byte is comes from streams under other salts: from all bytes of its phase, and from those at this place.
Bytes likeliest(const std::vector<Bytes>& bodies, const std::vector<Bytes>& streams) {
  const PhaseShares shares = shares_of(streams);
  const float locked = locked_share(streams, shares);
  Bytes out(bodies[0].size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::array<float, 256> score = shares[i % kPhases], sums{};
    for (float& s : score) s *= 1 - locked;
    for (const Bytes& stream : streams)
      score[std::to_integer<std::size_t>(stream[i])] += locked / static_cast<float>(streams.size());
    for (float& s : score) s = std::log(s);
    for (const Bytes& body : bodies) {
      const auto c = std::to_integer<std::size_t>(body[i]);
      for (std::size_t v = 0; v < 256; ++v) sums[v] += score[v ^ c];
    }
    out[i] = static_cast<std::byte>(std::max_element(sums.begin(), sums.end()) - sums.begin());
  }
  return out;
}

// Mean step from one sample to the next of a row: small in pictures, about 85 in noise.
double roughness(ByteSpan bytes, const Shape& shape) {
  double sum = 0;
  const std::size_t row = shape.row_bytes(), step = static_cast<std::size_t>(shape.channels);
  for (std::size_t y = 0; y < static_cast<std::size_t>(shape.height); ++y)
    for (std::size_t x = step; x < row; ++x)
      sum += std::abs(std::to_integer<int>(bytes[y * row + x]) - std::to_integer<int>(bytes[y * row + x - step]));
  return sum / static_cast<double>(bytes.size());
}

// The smoothest of what ciphertexts and streams give: with weak keys a whole stream comes again under another salt.
void take_smoother(const std::vector<Bytes>& bodies, const std::vector<Bytes>& streams,
                   const std::vector<std::uint32_t>& order, const Shape& shape, Bytes& read) {
  constexpr std::size_t kTried = 16;
  double least = roughness(read, shape);
  Bytes tried(read.size());
  for (std::size_t t = 0; t < std::min(kTried, bodies.size()); ++t)
    for (const Bytes& stream : streams) {
      move_blocks(shape, order, true, xor_of(bodies[t], stream), tried);
      if (const double rough = roughness(tried, shape); rough < least) {
        least = rough;
        read = tried;
      }
    }
}

Result<AttackResult> static_scene(LogisticChaos& victim, const Image& picture) {
  constexpr std::size_t kFrames = 128, kStreams = 8;
  const Image part = part_of(picture, 128, 128);
  const Frame truth = frame_of(part);
  std::vector<Bytes> bodies, streams;
  std::byte level{};
  for (std::size_t i = 0; i < kFrames; ++i) {
    const Bytes cipher = LC_TRY(encrypted(victim, part));
    level = cipher[0];
    const ByteSpan body = body_of(cipher, victim);
    bodies.emplace_back(body.begin(), body.end());
  }
  const Stopwatch watch;
  const auto order = LC_TRY(order_by_chosen_picture(victim, truth.shape));
  for (std::size_t i = 0; i < kStreams; ++i)
    streams.push_back(LC_TRY(stream_by_chosen_picture(victim, truth.shape, level)));
  const Bytes moved = likeliest(bodies, streams);
  Bytes read(moved.size());
  move_blocks(truth.shape, order, true, moved, read);
  take_smoother(bodies, streams, order, truth.shape, read);
  AttackResult r{"static scene",
                 fmt::format("{} ciphertexts of one picture, {} chosen pictures", kFrames, kStreams + 1)};
  r.seconds = watch.seconds();
  r.recovered = share_equal(read, truth.bytes);
  r.result = fmt::format("the salt does not help: {:.2f} % of the bytes read, {}", 100 * r.recovered,
                         decibels(psnr_of(read, truth.bytes)));
  r.shows = r.recovered > 0.9 || psnr_of(read, truth.bytes) > 30 ? Verdict::broken : Verdict::none;
  return r;
}

// With one key and one scale, the XOR of two ciphertexts is that of the moved pictures: moving keeps its histogram.
Result<AttackResult> key_reuse(LogisticChaos& victim, std::span<const Image> pictures) {
  Image first = pictures[0], second = pictures[1];  // of one maximum, as most pictures are
  first.mutable_view().planes[0][0] = second.mutable_view().planes[0][0] = 255;
  const Bytes a = LC_TRY(encrypted(victim, first)), b = LC_TRY(encrypted(victim, second));
  const Stopwatch watch;
  const Bytes both = xor_of(body_of(a, victim), body_of(b, victim));
  AttackResult r{"key used twice", "2 ciphertexts"};
  r.seconds = watch.seconds();
  const auto seen = quality::histogram(both),
             truth = quality::histogram(xor_of(frame_of(first).bytes, frame_of(second).bytes));
  std::uint64_t distance = 0;
  for (std::size_t v = 0; v < 256; ++v) distance += seen[v] > truth[v] ? seen[v] - truth[v] : truth[v] - seen[v];
  r.recovered = 1 - static_cast<double>(distance) / (2 * static_cast<double>(both.size()));
  r.result =
      fmt::format("the stream cancels: distance of histograms to the XOR of the pictures {}, entropy {:.2f} bits",
                  distance, quality::entropy(seen));
  r.shows = distance == 0 ? Verdict::broken : Verdict::none;
  return r;
}

AttackResult cycles(const LogisticChaos& victim, const Shape& shape) {
  constexpr std::uint64_t kLimit = std::uint64_t{1} << 23;
  const ChaosKey& key = victim.key();
  const Stopwatch watch;
  const auto cycle = victim.variant() == ChaosVariant::single_precision
                         ? find_cycle(static_cast<float>(key.r), static_cast<float>(key.x0), kLimit)
                         : find_cycle(key.r, key.x0, kLimit);
  AttackResult r{"short cycles", "nothing: a property of the key"};
  r.seconds = watch.seconds();
  if (!cycle) {
    r.result = fmt::format("none within {} steps", kLimit);
    return r;
  }
  const auto bytes = static_cast<double>(shape.bytes());
  r.result = fmt::format(
      "after {} bytes the stream repeats itself every {} bytes, {:.0f} times in one picture", cycle->tail,
      cycle->length, std::max(0.0, (bytes - static_cast<double>(cycle->tail)) / static_cast<double>(cycle->length)));
  return r;
}

AttackResult weak_keys() {
  constexpr int kKeys = 500;
  const Stopwatch watch;
  int weak = 0, same = 0;
  std::mt19937_64 random(9);
  const auto unit = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  for (int i = 0; i < kKeys; ++i) {
    const double r = 3.57 + 0.43 * (i + 0.5) / kKeys, x0 = unit();
    double x = x0;
    for (int n = 0; n < 20000; ++n) x = logistic_step(r, x);
    double y = x;
    for (int period = 1; period <= 64; ++period) {
      y = logistic_step(r, y);
      if (std::abs(y - x) < 1e-9) {
        ++weak;
        break;
      }
    }
    std::array<std::byte, 256> one, other;
    logistic_bytes(r, x0, 255, one);
    logistic_bytes(r, 1 - x0, 255, other);
    same += one == other;
  }
  AttackResult r{"weak and equal keys", "nothing: a property of the key space"};
  r.seconds = watch.seconds();
  r.result = fmt::format(
      "{:.1f} % of r in 3.57..4 have a period of 64 or less; x0 and 1 - x0 give the same stream for {:.1f} %",
      100.0 * weak / kKeys, 100.0 * same / kKeys);
  return r;
}

// From the first bytes of the stream, as a flat chosen picture gives them.
AttackResult narrowed_key(const LogisticChaos& victim) {
  constexpr std::size_t kKnown = 80;
  constexpr int kScale = 255;
  Bytes stream(kKnown);
  logistic_bytes(victim.key().r, victim.key().x0, kScale, stream);
  AttackResult r{"key narrowed", fmt::format("{} known bytes of the stream", kKnown)};
  const Stopwatch watch;
  const auto found = narrow_key(stream, kScale);
  r.seconds = watch.seconds();
  const double x1 = logistic_step(victim.key().r, victim.key().x0);
  const bool is_right = found && found->r.holds(victim.key().r) && found->x1.holds(x1);
  r.result = is_right ? fmt::format("partial: r within {:.1e}, x1 within {:.1e}, which leaves about 2^{:.0f} of 2^102 keys",
                                    found->r.width(), found->x1.width(),
                                    102 + std::log2(found->r_share) + std::log2(found->x1.width()))
                      : "nothing";
  return r;
}

AttackResult bias(ByteSpan body) {
  const Stopwatch watch;
  const auto h = quality::histogram(body);
  AttackResult r{"bias", "1 ciphertext"};
  r.seconds = watch.seconds();
  r.result = fmt::format("entropy {:.4f} bits, chi-square {:.0f} (random bytes: {:.4f}, below 331)",
                         quality::entropy(h), quality::chi_square(h), quality::random_entropy(body.size()).mean);
  return r;
}

}  // namespace

Result<AttackResults> attack_logistic_chaos(LogisticChaos& victim, std::span<const Image> pictures) {
  expect_frames(pictures);
  const Frame truth = frame_of(pictures[1]);
  const Bytes cipher = LC_TRY(encrypted(victim, pictures[1]));
  AttackResults out;
  if (victim.variant() == ChaosVariant::probabilistic) {
    out.push_back(LC_TRY(static_scene(victim, pictures[1])));
  } else {
    out.push_back(LC_TRY(chosen_pictures(victim, cipher, truth)));
    out.push_back(LC_TRY(key_reuse(victim, pictures)));
  }
  out.push_back(cycles(victim, truth.shape));
  out.push_back(weak_keys());
  if (victim.variant() == ChaosVariant::double_precision) out.push_back(narrowed_key(victim));
  out.push_back(bias(body_of(cipher, victim)));
  out.push_back(LC_TRY(attack_integrity(victim, pictures[1])));
  return out;
}

}  // namespace lc::study
