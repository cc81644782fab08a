#include "elements/latentzmqsrc.h"

#include <gst/video/video.h>

#include <algorithm>

#include "elements/glue/errors.h"
#include "elements/glue/sealed_buffer.h"
#include "transport/message.h"

#define GST_CAT_DEFAULT debug_category<LatentZmqSrc>

namespace lc::elements {
namespace {

constexpr GstClockTime kLongestWait = 10 * GST_SECOND;  // then we look round and wait again

}  // namespace

void LatentZmqSrc::class_init(ClassInit<LatentZmqSrc>& c) {
  c.src(kSealedCaps);
  c.bind<&LatentZmqSrc::change_state>(c.element->change_state);
  c.bind<&LatentZmqSrc::create>(c.base->create);
  c.bind<&LatentZmqSrc::event>(c.base->parent_class.event);
  c.bind<&LatentZmqSrc::query>(c.base->parent_class.query);
  c.bind<&LatentZmqSrc::unlock>(c.base->parent_class.unlock);
  c.bind<&LatentZmqSrc::unlock_stop>(c.base->parent_class.unlock_stop);
}

LatentZmqSrc::LatentZmqSrc(GstPushSrc* self) : Element(self) {
  gst_base_src_set_format(GST_BASE_SRC_CAST(self), GST_FORMAT_TIME);
  gst_base_src_set_live(GST_BASE_SRC_CAST(self), TRUE);
  gst_base_src_set_do_timestamp(GST_BASE_SRC_CAST(self), TRUE);
}

void LatentZmqSrc::settings_changed() {
  gst_base_src_set_live(GST_BASE_SRC_CAST(self()), setting(&LatentZmqSrcSettings::is_live));
}

Ptr<GstStructure> LatentZmqSrc::stats() const {
  transport::SubscriberStats stats;
  {
    const std::lock_guard lock(mutex_);
    stats = subscriber_ ? subscriber_->stats() : last_stats_;
  }
  auto structure = make_stats(kInfo.name, {{"messages-received", stats.messages_received},
                                           {"bytes-received", stats.bytes_received},
                                           {"dropped", stats.dropped},
                                           {"malformed", stats.malformed},
                                           {"reconnects", stats.reconnects},
                                           {"refused", stats.refused}});
  gst_structure_set(structure.get(), "link", G_TYPE_STRING,
                    std::string(transport::to_string(stats.link)).c_str(), nullptr);
  return structure;
}

std::string LatentZmqSrc::bound_endpoint() const {
  const std::lock_guard lock(mutex_);
  return subscriber_ ? subscriber_->bound_endpoint() : std::string();
}

// Not in GstBaseSrc's start(): its failure would post a second error.
GstStateChangeReturn LatentZmqSrc::change_state(GstStateChange change) {
  if (change == GST_STATE_CHANGE_READY_TO_PAUSED && !open()) return GST_STATE_CHANGE_FAILURE;
  if (change == GST_STATE_CHANGE_PAUSED_TO_PLAYING)
    last_message_ = gst_util_get_timestamp();  // a pause is no silence
  const auto result = parent<LatentZmqSrc, GstElementClass>()->change_state(element(), change);
  if (change == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (change == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE))
    close();
  return result;
}

bool LatentZmqSrc::open() {
  const LatentZmqSrcSettings settings = this->settings();
  transport::SubscriberOptions options;
  apply(settings, element(), options);
  options.pattern =
      settings.mode == ReceiveMode::sub ? transport::Pattern::pub_sub : transport::Pattern::push_pull;
  options.max_message_bytes = settings.max_message;
  auto subscriber = [&]() -> Result<std::unique_ptr<transport::Subscriber>> {
    auto sender = from_hex(settings.sender);
    if (!sender)
      return fail(Errc::invalid_config, "sender: {}; two hex digits for each byte are expected",
                  sender.error().text);
    options.sender = *std::move(sender);
    return transport::Subscriber::create(std::move(options));
  }();
  if (!subscriber) {
    post_error(element(), subscriber.error());
    return false;
  }
  last_message_ = gst_util_get_timestamp();
  timeout_ = settings.timeout * GST_MSECOND;
  dropped_ = 0;
  is_silent_ = false;
  is_discont_ = true;
  const std::lock_guard lock(mutex_);
  subscriber_ = *std::move(subscriber);
  return true;
}

void LatentZmqSrc::close() {
  std::unique_ptr<transport::Subscriber> subscriber;
  {
    const std::lock_guard lock(mutex_);
    if (subscriber_) last_stats_ = subscriber_->stats();
    last_stats_.link = transport::LinkState::no_peer;
    subscriber = std::move(subscriber_);
  }
}

GstFlowReturn LatentZmqSrc::create(GstBuffer** out) {
  Bytes message;
  for (;;) {
    GstClockTime wait = kLongestWait;
    if (timeout_ > 0 && !is_silent_) {
      const GstClockTime due = last_message_ + timeout_, now = gst_util_get_timestamp();
      wait = due > now ? std::min(wait, due - now) : 0;
    }
    // One more millisecond than whole ones: what is due then is due.
    const auto received =
        subscriber_->receive(message, std::chrono::milliseconds(GST_TIME_AS_MSECONDS(wait) + 1));
    if (received == transport::Receive::interrupted) return GST_FLOW_FLUSHING;
    if (received == transport::Receive::message) break;
    note_silence();
  }
  note_message();
  const ByteSpan bytes = message;
  auto buffer = wrap_message(std::move(message));
  mark_message(buffer.get(), transport::message_type(bytes) == transport::MessageType::frame,
               transport::is_key_frame(bytes));
  const std::uint64_t dropped = subscriber_->stats().dropped;
  if (std::exchange(is_discont_, false) || dropped != dropped_)
    GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DISCONT);
  dropped_ = dropped;
  *out = buffer.release();
  return GST_FLOW_OK;
}

