#include "elements/study/studyencrypt.h"

#include <cstring>

#include "elements/glue/errors.h"
#include "elements/glue/video.h"
#include "elements/study/packed_rows.h"
#include "elements/study/raw_caps.h"
#include "elements/study/study_start.h"
#include "study/packet.h"
#include "study/published.h"

#define GST_CAT_DEFAULT debug_category<StudyEncrypt>

namespace lc::elements {

// Exists between READY and PAUSED; the streaming thread's.
struct StudyEncrypt::State {
  study::CipherChoice choice;
  std::unique_ptr<study::Cipher> cipher;
  std::string description;
  bool is_raw = false;
  GstVideoInfo info{};
  std::optional<study::Shape> latent;  // of raw latents
  Bytes plain, sealed, packet;
};

StudyEncrypt::StudyEncrypt(GstElement* self) : Element(self) {
  sink_ = add_pad("sink");
  set_chain<&StudyEncrypt::chain>(sink_);
  set_event<&StudyEncrypt::sink_event>(sink_);
  src_ = add_pad("src");
  gst_pad_use_fixed_caps(src_);
}
StudyEncrypt::~StudyEncrypt() = default;

void StudyEncrypt::class_init(ClassInit<StudyEncrypt>& c) {
  c.sink(kStudyPlainCaps).src(kStudyCaps);
  c.bind<&StudyEncrypt::change_state>(c.element->change_state);
}

Ptr<GstStructure> StudyEncrypt::stats() const {
  return make_stats(kInfo.name, {{"frames", frames_.value()},
                                 {"bytes-in", bytes_in_.value()},
                                 {"bytes-out", bytes_out_.value()},
                                 {"encrypt-ns", encrypt_ns_.value()}});
}

GstStateChangeReturn StudyEncrypt::change_state(GstStateChange change) {
  if (change == GST_STATE_CHANGE_READY_TO_PAUSED) {
    if (const auto started = start(); !started) {
      state_.reset();
      post_error(element(), started.error());
      return GST_STATE_CHANGE_FAILURE;
    }
  }
  const GstStateChangeReturn result = parent<StudyEncrypt>()->change_state(self(), change);
  if (change == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (change == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE))
    state_.reset();
  return result;
}

Result<> StudyEncrypt::start() {
  const StudyEncryptSettings settings = this->settings();
  LC_TRY(allow_study(element(), settings.allow_insecure));
  for (Counter* counter : {&frames_, &bytes_in_, &bytes_out_}) counter->set(0);
  encrypt_ns_.clear();
  state_ = std::make_unique<State>();
  state_->choice = {settings.cipher, settings.variant, settings.message};
  LC_TRY(study::find_cipher(state_->choice));
  const bool has_no_key = settings.key_file.empty() && state_->choice.name == "none";
  state_->cipher = LC_TRY(
      study::make_cipher(state_->choice, has_no_key ? Bytes() : LC_TRY(load_study_key(settings.key_file))));
  return {};
}

gboolean StudyEncrypt::sink_event(GstPad* pad, GstEvent* raw) {
  Ptr<GstEvent> event{raw};
  if (GST_EVENT_TYPE(raw) == GST_EVENT_CAPS) {
    GstCaps* caps = nullptr;
    gst_event_parse_caps(raw, &caps);
    return set_caps(caps);
  }
  return gst_pad_event_default(pad, GST_OBJECT_CAST(element()), event.release());
}

bool StudyEncrypt::set_caps(const GstCaps* caps) {
  if (!state_) return false;
  State& s = *state_;
  s.is_raw = gst_structure_has_name(gst_caps_get_structure(caps, 0), "video/x-raw");
  if (s.is_raw && !gst_video_info_from_caps(&s.info, caps)) return false;
  s.latent = raw_latent_shape(caps);
  const Ptr<gchar> text{gst_caps_to_string(caps)};
  if (std::strlen(text.get()) > 0xFFFF) return false;
  s.description = text.get();
  const Ptr<GstCaps> ours{gst_caps_from_string(kStudyCaps)};
  return gst_pad_push_event(src_, gst_event_new_caps(ours.get()));
}

GstFlowReturn StudyEncrypt::chain(GstPad*, GstBuffer* raw) {
  Ptr<GstBuffer> buffer{raw};
  if (!state_ || state_->description.empty()) return GST_FLOW_NOT_NEGOTIATED;
  auto packet = encrypt(buffer.get());
  if (!packet) {
    post_error(element(), packet.error());
    return GST_FLOW_ERROR;
  }
  return gst_pad_push(src_, packet->release());
}

Result<Ptr<GstBuffer>> StudyEncrypt::encrypt(GstBuffer* buffer) {
  State& s = *state_;
  study::Shape shape;
  if (s.is_raw) {
    const auto frame = LC_TRY(MappedFrame::create(s.info, buffer));
    shape = pack_rows(image_view(frame), s.plain);
  } else {
    const auto mapped = LC_TRY(MappedBuffer::create(buffer));
    s.plain.assign(mapped.span().begin(), mapped.span().end());
    shape = s.latent.value_or(study::Shape{static_cast<int>(s.plain.size()), 1, 1});
    if (s.plain.size() != shape.bytes())
      return fail(Errc::bad_format, "a latent of {} bytes; by its caps it has {}", s.plain.size(), shape.bytes());
  }
  if (s.plain.empty()) return fail(Errc::bad_format, "an empty buffer is not encrypted");
  const GstClockTime before = gst_util_get_timestamp();
  LC_TRY(s.cipher->encrypt({shape, s.plain}, s.sealed));
  encrypt_ns_.add(gst_util_get_timestamp() - before);
  study::pack_packet({s.choice.name, s.choice.variant, s.description, shape, s.sealed}, s.packet);

  Ptr<GstBuffer> out{gst_buffer_new_allocate(nullptr, s.packet.size(), nullptr)};
  if (!out) return fail(Errc::unavailable, "no memory for a packet of {} bytes", s.packet.size());
  gst_buffer_fill(out.get(), 0, s.packet.data(), s.packet.size());
  gst_buffer_copy_into(out.get(), buffer,
                       static_cast<GstBufferCopyFlags>(GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS), 0,
                       G_MAXSIZE);
  frames_.add();
  bytes_in_.add(s.plain.size());
  bytes_out_.add(s.packet.size());
  return out;
}

}  // namespace lc::elements
