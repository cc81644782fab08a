#include "quality/png.h"

#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <string>
#include <vector>

#include "base/file.h"
#include "quality/jpeg.h"
#include "quality/webp.h"
#include "tensor/convert.h"
#include "tensor/ppm.h"

namespace lc::quality {
namespace {

// libpng reports errors by longjmp. So everything with a destructor lives in these structs, outside of the
// functions that are jumped out of.
struct Decoding {
  png_structp png = nullptr;
  png_infop info = nullptr;
  ByteSpan rest;
  std::size_t size = 0;  // of the whole file
  bool ended = false;  // the bytes ran out
  std::string reason;
  Image image;
  std::vector<png_bytep> rows;

  Decoding() = default;
  Decoding(const Decoding&) = delete;
  Decoding& operator=(const Decoding&) = delete;
  ~Decoding() { png_destroy_read_struct(&png, &info, nullptr); }
};

struct Encoding {
  png_structp png = nullptr;
  png_infop info = nullptr;
  Bytes out;
  std::string reason;

  Encoding() = default;
  Encoding(const Encoding&) = delete;
  Encoding& operator=(const Encoding&) = delete;
  ~Encoding() { png_destroy_write_struct(&png, &info); }
};

template <class Work>
void on_error(png_structp png, png_const_charp text) {
  static_cast<Work*>(png_get_error_ptr(png))->reason = text;
  png_longjmp(png, 1);
}
void on_warning(png_structp, png_const_charp) {}

void read_some(png_structp png, png_bytep to, std::size_t count) {
  auto& work = *static_cast<Decoding*>(png_get_io_ptr(png));
  if (count > work.rest.size()) {
    work.ended = true;
    png_error(png, "the file ends early");
  }
  std::memcpy(to, work.rest.data(), count);
  work.rest = work.rest.subspan(count);
}

void write_some(png_structp png, png_bytep from, std::size_t count) {
  auto& out = static_cast<Encoding*>(png_get_io_ptr(png))->out;
  const auto* bytes = reinterpret_cast<const std::byte*>(from);
  out.insert(out.end(), bytes, bytes + count);
}

constexpr png_uint_16 kBackdrop = 200;  // grey behind transparent pixels
constexpr std::size_t kMostDeflated = 1032;  // deflate makes no more bytes than this out of one

bool read_header(Decoding& work) {
  if (setjmp(png_jmpbuf(work.png))) return false;
  png_set_read_fn(work.png, &work, read_some);
  png_set_user_limits(work.png, Image::kMaxSide, Image::kMaxSide);
  png_set_chunk_malloc_max(work.png, 1 << 20);
  png_read_info(work.png, work.info);
  // A header alone cannot claim a giant.
  if (png_get_rowbytes(work.png, work.info) * png_get_image_height(work.png, work.info) / kMostDeflated > work.size) {
    work.ended = true;
    png_error(work.png, "too few bytes for a picture of this size");
  }
  png_set_expand(work.png);
  png_set_strip_16(work.png);
  png_color_16 backdrop{};
  backdrop.red = backdrop.green = backdrop.blue = backdrop.gray = kBackdrop;
  png_set_background(work.png, &backdrop, PNG_BACKGROUND_GAMMA_SCREEN, 0, 1.0);
  png_set_interlace_handling(work.png);
  const int type = png_get_color_type(work.png, work.info);
  if (type == PNG_COLOR_TYPE_GRAY_ALPHA ||
      (type == PNG_COLOR_TYPE_GRAY && png_get_valid(work.png, work.info, PNG_INFO_tRNS)))
    png_set_gray_to_rgb(work.png);
  png_read_update_info(work.png, work.info);
  return true;
}

bool read_pixels(Decoding& work) {
  if (setjmp(png_jmpbuf(work.png))) return false;
  png_read_image(work.png, work.rows.data());
  png_read_end(work.png, nullptr);
  return true;
}

bool write_all(Encoding& work, const ImageView& image) {
  if (setjmp(png_jmpbuf(work.png))) return false;
  png_set_write_fn(work.png, &work, write_some, nullptr);
  const int type = image.format == PixelFormat::rgb ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY;
  png_set_IHDR(work.png, work.info, static_cast<png_uint_32>(image.width),
               static_cast<png_uint_32>(image.height), 8, type, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(work.png, work.info);
  for (int y = 0; y < image.height; ++y) png_write_row(work.png, image.row(0, y));
  png_write_end(work.png, work.info);
  return true;
}

}  // namespace

Result<Image> decode_png(ByteSpan bytes) {
  if (bytes.size() < 8 || png_sig_cmp(reinterpret_cast<png_const_bytep>(bytes.data()), 0, 8) != 0)
    return fail(Errc::bad_format, "not a PNG file");
  Decoding work;
  work.rest = bytes;
  work.size = bytes.size();
  work.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &work, on_error<Decoding>, on_warning);
  if (work.png) work.info = png_create_info_struct(work.png);
  if (!work.info) return fail(Errc::backend, "libpng has no memory");
  const auto refusal = [&] {
    return fail(work.ended ? Errc::truncated : Errc::corrupt, "PNG: {}", work.reason);
  };
  if (!read_header(work)) return refusal();
  const auto width = static_cast<int>(png_get_image_width(work.png, work.info));
  const auto height = static_cast<int>(png_get_image_height(work.png, work.info));
  const bool is_gray = png_get_channels(work.png, work.info) == 1;
  work.image = Image::make(is_gray ? PixelFormat::gray8 : PixelFormat::rgb, width, height);
  const MutableImageView view = work.image.mutable_view();
  LC_EXPECT(png_get_rowbytes(work.png, work.info) == static_cast<std::size_t>(view.strides[0]),
            "libpng's rows are ours");
  for (int y = 0; y < height; ++y) work.rows.push_back(view.row(0, y));
  if (!read_pixels(work)) return refusal();
  return std::move(work.image);
}

Result<Bytes> encode_png(const ImageView& image) {
  expect_valid(image);
  if (plane_count(image.format) > 1) return encode_png(to_rgb(image).view());
  Encoding work;
  work.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &work, on_error<Encoding>, on_warning);
  if (work.png) work.info = png_create_info_struct(work.png);
  if (!work.info) return fail(Errc::backend, "libpng has no memory");
  if (!write_all(work, image)) return fail(Errc::backend, "PNG: {}", work.reason);
  return std::move(work.out);
}

Result<Image> load_png(const std::filesystem::path& path) {
  auto image = decode_png(LC_TRY(load_file(path)));
  if (!image) return within(path.string(), image.error());
  return image;
}

Result<> save_png(const std::filesystem::path& path, const ImageView& image) {
  return save_file(path, LC_TRY(encode_png(image)));
}

Result<Image> load_picture(const std::filesystem::path& path) {
  const Bytes bytes = LC_TRY(load_file(path));
  const std::string_view text = as_text(bytes);
  Result<Image> image = text.starts_with("\x89PNG")                        ? decode_png(bytes)
                        : text.starts_with("P5") || text.starts_with("P6") ? decode_ppm(bytes)
                        : text.starts_with("\xFF\xD8") ? decode_jpeg(bytes)
                        : text.starts_with("RIFF") && text.substr(0, 12).ends_with("WEBP")
                            ? decode_webp(bytes)
                            : fail(Errc::bad_format, "no PNG, JPEG, WebP, PPM or PGM picture");
  if (!image) return within(path.string(), image.error());
  return image;
}

}  // namespace lc::quality
