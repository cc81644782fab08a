#include "classify/resample.h"

#include <algorithm>
#include <cmath>

#include "base/result.h"

namespace lc::classify {

Taps::Taps(const Axis& axis) {
  LC_EXPECT(axis.result >= 1 && axis.samples >= 1 && axis.length > 0, "an axis has samples");
  const double step = axis.length / axis.result;       // pixels for each sample of the result
  const double scale = step / axis.pixels_per_sample;  // source samples for each sample of the result
  const double radius = std::max(1.0, scale);
  starts_.push_back(0);
  for (int i = 0; i < axis.result; ++i) {
    // Positions are in source samples, sample k covering k..k+1.
    const double pixel = axis.begin + (i + 0.5) * step;
    const double centre = (pixel - axis.first_centre) / axis.pixels_per_sample + 0.5;
    const int first = std::clamp(static_cast<int>(std::floor(centre - radius)), 0, axis.samples - 1);
    const int last = std::clamp(static_cast<int>(std::ceil(centre + radius)), first, axis.samples - 1);
    double sum = 0;
    std::vector<double> weights;
    for (int k = first; k <= last; ++k) {
      weights.push_back(std::max(0.0, 1 - std::abs(k + 0.5 - centre) / radius));
      sum += weights.back();
    }
    if (sum <= 0) {  // outside of the plane altogether: its nearest sample
      std::fill(weights.begin(), weights.end(), 0.0);
      weights[centre < 0 ? 0 : weights.size() - 1] = sum = 1;
    }
    firsts_.push_back(first);
    for (const double weight : weights) weights_.push_back(static_cast<float>(weight / sum));
    starts_.push_back(weights_.size());
  }
}

int Taps::begin() const { return firsts_.front(); }

int Taps::end() const {
  const Run last = run(size() - 1);
  return last.first + last.count;
}

PlaneResampler::PlaneResampler(const Axis& horizontal, const Axis& vertical, int channels)
    : columns_(horizontal), rows_(vertical), channels_(channels) {
  row_.resize(static_cast<std::size_t>((columns_.end() - columns_.begin()) * channels));
}

void PlaneResampler::mix_rows(const std::uint8_t* plane, int stride, const Taps::Run& rows) {
  std::fill(row_.begin(), row_.end(), 0.0f);
  for (int k = 0; k < rows.count; ++k) {
    const float weight = rows.weights[k];
    if (weight == 0) continue;
    const std::uint8_t* from =
        plane + std::ptrdiff_t{rows.first + k} * stride + std::ptrdiff_t{columns_.begin()} * channels_;
    float* to = row_.data();
    for (std::size_t x = 0; x < row_.size(); ++x) to[x] += weight * static_cast<float>(from[x]);
  }
}

void PlaneResampler::run(const std::uint8_t* plane, int stride, std::span<float> out) {
  LC_EXPECT(out.size() == static_cast<std::size_t>(columns_.size()) * static_cast<std::size_t>(rows_.size()) *
                              static_cast<std::size_t>(channels_),
            "the result has room");
  float* to = out.data();
  for (int y = 0; y < rows_.size(); ++y) {
    mix_rows(plane, stride, rows_.run(y));
    for (int x = 0; x < columns_.size(); ++x) {
      const Taps::Run columns = columns_.run(x);
      const float* from = row_.data() + std::ptrdiff_t{columns.first - columns_.begin()} * channels_;
      for (int c = 0; c < channels_; ++c) {
        float sum = 0;
        for (int k = 0; k < columns.count; ++k)
          sum += columns.weights[k] * from[std::ptrdiff_t{k} * channels_ + c];
        *to++ = sum;
      }
    }
  }
}

}  // namespace lc::classify
