// From a picture of any size and format to the input tensor of a classifier.
//
// Planes are resized first and colours converted afterwards, at the small size: both are linear, and a 4096 x
// 2160 frame never becomes floats as a whole.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "classify/regions.h"
#include "classify/resample.h"
#include "config/document.h"
#include "tensor/image.h"

namespace lc::classify {

enum class Channels { rgb, bgr, gray };
enum class Resize {
  stretch,  // the whole picture, whatever its proportions
  crop,     // the middle of the picture, in the proportions of the input
};

// `input` of a classifier's manifest.
//   input: {source: pixels, width: 224, height: 224, channels: rgb, resize: crop, short_side: 256,
//           mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}
struct InputSpec {
  int width = 0, height = 0;  // 1..4096
  Channels channels = Channels::rgb;
  Resize resize = Resize::stretch;
  // crop only: the picture's short side is scaled to this and the middle cut out. Default: the input's short
  // side.
  int short_side = 0;
  std::array<float, 3> mean{0, 0, 0};  // of samples in 0..1
  std::array<float, 3> std{1, 1, 1};

  int channel_count() const { return channels == Channels::gray ? 1 : 3; }

  //   errors  invalid_config, with file, line and column
  static Result<InputSpec> read(const config::Node& input);
};

class PictureInput {
 public:
  explicit PictureInput(const InputSpec& spec) : spec_(spec) {}

  // `out` [height][width][channels]: (sample - mean) / std.
  // Allocates only when size or format differ from the picture before.
  void fill(const ImageView& picture, std::span<float> out);
  // What the tensor shows of the last picture.
  const Rectangle& seen() const { return seen_; }

 private:
  struct Geometry {
    PixelFormat format;
    int width, height;
    bool operator==(const Geometry&) const = default;
  };
  void prepare(const Geometry& geometry);
  Axis axis(int picture, int result, double begin, double length, bool is_chroma) const;
  void to_samples(const ImageView& picture);
  void yuv_to_rgb(const ImageView& picture);
  void rgb_to_gray(ColourMatrix matrix);

  InputSpec spec_;
  std::optional<Geometry> geometry_;
  Rectangle seen_;
  std::vector<PlaneResampler> planes_;
  std::vector<std::vector<float>> resized_;  // one for each plane, 0..255
  std::vector<float> samples_;               // [height][width][3 or 1], RGB or luma, 0..1
};

}  // namespace lc::classify
