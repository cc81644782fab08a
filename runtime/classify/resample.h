// Resizing of 8-bit planes with a triangle filter: bilinear when enlarging; when shrinking, as wide as the
// pixels of the result, so that nothing aliases (what Pillow and torchvision call bilinear).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lc::classify {

// A part of one axis of a picture and how many samples it becomes. A plane with fewer samples than the
// picture has pixels (chroma) says where they are.
struct Axis {
  double begin = 0, length = 0;  // in pixels of the picture
  int result = 0;                // samples wanted, >= 1
  int samples = 0;               // that the plane has, >= 1
  double pixels_per_sample = 1;
  double first_centre = 0.5;  // of sample 0, in pixels; chroma on the left luma column: 0.5 too
};

// For each sample of the result: a run of source samples and their weights, which add up to 1.
class Taps {
 public:
  explicit Taps(const Axis& axis);
  struct Run {
    int first, count;
    const float* weights;
  };
  int size() const { return static_cast<int>(firsts_.size()); }
  Run run(int index) const {
    const auto i = static_cast<std::size_t>(index);
    return {firsts_[i], static_cast<int>(starts_[i + 1] - starts_[i]), weights_.data() + starts_[i]};
  }
  int begin() const;  // of all runs, in source samples
  int end() const;

 private:
  std::vector<int> firsts_;
  std::vector<std::size_t> starts_;
  std::vector<float> weights_;
};

// One plane with `channels` interleaved samples a pixel.
class PlaneResampler {
 public:
  PlaneResampler(const Axis& horizontal, const Axis& vertical, int channels);

  // `out` [vertical.result][horizontal.result][channels], in the units of the source (0..255). Allocates
  // nothing.
  void run(const std::uint8_t* plane, int stride, std::span<float> out);

 private:
  void mix_rows(const std::uint8_t* plane, int stride, const Taps::Run& rows);

  Taps columns_, rows_;
  int channels_;
  std::vector<float> row_;  // the mixed source row, from columns_.begin() on
};

}  // namespace lc::classify
