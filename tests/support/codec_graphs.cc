#include "support/codec_graphs.h"

#include <cmath>
#include <random>

#include "nn/annotate.h"
#include "nn/calibration.h"
#include "support/onnx_writer.h"
#include "support/test.h"

namespace lc::test {
namespace {

class Net {
 public:
  // Kernel k, stride s, groups g; weights of a size that keeps the signal's.
  std::string conv(const std::string& x, std::int64_t in, std::int64_t out, std::int64_t k, std::int64_t s,
                   std::int64_t g, std::int64_t pad, std::string_view name = "") {
    const std::int64_t taps = in / g * k * k;
    const std::string w =
        net.floats({out, in / g, k, k}, random(out * taps, 1.7 / std::sqrt(static_cast<double>(taps))));
    const std::string b = net.floats({out}, random(out, 0.1));
    return net.node(
        "Conv", {x, w, b},
        {OnnxAttribute::integers("kernel_shape", {k, k}), OnnxAttribute::integers("strides", {s, s}),
         OnnxAttribute::integers("pads", {pad, pad, pad, pad}), OnnxAttribute::integer("group", g)},
        name);
  }

  std::string block(const std::string& x, std::int64_t n, std::string_view name = "") {
    const std::string a = conv(conv(x, n, n, 3, 1, n, 1), n, 2 * n, 1, 1, 1, 0);
    const std::string b = net.node("LeakyRelu", {a}, {OnnxAttribute::number("alpha", 0.1f)});
    return net.node("Add", {x, conv(b, 2 * n, n, 1, 1, 1, 0)}, {}, name);
  }

  std::string to_space(const std::string& x, std::int64_t block, std::string_view name = "") {
    return net.node("DepthToSpace", {x},
                    {OnnxAttribute::integer("blocksize", block), OnnxAttribute::text("mode", "CRD")}, name);
  }

  OnnxWriter net;

 private:
  std::vector<float> random(std::int64_t n, double size) {
    std::vector<float> out(static_cast<std::size_t>(n));
    for (float& v : out) v = static_cast<float>(size * (static_cast<double>(random_()) / 2147483648.0 - 1));
    return out;
  }

  std::mt19937 random_{5};
};

}  // namespace

Bytes codec_encoder(const CodecShape& s) {
  Net n;
  std::string x = n.conv(n.net.input("x", {1, 3, -1, -1}), 3, s.channels, 8, 8, 1, 0);
  for (int i = 0; i < s.blocks_fine; ++i) x = n.block(x, s.channels);
  x = n.conv(x, s.channels, s.latents, 2, 2, 1, 0, s.blocks_coarse == 0 ? "y" : "");
  for (int i = 0; i < s.blocks_coarse; ++i) x = n.block(x, s.latents, i + 1 == s.blocks_coarse ? "y" : "");
  n.net.output("y", {1, s.latents, -1, -1});
  return n.net.model();
}

Bytes codec_decoder(const CodecShape& s) {
  Net n;
  std::string y = n.net.input("y", {1, s.latents, -1, -1});
  for (int i = 0; i < s.blocks_coarse; ++i) y = n.block(y, s.latents);
  y = n.to_space(n.conv(y, s.latents, 4 * s.channels, 1, 1, 1, 0), 2);
  for (int i = 0; i < s.blocks_fine; ++i) y = n.block(y, s.channels);
  n.to_space(n.conv(y, s.channels, 192, 1, 1, 1, 0), 8, "x");
  n.net.output("x", {1, 3, -1, -1});
  return n.net.model();
}

void fill(std::span<float> values, unsigned seed) {
  std::mt19937 random(seed);
  for (float& v : values) v = static_cast<float>(random() >> 8) / 16777216.0f;
}

Bytes calibrated(const Bytes& model, const nn::Dims& dims) {
  const nn::Graph graph = nn::Graph::load(model, "model").value();
  auto calibration = nn::Calibration::create(graph, {dims}).value();
  for (unsigned seed : {5u, 6u}) {
    fill(calibration.input(), seed);
    REQUIRE(calibration.observe());
  }
  std::size_t progress = 0;
  const auto steps = calibration.steps([&](std::size_t done, std::size_t of) {
    CHECK(done <= of);
    progress = done;
  });
  REQUIRE(steps);
  CHECK(progress > 0);
  return nn::annotate(model, *steps).value();
}

}  // namespace lc::test
