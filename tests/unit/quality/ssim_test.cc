// SSIM against closed forms and against a plain twin: double arithmetic, the two-dimensional window, no
// tricks.
#include "quality/ssim.h"

#include <vector>

#include "quality/psnr.h"
#include "support.h"

using namespace lc;
using namespace lc::quality;

namespace {

constexpr double kC1 = 6.5025, kC2 = 58.5225;

struct Plane {
  int width, height;
  std::vector<double> v;
  double at(int x, int y) const {
    return v[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
  }
};

Plane plane_of(const Image& image, int channel) {
  const int step = image.format() == PixelFormat::rgb ? 3 : 1;
  Plane out{image.width(), image.height(), {}};
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) out.v.push_back(image.view().row(0, y)[x * step + channel]);
  return out;
}

struct Terms {
  double structure, full;
};

Terms plain_ssim(const Plane& a, const Plane& b) {
  const int wx = std::min(11, a.width), wy = std::min(11, a.height);
  const auto weight = [](int i, int length) { return std::exp(-std::pow(i - (length - 1) / 2.0, 2) / 4.5); };
  Terms sum{0, 0};
  int count = 0;
  for (int y = 0; y + wy <= a.height; ++y)
    for (int x = 0; x + wx <= a.width; ++x, ++count) {
      double w = 0, ma = 0, mb = 0;
      const auto each = [&](auto f) {
        for (int j = 0; j < wy; ++j)
          for (int i = 0; i < wx; ++i)
            f(weight(i, wx) * weight(j, wy), a.at(x + i, y + j), b.at(x + i, y + j));
      };
      each([&](double k, double p, double q) { w += k, ma += k * p, mb += k * q; });
      ma /= w, mb /= w;
      double va = 0, vb = 0, cov = 0;
      each([&](double k, double p, double q) {
        va += k * (p - ma) * (p - ma), vb += k * (q - mb) * (q - mb), cov += k * (p - ma) * (q - mb);
      });
      const double structure = (2 * cov / w + kC2) / (va / w + vb / w + kC2);
      sum.structure += structure;
      sum.full += structure * (2 * ma * mb + kC1) / (ma * ma + mb * mb + kC1);
    }
  return {sum.structure / count, sum.full / count};
}

Plane plain_half(const Plane& in) {
  Plane out{(in.width + 1) / 2, (in.height + 1) / 2, {}};
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      const int x1 = std::min(2 * x + 1, in.width - 1), y1 = std::min(2 * y + 1, in.height - 1);
      out.v.push_back((in.at(2 * x, 2 * y) + in.at(x1, 2 * y) + in.at(2 * x, y1) + in.at(x1, y1)) / 4);
    }
  return out;
}

double plain_ms_ssim(Plane a, Plane b) {
  const double weights[5] = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};
  double product = 1;
  for (int s = 0; s < 5; ++s) {
    const Terms terms = plain_ssim(a, b);
    product *= std::pow(std::max(0.0, s == 4 ? terms.full : terms.structure), weights[s]);
    a = plain_half(a), b = plain_half(b);
  }
  return product;
}

}  // namespace

TEST_CASE("ssim: identical pictures have 1, of any size") {
  for (const auto& [width, height] : {std::pair{1, 1}, {10, 3}, {11, 11}, {200, 40}}) {
    const Image a = test::random_image(PixelFormat::rgb, width, height, 4);
    CHECK(ssim(a.view(), a.view()) == doctest::Approx(1).epsilon(5e-5));
    CHECK(ms_ssim(a.view(), a.view()) == doctest::Approx(1).epsilon(5e-5));
  }
}

TEST_CASE("ssim: flat pictures differ in luminance only, by the formula") {
  const Image a = test::flat_image(PixelFormat::rgb, 192, 176, 60),
              b = test::flat_image(PixelFormat::rgb, 192, 176, 90);
  const double luminance = (2 * 60 * 90 + kC1) / (60 * 60 + 90 * 90 + kC1);
  CHECK(ssim(a.view(), b.view()) == doctest::Approx(luminance).epsilon(5e-5));
  CHECK(ms_ssim(a.view(), b.view()) == doctest::Approx(std::pow(luminance, 0.1333)).epsilon(5e-5));
}

TEST_CASE("ssim: agrees with the plain twin on noise and on waves, gray and colour, odd sizes") {
  for (const PixelFormat format : {PixelFormat::gray8, PixelFormat::rgb})
    for (const auto& [width, height] : {std::pair{7, 5}, {12, 30}, {37, 23}}) {
      const Image pictures[2] = {test::random_image(format, width, height, 1),
                                 test::waves(format, width, height)};
      for (const Image& a : pictures) {
        const Image b = test::noisy(a, 20, 2);
        const int channels = format == PixelFormat::rgb ? 3 : 1;
        double expected = 0;
        for (int c = 0; c < channels; ++c)
          expected += plain_ssim(plane_of(a, c), plane_of(b, c)).full / channels;
        CHECK(ssim(a.view(), b.view()) == doctest::Approx(expected).epsilon(5e-5));
      }
    }
}

TEST_CASE("ms-ssim: agrees with the plain twin over five scales, odd sizes") {
  const Image a = test::waves(PixelFormat::gray8, 181, 163), b = test::noisy(a, 60, 9);
  CHECK(ms_ssim(a.view(), b.view()) ==
        doctest::Approx(plain_ms_ssim(plane_of(a, 0), plane_of(b, 0))).epsilon(5e-5));
}

TEST_CASE("ms-ssim: small pictures have fewer scales, and contrary ones 0") {
  const Image a = test::flat_image(PixelFormat::gray8, 40, 21, 60),
              b = test::flat_image(PixelFormat::gray8, 40, 21, 90);
  const double luminance = (2 * 60 * 90 + kC1) / (60 * 60 + 90 * 90 + kC1);
  CHECK(ms_ssim(a.view(), b.view()) ==
        doctest::Approx(std::pow(luminance, 0.2856 / (0.0448 + 0.2856))).epsilon(5e-5));
  const Image noise = test::random_image(PixelFormat::gray8, 64, 64, 1);
  Image contrary = noise;
  for (std::size_t i = 0; i < contrary.samples().size(); ++i) contrary.mutable_view().planes[0][i] ^= 255;
  CHECK(ms_ssim(noise.view(), contrary.view()) == 0);
  CHECK(ssim(noise.view(), contrary.view()) < -0.8);
}

TEST_CASE("ms-ssim: in decibels") {
  CHECK(ms_ssim_db(0.9) == doctest::Approx(10));
  CHECK(ms_ssim_db(0.99) == doctest::Approx(20));
  CHECK(ms_ssim_db(1) == kIdenticalDb);
}
