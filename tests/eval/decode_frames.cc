// Codes a scene, or decodes what was coded: exact_test.py runs it with other instruction sets and threads each time.
//   decode_frames write MODEL FILE
//   decode_frames read MODEL FILE THREADS PIXELS
// Both print a fingerprint of the integers of each frame.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/file.h"
#include "codec/frame_decoder.h"
#include "codec/frame_encoder.h"
#include "codec/latent_decoder.h"
#include "unit/codec/scene.h"

using namespace lc;

namespace {

constexpr int kWidth = 200, kHeight = 120, kFrames = 12;

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s\n", result.error().text.c_str());
  std::exit(1);
}

void write(const char* model, const char* path) {
  auto bundle = must(codec::Bundle::load(model));
  auto encoder = must(codec::FrameEncoder::create(bundle, {.format = PixelFormat::rgb, .width = kWidth, .height = kHeight},
                                                  {.quality = 50, .key_interval = 6, .slice_rows = 3}));
  Bytes out;
  Writer writer(out);
  for (int i = 0; i < kFrames; ++i) {
    Bytes frame;
    must(encoder.encode(test::scene(i, kWidth, kHeight, PixelFormat::rgb, 6).view(), false, frame));
    writer.big<std::uint32_t>(static_cast<std::uint32_t>(frame.size()));
    writer.bytes(frame);
    std::printf("%08x\n", codec::fingerprint(encoder.last_latent()));
  }
  if (!save_file(path, out)) std::exit(1);
}

void read(const char* model, const char* path, int threads, const char* pixels) {
  auto bundle = must(codec::Bundle::load(model));
  auto latents = must(codec::LatentDecoder::create(bundle));
  auto decoder = must(codec::FrameDecoder::create(bundle, kWidth, kHeight, {.threads = threads}));
  const Bytes file = must(load_file(path));
  Reader reader(file);
  Image picture = Image::make(PixelFormat::rgb, kWidth, kHeight);
  Bytes out;
  while (!reader.rest().empty()) {
    const auto size = must(reader.big<std::uint32_t>());
    const auto frame = latents.decode(must(reader.take(size)));
    if (!frame) std::exit(1);
    std::printf("%08x\n", codec::fingerprint((*frame)->latent));
    if (!decoder.decode((*frame)->latent, (*frame)->header.quality, picture.mutable_view())) std::exit(1);
    const auto bytes = std::as_bytes(std::span(picture.samples()));
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  if (!save_file(pixels, out)) std::exit(1);
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view verb = count > 1 ? arguments[1] : "";
  if (verb == "write" && count == 4) {
    write(arguments[2], arguments[3]);
  } else if (verb == "read" && count == 6) {
    read(arguments[2], arguments[3], std::atoi(arguments[4]), arguments[5]);
  } else {
    return 2;
  }
}
