#include "elements/study/studyencode.h"

#include "elements/glue/caps.h"
#include "elements/glue/errors.h"
#include "elements/glue/video.h"
#include "elements/study/raw_caps.h"

#define GST_CAT_DEFAULT debug_category<StudyEncode>

namespace lc::elements {

void StudyEncode::class_init(ClassInit<StudyEncode>& c) {
  c.sink(kRawCaps).src(kRawLatentCaps);
  c.bind<&StudyEncode::start>(c.base->start);
  c.bind<&StudyEncode::stop>(c.base->stop);
  c.bind<&StudyEncode::transform_caps>(c.base->transform_caps);
  c.bind<&StudyEncode::transform_size>(c.base->transform_size);
  c.bind<&StudyEncode::set_caps>(c.base->set_caps);
  c.bind<&StudyEncode::transform>(c.base->transform);
}

Ptr<GstStructure> StudyEncode::stats() const {
  return make_stats(kInfo.name, {{"frames-encoded", frames_.value()},
                                 {"bytes-out", bytes_out_.value()},
                                 {"encode-time-us", encode_time_us_.value()}});
}

bool StudyEncode::start() {
  for (Counter* counter : {&frames_, &bytes_out_}) counter->set(0);
  encode_time_us_.clear();
  const auto make = [&]() -> Result<> {
    const std::string model = setting(&StudyEncodeSettings::model);
    if (model.empty())
      return fail(Errc::invalid_config, "no model: set one whose coding is raw; `latentcast models list` shows them");
    auto bundle = LC_TRY(codec::Bundle::load(model));
    encoder_.emplace(LC_TRY(codec::RawEncoder::create(bundle)));
    bundle_ = std::move(bundle);
    return {};
  };
  const auto made = make();
  if (!made) post_error(element(), made.error());
  return made.has_value();
}

bool StudyEncode::stop() {
  encoder_.reset();
  bundle_.reset();
  return true;
}

GstCaps* StudyEncode::transform_caps(GstPadDirection direction, GstCaps* caps, GstCaps* filter) {
  return transformed_caps(direction, caps, filter, [&](const GstStructure* one, bool is_forward) {
    if (is_forward)
      return bundle_ ? raw_latent_caps(*bundle_, one) : Ptr<GstCaps>{gst_caps_from_string(kRawLatentCaps)};
    return bundle_ ? raw_picture_caps(bundle_->raw(), one) : Ptr<GstCaps>{gst_caps_from_string(kRawCaps)};
  });
}

bool StudyEncode::transform_size(GstPadDirection direction, GstCaps*, gsize, GstCaps*, gsize* other_size) {
  if (direction != GST_PAD_SINK || !bundle_) return false;
  *other_size = bundle_->raw().bytes();
  return true;
}

bool StudyEncode::set_caps(GstCaps* in, GstCaps*) { return gst_video_info_from_caps(&info_, in) != FALSE; }

Result<> StudyEncode::encode(GstBuffer* in, GstBuffer* out) {
  const GstClockTime began = gst_util_get_timestamp();
  const auto frame = LC_TRY(MappedFrame::create(info_, in));
  LC_TRY(encoder_->encode(image_view(frame), latent_));
  gst_buffer_fill(out, 0, latent_.data(), latent_.size());
  encode_time_us_.add((gst_util_get_timestamp() - began) / GST_USECOND);
  frames_.add();
  bytes_out_.add(latent_.size());
  return {};
}

GstFlowReturn StudyEncode::transform(GstBuffer* in, GstBuffer* out) {
  const auto encoded = encode(in, out);
  if (!encoded) post_error(element(), encoded.error());
  return encoded ? GST_FLOW_OK : GST_FLOW_ERROR;
}

}  // namespace lc::elements
