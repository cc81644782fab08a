#include "cli/paper_attacks.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>

#include "quality/psnr.h"
#include "study/logistic_chaos.h"

namespace lc::cli {
namespace {

using study::AttackResult;
using study::Verdict;

// A picture counts as read where its error is a tenth of a guess's (the mean picture), or where the attacker sees what
// the receiver does and that is no guess.
constexpr std::size_t kLeastPackets = 12;
constexpr char kInverter[] = "learned inverter";
constexpr std::size_t kLeastPairs = 200, kMostSamples = 128 * 128;  // of what an inverter is learnt from
constexpr double kReadDb = 10, kNearDb = 1, kNoGuessDb = 2;

double psnr(std::span<const Image> a, std::span<const Image> b) {
  double mse = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    mse += quality::plane_mse(a[i].view(), b[i].view(), 0) / static_cast<double>(a.size());
  return quality::psnr_of_mse(mse);
}

// What one gets who knows nothing but the mean of `known`.
double guess_db(std::span<const Image> known, std::span<const Image> wanted) {
  std::vector<double> mean(known[0].samples().size());
  for (const Image& picture : known)
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += picture.samples()[i] / static_cast<double>(known.size());
  double mse = 0;
  for (const Image& picture : wanted)
    for (std::size_t i = 0; i < mean.size(); ++i) {
      const double error = picture.samples()[i] - mean[i];
      mse += error * error / static_cast<double>(wanted.size() * mean.size());
    }
  return quality::psnr_of_mse(mse);
}

Result<Image> decoded(const SentLatents& sent, ByteSpan latent) {
  Image out = sent.pictures[0];
  const auto view = out.mutable_view();
  LC_TRY(sent.decoder.decode(latent, view));
  return out;
}

// `read` are what the attacker makes of pictures `wanted`, which were none of those that it knows.
void judge(AttackResult& r, std::span<const Image> read, std::span<const Image> wanted, double guess, double receiver) {
  const double db = psnr(wanted, read);
  r.result = fmt::format("{} pictures seen at {:.1f} dB; the receiver has {:.1f} dB, a guess {:.1f} dB", read.size(),
                         db, receiver, guess);
  const bool is_read = db >= guess + kReadDb || (db >= receiver - kNearDb && db >= guess + kNoGuessDb);
  r.shows = is_read ? Verdict::broken : Verdict::none;
  r.recovered = std::max(0.0, 1 - std::pow(10, (guess - db) / 10));  // share of the variance
}

// The decoder is all it takes.
Result<AttackResult> known_model(const SentLatents& sent) {
  AttackResult r{"known model", "the decoder, which every receiver has"};
  const study::Stopwatch watch;
  std::vector<Image> read;
  for (const Bytes& packet : sent.packets.subspan(sent.earlier)) read.push_back(LC_TRY(decoded(sent, packet)));
  r.seconds = watch.seconds();
  const auto wanted = sent.pictures.subspan(sent.earlier);
  judge(r, read, wanted, guess_db(wanted, wanted), sent.receiver_db);
  return r;
}

// Bit by bit, the mask over the pixels is what most known pictures agree on; then decoded and unmasked.
Result<AttackResult> known_pixels(const SentLatents& sent) {
  const std::size_t known = sent.packets.size() / 2;
  AttackResult r{"known pictures", fmt::format("the decoder and {} known pictures", known)};
  const study::Stopwatch watch;
  const std::size_t bytes = sent.pictures[0].samples().size();
  std::vector<std::array<int, 8>> votes(bytes);
  for (std::size_t k = 0; k < known; ++k) {
    const Image masked = LC_TRY(decoded(sent, sent.packets[k]));
    for (std::size_t i = 0; i < bytes; ++i)
      for (std::size_t bit = 0; bit < 8; ++bit)
        votes[i][bit] += ((masked.samples()[i] ^ sent.pictures[k].samples()[i]) >> bit & 1) != 0 ? 1 : -1;
  }
  std::vector<Image> read;
  for (std::size_t k = known; k < sent.packets.size(); ++k) {
    const Image masked = LC_TRY(decoded(sent, sent.packets[k]));
    Image out = masked;
    const auto view = out.mutable_view();
    const int row = row_bytes(view.format, 0, view.width);
    for (int y = 0; y < view.height; ++y)
      for (int x = 0; x < row; ++x) {
        const auto& vote = votes[static_cast<std::size_t>(y * row + x)];
        unsigned mask = 0;
        for (std::size_t bit = 0; bit < 8; ++bit) mask |= vote[bit] > 0 ? 1U << bit : 0;
        view.row(0, y)[x] = static_cast<std::uint8_t>(view.row(0, y)[x] ^ mask);
      }
    read.push_back(std::move(out));
  }
  r.seconds = watch.seconds();
  judge(r, read, sent.pictures.subspan(known), guess_db(sent.pictures.first(known), sent.pictures.subspan(known)),
        sent.receiver_db);
  return r;
}

// The key stream or key image from one known picture, whose latent the attacker computes; all others with it.
Result<AttackResult> known_latent(const SentLatents& sent) {
  AttackResult r{"known picture", "the model and 1 known picture"};
  const study::Stopwatch watch;
  Bytes known;
  LC_TRY(sent.encoder.encode(sent.pictures[0].view(), known));
  const bool is_mask = sent.system.cipher == "xor-mask";
  const auto value = [](ByteSpan bytes, std::size_t i) {
    float out;
    std::memcpy(&out, bytes.data() + 4 * i, 4);
    return out;
  };
  const auto root_minus = [&](float c, float k) { return std::sqrt(std::max(c, 0.0f)) - k; };
  std::vector<Image> read;
  for (std::size_t k = 1; k < sent.packets.size(); ++k) {
    const Bytes& packet = sent.packets[k];
    Bytes latent = is_mask ? study::xor_of(study::xor_of(known, sent.packets[0]), packet) : Bytes(known.size());
    for (std::size_t i = 0; !is_mask && i < known.size() / 4; ++i) {
      const float x = value(known, i), c0 = value(sent.packets[0], i), c = value(packet, i);
      const float out = sent.system.variant == "text" ? std::sqrt(std::max(c - (c0 - x * x), 0.0f))
                                                      : root_minus(c, root_minus(c0, x));
      std::memcpy(latent.data() + 4 * i, &out, 4);
    }
    read.push_back(LC_TRY(decoded(sent, latent)));
  }
  r.seconds = watch.seconds();
  judge(r, read, sent.pictures.subspan(1), guess_db(sent.pictures.first(1), sent.pictures.subspan(1)),
        sent.receiver_db);
  return r;
}

// Where x of the orbit lies, of one byte of the stream.
struct Place {
  double low = 0, high = 1;
  double width() const { return high - low; }
};

// What known latents say of the stream, if their blocks are in this order. Returns how many bytes they agree on.
std::size_t stream_places(std::span<const Bytes> latents, std::span<const Bytes> packets, const study::Shape& shape,
                          std::span<const std::uint32_t> order, std::vector<Place>& places) {
  places.assign(shape.bytes(), {});
  std::vector<std::uint8_t> agrees(shape.bytes(), 1);
  Bytes moved(shape.bytes());
  for (std::size_t k = 0; k < latents.size(); ++k) {
    const double scale = std::to_integer<int>(packets[k][0]);
    if (scale == 0) continue;
    study::move_blocks(shape, order, false, latents[k], moved);
    const ByteSpan body = ByteSpan(packets[k]).last(shape.bytes());
    for (std::size_t i = 0; i < moved.size(); ++i) {
      const double s = std::to_integer<int>(body[i] ^ moved[i]);
      Place& place = places[i];
      const Place both{std::max(place.low, s / scale), std::min(place.high, (s + 1) / scale)};
      if (both.width() > 0)
        place = both;
      else
        agrees[i] = 0;
    }
  }
  return static_cast<std::size_t>(std::accumulate(agrees.begin(), agrees.end(), 0));
}

// Latents are small: of their few blocks every order is tried.
Result<AttackResult> known_chaos(const SentLatents& sent) {
  constexpr std::size_t kKnown = 4, kMostBlocks = 6;
  const codec::RawShape& raw = sent.encoder.shape();
  const study::Shape shape{raw.latent_width, raw.latent_height, raw.latent_channels};
  const auto blocks = static_cast<std::size_t>(shape.width / study::LogisticChaos::kBlock) *
                      static_cast<std::size_t>(shape.height / study::LogisticChaos::kBlock);
  const std::size_t from = std::max(sent.earlier, kKnown);
  AttackResult r{"known pictures", fmt::format("the model and {} known pictures", kKnown)};
  if (blocks > kMostBlocks) {
    r.result = fmt::format("{} blocks have more orders than are tried here", blocks);
    return r;
  }
  const study::Stopwatch watch;
  std::vector<Bytes> known(kKnown);
  for (std::size_t k = 0; k < kKnown; ++k) LC_TRY(sent.encoder.encode(sent.pictures[k].view(), known[k]));
  std::vector<std::uint32_t> order(blocks), best_order;
  std::iota(order.begin(), order.end(), 0u);
  std::vector<Place> places, tried;
  std::size_t most = 0;
  do {
    const std::size_t agreed = stream_places(known, sent.packets.first(kKnown), shape, order, tried);
    if (!best_order.empty() && agreed <= most) continue;
    most = agreed;
    best_order = order;
    places.swap(tried);
  } while (std::next_permutation(order.begin(), order.end()));
  std::vector<Image> read;
  Bytes moved(shape.bytes()), latent(shape.bytes());
  for (const Bytes& packet : sent.packets.subspan(from)) {
    const double scale = std::to_integer<int>(packet[0]);
    const ByteSpan body = ByteSpan(packet).last(shape.bytes());
    for (std::size_t i = 0; i < moved.size(); ++i)
      moved[i] = body[i] ^ static_cast<std::byte>((places[i].low + places[i].high) / 2 * scale);
    study::move_blocks(shape, best_order, true, moved, latent);
    read.push_back(LC_TRY(decoded(sent, latent)));
  }
  r.seconds = watch.seconds();
  judge(r, read, sent.pictures.subspan(from), guess_db(sent.pictures.first(from), sent.pictures.subspan(from)),
        sent.receiver_db);
  return r;
}

// What of a packet is linear in the picture, as far as that goes: the bytes, or their bits where XOR may turn some
// round.
Eigen::MatrixXf features(const SentLatents& sent) {
  const bool are_bits = sent.system.cipher != "none";
  const auto rows = static_cast<Eigen::Index>(sent.packets.size());
  const auto bytes = static_cast<Eigen::Index>(sent.packets[0].size());
  Eigen::MatrixXf x(rows, are_bits ? 8 * bytes : bytes);
  for (Eigen::Index k = 0; k < rows; ++k)
    for (Eigen::Index j = 0; j < bytes; ++j) {
      const auto byte =
          std::to_integer<unsigned>(sent.packets[static_cast<std::size_t>(k)][static_cast<std::size_t>(j)]);
      for (unsigned bit = 0; are_bits && bit < 8; ++bit) x(k, 8 * j + bit) = static_cast<float>(byte & 1U << bit) / 255;
      if (!are_bits) x(k, j) = static_cast<float>(byte) / 255;
    }
  return x;
}

std::size_t pairs_of(const SentLatents& sent) {
  return sent.earlier > 0 ? sent.earlier : sent.packets.size() - sent.packets.size() / 6;
}

// Why it cannot be learnt, or "".
std::string no_inverter(const SentLatents& sent, bool are_alike) {
  const std::size_t pairs = pairs_of(sent), samples = sent.pictures[0].samples().size();
  if (pairs < kLeastPairs) return fmt::format("{} pairs of the {} that it takes", pairs, kLeastPairs);
  if (sent.encoder.shape().is_f32) return "it is made for bytes, and these latents are floats";
  if (samples > kMostSamples) return fmt::format("pictures of {} samples, {} at most", samples, kMostSamples);
  return are_alike ? "" : "packets of several sizes";
}

AttackResult not_tried(std::string name, std::string needs, std::string why) {
  AttackResult r{std::move(name), std::move(needs), std::move(why)};
  r.was_tried = false;
  return r;
}

// Ridge regression from what is sent to the pictures, without any model: `pairs` to learn from, the rest to read.
Result<AttackResult> learned_inverter(const SentLatents& sent) {
  const std::size_t pairs = pairs_of(sent);
  AttackResult r{kInverter, fmt::format("{} sent latents with their pictures", pairs)};
  const study::Stopwatch watch;
  const auto rows = static_cast<Eigen::Index>(sent.packets.size()), known = static_cast<Eigen::Index>(pairs);
  const auto out = static_cast<Eigen::Index>(sent.pictures[0].samples().size());
  Eigen::MatrixXf x = features(sent), y(rows, out);
  for (Eigen::Index k = 0; k < rows; ++k)
    for (Eigen::Index j = 0; j < out; ++j)
      y(k, j) = sent.pictures[static_cast<std::size_t>(k)].samples()[static_cast<std::size_t>(j)];
  const Eigen::RowVectorXf x_mean = x.topRows(known).colwise().mean(), y_mean = y.topRows(known).colwise().mean();
  x.rowwise() -= x_mean;
  // In the space of the pairs, of which there are fewer than samples or about as many.
  Eigen::MatrixXf kernel = x.topRows(known) * x.topRows(known).transpose();
  kernel.diagonal().array() += 1e-2f * kernel.diagonal().mean() + 1e-6f;
  const Eigen::MatrixXf weights = kernel.llt().solve(y.topRows(known).rowwise() - y_mean);
  const Eigen::MatrixXf guess =
      (x.bottomRows(rows - known) * x.topRows(known).transpose() * weights).rowwise() + y_mean;
  std::vector<Image> read;
  for (Eigen::Index k = 0; k < guess.rows(); ++k) {
    Bytes bytes(static_cast<std::size_t>(out));
    for (Eigen::Index j = 0; j < out; ++j)
      bytes[static_cast<std::size_t>(j)] = static_cast<std::byte>(std::lrint(std::clamp(guess(k, j), 0.0f, 255.0f)));
    read.push_back(study::picture_of(bytes, sent.pictures[0]));
  }
  r.seconds = watch.seconds();
  judge(r, read, sent.pictures.subspan(pairs), guess_db(sent.pictures.first(pairs), sent.pictures.subspan(pairs)),
        sent.receiver_db);
  return r;
}

}  // namespace

Result<study::AttackResults> attack_latents(const SentLatents& sent) {
  study::AttackResults out;
  const bool is_clear = sent.system.cipher == "none";
  const bool is_f32 = sent.encoder.shape().is_f32;
  const bool are_alike = std::all_of(sent.packets.begin(), sent.packets.end(),
                                     [&](const Bytes& p) { return p.size() == sent.packets[0].size(); });
  const std::string why_none = no_inverter(sent, are_alike);
  const AttackResult none = not_tried(kInverter, "sent latents with their pictures", why_none);
  if (sent.packets.size() < kLeastPackets || !are_alike) return study::AttackResults{none};
  if (is_clear) out.push_back(LC_TRY(known_model(sent)));
  if (is_clear && sent.system.unmasks_pixels && sent.system.pixel_cipher == "xor-mask")
    out.push_back(LC_TRY(known_pixels(sent)));
  if ((sent.system.cipher == "xor-mask" && !is_f32) || (sent.system.cipher == "additive-square" && is_f32))
    out.push_back(LC_TRY(known_latent(sent)));
  if (sent.system.cipher == "logistic-chaos" && sent.system.variant != "probabilistic")
    out.push_back(LC_TRY(known_chaos(sent)));
  out.push_back(why_none.empty() ? LC_TRY(learned_inverter(sent)) : none);
  return out;
}

}  // namespace lc::cli
