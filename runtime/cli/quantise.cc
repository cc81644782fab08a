#include "cli/quantise.h"

#include <algorithm>
#include <cstring>
#include <sstream>

#include "base/file.h"
#include "cli/measure.h"
#include "cli/private_folder.h"
#include "codec/frame_decoder.h"
#include "codec/frame_encoder.h"
#include "codec/quantiser.h"
#include "nn/annotate.h"
#include "nn/calibration.h"
#include "quality/png.h"
#include "quality/psnr.h"
#include "seal/digest.h"
#include "tensor/convert.h"

namespace lc::cli {
namespace {

using codec::Bundle;
using codec::kLatentStride;

constexpr int kCalibrationSide = 256, kMeasureSide = 512;
constexpr int kFewestPictures = 4;

// The middle of a picture, at most side x side.
Result<Image> middle_of(const std::filesystem::path& file, int side, bool exactly) {
  const Image whole = to_rgb(LC_TRY(quality::load_picture(file)).view());
  const int width = std::min(side, whole.width()), height = std::min(side, whole.height());
  if (exactly && (width < side || height < side))
    return fail(Errc::invalid_config, "{}: {} x {} pixels; at least {} x {} are needed", file.string(), whole.width(),
                whole.height(), side, side);
  Image out = Image::make(PixelFormat::rgb, width, height);
  const int left = (whole.width() - width) / 2, top = (whole.height() - height) / 2;
  for (int y = 0; y < height; ++y)
    std::copy_n(whole.view().row(0, top + y) + 3 * left, 3 * width, out.mutable_view().row(0, y));
  return out;
}

struct Networks {
  Bytes encoder, decoder;
};

class Calibrator {
 public:
  static Result<Calibrator> create(std::shared_ptr<const Bundle> bundle) {
    const int cells = kCalibrationSide / kLatentStride;
    auto encoder = LC_TRY(nn::Calibration::create(LC_TRY(bundle->graph("encoder.onnx")),
                                                  {{1, bundle->input_channels(), kCalibrationSide, kCalibrationSide}}));
    auto decoder = LC_TRY(nn::Calibration::create(LC_TRY(bundle->graph("decoder.onnx")),
                                                  {{1, bundle->latent_channels(), cells, cells}}));
    return Calibrator(std::move(bundle), std::move(encoder), std::move(decoder));
  }

  Result<> see(const Image& picture) {
    const auto to_tensor = bundle_->input_channels() == 1 ? to_gray_tensor : to_rgb_tensor;
    to_tensor(picture.view(), kCalibrationSide, kCalibrationSide, encoder_.input());
    LC_TRY(encoder_.observe());
    const codec::EntropyModel& model = bundle_->entropy();
    const int best = bundle_->qualities() - 1;
    for (const int quality : {best / 2, best}) {
      std::vector<float> exact(encoder_.output().size());
      codec::scale(encoder_.output(), model, quality, exact);
      codec::Latent latent;
      latent.reset(kCalibrationSide / kLatentStride, kCalibrationSide / kLatentStride, model.channels());
      codec::quantise(exact, latent);
      codec::dequantise(latent, model, quality, decoder_.input());
      LC_TRY(decoder_.observe());
    }
    return {};
  }

  Result<Networks> annotated(const std::function<void(std::size_t, std::size_t)>& progress) const {
    return Networks{LC_TRY(nn::annotate(LC_TRY(bundle_->file("encoder.onnx")), LC_TRY(encoder_.steps(progress)))),
                    LC_TRY(nn::annotate(LC_TRY(bundle_->file("decoder.onnx")), LC_TRY(decoder_.steps(progress))))};
  }

 private:
  Calibrator(std::shared_ptr<const Bundle> bundle, nn::Calibration encoder, nn::Calibration decoder)
      : bundle_(std::move(bundle)), encoder_(std::move(encoder)), decoder_(std::move(decoder)) {}

