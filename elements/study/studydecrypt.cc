#include "elements/study/studydecrypt.h"

#include <gst/video/video.h>

#include <cstring>
#include <utility>

#include "base/text.h"
#include "elements/glue/errors.h"
#include "elements/refusals.h"
#include "elements/study/raw_caps.h"
#include "elements/study/study_cipher_event.h"
#include "elements/study/study_start.h"
#include "study/lsb.h"
#include "study/packet.h"
#include "study/published.h"

#define GST_CAT_DEFAULT debug_category<StudyDecrypt>

namespace lc::elements {
namespace {

constexpr GstClockTime kReportInterval = GST_SECOND;  // of one reason
constexpr GstClockTime kSilence = 2 * GST_SECOND;  // after which another stream may take the place of the one that was

}  // namespace

// What the caps in a packet say of its plaintext.
struct StudyDecrypt::Plaintext {
  std::string description;
  Ptr<GstCaps> caps;
  bool is_raw = false;
  GstVideoInfo info{};
  std::optional<study::Shape> latent;  // of raw latents

  // The caps are anyone's words; they must be ours in shape.
  static Result<Plaintext> parse(std::string_view description);
  bool has(const study::Shape& shape) const;
};

// Exists between READY and PAUSED; the streaming thread's.
struct StudyDecrypt::State {
  Bytes key;
  study::CipherChoice choice;
  std::unique_ptr<study::Cipher> cipher;
  Plaintext plaintext;                       // of the latest packet that was taken; no caps before
  GstClockTime taken = GST_CLOCK_TIME_NONE;  // when
  Bytes plain;
  Ptr<GstEvent> segment;  // held back until the caps are known, which go first
  std::string told_cipher;  // downstream
  std::string message;      // hidden in the pictures, as it was last told
  GstClockTime told_malformed = GST_CLOCK_TIME_NONE, told_refused = GST_CLOCK_TIME_NONE,
               told_message = GST_CLOCK_TIME_NONE;
  bool has_warned = false;
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
  if (!settings.key_file.empty()) state_->key = LC_TRY(load_study_key(settings.key_file));
  return {};
}

gboolean StudyDecrypt::sink_event(GstPad* pad, GstEvent* raw) {
  Ptr<GstEvent> event{raw};
  if (GST_EVENT_TYPE(raw) == GST_EVENT_CAPS) return TRUE;  // ours follow from the packets
  if (GST_EVENT_TYPE(raw) == GST_EVENT_SEGMENT && state_ && !state_->plaintext.caps) {
    state_->segment = std::move(event);
    return TRUE;
  }
  return gst_pad_event_default(pad, GST_OBJECT_CAST(element()), event.release());
}

GstFlowReturn StudyDecrypt::chain(GstPad*, GstBuffer* raw) {
  Ptr<GstBuffer> buffer{raw};
  if (!state_) return GST_FLOW_FLUSHING;
  auto plain = decrypt(buffer.get());
  if (!plain) {
    refuse(plain.error());
    return GST_FLOW_OK;
  }
  const GstFlowReturn flow = gst_pad_push(src_, plain->release());
  if (flow == GST_FLOW_NOT_NEGOTIATED) {
    state_->plaintext = {};
    refuse({Errc::refused, "what follows does not take a stream like that of this packet"});
    return GST_FLOW_OK;
  }
  frames_.add();
  return flow;
}

// Anyone may send anything: nothing of it ends the stream.
void StudyDecrypt::refuse(const Error& error) {
  State& s = *state_;
  const bool is_malformed = error.code == Errc::bad_format;
  Counter& counter = is_malformed ? malformed_ : refused_;
  counter.add();
  GST_DEBUG_OBJECT(self(), "a packet is dropped: %s", error.text.c_str());
  const GstClockTime now = gst_util_get_timestamp();
  GstClockTime& told = is_malformed ? s.told_malformed : s.told_refused;
  if (!has_passed(told, now, kReportInterval)) return;
  told = now;
  post_message(element(), Ptr<GstStructure>{gst_structure_new("latentcast-refused", "reason", G_TYPE_STRING,
                                                              is_malformed ? "malformed" : "refused", "text",
                                                              G_TYPE_STRING, error.text.c_str(), "count", G_TYPE_UINT64,
                                                              static_cast<guint64>(counter.value()), nullptr)});
  if (frames_.value() == 0 && !std::exchange(s.has_warned, true)) post_warning(element(), error);
}

// A key file that does not fit shows at the first packet.
Result<> StudyDecrypt::use_cipher(std::string_view name, std::string_view variant) {
  State& s = *state_;
  if (s.cipher && s.choice.name == name && s.choice.variant == variant) return {};
  study::CipherChoice choice{std::string(name), std::string(variant), {}};
  if (!study::find_cipher(choice)) return fail(Errc::bad_format, "a packet of an unknown cipher");
  auto cipher = study::make_cipher(choice, s.key);
  if (!cipher) return fail(Errc::refused, "{}", cipher.error().text);
  s.cipher = *std::move(cipher);
  s.choice = std::move(choice);
  return {};
}

Result<StudyDecrypt::Plaintext> StudyDecrypt::Plaintext::parse(std::string_view description) {
  Plaintext out;
  out.description = description;
  out.caps.reset(gst_caps_from_string(out.description.c_str()));
  const Ptr<GstCaps> allowed{gst_caps_from_string(kStudyPlainCaps)};
  if (!out.caps || !gst_caps_is_fixed(out.caps.get()) || !gst_caps_is_subset(out.caps.get(), allowed.get()))
    return fail(Errc::bad_format, "a packet of something else than pictures or latents");
  out.is_raw = gst_structure_has_name(gst_caps_get_structure(out.caps.get(), 0), "video/x-raw");
  if (out.is_raw && !gst_video_info_from_caps(&out.info, out.caps.get()))
    return fail(Errc::bad_format, "a packet of no picture");
  out.latent = raw_latent_shape(out.caps.get());
  return out;
}

bool StudyDecrypt::Plaintext::has(const study::Shape& shape) const {
  if (latent) return shape == *latent;
  if (shape.sample != study::Sample::u8) return false;
  return is_raw ? shape.width == GST_VIDEO_INFO_WIDTH(&info) && shape.height == GST_VIDEO_INFO_HEIGHT(&info) &&
                      shape.channels == static_cast<int>(GST_VIDEO_INFO_N_COMPONENTS(&info))
                : shape.height == 1 && shape.channels == 1;
}

// A packet was decrypted; `other`: whose caps are not those of the one before. While a stream goes on, nobody puts
// another in its place.
Result<> StudyDecrypt::take(std::optional<Plaintext> other) {
  State& s = *state_;
  const GstClockTime now = gst_util_get_timestamp();
  if (other) {
    if (s.plaintext.caps && !has_passed(s.taken, now, kSilence))
      return fail(Errc::refused, "a packet of another stream than the one that is shown");
    gst_pad_push_event(src_, gst_event_new_caps(other->caps.get()));  // who refuses says so with the next buffer
    s.plaintext = *std::move(other);
    if (s.segment) gst_pad_push_event(src_, s.segment.release());
  }
  if (std::exchange(s.told_cipher, s.choice.name) != s.choice.name)
    gst_pad_push_event(src_, make_study_cipher_event(s.choice.name));
  s.taken = now;
  return {};
}

// P5's patient record. Whoever has the public key may have written it, so it must be text, and not come too often.
void StudyDecrypt::note_message() {
  State& s = *state_;
  std::string message;
  if (s.choice.name == "rsa-lsb")
    if (const auto hidden = study::read_message(s.plain); hidden && is_plain_text(as_text(*hidden)))
      message = as_text(*hidden);
  const GstClockTime now = gst_util_get_timestamp();
  if (message == s.message || !has_passed(s.told_message, now, kReportInterval)) return;
  s.told_message = now;
  s.message = std::move(message);
  const std::string text =
      s.message.empty()
          ? std::string("no message is hidden in the pictures any more")
          : fmt::format("a message of {} bytes is hidden in the pictures; anyone may have written it", s.message.size());
  post_message(element(), Ptr<GstStructure>{gst_structure_new("latentcast-study-message", "record", G_TYPE_STRING,
                                                              s.message.c_str(), "text", G_TYPE_STRING, text.c_str(),
                                                              nullptr)});
}

Result<Ptr<GstBuffer>> StudyDecrypt::decrypt(GstBuffer* buffer) {
  State& s = *state_;
  const auto mapped = LC_TRY(MappedBuffer::create(buffer));
  const auto unpacked = study::unpack_packet(mapped.span());
  if (!unpacked) return fail(Errc::bad_format, "{}", unpacked.error().text);
  const study::Packet& packet = *unpacked;
  const study::Shape& shape = packet.shape;
  std::optional<Plaintext> other;
  if (!s.plaintext.caps || s.plaintext.description != packet.description)
    other = LC_TRY(Plaintext::parse(packet.description));
  if (!(other ? *other : s.plaintext).has(shape))
    return fail(Errc::bad_format, "a packet whose shape is not that of its caps");
  LC_TRY(use_cipher(packet.cipher, packet.variant));
  const GstClockTime before = gst_util_get_timestamp();
  LC_TRY(s.cipher->decrypt(packet.payload, shape, s.plain));
  decrypt_ns_.add(gst_util_get_timestamp() - before);
  LC_TRY(take(std::move(other)));

  note_message();
  const Plaintext& of = s.plaintext;
  const std::size_t size = of.is_raw ? GST_VIDEO_INFO_SIZE(&of.info) : s.plain.size();
  Ptr<GstBuffer> out{gst_buffer_new_allocate(nullptr, size, nullptr)};
  if (!out) return fail(Errc::unavailable, "no memory for a frame of {} bytes", size);
  {
    auto writable = LC_TRY(MappedBuffer::create(out.get(), GST_MAP_WRITE));
    const std::size_t rows = static_cast<std::size_t>(shape.height), row = shape.row_bytes();
    const std::size_t stride = of.is_raw ? static_cast<std::size_t>(GST_VIDEO_INFO_PLANE_STRIDE(&of.info, 0)) : row;
    for (std::size_t y = 0; y < rows; ++y)
      std::memcpy(writable.writable().data() + y * stride, s.plain.data() + y * row, row);
  }
  gst_buffer_copy_into(out.get(), buffer,
                       static_cast<GstBufferCopyFlags>(GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS), 0,
                       G_MAXSIZE);
  return out;
}

}  // namespace lc::elements
