#include "elements/latentzmqsink.h"

#include <gst/video/video.h>

#include "elements/glue/errors.h"

#define GST_CAT_DEFAULT debug_category<LatentZmqSink>

namespace lc::elements {
namespace {

// How long the end of a stream waits for receivers to take what is left.
constexpr std::chrono::milliseconds kFinishPub{300};
constexpr std::chrono::milliseconds kFinishPush{30000};

}  // namespace

void LatentZmqSink::class_init(ClassInit<LatentZmqSink>& c) {
  c.sink(kSealedCaps);
  c.bind<&LatentZmqSink::change_state>(c.element->change_state);
  c.bind<&LatentZmqSink::render>(c.base->render);
  c.bind<&LatentZmqSink::event>(c.base->event);
  c.bind<&LatentZmqSink::unlock>(c.base->unlock);
  c.bind<&LatentZmqSink::unlock_stop>(c.base->unlock_stop);
}

LatentZmqSink::LatentZmqSink(GstBaseSink* self) : Element(self) {
  gst_base_sink_set_sync(self, FALSE);
  gst_base_sink_set_last_sample_enabled(self, FALSE);
}

Ptr<GstStructure> LatentZmqSink::stats() const {
  transport::PublisherStats stats;
  {
    const std::lock_guard lock(mutex_);
    stats = publisher_ ? publisher_->stats() : last_stats_;
  }
  auto structure = make_stats(kInfo.name, {{"messages-sent", stats.messages_sent},
                                           {"bytes-sent", stats.bytes_sent},
                                           {"dropped", stats.dropped},
                                           {"subscribers", stats.subscribers},
                                           {"peers", stats.peers},
                                           {"key-frame-requests", stats.key_frame_requests},
                                           {"malformed", stats.malformed},
                                           {"refused", stats.refused}});
  gst_structure_set(structure.get(), "link", G_TYPE_STRING,
                    std::string(transport::to_string(stats.link)).c_str(), nullptr);
  return structure;
}

std::string LatentZmqSink::bound_endpoint() const {
  const std::lock_guard lock(mutex_);
  return publisher_ ? publisher_->bound_endpoint() : std::string();
}

// Not in GstBaseSink's start(): its failure would post a second error.
GstStateChangeReturn LatentZmqSink::change_state(GstStateChange change) {
  if (change == GST_STATE_CHANGE_READY_TO_PAUSED && !open()) return GST_STATE_CHANGE_FAILURE;
  const auto result = parent<LatentZmqSink, GstElementClass>()->change_state(element(), change);
  if (change == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (change == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE))
    close();
  return result;
}

bool LatentZmqSink::open() {
  const LatentZmqSinkSettings settings = this->settings();
  transport::PublisherOptions options;
  apply(settings, element(), options);
  options.pattern =
      settings.mode == SendMode::pub ? transport::Pattern::pub_sub : transport::Pattern::push_pull;
  options.on_key_frame_wanted = [this] {
    GST_DEBUG_OBJECT(self(), "a receiver needs a key frame");
    gst_pad_push_event(GST_BASE_SINK_PAD(self()),
                       gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
  };
  auto publisher = transport::Publisher::create(std::move(options));
  if (!publisher) {
    post_error(element(), publisher.error());
    return false;
  }
  GST_INFO_OBJECT(self(), "open: %s", (*publisher)->bound_endpoint().c_str());
  const std::lock_guard lock(mutex_);
  publisher_ = *std::move(publisher);
  return true;
}

void LatentZmqSink::close() {
  std::unique_ptr<transport::Publisher> publisher;
  {
    const std::lock_guard lock(mutex_);
    if (publisher_) last_stats_ = publisher_->stats();
    last_stats_.peers = last_stats_.subscribers = 0;
    last_stats_.link = transport::LinkState::no_peer;
    publisher = std::move(publisher_);
  }
  publisher.reset();  // may wait for the last bytes; nobody needs the lock for that
}

GstFlowReturn LatentZmqSink::render(GstBuffer* buffer) {
  const auto mapped = MappedBuffer::create(buffer);
  if (!mapped) return post_error(element(), mapped.error()), GST_FLOW_ERROR;
  for (;;) {
    switch (publisher_->publish(mapped->span())) {
      case transport::Publish::queued:
        return GST_FLOW_OK;
      case transport::Publish::interrupted:
        // Paused, or flushing.
        if (const auto flow = gst_base_sink_wait_preroll(self()); flow != GST_FLOW_OK) return flow;
        break;
      case transport::Publish::not_sealed:
        post_error(element(),
                   Error{Errc::bad_format,
                         "a buffer is not a sealed message; put latentencrypt before latentzmqsink"});
        return GST_FLOW_ERROR;
      case transport::Publish::too_large:
        post_error(element(),
                   Error{Errc::unsupported,
                         fmt::format("a message has {} bytes, the limit is {}; choose a lower quality",
                                     mapped->span().size(), transport::kMaxMessageBytes)});
        return GST_FLOW_ERROR;
    }
  }
}

gboolean LatentZmqSink::event(GstEvent* event) {
  if (publisher_ && GST_EVENT_TYPE(event) == GST_EVENT_EOS) finish();
  if (publisher_ && GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_STOP) publisher_->discard_queue();
  return parent<LatentZmqSink>()->event(self(), event);
}

// Before the application hears of the end, and may stop us.
void LatentZmqSink::finish() {
  const bool is_pub = setting(&LatentZmqSinkSettings::mode) == SendMode::pub;
  if (publisher_->finish(is_pub ? kFinishPub : kFinishPush) || is_pub) return;
  GST_WARNING_OBJECT(self(), "the end of the stream was not taken by a receiver");
  post_warning(
      element(),
      Error{Errc::unavailable, fmt::format("{}: the last messages were not taken by a receiver, and are lost "
                                           "unless one comes before the pipeline stops",
                                           setting<std::string>(&LatentZmqSinkSettings::endpoint))});
}

gboolean LatentZmqSink::unlock() {
  const std::lock_guard lock(mutex_);
  if (publisher_) publisher_->interrupt();
  return TRUE;
}

gboolean LatentZmqSink::unlock_stop() {
  const std::lock_guard lock(mutex_);
  if (publisher_) publisher_->resume();
  return TRUE;
}

}  // namespace lc::elements
