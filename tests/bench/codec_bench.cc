// Times the integer part of the codec on one picture, in processor time of one thread.
//   codec-bench BUNDLE PICTURE.ppm [QUALITY...]
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <iostream>

#include "codec/frame_encoder.h"
#include "codec/quantiser.h"
#include "codec/slice_coder.h"
#include "tensor/ppm.h"

namespace {

using namespace lc;
using namespace lc::codec;

double milliseconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return 1e3 * static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_nsec);
}

// The shortest of some runs.
template <class Work>
double shortest(Work work) {
  double best = 1e9;
  for (int i = 0; i < 30; ++i) {
    const double begin = milliseconds();
    work();
    best = std::min(best, milliseconds() - begin);
  }
  return best;
}

template <class T>
T value(Result<T> result) {
  if (result) return std::move(*result);
  std::cerr << result.error().text << "\n";
  std::exit(1);
}

void bench(const std::shared_ptr<const Bundle>& bundle, const Image& picture, int quality) {
  EncoderOptions options;
  options.quality = quality;
  auto encoder = value(FrameEncoder::create(
      bundle, {picture.format(), picture.width(), picture.height(), picture.colour()}, options));
  Bytes frame, slice;
  value(encoder.encode(picture.view(), true, frame));
  const Latent latent = encoder.last_latent();
  const SliceTask key{0, latent.rows(), bundle->entropy().level(quality), nullptr};
  const SliceTask still{0, latent.rows(), key.level, &latent};
  SliceCoder coder(bundle->shared_entropy());
  Latent decoded = latent;
  const auto encode = [&](const SliceTask& task) { slice.clear(), coder.encode(latent, task, slice); };
  const auto decode = [&](const SliceTask& task) {
    if (!coder.decode(slice, task, decoded) || !(decoded == latent)) std::abort();
  };
  const double encode_ms = shortest([&] { encode(key); }), decode_ms = shortest([&] { decode(key); });
  const double pixels = static_cast<double>(picture.width()) * picture.height();
  const auto zeros = std::count(latent.values().begin(), latent.values().end(), 0);
  std::cout << "quality " << quality << ": " << 8 * static_cast<double>(slice.size()) / pixels << " bpp, "
            << static_cast<double>(latent.values().size() - static_cast<std::size_t>(zeros)) / pixels
            << " non-zeros a pixel; encode " << encode_ms << " ms, decode " << decode_ms;
  const double still_encode_ms = shortest([&] { encode(still); }),
               still_decode_ms = shortest([&] { decode(still); });
  std::cout << "; unchanged frame " << still_encode_ms << " and " << still_decode_ms << " ms; quantise "
            << shortest([&] { quantise(encoder.plan().output(0), bundle->entropy(), quality, decoded); })
            << ", fingerprint " << shortest([&] { (void)fingerprint(latent); }) << " ms\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: codec-bench BUNDLE PICTURE.ppm [QUALITY...]\n";
    return 2;
  }
  const auto bundle = value(Bundle::load(argv[1]));
  const Image picture = value(load_ppm(argv[2]));
  if (argc == 3) bench(bundle, picture, 24);
  for (int i = 3; i < argc; ++i) bench(bundle, picture, std::atoi(argv[i]));
}
