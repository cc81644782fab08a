#include "elements/study/studyencode.h"

#include "elements/glue/caps.h"
#include "elements/glue/errors.h"
#include "elements/glue/video.h"
#include "elements/study/raw_caps.h"

#define GST_CAT_DEFAULT debug_category<StudyEncode>

namespace lc::elements {

void StudyEncode::class_init(ClassInit<StudyEncode>& c) {
  c.sink(kRawCaps).src(kRawLatentCaps);
  c.bind<&StudyEncode::change_state>(c.element->change_state);
  c.bind<&StudyEncode::start>(c.base->start);
  c.bind<&StudyEncode::stop>(c.base->stop);
  c.bind<&StudyEncode::transform_caps>(c.base->transform_caps);
  c.bind<&StudyEncode::transform_size>(c.base->transform_size);
  c.bind<&StudyEncode::accept_caps>(c.base->accept_caps);
  c.bind<&StudyEncode::query>(c.base->query);
  c.bind<&StudyEncode::set_caps>(c.base->set_caps);
  c.bind<&StudyEncode::transform>(c.base->transform);
}

Ptr<GstStructure> StudyEncode::stats() const {
  return make_stats(kInfo.name, {{"frames-encoded", frames_.value()},
                                 {"bytes-out", bytes_out_.value()},
                                 {"encode-time-us", encode_time_us_.value()}});
}

GstStateChangeReturn StudyEncode::change_state(GstStateChange change) {
  if (change == GST_STATE_CHANGE_NULL_TO_READY &&
      !finds_model(element(), settings(), passphrase_, codec::BundleKind::raw_autoencoder))
    return GST_STATE_CHANGE_FAILURE;
  return parent<StudyEncode, GstElementClass>()->change_state(element(), change);
}

bool StudyEncode::start() {
  for (Counter* counter : {&frames_, &bytes_out_}) counter->set(0);
  encode_time_us_.clear();
  has_refused_ = false;
  const auto settings = this->settings();
  const auto made = [&]() -> Result<> {
    if (settings.model.empty())
      return fail(Errc::invalid_config, "no model: set one whose coding is raw; `latentcast models list` shows them");
    const Model model = LC_TRY(open_model(settings.model, settings.keyring));
    encoder_.emplace(LC_TRY(codec::RawEncoder::create(model.bundle)));
    bundle_ = model.bundle;
    return model.remember();
  }();
  if (!made) post_error(element(), made.error());
  return made.has_value();
}

bool StudyEncode::stop() {
  encoder_.reset();
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

// Once for each start, whether such caps come or upstream only asks for them.
void StudyEncode::refuse_size(const GstCaps* caps) {
  const auto bundle = bundle_.load();
  if (!bundle || has_refused_.exchange(true)) return;
  const GstStructure* s = gst_caps_get_structure(caps, 0);
  int width = 0, height = 0;
  const bool is_known = gst_structure_get_int(s, "width", &width) && gst_structure_get_int(s, "height", &height);
  const std::string found = is_known ? fmt::format("{} x {}", width, height) : "another size";
  post_error(element(), {Errc::invalid_config,
                         fmt::format("pictures of {}, and the model takes {} x {}: put videoscale before studyencode",
                                     found, bundle->raw().width, bundle->raw().height)});
}

// Where upstream has nothing of our size, it gives up without a word of what would fit.
bool StudyEncode::query(GstPadDirection direction, GstQuery* query) {
  const bool answered = parent<StudyEncode>()->query(self(), direction, query);
  if (!answered || direction != GST_PAD_SINK || GST_QUERY_TYPE(query) != GST_QUERY_CAPS) return answered;
  GstCaps *offered = nullptr, *taken = nullptr;
  gst_query_parse_caps(query, &offered);
  gst_query_parse_caps_result(query, &taken);
  if (!offered || gst_caps_is_any(offered) || gst_caps_is_empty(offered) || !gst_caps_is_empty(taken)) return answered;
  const auto bundle = bundle_.load();
  if (!bundle) return answered;
  const Ptr<GstCaps> any_size{gst_caps_from_string(kRawCaps)}, our_size{gst_caps_copy(any_size.get())};
  gst_caps_set_simple(our_size.get(), "width", G_TYPE_INT, bundle->raw().width, "height", G_TYPE_INT,
                      bundle->raw().height, nullptr);
  if (gst_caps_can_intersect(offered, any_size.get()) && !gst_caps_can_intersect(offered, our_size.get()))
    refuse_size(offered);
  return answered;
}

bool StudyEncode::set_caps(GstCaps* in, GstCaps*) {
  if (!gst_video_info_from_caps(&info_, in)) return false;
  const codec::RawShape& shape = encoder_->shape();
  if (GST_VIDEO_INFO_WIDTH(&info_) == shape.width && GST_VIDEO_INFO_HEIGHT(&info_) == shape.height) return true;
  refuse_size(in);
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
