#include "tensor/ppm.h"

#include <cstring>

#include "base/file.h"
#include "tensor/convert.h"

namespace lc {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// The next number of a header: blanks and comments (# to the end of the line) may stand before it.
Result<int> take_number(Reader& reader, int limit) {
  char c;
  do {
    c = static_cast<char>(LC_TRY(reader.big<std::uint8_t>()));
    if (c == '#')
      while (c != '\n') c = static_cast<char>(LC_TRY(reader.big<std::uint8_t>()));
  } while (is_blank(c));
  int value = 0;
  for (; c >= '0' && c <= '9'; c = static_cast<char>(LC_TRY(reader.big<std::uint8_t>()))) {
    value = 10 * value + (c - '0');
    if (value > limit) return fail(Errc::unsupported, "a number in the header is above {}", limit);
  }
  if (!is_blank(c))
    return fail(Errc::bad_format, "a number is expected at offset {} of the header", reader.offset() - 1);
  return value;  // the one blank after it is taken too
}

}  // namespace

Result<Image> decode_ppm(ByteSpan bytes) {
  Reader reader(bytes);
  const std::string_view magic = as_text(LC_TRY(reader.take(2)));
  if (magic != "P5" && magic != "P6")
    return fail(Errc::bad_format, "not a binary PPM or PGM: it does not begin with P5 or P6");
  const int width = LC_TRY(take_number(reader, Image::kMaxSide)),
            height = LC_TRY(take_number(reader, Image::kMaxSide));
  const int most = LC_TRY(take_number(reader, 65535));
  if (width == 0 || height == 0) return fail(Errc::bad_format, "a picture of {} x {}", width, height);
  if (most != 255) return fail(Errc::unsupported, "samples of 0..{}: only 0..255 is read", most);
  const PixelFormat format = magic == "P6" ? PixelFormat::rgb : PixelFormat::gray8;
  const std::size_t size =
      static_cast<std::size_t>(row_bytes(format, 0, width)) * static_cast<std::size_t>(height);
  const ByteSpan samples = LC_TRY(reader.take(size));  // before anything is allocated
  Image image = Image::make(format, width, height);
  std::memcpy(image.mutable_view().planes[0], samples.data(), size);
  return image;
}

Bytes encode_ppm(const ImageView& image) {
  expect_valid(image);
  if (plane_count(image.format) > 1) return encode_ppm(to_rgb(image).view());
  Bytes out;
  Writer writer(out);
  writer.text(fmt::format("{}\n{} {}\n255\n", image.format == PixelFormat::rgb ? "P6" : "P5", image.width,
                          image.height));
  for (int y = 0; y < image.height; ++y)
    writer.bytes(std::as_bytes(
        std::span(image.row(0, y), static_cast<std::size_t>(row_bytes(image.format, 0, image.width)))));
  return out;
}

Result<Image> load_ppm(const std::filesystem::path& path) {
  auto image = decode_ppm(LC_TRY(load_file(path)));
  if (!image) return within(path.string(), image.error());
  return image;
}

Result<> save_ppm(const std::filesystem::path& path, const ImageView& image) {
  return save_file(path, encode_ppm(image));
}

}  // namespace lc
