#include "cli/network_source.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/file.h"
#include "codec/bitstream.h"

namespace lc::cli {
namespace {

constexpr int kLeastSide = 16, kMostSide = 8192;
constexpr std::size_t kPictureRank = 4;  // batch, channels, rows, columns

}  // namespace

std::string size_name(PictureSize size) { return fmt::format("{}x{}", size.width, size.height); }

Result<PictureSize> parse_size(const std::string& text, const char* option) {
  PictureSize out;
  const char* const end = text.data() + text.size();
  const auto [cross, wrong] = std::from_chars(text.data(), end, out.width);
  const bool has_cross = wrong == std::errc{} && cross != end && *cross == 'x';
  const auto is_side = [](int side) { return side >= kLeastSide && side <= kMostSide; };
  if (!has_cross || std::from_chars(cross + 1, end, out.height).ptr != end || !is_side(out.width) ||
      !is_side(out.height))
    return fail(Errc::invalid_config, "{}: expected WIDTHxHEIGHT with sides of {} to {}, found '{}'", option,
                kLeastSide, kMostSide, text);
  return out;
}

Result<std::vector<NetworkSource>> NetworkSource::of_bundle(const codec::Bundle& bundle) {
  std::vector<NetworkSource> out;
  for (const Kind kind : {Kind::encoder, Kind::decoder}) {
    const std::string side = kind == Kind::encoder ? "encoder" : "decoder";
    const ByteSpan onnx = LC_TRY(bundle.file(side + ".onnx"));
    out.push_back(NetworkSource(kind, bundle.name() + "/" + side, (bundle.path() / (side + ".onnx")).string(),
                                Bytes(onnx.begin(), onnx.end()), LC_TRY(bundle.graph(side + ".onnx"))));
    out.back().channels_ = kind == Kind::encoder ? bundle.input_channels() : bundle.latent_channels();
  }
  return out;
}

Result<NetworkSource> NetworkSource::of_file(const std::string& file_and_size) {
  const std::size_t at = file_and_size.rfind('@');
  std::error_code error;
  const bool has_size = at != std::string::npos && !std::filesystem::exists(file_and_size, error);
  const std::filesystem::path file = has_size ? file_and_size.substr(0, at) : file_and_size;
  auto onnx = load_file(file);
  if (!onnx) return within("--network", std::move(onnx).error());
  auto graph = LC_TRY(nn::Graph::load(*onnx, file.string()));
  NetworkSource out(Kind::file, file.stem().string(), file.string(), *std::move(onnx), std::move(graph));
  out.has_own_size_ = has_size;
  if (has_size) out.own_size_ = LC_TRY(parse_size(file_and_size.substr(at + 1), "--network"));
  LC_TRY(out.dims_at(out.own_size_));
  return out;
}

bool NetworkSource::has_open_sides() const {
  for (const nn::Port& port : graph_.inputs())
    if (port.dims.size() == kPictureRank && (port.dims[2] < 0 || port.dims[3] < 0)) return true;
  return false;
}

Result<std::vector<nn::Dims>> NetworkSource::dims_at(PictureSize size) const {
  if (has_own_size_) size = own_size_;
  if (kind_ == Kind::encoder)
    return std::vector<nn::Dims>{{1, channels_, codec::padded_size(size.height), codec::padded_size(size.width)}};
  if (kind_ == Kind::decoder)
    return std::vector<nn::Dims>{{1, channels_, codec::latent_size(size.height), codec::latent_size(size.width)}};
  std::vector<nn::Dims> out;
  for (const nn::Port& port : graph_.inputs()) {
    nn::Dims dims = port.dims;
    if (!dims.empty() && dims[0] < 0) dims[0] = 1;
    if (dims.size() == kPictureRank && dims[2] < 0) dims[2] = size.height;
    if (dims.size() == kPictureRank && dims[3] < 0) dims[3] = size.width;
    if (dims.empty() || std::any_of(dims.begin(), dims.end(), [](std::int64_t side) { return side < 0; }))
      return fail(Errc::invalid_config,
                  "--network: '{}': input '{}' leaves open what no picture size sets; export it with fixed shapes",
                  name_, port.name);
    out.push_back(std::move(dims));
  }
  return out;
}

}  // namespace lc::cli
