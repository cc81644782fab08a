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
  c.bind<&StudyEncode::accept_caps>(c.base->accept_caps);
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
  refused_.reset();
  bundle_.store(nullptr);
  return true;
}

GstCaps* StudyEncode::transform_caps(GstPadDirection direction, GstCaps* caps, GstCaps* filter) {
  const auto bundle = bundle_.load();
  return transformed_caps(direction, caps, filter, [&](const GstStructure* one, bool is_forward) {
    if (!bundle) return Ptr<GstCaps>{gst_caps_from_string(is_forward ? kRawLatentCaps : kRawCaps)};
    return is_forward ? raw_latent_caps(*bundle, one) : raw_picture_caps(bundle->raw(), one);
  });
}

bool StudyEncode::transform_size(GstPadDirection direction, GstCaps*, gsize, GstCaps*, gsize* other_size) {
  const auto bundle = bundle_.load();
  if (direction != GST_PAD_SINK || !bundle) return false;
  *other_size = bundle->raw().bytes();
  return true;
}

// Another size than the model's comes as far as set_caps(), which says what to do about it.
gboolean StudyEncode::accept_caps(GstPadDirection direction, GstCaps* caps) {
  const Ptr<GstCaps> known{gst_caps_from_string(direction == GST_PAD_SINK ? kRawCaps : kRawLatentCaps)};
  return gst_caps_is_subset(caps, known.get());
}

bool StudyEncode::set_caps(GstCaps* in, GstCaps*) {
  if (!gst_video_info_from_caps(&info_, in)) return false;
  if (refused_ && gst_caps_is_equal(refused_.get(), in)) return false;
  refused_.reset();
  const codec::RawShape& shape = encoder_->shape();
  const int width = GST_VIDEO_INFO_WIDTH(&info_), height = GST_VIDEO_INFO_HEIGHT(&info_);
  if (width == shape.width && height == shape.height) return true;
  refused_ = add_ref(in);
  post_error(element(),
             {Errc::invalid_config,
              fmt::format("pictures of {} x {}, and the model takes {} x {}: put videoscale before studyencode", width,
                          height, shape.width, shape.height)});
  return false;
}

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
