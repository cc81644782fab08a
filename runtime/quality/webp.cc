#include "quality/webp.h"

#include <memory>

#include "tensor/convert.h"

#ifdef LC_HAVE_WEBP
#include <webp/decode.h>
#include <webp/encode.h>
#endif

namespace lc::quality {

#ifdef LC_HAVE_WEBP

bool has_webp() { return true; }

Result<Bytes> encode_webp(const ImageView& image, int quality) {
  expect_valid(image);
  if (image.format != PixelFormat::rgb) return encode_webp(to_rgb(image).view(), quality);
  std::uint8_t* memory = nullptr;
  const std::size_t size = WebPEncodeRGB(image.planes[0], image.width, image.height, image.strides[0],
                                         static_cast<float>(quality), &memory);
  const std::unique_ptr<std::uint8_t, decltype(&WebPFree)> owner(memory, &WebPFree);
  if (size == 0) return fail(Errc::backend, "WebP: {} x {} could not be encoded", image.width, image.height);
  const auto* bytes = reinterpret_cast<const std::byte*>(memory);
  return Bytes(bytes, bytes + size);
}

Result<Image> decode_webp(ByteSpan bytes) {
  const auto* from = reinterpret_cast<const std::uint8_t*>(bytes.data());
  int width = 0, height = 0;
  if (!WebPGetInfo(from, bytes.size(), &width, &height)) return fail(Errc::bad_format, "not a WebP file");
  Image image = Image::make(PixelFormat::rgb, width, height);  // WebP's own limit is 16383 a side
  const MutableImageView view = image.mutable_view();
  if (!WebPDecodeRGBInto(from, bytes.size(), view.planes[0], image.samples().size(), view.strides[0]))
    return fail(Errc::corrupt, "WebP: the file is damaged or ends early");
  return image;
}

#else

bool has_webp() { return false; }
Result<Bytes> encode_webp(const ImageView&, int) {
  return fail(Errc::unsupported, "built without libwebp: install libwebp-dev and set up the build again");
}
Result<Image> decode_webp(ByteSpan) {
  return fail(Errc::unsupported, "built without libwebp: install libwebp-dev and set up the build again");
}

#endif

}  // namespace lc::quality