  std::shared_ptr<const Bundle> bundle_;
  nn::Calibration encoder_, decoder_;
};

// Both ends for pictures of one size in one arithmetic.
class Ends {
 public:
  static Result<Ends> create(const std::shared_ptr<const Bundle>& bundle, int width, int height, nn::Precision precision) {
    codec::EncoderOptions options;
    options.precision = precision;
    auto encoder = LC_TRY(codec::FrameEncoder::create(bundle, {PixelFormat::rgb, width, height, {}}, options));
    auto decoder = LC_TRY(codec::FrameDecoder::create(bundle, width, height, {.precision = precision}));
    return Ends{std::move(encoder), std::move(decoder), Image::make(PixelFormat::rgb, width, height)};
  }

  Result<double> psnr(const Image& picture, int quality) {
    coded_.clear();
    LC_TRY(encoder_.set_quality(quality));
    LC_TRY(encoder_.encode(picture.view(), true, coded_));
    LC_TRY(decoder_.decode(encoder_.last_latent(), quality, shown_.mutable_view()));
    return quality::psnr_rgb(picture.view(), shown_.view());
  }

 private:
  Ends(codec::FrameEncoder encoder, codec::FrameDecoder decoder, Image shown)
      : encoder_(std::move(encoder)), decoder_(std::move(decoder)), shown_(std::move(shown)) {}
  codec::FrameEncoder encoder_;
  codec::FrameDecoder decoder_;
  Image shown_;
  Bytes coded_;
};

struct Losses {
  Bundle::Loss bf16{}, int8{};
};

// Adds to `sums` what this picture loses at the quality that is the last below 35 dB, and below 40 dB.
Result<> add_losses(const std::shared_ptr<const Bundle>& bundle, const Image& picture, Losses& sums) {
  const auto ends = [&](nn::Precision precision) { return Ends::create(bundle, picture.width(), picture.height(), precision); };
  auto exact = LC_TRY(ends(nn::Precision::f32)), bf16 = LC_TRY(ends(nn::Precision::bf16)), int8 = LC_TRY(ends(nn::Precision::int8));
  for (const bool high : {false, true}) {
    int below = 0, above = bundle->qualities();
    while (above - below > 1) {
      const int middle = (below + above) / 2;
      (LC_TRY(exact.psnr(picture, middle)) < (high ? 40 : 35) ? below : above) = middle;
    }
    const double best = LC_TRY(exact.psnr(picture, below));
    for (const auto& [tested, loss] : {std::pair{&bf16, &sums.bf16}, std::pair{&int8, &sums.int8}})
      (high ? loss->high_db : loss->low_db) += best - LC_TRY(tested->psnr(picture, below));
  }
  return {};
}

// The manifest, line by line: other digests of the two networks, and the section `precision` before `files`. Errors where it
// is laid out in another way than the shipped ones.
Result<std::string> rewritten(const std::string& manifest, const Networks& networks, const Losses& losses, Bundle::Loss bound) {
  const auto line = [](const char* key, Bundle::Loss loss) {
    return fmt::format("  {}: [{:.3f}, {:.3f}]\n", key, loss.low_db, loss.high_db);
  };
  std::istringstream in(manifest);
  std::string out, text, section;
  int replaced = 0;
  while (std::getline(in, text)) {
    const bool is_top = !text.empty() && text[0] != ' ' && text[0] != '#' && text[0] != '\r';
    if (is_top) section = text.substr(0, text.find(':'));
    if (section == "precision") continue;
    if (is_top && section == "files")
      out += "precision:\n" + line("bound_db", bound) + line("bf16_db", losses.bf16) + line("int8_db", losses.int8);
    for (const auto& [name, content] : {std::pair{"encoder.onnx:", &networks.encoder}, std::pair{"decoder.onnx:", &networks.decoder}}) {
      const std::size_t begin = text.find_first_not_of(' ');
      if (section != "files" || begin == std::string::npos || text.compare(begin, std::strlen(name), name) != 0) continue;
      text = text.substr(0, begin) + name + " " + to_hex(seal::blake2b_256(*content));
      ++replaced;
    }
    out += text + "\n";
  }
  if (replaced != 2)
    return fail(Errc::invalid_config,
                "manifest.yaml: expected a line 'files:' and below it one for each file, as 'encoder.onnx: DIGEST'; lay it out so");
  return out;
}

Result<> save_all(const std::filesystem::path& folder, const Networks& networks, const std::string& manifest) {
  LC_TRY(save_file(folder / "encoder.onnx", networks.encoder));
  LC_TRY(save_file(folder / "decoder.onnx", networks.decoder));
  return save_file(folder / "manifest.yaml", as_bytes(manifest));
}

Result<std::string> load_text(const std::filesystem::path& file) {
  const Bytes bytes = LC_TRY(load_file(file));
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// A copy of the bundle's folder.
Result<PrivateFolder> draft_of(const Bundle& bundle) {
  auto folder = LC_TRY(PrivateFolder::create());
  std::error_code error;
  std::filesystem::copy(bundle.path(), folder.path(), std::filesystem::copy_options::recursive, error);
  if (error) return fail(Errc::unavailable, "{}: cannot be copied: {}", bundle.path().string(), error.message());
  return folder;
}

// All three files, or none of them.
Result<> replace(const Bundle& bundle, const Networks& networks, const std::string& manifest, const std::string& old_manifest) {
  auto saved = save_all(bundle.path(), networks, manifest);
  if (saved) return {};
  const auto old = [&](const char* name) { return bundle.file(name).map([](ByteSpan b) { return Bytes(b.begin(), b.end()); }); };
  if (const auto encoder = old("encoder.onnx"), decoder = old("decoder.onnx"); encoder && decoder)
    static_cast<void>(save_all(bundle.path(), {*encoder, *decoder}, old_manifest));
  return saved;
}

}  // namespace

Result<Quantised> quantise(const QuantiseOptions& options, const std::function<void(std::size_t, std::size_t)>& progress) {
  const auto bundle = LC_TRY(Bundle::load(options.bundle));
  LC_TRY(bundle->need(codec::BundleKind::autoencoder));
  // Whatever would stop the writing stops it now.
  const std::string manifest = LC_TRY(load_text(bundle->path() / "manifest.yaml"));
  LC_TRY(rewritten(manifest, {}, {}, bundle->bound()));
  LC_TRY(save_file(bundle->path() / "manifest.yaml", as_bytes(manifest)));
  auto pictures = LC_TRY(find_pictures(options.images));
  if (static_cast<int>(pictures.size()) < kFewestPictures)
    return fail(Errc::invalid_config, "--images: {} pictures; give at least {}", pictures.size(), kFewestPictures);
  // Of a long list, some from everywhere.
  const std::size_t count = std::min(pictures.size(), static_cast<std::size_t>(options.pictures)) / 2 * 2;
  const auto picked = [&](std::size_t i) -> const std::filesystem::path& { return pictures[i * pictures.size() / count].file; };

  auto calibrator = LC_TRY(Calibrator::create(bundle));
  Quantised out;
  std::size_t done = 0;
  for (std::size_t i = 0; i < count; i += 2, ++out.calibrated) {
    LC_TRY(calibrator.see(LC_TRY(middle_of(picked(i), kCalibrationSide, true))));
    progress(++done, count);
  }
  const Networks networks = LC_TRY(calibrator.annotated(progress));
  Losses losses;
  const PrivateFolder draft = LC_TRY(draft_of(*bundle));
  {
    LC_TRY(save_all(draft.path(), networks, LC_TRY(rewritten(manifest, networks, losses, bundle->bound()))));
    const auto drafted = LC_TRY(Bundle::load(draft.path()));
    for (std::size_t i = 1; i < count; i += 2, ++out.measured) {
      LC_TRY(add_losses(drafted, LC_TRY(middle_of(picked(i), kMeasureSide, false)), losses));
      progress(++done, count);
    }
  }
  for (double* sum : {&losses.bf16.low_db, &losses.bf16.high_db, &losses.int8.low_db, &losses.int8.high_db})
    *sum /= static_cast<double>(out.measured);
  // What the folder is to hold is loaded once more before anything there is touched.
  const std::string finished = LC_TRY(rewritten(manifest, networks, losses, bundle->bound()));
  LC_TRY(save_all(draft.path(), networks, finished));
  const auto written = LC_TRY(Bundle::load(draft.path()));
  LC_TRY(replace(*bundle, networks, finished, manifest));
  out.bf16 = losses.bf16;
  out.int8 = losses.int8;
  out.bound_low_db = bundle->bound().low_db;
  out.bound_high_db = bundle->bound().high_db;
  out.latent_space = written->latent_space_hex();
  return out;
}

}  // namespace lc::cli
