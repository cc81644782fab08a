#include "cli/paper_attacks.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "quality/psnr.h"

namespace lc::cli {
namespace {

using study::AttackResult;
using study::Verdict;

// A picture counts as read where its error is a tenth of a guess's (the mean picture), or where the attacker sees what
// the receiver does and that is no guess.
constexpr std::size_t kLeastPackets = 12;
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
  for (const Bytes& packet : sent.packets) read.push_back(LC_TRY(decoded(sent, packet)));
  r.seconds = watch.seconds();
  judge(r, read, sent.pictures, guess_db(sent.pictures, sent.pictures), sent.receiver_db);
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

// Ridge regression from what is sent to the pictures, without any model: `pairs` to learn from, the rest to read.
Result<AttackResult> learned_inverter(const SentLatents& sent) {
  const std::size_t read_count = sent.packets.size() / 6, pairs = sent.packets.size() - read_count;
  AttackResult r{"learned inverter", fmt::format("{} sent latents with their pictures", pairs)};
  const study::Stopwatch watch;
  const auto rows = static_cast<Eigen::Index>(sent.packets.size()), known = static_cast<Eigen::Index>(pairs);
  const auto in = static_cast<Eigen::Index>(sent.packets[0].size());
  const auto out = static_cast<Eigen::Index>(sent.pictures[0].samples().size());
  Eigen::MatrixXf x(rows, in), y(rows, out);
  for (Eigen::Index k = 0; k < rows; ++k) {
    const auto i = static_cast<std::size_t>(k);
    for (Eigen::Index j = 0; j < in; ++j)
      x(k, j) = static_cast<float>(std::to_integer<int>(sent.packets[i][static_cast<std::size_t>(j)])) / 255;
    for (Eigen::Index j = 0; j < out; ++j) y(k, j) = sent.pictures[i].samples()[static_cast<std::size_t>(j)];
  }
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
  if (sent.packets.size() < kLeastPackets || !are_alike) return out;
  if (is_clear) out.push_back(LC_TRY(known_model(sent)));
  if (is_clear && sent.system.unmasks_pixels) out.push_back(LC_TRY(known_pixels(sent)));
  if ((sent.system.cipher == "xor-mask" && !is_f32) || (sent.system.cipher == "additive-square" && is_f32))
    out.push_back(LC_TRY(known_latent(sent)));
  if (!is_f32 && sent.packets.size() >= 240 && sent.pictures[0].samples().size() <= 4096)
    out.push_back(LC_TRY(learned_inverter(sent)));
  return out;
}

}  // namespace lc::cli
