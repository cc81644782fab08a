#include "elements/study/studydecode.h"

#include "elements/glue/caps.h"
#include "elements/glue/errors.h"
#include "elements/glue/video.h"
#include "elements/stream_model.h"
#include "elements/study/raw_caps.h"

#define GST_CAT_DEFAULT debug_category<StudyDecode>

namespace lc::elements {

void StudyDecode::class_init(ClassInit<StudyDecode>& c) {
  c.sink(kRawLatentCaps).src(kRawCaps);
  c.bind<&StudyDecode::change_state>(c.element->change_state);
  c.bind<&StudyDecode::start>(c.base->start);
  c.bind<&StudyDecode::stop>(c.base->stop);
  c.bind<&StudyDecode::transform_caps>(c.base->transform_caps);
  c.bind<&StudyDecode::transform_size>(c.base->transform_size);
  c.bind<&StudyDecode::set_caps>(c.base->set_caps);
  c.bind<&StudyDecode::transform>(c.base->transform);
}

Ptr<GstStructure> StudyDecode::stats() const {
  return make_stats(kInfo.name, {{"frames-decoded", frames_.value()},
                                 {"corrupt", corrupt_.value()},
                                 {"decode-time-us", decode_time_us_.value()}});
}

GstStateChangeReturn StudyDecode::change_state(GstStateChange change) {
  if (change == GST_STATE_CHANGE_NULL_TO_READY &&
      !finds_model(element(), settings(), passphrase_, codec::BundleKind::raw_autoencoder))
    return GST_STATE_CHANGE_FAILURE;
  return parent<StudyDecode, GstElementClass>()->change_state(element(), change);
}

bool StudyDecode::start() {
  for (Counter* counter : {&frames_, &corrupt_}) counter->set(0);
  decode_time_us_.clear();
  return true;
}

bool StudyDecode::stop() {
  decoder_.reset();
  bundle_.reset();
  refused_.reset();
  return true;
}

// Which picture a latent becomes stands in its caps; set_caps() holds the model against them.
GstCaps* StudyDecode::transform_caps(GstPadDirection direction, GstCaps* caps, GstCaps* filter) {
  return transformed_caps(direction, caps, filter, [](const GstStructure* one, bool is_forward) {
    Ptr<GstCaps> out{gst_caps_from_string(is_forward ? kRawCaps : kRawLatentCaps)};
    if (const GValue* format = gst_structure_get_value(one, "format"); is_forward && format) {  // without loss, first
      Ptr<GstCaps> first{gst_caps_from_string(kRawCaps)};
      gst_caps_set_value(first.get(), "format", format);
      out.reset(gst_caps_merge(first.release(), out.release()));
    }
    for (const char* field : {"width", "height", "framerate"})
      if (const GValue* value = gst_structure_get_value(one, field)) gst_caps_set_value(out.get(), field, value);
    return out;
  });
}

bool StudyDecode::transform_size(GstPadDirection direction, GstCaps*, gsize, GstCaps* other, gsize* other_size) {
  GstVideoInfo info;
  if (direction != GST_PAD_SINK || !gst_video_info_from_caps(&info, other)) return false;
  *other_size = GST_VIDEO_INFO_SIZE(&info);
  return true;
}

Result<> StudyDecode::prepare(const GstCaps* in) {
  const char* id = gst_structure_get_string(gst_caps_get_structure(in, 0), "latent-space");
  const std::string latent_space = id ? id : "";
  if (bundle_ && decoder_ && bundle_->latent_space_hex() == latent_space) return {};
  const auto settings = this->settings();
  const Model model =
      LC_TRY(model_for_stream(settings.model, settings.keyring, latent_space, codec::BundleKind::raw_autoencoder));
  decoder_.emplace(LC_TRY(codec::RawDecoder::create(model.bundle)));
  bundle_ = model.bundle;
  return model.remember();
}

bool StudyDecode::set_caps(GstCaps* in, GstCaps* out) {
  if (!gst_video_info_from_caps(&info_, out) || (refused_ && gst_caps_is_equal(refused_.get(), in))) return false;
  refused_.reset();
  auto prepared = prepare(in);
  if (prepared && (raw_latent_shape(in) != latent_shape(bundle_->raw()) ||
                   GST_VIDEO_INFO_WIDTH(&info_) != decoder_->shape().width ||
                   GST_VIDEO_INFO_HEIGHT(&info_) != decoder_->shape().height))
    prepared = fail(Errc::bad_format, "the stream's latents are not shaped like those of '{}'", bundle_->name());
  if (prepared) return true;
  refused_ = add_ref(in);
  post_warning(element(), prepared.error());  // they may be a forger's; whoever pushes frames of such caps is told
  return false;
}

Result<> StudyDecode::decode(GstBuffer* in, GstBuffer* out) {
  const GstClockTime began = gst_util_get_timestamp();
  const auto latent = LC_TRY(MappedBuffer::create(in));
  const auto frame = LC_TRY(MappedFrame::create(info_, out, GST_MAP_WRITE));
  LC_TRY(decoder_->decode(latent.span(), mutable_image_view(frame)));
  decode_time_us_.add((gst_util_get_timestamp() - began) / GST_USECOND);
  frames_.add();
  return {};
}

GstFlowReturn StudyDecode::transform(GstBuffer* in, GstBuffer* out) {
  const auto decoded = decode(in, out);
  if (decoded) return GST_FLOW_OK;
  if (decoded.error().code == Errc::truncated || decoded.error().code == Errc::corrupt) {
    GST_DEBUG_OBJECT(self(), "dropped: %s", decoded.error().text.c_str());
    corrupt_.add();
    return GST_BASE_TRANSFORM_FLOW_DROPPED;
  }
  post_error(element(), decoded.error());
  return GST_FLOW_ERROR;
}

}  // namespace lc::elements
