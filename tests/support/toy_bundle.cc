#include "support/toy_bundle.h"

#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/file.h"
#include "seal/digest.h"
#include "support/onnx_chain.h"

namespace lc::test {
namespace {

using Row = std::vector<float>;

// Orthonormal in RGB: grey, red against blue, green against both.
constexpr double kColour[3][3] = {{1, 1, 1}, {1, 0, -1}, {1, -2, 1}};
// First frequencies of an integer cosine transform over 8 samples.
constexpr double kWave[3][8] = {
    {1, 1, 1, 1, 1, 1, 1, 1}, {10, 9, 6, 2, -2, -6, -9, -10}, {10, 4, -4, -10, -10, -4, 4, 10}};
// Channels at 1/8: colour, horizontal frequency, vertical frequency.
constexpr int kFine[8][3] = {{0, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0, 1, 1},
                             {0, 2, 0}, {0, 0, 2}, {1, 0, 0}, {2, 0, 0}};
// Latent channels: channel at 1/8, Haar horizontal, Haar vertical.
constexpr int kLatent[16][3] = {{0, 0, 0}, {6, 0, 0}, {7, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0, 1, 1},
                                {1, 0, 0}, {2, 0, 0}, {1, 1, 0}, {1, 0, 1}, {2, 1, 0}, {2, 0, 1},
                                {3, 0, 0}, {4, 0, 0}, {5, 0, 0}, {1, 1, 1}};
constexpr double kScale = 4;  // pixels enter as (x - 1/2) * 4

Row normalised(Row row) {
  double power = 0;
  for (float v : row) power += double{v} * double{v};  // small integers: exact
  for (float& v : row) v = static_cast<float>(double{v} / std::sqrt(power));
  return row;
}

// [8][planes * 64]: the orthonormal functions at 1/8. Gray pictures have one plane, and no colour.
std::vector<Row> fine_basis(int planes) {
  std::vector<Row> basis;
  for (const auto& fine : kFine) {
    Row row;
    for (int plane = 0; plane < planes; ++plane)
      for (int y = 0; y < 8; ++y)
        for (int x = 0; x < 8; ++x) {
          const double colour = planes == 3 ? kColour[fine[0]][plane] : fine[0] == 0 ? 1 : 0;
          row.push_back(static_cast<float>(colour * kWave[fine[1]][x] * kWave[fine[2]][y]));
        }
    basis.push_back(fine[0] != 0 && planes == 1 ? row : normalised(row));
  }
  return basis;
}

// [16][8 * 4]: from 1/8 to 1/16.
std::vector<Row> coarse_basis() {
  std::vector<Row> basis;
  for (const auto& latent : kLatent) {
    Row row(8 * 4, 0.0f);
    for (int y = 0; y < 2; ++y)
      for (int x = 0; x < 2; ++x) {
        const bool minus = (latent[1] & x) != (latent[2] & y);
        row[static_cast<std::size_t>(latent[0] * 4 + y * 2 + x)] = minus ? -0.5f : 0.5f;
      }
    basis.push_back(row);
  }
  return basis;
}

Row flat(const std::vector<Row>& rows, bool transposed, double scale) {
  Row out;
  const std::size_t outer = transposed ? rows[0].size() : rows.size();
  const std::size_t inner = transposed ? rows.size() : rows[0].size();
  for (std::size_t i = 0; i < outer; ++i)
    for (std::size_t j = 0; j < inner; ++j)
      out.push_back(static_cast<float>(scale * double{transposed ? rows[j][i] : rows[i][j]}));
  return out;
}

Bytes encoder_onnx(int planes) {
  const auto fine = fine_basis(planes);
  // The 1/2 of every pixel, seen by the only functions with a mean. sqrt(planes * 64) is their sum over a
  // flat picture.
  Row bias(8, 0.0f);
  bias[0] = static_cast<float>(-0.5 * kScale * std::sqrt(planes * 64.0));
  OnnxChain chain("x", {1, planes, -1, -2});
  chain.conv(flat(fine, false, kScale), {8, planes, 8, 8}, 8, bias, "fine");
  chain.conv(flat(coarse_basis(), false, 1), {16, 8, 2, 2}, 2, Row(16, 0.0f), "y");
  return chain.finish({1, 16, -3, -4});
}

Bytes decoder_onnx(int planes) {
  OnnxChain chain("y", {1, 16, -1, -2});
  chain.conv(flat(coarse_basis(), true, 1), {32, 16, 1, 1}, 1, Row(32, 0.0f), "coarse");
  chain.depth_to_space(2, "fine");
  chain.conv(flat(fine_basis(planes), true, 1 / kScale), {planes * 64, 8, 1, 1}, 1,
             Row(static_cast<std::size_t>(planes) * 64, 0.5f), "blocks");
  chain.depth_to_space(8, "x");
  return chain.finish({1, planes, -3, -4});
}

void save(const std::filesystem::path& path, ByteSpan content) {
  if (auto done = save_file(path, content); !done) throw std::runtime_error(done.error().text);
}

std::filesystem::path write_bundle(const std::filesystem::path& folder,
                                   const std::vector<std::pair<std::string, Bytes>>& files, std::string manifest) {
  std::filesystem::create_directories(folder);
  manifest += "files:\n";
  for (const auto& [name, content] : files) {
    save(folder / name, content);
    manifest += fmt::format("  {}: {}\n", name, to_hex(seal::blake2b_256(content)));
  }
  save(folder / "manifest.yaml", as_bytes(manifest));
  return folder;
}

}  // namespace

std::filesystem::path make_toy_bundle(const std::filesystem::path& dir, const ToyOptions& options) {
  const int planes = options.gray ? 1 : 3;
  const std::string card =
      fmt::format("# {}\n\nA linear toy for tests, number {}.\n", options.name, options.variant);
  const std::vector<std::pair<std::string, Bytes>> files = {
      {"CARD.md", Bytes(as_bytes(card).begin(), as_bytes(card).end())},
      {"decoder.onnx", decoder_onnx(planes)},
      {"encoder.onnx", encoder_onnx(planes)},
      {"entropy.bin", pack(toy_tables())},
  };
  return write_bundle(
      dir / options.name, files,
      fmt::format(
          "bundle: {}\nkind: autoencoder\nformat: 1\nsummary: a linear toy for tests\n"
          "input: {{channels: {}, stride: 16}}\nlatent: {{channels: 16, stride: 16}}\ncoding: rans\nqualities: 64\n"
          "licence: Apache-2.0\nterms: none\nmeasured: {{}}\n",
          options.name, options.gray ? "gray" : "rgb"));
}

std::filesystem::path make_raw_bundle(const std::filesystem::path& dir, const std::string& name,
                                      const std::string& sample, const std::string& more) {
  Row pixels(16, 0.0f);
  for (std::size_t i = 0; i < 4; ++i) pixels[5 * i] = 1;  // each of 2 x 2 pixels its channel
  OnnxChain encoder("x", {1, 1, 24, 32}), decoder("y", {1, 4, 12, 16});
  encoder.conv(pixels, {4, 1, 2, 2}, 2, Row(4, 0.0f), "y");
  decoder.depth_to_space(2, "x");
  return write_bundle(dir / name, {{"decoder.onnx", decoder.finish({1, 1, 24, 32})}, {"encoder.onnx", encoder.finish({1, 4, 12, 16})}},
                      fmt::format("bundle: {}\nkind: autoencoder\nformat: 1\nsummary: a raw toy for tests\n"
                                  "input: {{channels: gray, width: 32, height: 24}}\n"
                                  "latent: {{channels: 4, width: 16, height: 12, sample: {}}}\ncoding: raw\n{}"
                                  "licence: Apache-2.0\nterms: none\nmeasured: {{}}\n",
                                  name, sample, more));
}

}  // namespace lc::test
