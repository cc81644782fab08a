#include "cli/frame_file.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "base/file.h"

namespace lc::cli {
namespace {

constexpr std::string_view kMagic = "LCF1";
constexpr std::size_t kMaxHeader = 64;
constexpr std::array kFormats = {PixelFormat::rgb, PixelFormat::i420, PixelFormat::nv12, PixelFormat::gray8};

Result<PixelFormat> format_of(std::string_view name) {
  for (const PixelFormat format : kFormats)
    if (name == to_string(format)) return format;
  return fail(Errc::unsupported, "the pixel format {} is not supported here (supported: RGB, I420, NV12, GRAY8)", name);
}

Result<Image> read_header(const std::string& line) {
  std::istringstream words(line);
  std::string magic, format, matrix, range, rest;
  long width = 0, height = 0;
  words >> magic >> format >> width >> height >> matrix >> range;
  if (!words || words >> rest || magic != kMagic || (matrix != "bt601" && matrix != "bt709") ||
      (range != "limited" && range != "full"))
    return fail(Errc::bad_format, "not a kept picture");
  if (width < 1 || height < 1 || width > Image::kMaxSide || height > Image::kMaxSide)
    return fail(Errc::unsupported, "a picture of {}x{}", width, height);
  const ColourSpec colour{matrix == "bt709" ? ColourMatrix::bt709 : ColourMatrix::bt601,
                          range == "full" ? ColourRange::full : ColourRange::limited};
  return Image::make(LC_TRY(format_of(format)), static_cast<int>(width), static_cast<int>(height), colour);
}

}  // namespace

Bytes encode_frame(const ImageView& image) {
  Bytes out;
  Writer writer(out);
  writer.text(fmt::format("{} {} {} {} {} {}\n", kMagic, to_string(image.format), image.width, image.height,
                          image.colour.matrix == ColourMatrix::bt709 ? "bt709" : "bt601",
                          image.colour.range == ColourRange::full ? "full" : "limited"));
  for (int plane = 0; plane < plane_count(image.format); ++plane)
    for (int y = 0; y < row_count(image.format, plane, image.height); ++y)
      writer.bytes(std::as_bytes(
          std::span(image.row(plane, y), static_cast<std::size_t>(row_bytes(image.format, plane, image.width)))));
  return out;
}

Result<Image> decode_frame(ByteSpan bytes) {
  const auto start = as_text(bytes.first(std::min(bytes.size(), kMaxHeader)));
  const auto newline = start.find('\n');
  if (newline == std::string_view::npos) return fail(Errc::bad_format, "not a kept picture");
  // The header's size is checked against the bytes before memory is taken for it.
  Reader reader(bytes.subspan(newline + 1));
  Image image = LC_TRY(read_header(std::string(start.substr(0, newline))));
  auto view = image.mutable_view();
  for (int plane = 0; plane < plane_count(view.format); ++plane)
    for (int y = 0; y < row_count(view.format, plane, view.height); ++y) {
      const auto row = LC_TRY(reader.take(static_cast<std::size_t>(row_bytes(view.format, plane, view.width))));
      std::memcpy(view.row(plane, y), row.data(), row.size());
    }
  if (reader.remaining() > 0) return fail(Errc::corrupt, "{} bytes behind the picture", reader.remaining());
  return image;
}

Result<> save_frame(const std::filesystem::path& path, const ImageView& image) {
  const auto temporary = path.string() + ".part";
  const Bytes bytes = encode_frame(image);
  {
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!file.flush()) return fail(Errc::unavailable, "{}: cannot be written", temporary);
  }
  std::error_code error;
  std::filesystem::rename(temporary, path, error);
  if (error) return fail(Errc::unavailable, "{}: {}", path.string(), error.message());
  return {};
}

Result<Image> load_frame(const std::filesystem::path& path) {
  const auto bytes = LC_TRY(load_file(path));
  auto image = decode_frame(bytes);
  if (!image) return within(path.string(), image.error());
  return image;
}

Result<ImageView> view_of(const engine::TappedFrame& frame) {
  ImageView view;
  view.format = LC_TRY(format_of(frame.format));
  view.width = frame.width;
  view.height = frame.height;
  view.colour = {frame.is_bt709 ? ColourMatrix::bt709 : ColourMatrix::bt601,
                 frame.is_full_range ? ColourRange::full : ColourRange::limited};
  view.planes = frame.planes;
  view.strides = frame.strides;
  return view;
}

std::filesystem::path frame_name(std::uint64_t capture_ns) { return fmt::format("{}.frame", capture_ns); }

}  // namespace lc::cli
