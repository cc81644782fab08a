#include "classify/picture_input.h"

#include <algorithm>
#include <cmath>

#include "base/suggest.h"
#include "tensor/colour.h"

namespace lc::classify {
namespace {

constexpr int kMaxInputSide = 4096;

Result<int> side(const config::Node& input, std::string_view key) {
  return static_cast<int>(LC_TRY(LC_TRY(input.get(key)).integer(1, kMaxInputSide)));
}

// One number for each channel.
Result<std::array<float, 3>> numbers(const config::Node& node, int channels, double min) {
  const auto items = LC_TRY(node.items());
  if (items.size() != static_cast<std::size_t>(channels))
    return node.fault(fmt::format("expected {} numbers, one for each channel, found {}", channels, items.size()));
  std::array<float, 3> values{};
  for (std::size_t i = 0; i < items.size(); ++i) values[i] = static_cast<float>(LC_TRY(items[i].number(min, 1e6)));
  return values;
}

template <class T>
Result<T> word(const config::Node& node, const std::vector<std::pair<std::string, T>>& known) {
  const std::string text = LC_TRY(node.text());
  std::vector<std::string> names;
  for (const auto& [name, value] : known) {
    if (name == text) return value;
    names.push_back(name);
  }
  return node.fault(
      fmt::format("expected one of {}, found {}{}", list_of(names), node.shown(), did_you_mean(text, names)));
}

float unit(float sample) { return std::clamp(sample, 0.0f, 1.0f); }

}  // namespace

Result<InputSpec> InputSpec::read(const config::Node& input) {
  LC_TRY(input.only_keys({"source", "width", "height", "channels", "resize", "short_side", "mean", "std"}));
  if (const auto source = input.find("source"); source && LC_TRY(source->text()) != "pixels")
    return source->fault(fmt::format("expected 'pixels' or 'latents', found {}", source->shown()));
  InputSpec spec;
  spec.width = LC_TRY(side(input, "width"));
  spec.height = LC_TRY(side(input, "height"));
  spec.short_side = std::min(spec.width, spec.height);
  if (const auto node = input.find("channels"))
    spec.channels =
        LC_TRY(word<Channels>(*node, {{"rgb", Channels::rgb}, {"bgr", Channels::bgr}, {"gray", Channels::gray}}));
  if (const auto node = input.find("resize"))
    spec.resize = LC_TRY(word<Resize>(*node, {{"stretch", Resize::stretch}, {"crop", Resize::crop}}));
  if (const auto node = input.find("short_side")) {
    if (spec.resize != Resize::crop) return node->fault("goes with 'resize: crop' only");
    spec.short_side = static_cast<int>(LC_TRY(node->integer(spec.short_side, kMaxInputSide)));
  }
  if (const auto node = input.find("mean")) spec.mean = LC_TRY(numbers(*node, spec.channel_count(), -1e6));
  if (const auto node = input.find("std")) spec.std = LC_TRY(numbers(*node, spec.channel_count(), 1e-6));
  return spec;
}

Axis PictureInput::axis(int picture, int result, double begin, double length, bool is_chroma) const {
  Axis axis{.begin = begin, .length = length, .result = result, .samples = picture};
  if (is_chroma) {
    axis.samples = chroma_size(picture);
    axis.pixels_per_sample = 2;
  }
  return axis;
}

void PictureInput::prepare(const Geometry& geometry) {
  const PixelFormat format = geometry.format;
  const int width = geometry.width, height = geometry.height;
  double x = 0, y = 0, w = width, h = height;
  if (spec_.resize == Resize::crop) {
    // The short side becomes short_side; of the scaled picture the middle width x height is taken. Where the
    // other side is too short for that, the scale gives way.
    const double scale =
        std::max({static_cast<double>(spec_.short_side) / std::min(width, height),
                  static_cast<double>(spec_.width) / width, static_cast<double>(spec_.height) / height});
    w = spec_.width / scale;
    h = spec_.height / scale;
    x = (width - w) / 2;
    y = (height - h) / 2;
  }
  const auto nearest = [](double pixels) { return static_cast<int>(std::lround(pixels)); };
  seen_ = {nearest(x), nearest(y), nearest(x + w) - nearest(x), nearest(y + h) - nearest(y)};
  planes_.clear();
  resized_.clear();
  const auto add = [&](bool is_chroma, int channels) {
    const Axis horizontal = axis(width, spec_.width, x, w, is_chroma);
    Axis vertical = axis(height, spec_.height, y, h, is_chroma);
    if (is_chroma) vertical.first_centre = 1;  // between the two luma rows
    planes_.emplace_back(horizontal, vertical, channels);
    resized_.emplace_back(static_cast<std::size_t>(spec_.width) * static_cast<std::size_t>(spec_.height) *
                          static_cast<std::size_t>(channels));
  };
  add(false, format == PixelFormat::rgb ? 3 : 1);
  if (spec_.channels != Channels::gray) {  // luma needs no chroma
    if (format == PixelFormat::nv12) add(true, 2);
    if (format == PixelFormat::i420) add(true, 1), add(true, 1);
  }
  samples_.resize(static_cast<std::size_t>(spec_.width) * static_cast<std::size_t>(spec_.height) * 3);
  geometry_ = geometry;
}

void PictureInput::yuv_to_rgb(const ImageView& picture) {
  const auto [kr, kg, kb] = luma_weights(picture.colour.matrix);
  const CodeRange range = code_range(picture.colour.range);
  const auto offset = static_cast<float>(range.offset), scale = static_cast<float>(1 / range.scale);
  const auto chroma = static_cast<float>(1 / range.chroma_scale);
  const auto red = static_cast<float>(2 * (1 - kr)), blue = static_cast<float>(2 * (1 - kb));
  const auto green_red = static_cast<float>(2 * (1 - kr) * kr / kg),
             green_blue = static_cast<float>(2 * (1 - kb) * kb / kg);
  const bool interleaved = picture.format == PixelFormat::nv12;
  const float* luma = resized_[0].data();
  const float* cb = resized_[1].data();
  const float* cr = interleaved ? cb + 1 : resized_[2].data();
  const std::size_t step = interleaved ? 2 : 1;
  for (std::size_t i = 0; i < resized_[0].size(); ++i) {
    const float y = (luma[i] - offset) * scale;
    const float u = (cb[i * step] - 128) * chroma, v = (cr[i * step] - 128) * chroma;
    samples_[3 * i] = unit(y + red * v);
    samples_[3 * i + 1] = unit(y - green_red * v - green_blue * u);
    samples_[3 * i + 2] = unit(y + blue * u);
  }
}

void PictureInput::rgb_to_gray(ColourMatrix matrix) {
  const auto [kr, kg, kb] = luma_weights(matrix);
  const auto& rgb = resized_[0];
  for (std::size_t i = 0; i < rgb.size() / 3; ++i)
    samples_[i] = static_cast<float>((kr * rgb[3 * i] + kg * rgb[3 * i + 1] + kb * rgb[3 * i + 2]) / 255);
}

// Fills samples_: luma for gray inputs, RGB for others.
void PictureInput::to_samples(const ImageView& picture) {
  const auto& first = resized_[0];
  const bool is_yuv = picture.format == PixelFormat::i420 || picture.format == PixelFormat::nv12;
  if (spec_.channels == Channels::gray) {
    if (picture.format == PixelFormat::rgb) return rgb_to_gray(picture.colour.matrix);
    const CodeRange range = code_range(is_yuv ? picture.colour.range : ColourRange::full);
    for (std::size_t i = 0; i < first.size(); ++i)
      samples_[i] = unit(static_cast<float>((first[i] - range.offset) / range.scale));
    return;
  }
  if (is_yuv) return yuv_to_rgb(picture);
  const std::size_t step = picture.format == PixelFormat::rgb ? 1 : 3;  // gray8: three equal channels
  for (std::size_t i = 0; i < samples_.size(); ++i) samples_[i] = first[i / step] / 255;
}

void PictureInput::fill(const ImageView& picture, std::span<float> out) {
  expect_valid(picture);
  const auto channels = static_cast<std::size_t>(spec_.channel_count());
  const auto pixels = static_cast<std::size_t>(spec_.width) * static_cast<std::size_t>(spec_.height);
  LC_EXPECT(out.size() == pixels * channels, "the input tensor has the size of the specification");
  const Geometry geometry{picture.format, picture.width, picture.height};
  if (geometry_ != geometry) prepare(geometry);
  for (std::size_t p = 0; p < planes_.size(); ++p) planes_[p].run(picture.planes[p], picture.strides[p], resized_[p]);
  to_samples(picture);
  const bool reversed = spec_.channels == Channels::bgr;
  for (std::size_t c = 0; c < channels; ++c) {
    const std::size_t from = reversed ? 2 - c : c;
    for (std::size_t i = 0; i < pixels; ++i)
      out[i * channels + c] = (samples_[i * channels + from] - spec_.mean[c]) / spec_.std[c];
  }
}

}  // namespace lc::classify
