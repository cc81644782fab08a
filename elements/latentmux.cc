#include "elements/latentmux.h"

#include "elements/glue/capture_time.h"
#include "elements/glue/errors.h"
#include "seal/keyring.h"

#define GST_CAT_DEFAULT debug_category<LatentMux>

namespace lc::elements {

LatentMux::LatentMux(GstElement* self) : Element(self) {
  sink_ = add_pad("sink");
  set_chain<&LatentMux::chain>(sink_);
  set_event<&LatentMux::sink_event>(sink_);
  src_ = add_pad("src");
  gst_pad_use_fixed_caps(src_);
}

void LatentMux::class_init(ClassInit<LatentMux>& c) {
  c.sink(kSealedCaps).src(kRecordingCaps);
  c.bind<&LatentMux::change_state>(c.element->change_state);
}

Ptr<GstStructure> LatentMux::stats() const {
  return make_stats(kInfo.name, {{"messages", messages_.value()},
                                 {"frames", frames_.value()},
                                 {"bytes", bytes_.value()},
                                 {"malformed", malformed_.value()}});
}

GstStateChangeReturn LatentMux::change_state(GstStateChange change) {
  if (change == GST_STATE_CHANGE_READY_TO_PAUSED && !start()) return GST_STATE_CHANGE_FAILURE;
  return parent<LatentMux>()->change_state(self(), change);
}

bool LatentMux::start() {
  for (Counter* counter : {&messages_, &frames_, &bytes_, &malformed_}) counter->set(0);
  has_begun_ = false;
  std::shared_ptr<const seal::SigningIdentity> recorder;
  if (const auto settings = this->settings(); settings.sign) {
    const auto load = [&]() -> Result<seal::SigningIdentity> {
      return LC_TRY(seal::KeyRing::open(settings.keyring)).device();
    };
    auto loaded = load();
    if (!loaded) {
      post_error(element(), loaded.error());
      return false;
    }
    recorder = std::make_shared<const seal::SigningIdentity>(std::move(*loaded));
  }
  writer_ = recording::SectionWriter(std::move(recorder));
  return true;
}

gboolean LatentMux::sink_event(GstPad* pad, GstEvent* raw) {
  Ptr<GstEvent> event{raw};
  switch (GST_EVENT_TYPE(raw)) {
    case GST_EVENT_CAPS:
    case GST_EVENT_SEGMENT:
      return TRUE;  // ours are those of a file
    case GST_EVENT_EOS:
      pending_.clear();
      writer_.finish(unix_time_now(), pending_);
      if (!pending_.empty()) push(nullptr);  // whoever refuses it has said why
      break;
    default:
      break;
  }
  return gst_pad_event_default(pad, GST_OBJECT_CAST(element()), event.release());
}

void LatentMux::begin_stream() {
  if (std::exchange(has_begun_, true)) return;
  const Ptr<GstCaps> caps{gst_caps_from_string(kRecordingCaps)};
  gst_pad_push_event(src_, gst_event_new_caps(caps.get()));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_BYTES);
  gst_pad_push_event(src_, gst_event_new_segment(&segment));
}

// Pushes what is pending, with the times of the buffer that it came from.
GstFlowReturn LatentMux::push(GstBuffer* like) {
  begin_stream();
  Ptr<GstBuffer> buffer{gst_buffer_new_memdup(pending_.data(), pending_.size())};
  if (like) gst_buffer_copy_into(buffer.get(), like, GST_BUFFER_COPY_TIMESTAMPS, 0, G_MAXSIZE);
  GST_BUFFER_OFFSET(buffer.get()) = bytes_.value();
  bytes_.add(pending_.size());
  GST_BUFFER_OFFSET_END(buffer.get()) = bytes_.value();
  return gst_pad_push(src_, buffer.release());
}

GstFlowReturn LatentMux::chain(GstPad*, GstBuffer* raw) {
  Ptr<GstBuffer> buffer{raw};
  pending_.clear();
  {
    const auto mapped = MappedBuffer::create(buffer.get());
    if (!mapped) return post_error(element(), mapped.error()), GST_FLOW_ERROR;
    if (const auto added = writer_.add(mapped->span(), unix_time_now(), pending_); !added) {
      GST_DEBUG_OBJECT(self(), "left out: %s", added.error().text.c_str());
      malformed_.add();
      return GST_FLOW_OK;
    }
  }
  messages_.set(writer_.messages());
  frames_.set(writer_.frames());
  return push(buffer.get());
}

}  // namespace lc::elements
