#include "elements/latent_reader.h"

#include <gst/video/video.h>

#include <utility>

#include "elements/glue/errors.h"
#include "elements/stream_model.h"

namespace lc::elements {
namespace {

using codec::DecodeError, codec::DecodeFault;

// A sender that has been asked for a key frame gets this long before it is asked again.
constexpr GstClockTime kKeyRequestInterval = 250 * GST_MSECOND;

}  // namespace

Result<> LatentReader::open(const std::string& model, const std::string& keyring) {
  model_ = model;
  keyring_ = keyring;
  if (model.empty()) return {};
  autoencoder_ = LC_TRY(open_model(model, keyring, seal::Versions::any));
  return autoencoder_.bundle->need(codec::BundleKind::autoencoder);
}

Result<> LatentReader::prepare(const GstCaps* caps) {
  const GstStructure* content = gst_caps_get_structure(caps, 0);
  const char* text = gst_structure_get_string(content, "latent-space");
  const std::string latent_space = text ? text : "";
  int width = 0, height = 0;
  if (!gst_structure_get(content, "width", G_TYPE_INT, &width, "height", G_TYPE_INT, &height, nullptr))
    return fail(Errc::invalid_config, "the stream of latents does not say the size of its pictures");
  if (!autoencoder() || autoencoder()->latent_space_hex() != latent_space)
    autoencoder_ = LC_TRY(model_for_stream(model_, keyring_, latent_space));
  latents_.emplace(LC_TRY(codec::LatentDecoder::create(autoencoder(), {.max_width = width, .max_height = height})));
  width_ = width;
  height_ = height;
  warned_of_model_ = false;
  return {};
}

tl::expected<const codec::LatentFrame*, DecodeError> LatentReader::decode(GstBuffer* buffer) {
  const auto bytes = MappedBuffer::create(buffer);
  if (!bytes) return tl::unexpected<DecodeError>({DecodeFault::corrupt, bytes.error().text});
  const auto header = codec::LatentDecoder::peek(bytes->span());
  if (header && (header->width != width_ || header->height != height_))
    return tl::unexpected<DecodeError>(
        {DecodeFault::corrupt,
         fmt::format("a frame of {}x{} in a stream of {}x{}", header->width, header->height, width_, height_)});
  return latents_->decode(bytes->span());
}

tl::expected<const codec::LatentFrame*, DecodeError> LatentReader::read(GstBuffer* buffer) {
  auto frame = decode(buffer);
  if (!frame) lose(frame.error());
  return frame;
}

bool LatentReader::is_ordinary(GstBuffer* buffer) {
  const auto bytes = MappedBuffer::create(buffer);
  if (!bytes) return false;
  const auto header = codec::LatentDecoder::peek(bytes->span());
  return header && header->kind == codec::FrameKind::ordinary;
}

void LatentReader::lose(const DecodeError& error) {
  GST_DEBUG_OBJECT(element_, "lost frame: %s", error.text.c_str());
  switch (error.fault) {
    case DecodeFault::other_model:
      losses_.other_model.add();
      if (!std::exchange(warned_of_model_, true)) post_warning(element_, Error{Errc::not_found, error.text});
      break;
    case DecodeFault::missing_reference:
      losses_.missing_reference.add();
      request_key();
      break;
    default:
      losses_.corrupt.add();
      break;
  }
}

void LatentReader::request_key() {
  const GstClockTime now = gst_util_get_timestamp();
  if (GST_CLOCK_TIME_IS_VALID(key_requested_) && now - key_requested_ < kKeyRequestInterval) return;
  key_requested_ = now;
  losses_.key_requests.add();
  gst_pad_push_event(sink_, gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
}

void LatentReader::reset() {
  if (latents_) latents_->reset();
}

}  // namespace lc::elements
