#include "elements/codec_support.h"

#include <gst/video/video.h>

#include <map>

#include "support/test.h"
#include "tensor/convert.h"

namespace lc::test {
namespace {

std::shared_ptr<const codec::Bundle> load(const std::string& path) {
  auto bundle = codec::Bundle::load(path);
  REQUIRE(bundle);
  return *bundle;
}

Image moving(int width, int height, int number) {
  Image image = Image::make(PixelFormat::rgb, width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      std::uint8_t* pixel = image.mutable_view().row(0, y) + 3 * x;
      pixel[0] = static_cast<std::uint8_t>(40 + 150 * x / width + 6 * number % 60);
      pixel[1] = static_cast<std::uint8_t>(60 + 120 * y / height);
      pixel[2] = static_cast<std::uint8_t>(200 - 100 * y / height - 4 * number % 50);
    }
  return image;
}

PixelFormat format_named(const std::string& name) {
  for (const auto format : {PixelFormat::rgb, PixelFormat::i420, PixelFormat::nv12, PixelFormat::gray8})
    if (to_string(format) == name) return format;
  FAIL("no such format");
  return PixelFormat::rgb;
}

codec::FrameEncoder make_encoder(const std::shared_ptr<const codec::Bundle>& bundle, int width, int height,
                                 int key_interval) {
  codec::EncoderOptions options;
  options.key_interval = key_interval;
  options.stickiness = 0;
  auto encoder = codec::FrameEncoder::create(bundle, {.width = width, .height = height}, options);
  REQUIRE(encoder);
  return std::move(*encoder);
}

}  // namespace

const std::string& toy_model(int variant, bool gray) {
  static const TempDir folder;
  static std::map<std::pair<int, bool>, std::string> made;
  std::string& path = made[{variant, gray}];
  if (path.empty()) {
    const std::string name = fmt::format("toy{}{}", gray ? "-gray" : "", variant);
    path = make_toy_bundle(folder.path(), {.name = name, .gray = gray, .variant = variant}).string();
  }
  return path;
}

std::string raw_caps(const std::string& format, int width, int height) {
  return fmt::format("video/x-raw,format={},width={},height={},framerate=25/1", format, width, height);
}

// Rows are padded to four bytes, as GStreamer lays them out.
Ptr<GstBuffer> raw_frame(const std::string& format, int width, int height, int number) {
  GstVideoInfo info;
  gst_video_info_set_format(&info, gst_video_format_from_string(format.c_str()), static_cast<guint>(width),
                            static_cast<guint>(height));
  Ptr<GstBuffer> buffer{gst_buffer_new_allocate(nullptr, info.size, nullptr)};
  const Image image = convert(moving(width, height, number).view(), format_named(format));
  auto bytes = elements::MappedBuffer::create(buffer.get(), GST_MAP_WRITE);
  const ImageView view = image.view();
  for (int plane = 0; plane < plane_count(view.format); ++plane)
    for (int y = 0; y < row_count(view.format, plane, height); ++y)
      std::memcpy(bytes->writable().data() + info.offset[plane] + y * info.stride[plane], view.row(plane, y),
                  static_cast<std::size_t>(row_bytes(view.format, plane, width)));
  GST_BUFFER_PTS(buffer.get()) = static_cast<GstClockTime>(number) * 40 * GST_MSECOND;
  GST_BUFFER_DURATION(buffer.get()) = 40 * GST_MSECOND;
  return buffer;
}

Sender::Sender(int width, int height, int variant, int key_interval)
    : bundle_(load(toy_model(variant))),
      width_(width),
      height_(height),
      encoder_(make_encoder(bundle_, width, height, key_interval)) {}

Ptr<GstBuffer> Sender::next(bool wants_key) {
  Bytes bytes;
  const auto encoded = encoder_.encode(moving(width_, height_, number_).view(), wants_key, bytes);
  REQUIRE(encoded);
  last = *encoded;
  auto buffer = buffer_of(std::string(as_text(bytes)), static_cast<GstClockTime>(number_) * 40 * GST_MSECOND);
  if (!encoded->is_key()) GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DELTA_UNIT);
  ++number_;
  return buffer;
}

std::string Sender::caps() const {
  return fmt::format("video/x-latent,format=RGB,width={},height={},framerate=25/1,latent-space={}", width_,
                     height_, bundle_->latent_space_hex());
}

}  // namespace lc::test
