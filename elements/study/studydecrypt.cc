#include "elements/study/studydecrypt.h"

#include <gst/video/video.h>

#include <cstring>

#include "elements/glue/errors.h"
#include "elements/study/raw_caps.h"
#include "elements/study/study_start.h"
#include "study/packet.h"
#include "study/published.h"

#define GST_CAT_DEFAULT debug_category<StudyDecrypt>

namespace lc::elements {

// Exists between READY and PAUSED; the streaming thread's.
struct StudyDecrypt::State {
  Bytes key;
  study::CipherChoice choice;
  std::unique_ptr<study::Cipher> cipher;
  std::string description;
  bool is_raw = false;
  GstVideoInfo info{};
  std::optional<study::Shape> latent;  // of raw latents
  Bytes plain;
  Ptr<GstEvent> segment;  // held back until the caps are known, which go first
};

StudyDecrypt::StudyDecrypt(GstElement* self) : Element(self) {
  sink_ = add_pad("sink");
  set_chain<&StudyDecrypt::chain>(sink_);
  set_event<&StudyDecrypt::sink_event>(sink_);
  src_ = add_pad("src");
  gst_pad_use_fixed_caps(src_);
}
StudyDecrypt::~StudyDecrypt() = default;

void StudyDecrypt::class_init(ClassInit<StudyDecrypt>& c) {
  c.sink(kStudyCaps).src(kStudyPlainCaps);
  c.bind<&StudyDecrypt::change_state>(c.element->change_state);
}

Ptr<GstStructure> StudyDecrypt::stats() const {
  return make_stats(kInfo.name, {{"frames", frames_.value()},
                                 {"malformed", malformed_.value()},
                                 {"refused", refused_.value()},
                                 {"decrypt-ns", decrypt_ns_.value()}});
}

GstStateChangeReturn StudyDecrypt::change_state(GstStateChange change) {
  if (change == GST_STATE_CHANGE_READY_TO_PAUSED) {
    if (const auto started = start(); !started) {
      state_.reset();
      post_error(element(), started.error());
      return GST_STATE_CHANGE_FAILURE;
    }
  }
  const GstStateChangeReturn result = parent<StudyDecrypt>()->change_state(self(), change);
  if (change == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (change == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE))
    state_.reset();
  return result;
}

Result<> StudyDecrypt::start() {
  const StudyDecryptSettings settings = this->settings();
  LC_TRY(allow_study(element(), settings.allow_insecure));
  for (Counter* counter : {&frames_, &malformed_, &refused_}) counter->set(0);
  decrypt_ns_.clear();
  state_ = std::make_unique<State>();
  state_->key = LC_TRY(load_study_key(settings.key_file));
  return {};
}

gboolean StudyDecrypt::sink_event(GstPad* pad, GstEvent* raw) {
  Ptr<GstEvent> event{raw};
  if (GST_EVENT_TYPE(raw) == GST_EVENT_CAPS) return TRUE;  // ours follow from the packets
  if (GST_EVENT_TYPE(raw) == GST_EVENT_SEGMENT && state_ && state_->description.empty()) {
    state_->segment = std::move(event);
    return TRUE;
  }
  return gst_pad_event_default(pad, GST_OBJECT_CAST(element()), event.release());
}

GstFlowReturn StudyDecrypt::chain(GstPad*, GstBuffer* raw) {
  Ptr<GstBuffer> buffer{raw};
  if (!state_) return GST_FLOW_FLUSHING;
  auto plain = decrypt(buffer.get());
  if (plain) {
    frames_.add();
    return gst_pad_push(src_, plain->release());
  }
  GST_DEBUG_OBJECT(self(), "a packet is dropped: %s", plain.error().text.c_str());
  if (plain.error().code == Errc::invalid_config || plain.error().code == Errc::backend) {
    post_error(element(), plain.error());  // no packet will do
    return GST_FLOW_ERROR;
  }
  const bool is_malformed = plain.error().code == Errc::bad_format;
  (is_malformed ? malformed_ : refused_).add();
  return GST_FLOW_OK;
}

// A packet of another cipher, and a wrong key file, show at the first packet.
Result<> StudyDecrypt::use_cipher(std::string_view name, std::string_view variant) {
  State& s = *state_;
  if (s.cipher && s.choice.name == name && s.choice.variant == variant) return {};
  study::CipherChoice choice{std::string(name), std::string(variant), {}};
  if (!study::find_cipher(choice)) return fail(Errc::bad_format, "a packet of an unknown cipher");
  s.cipher = LC_TRY(study::make_cipher(choice, s.key));
  s.choice = std::move(choice);
  return {};
}

// The caps in a packet are anyone's words; they must be ours in shape.
Result<> StudyDecrypt::set_description(std::string_view description) {
  State& s = *state_;
  if (s.description == description) return {};
  const std::string text(description);
  const Ptr<GstCaps> caps{gst_caps_from_string(text.c_str())}, allowed{gst_caps_from_string(kStudyPlainCaps)};
  if (!caps || !gst_caps_is_fixed(caps.get()) || !gst_caps_is_subset(caps.get(), allowed.get()))
    return fail(Errc::bad_format, "a packet of something else than pictures or latents");
  GstVideoInfo info;
  const bool is_raw = gst_structure_has_name(gst_caps_get_structure(caps.get(), 0), "video/x-raw");
  if (is_raw && !gst_video_info_from_caps(&info, caps.get())) return fail(Errc::bad_format, "a packet of no picture");
  s.is_raw = is_raw;
  s.info = info;
  s.latent = raw_latent_shape(caps.get());
  s.description = text;
  if (!gst_pad_push_event(src_, gst_event_new_caps(caps.get())))
    GST_DEBUG_OBJECT(self(), "downstream refuses the caps");
  if (s.segment) gst_pad_push_event(src_, s.segment.release());
  return {};
}

Result<Ptr<GstBuffer>> StudyDecrypt::decrypt(GstBuffer* buffer) {
  State& s = *state_;
  const auto mapped = LC_TRY(MappedBuffer::create(buffer));
  const auto unpacked = study::unpack_packet(mapped.span());
  if (!unpacked) return fail(Errc::bad_format, "{}", unpacked.error().text);
  const study::Packet& packet = *unpacked;
  LC_TRY(set_description(packet.description));
  const study::Shape& shape = packet.shape;
  const bool fits = s.latent   ? shape == *s.latent
                    : s.is_raw ? shape.width == GST_VIDEO_INFO_WIDTH(&s.info) &&
                                   shape.height == GST_VIDEO_INFO_HEIGHT(&s.info) &&
                                   shape.channels == static_cast<int>(GST_VIDEO_INFO_N_COMPONENTS(&s.info))
                               : shape.height == 1 && shape.channels == 1;
  if (!fits || (!s.latent && shape.sample != study::Sample::u8))
    return fail(Errc::bad_format, "a packet whose shape is not that of its caps");
  LC_TRY(use_cipher(packet.cipher, packet.variant));
  const GstClockTime before = gst_util_get_timestamp();
  LC_TRY(s.cipher->decrypt(packet.payload, shape, s.plain));
  decrypt_ns_.add(gst_util_get_timestamp() - before);

  const std::size_t size = s.is_raw ? GST_VIDEO_INFO_SIZE(&s.info) : s.plain.size();
  Ptr<GstBuffer> out{gst_buffer_new_allocate(nullptr, size, nullptr)};
  if (!out) return fail(Errc::unavailable, "no memory for a frame of {} bytes", size);
  {
    auto writable = LC_TRY(MappedBuffer::create(out.get(), GST_MAP_WRITE));
    const std::size_t rows = static_cast<std::size_t>(shape.height), row = shape.row_bytes();
    const std::size_t stride = s.is_raw ? static_cast<std::size_t>(GST_VIDEO_INFO_PLANE_STRIDE(&s.info, 0)) : row;
    for (std::size_t y = 0; y < rows; ++y)
      std::memcpy(writable.writable().data() + y * stride, s.plain.data() + y * row, row);
  }
  gst_buffer_copy_into(out.get(), buffer,
                       static_cast<GstBufferCopyFlags>(GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS), 0,
                       G_MAXSIZE);
  return out;
}

}  // namespace lc::elements
