#include "quality/jpeg.h"

#include <cstdio>
#include <cstdlib>
// jpeglib.h needs stdio.h before it
#include <jerror.h>
#include <jpeglib.h>

#include <csetjmp>
#include <string>

#include "tensor/convert.h"

namespace lc::quality {
namespace {

// libjpeg reports errors through a callback that must not return, hence the jump. Everything with a
// destructor lives outside of the functions that are jumped out of.
struct Errors {
  jpeg_error_mgr manager{};  // first: libjpeg hands back its address
  std::jmp_buf place{};
  char text[JMSG_LENGTH_MAX] = "";
  bool ended = false;  // the bytes ran out
};

[[noreturn]] void on_error(j_common_ptr info) {
  auto* errors = reinterpret_cast<Errors*>(info->err);
  info->err->format_message(info, errors->text);
  std::longjmp(errors->place, 1);
}

// libjpeg only warns of damage and goes on with gray; we refuse. Level -1 is a warning, 0 and above are
// traces.
void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;
  if (info->err->msg_code == JWRN_JPEG_EOF) reinterpret_cast<Errors*>(info->err)->ended = true;
  on_error(info);
}

jpeg_error_mgr* prepare(Errors& errors) {
  jpeg_std_error(&errors.manager);
  errors.manager.error_exit = on_error;
  errors.manager.emit_message = on_message;
  return &errors.manager;
}

struct Encoding {
  Errors errors;
  jpeg_compress_struct info{};
  unsigned char* memory = nullptr;  // malloc'd by libjpeg
  unsigned long size = 0;

  Encoding() = default;
  Encoding(const Encoding&) = delete;
  Encoding& operator=(const Encoding&) = delete;
  ~Encoding() {
    jpeg_destroy_compress(&info);
    std::free(memory);
  }
};

bool write_all(Encoding& work, const ImageView& image, int quality) {
  work.info.err = prepare(work.errors);
  if (setjmp(work.errors.place)) return false;
  jpeg_create_compress(&work.info);
  jpeg_mem_dest(&work.info, &work.memory, &work.size);
  work.info.image_width = static_cast<JDIMENSION>(image.width);
  work.info.image_height = static_cast<JDIMENSION>(image.height);
  work.info.input_components = image.format == PixelFormat::gray8 ? 1 : 3;
  work.info.in_color_space = image.format == PixelFormat::gray8 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&work.info);  // 4:2:0, JDCT_ISLOW
  jpeg_set_quality(&work.info, quality, TRUE);
  work.info.optimize_coding = TRUE;
  jpeg_start_compress(&work.info, TRUE);
  for (int y = 0; y < image.height; ++y) {
    auto* row = const_cast<JSAMPROW>(image.row(0, y));
    jpeg_write_scanlines(&work.info, &row, 1);
  }
  jpeg_finish_compress(&work.info);
  return true;
}

struct Decoding {
  Errors errors;
  jpeg_decompress_struct info{};
  Image image;

  Decoding() = default;
  Decoding(const Decoding&) = delete;
  Decoding& operator=(const Decoding&) = delete;
  ~Decoding() { jpeg_destroy_decompress(&info); }
};

bool read_header(Decoding& work, ByteSpan bytes) {
  work.info.err = prepare(work.errors);
  if (setjmp(work.errors.place)) return false;
  jpeg_create_decompress(&work.info);
  jpeg_mem_src(&work.info, reinterpret_cast<const unsigned char*>(bytes.data()),
               static_cast<unsigned long>(bytes.size()));
  jpeg_read_header(&work.info, TRUE);
  work.info.out_color_space = work.info.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  return true;
}

bool read_pixels(Decoding& work, const MutableImageView& view) {
  if (setjmp(work.errors.place)) return false;
  jpeg_start_decompress(&work.info);
  while (work.info.output_scanline < work.info.output_height) {
    JSAMPROW row = view.row(0, static_cast<int>(work.info.output_scanline));
    jpeg_read_scanlines(&work.info, &row, 1);
  }
  jpeg_finish_decompress(&work.info);
  return true;
}

}  // namespace

Result<Bytes> encode_jpeg(const ImageView& image, int quality) {
  expect_valid(image);
  if (plane_count(image.format) > 1) return encode_jpeg(to_rgb(image).view(), quality);
  Encoding work;
  if (!write_all(work, image, quality)) return fail(Errc::backend, "JPEG: {}", work.errors.text);
  const auto* bytes = reinterpret_cast<const std::byte*>(work.memory);
  return Bytes(bytes, bytes + work.size);
}

Result<Image> decode_jpeg(ByteSpan bytes) {
  Decoding work;
  const auto refusal = [&] {
    return fail(work.errors.ended ? Errc::truncated : Errc::corrupt, "JPEG: {}", work.errors.text);
  };
  if (bytes.size() < 2 || as_text(bytes.first(2)) != "\xFF\xD8")
    return fail(Errc::bad_format, "not a JPEG file");
  if (!read_header(work, bytes)) return refusal();
  if (work.info.image_width > Image::kMaxSide || work.info.image_height > Image::kMaxSide)
    return fail(Errc::unsupported, "JPEG of {} x {}: sides above {} are not read", work.info.image_width,
                work.info.image_height, Image::kMaxSide);
  // Each 8 x 8 block costs at least two bits a component, twice that is lenient: a header alone cannot claim
  // a giant.
  const std::size_t pixels = std::size_t{work.info.image_width} * work.info.image_height;
  if (pixels / 64 / 8 > bytes.size())
    return fail(Errc::truncated, "JPEG: {} bytes for {} pixels", bytes.size(), pixels);
  work.image = Image::make(work.info.num_components == 1 ? PixelFormat::gray8 : PixelFormat::rgb,
                           static_cast<int>(work.info.image_width), static_cast<int>(work.info.image_height));
  if (!read_pixels(work, work.image.mutable_view())) return refusal();
  return std::move(work.image);
}

}  // namespace lc::quality
