#include "cli/paper_encryption.h"

#include <algorithm>

#include "cli/clocks.h"
#include "cli/sealed_cipher.h"
#include "cli/spread.h"

namespace lc::cli {
namespace {

constexpr int kRounds = 48;
constexpr double kLeastMs = 0.25;  // that one measurement lasts: a clock costs about a microsecond
constexpr int kMostRepeats = 1024;

struct Step {
  std::function<Result<>(std::size_t picture)> run;
  int repeats = 1;
  Spread ms{};

  Result<double> timed(std::size_t picture) const {
    const double before = thread_ms();
    for (int i = 0; i < repeats; ++i) LC_TRY(run(picture));
    return (thread_ms() - before) / repeats;
  }
};

Result<> measure(std::span<Step* const> steps, std::size_t pictures) {
  for (Step* step : steps) {
    for (std::size_t i = 0; i < pictures; ++i) LC_TRY(step->run(i));  // keys, masks and memory are made at the first
    while (step->repeats < kMostRepeats && LC_TRY(step->timed(0)) * step->repeats < kLeastMs) step->repeats *= 2;
  }
  for (std::size_t round = 0; round < kRounds; ++round)
    for (Step* step : steps) step->ms.add(LC_TRY(step->timed(round % pictures)));
  return {};
}

}  // namespace

Result<> measure_encryption(const std::function<Result<std::unique_ptr<study::Cipher>>()>& make,
                            std::span<const study::Frame> coded, std::span<const Image> pictures, Measures& to) {
  // Each its own: keys and orbits are kept for one shape.
  const auto cipher = LC_TRY(make()), whole = LC_TRY(make()), sealed = LC_TRY(SealedCipher::create(Bytes(32)));
  const std::size_t count = std::min(coded.size(), pictures.size());
  const bool is_sealed = cipher->name() == sealed->name(), is_clear = cipher->name() == "none";
  std::vector<Bytes> packets(count);
  for (std::size_t i = 0; i < count; ++i) LC_TRY(cipher->encrypt(coded[i], packets[i]));
  Bytes sent, opened, sent_whole, sent_sealed;
  Step encrypt{[&](std::size_t i) { return cipher->encrypt(coded[i], sent); }};
  Step decrypt{[&](std::size_t i) { return cipher->decrypt(packets[i], coded[i].shape, opened); }};
  Step encrypt_whole{[&](std::size_t i) { return whole->encrypt(study::frame_of(pictures[i]), sent_whole); }};
  Step seal_whole{[&](std::size_t i) { return sealed->encrypt(study::frame_of(pictures[i]), sent_sealed); }};
  std::vector<Step*> steps{&encrypt, &decrypt, &encrypt_whole};
  if (!is_sealed) steps.push_back(&seal_whole);
  LC_TRY(measure(steps, count));
  to.add("encrypt_ms", encrypt.ms.min(), "ms");
  to.add("decrypt_ms", decrypt.ms.min(), "ms");
  to.add("encrypt_picture_ms", encrypt_whole.ms.min(), "ms");
  if (!is_sealed) to.add("seal_picture_ms", seal_whole.ms.min(), "ms");
  if (is_clear) return {};
  const auto saved = [&](const Step& other) { return 100 * (1 - encrypt.ms.min() / other.ms.min()); };
  to.add("encryption_saved", saved(encrypt_whole), "%");
  if (!is_sealed) to.add("saved_against_sealing", saved(seal_whole), "%");
  return {};
}

}  // namespace lc::cli