void LatentZmqSrc::note_message() {
  const GstClockTime now = gst_util_get_timestamp();
  if (std::exchange(is_silent_, false)) {
    GST_INFO_OBJECT(self(), "messages again after %" GST_TIME_FORMAT, GST_TIME_ARGS(now - last_message_));
    post_message(element(), Ptr<GstStructure>{gst_structure_new(
                                "latentcast-resumed", "ms", G_TYPE_UINT64,
                                static_cast<guint64>(GST_TIME_AS_MSECONDS(now - last_message_)), nullptr)});
  }
  last_message_ = now;
}

void LatentZmqSrc::note_silence() {
  const GstClockTime silence = gst_util_get_timestamp() - last_message_;
  if (timeout_ == 0 || is_silent_ || silence < timeout_) return;
  is_silent_ = true;
  const std::string link(transport::to_string(subscriber_->stats().link));
  const std::string text =
      fmt::format("nothing came for {} ms; {}", GST_TIME_AS_MSECONDS(silence), subscriber_->describe_link());
  GST_INFO_OBJECT(self(), "%s", text.c_str());
  post_message(element(), Ptr<GstStructure>{gst_structure_new(
                              "latentcast-silent", "ms", G_TYPE_UINT64,
                              static_cast<guint64>(GST_TIME_AS_MSECONDS(silence)), "link", G_TYPE_STRING,
                              link.c_str(), "text", G_TYPE_STRING, text.c_str(), nullptr)});
}

gboolean LatentZmqSrc::event(GstEvent* event) {
  if (!gst_video_event_is_force_key_unit(event))
    return parent<LatentZmqSrc>()->parent_class.event(GST_BASE_SRC_CAST(self()), event);
  const std::lock_guard lock(mutex_);
  if (subscriber_) subscriber_->request_key_frame();
  return TRUE;
}

// We hold nothing back: what has come is pushed.
gboolean LatentZmqSrc::query(GstQuery* query) {
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY)
    return parent<LatentZmqSrc>()->parent_class.query(GST_BASE_SRC_CAST(self()), query);
  gst_query_set_latency(query, gst_base_src_is_live(GST_BASE_SRC_CAST(self())), 0, GST_CLOCK_TIME_NONE);
  return TRUE;
}

gboolean LatentZmqSrc::unlock() {
  const std::lock_guard lock(mutex_);
  if (subscriber_) subscriber_->interrupt();
  return TRUE;
}

gboolean LatentZmqSrc::unlock_stop() {
  const std::lock_guard lock(mutex_);
  if (subscriber_) subscriber_->resume();
  return TRUE;
}

}  // namespace lc::elements
