#include "elements/study/studyzmqsink.h"

#include "elements/glue/errors.h"
#include "elements/study/study_start.h"
#include "elements/zmq_link.h"

#define GST_CAT_DEFAULT debug_category<StudyZmqSink>

namespace lc::elements {
namespace {

constexpr std::chrono::milliseconds kFinish{10000};

}  // namespace

void StudyZmqSink::class_init(ClassInit<StudyZmqSink>& c) {
  c.sink(kStudyCaps);
  c.bind<&StudyZmqSink::change_state>(c.element->change_state);
  c.bind<&StudyZmqSink::render>(c.base->render);
  c.bind<&StudyZmqSink::event>(c.base->event);
  c.bind<&StudyZmqSink::unlock>(c.base->unlock);
  c.bind<&StudyZmqSink::unlock_stop>(c.base->unlock_stop);
}

StudyZmqSink::StudyZmqSink(GstBaseSink* self) : Element(self) {
  gst_base_sink_set_sync(self, FALSE);
  gst_base_sink_set_last_sample_enabled(self, FALSE);
}

Ptr<GstStructure> StudyZmqSink::stats() const {
  const std::lock_guard lock(mutex_);
  return make_stats(kInfo.name, {{"messages-sent", link_ ? link_->messages() : messages_},
                                 {"bytes-sent", link_ ? link_->bytes() : bytes_}});
}

std::string StudyZmqSink::bound_endpoint() const {
  const std::lock_guard lock(mutex_);
  return link_ ? link_->bound_endpoint() : std::string();
}

// Not in GstBaseSink's start(): its failure would post a second error.
GstStateChangeReturn StudyZmqSink::change_state(GstStateChange change) {
  if (change == GST_STATE_CHANGE_READY_TO_PAUSED)
    if (const auto opened = open(); !opened) {
      post_error(element(), opened.error());
      return GST_STATE_CHANGE_FAILURE;
    }
  const auto result = parent<StudyZmqSink, GstElementClass>()->change_state(element(), change);
  if (change == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (change == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE))
    close();
  return result;
}

void StudyZmqSink::close() {
  std::unique_ptr<transport::StudyLink> link;
  {
    const std::lock_guard lock(mutex_);
    messages_ = link_->messages(), bytes_ = link_->bytes();
    link = std::move(link_);
  }
  link.reset();  // may wait for the last bytes; nobody needs the lock for that
}

Result<> StudyZmqSink::open() {
  const StudyZmqSinkSettings settings = this->settings();
  LC_TRY(allow_study(element(), settings.allow_insecure));
  ZmqLinkSettings link;
  link.endpoint = settings.endpoint, link.bind = settings.bind;
  transport::LinkOptions options;
  apply(link, element(), options);
  auto opened = LC_TRY(transport::StudyLink::create(std::move(options), transport::StudyLink::Role::send));
  const std::lock_guard lock(mutex_);
  link_ = std::move(opened);
  return {};
}

GstFlowReturn StudyZmqSink::render(GstBuffer* buffer) {
  const auto mapped = MappedBuffer::create(buffer);
  if (!mapped) return post_error(element(), mapped.error()), GST_FLOW_ERROR;
  if (!as_text(mapped->span()).starts_with(transport::kStudyMagic)) {
    post_error(element(), Error{Errc::bad_format, "a buffer is no study packet; put studyencrypt before studyzmqsink"});
    return GST_FLOW_ERROR;
  }
  while (!link_->send(mapped->span()))  // paused, or flushing
    if (const auto flow = gst_base_sink_wait_preroll(self()); flow != GST_FLOW_OK) return flow;
  return GST_FLOW_OK;
}

gboolean StudyZmqSink::event(GstEvent* event) {
  if (link_ && GST_EVENT_TYPE(event) == GST_EVENT_EOS && !link_->finish(kFinish))
    post_warning(element(), Error{Errc::unavailable, "no receiver took the end of the stream"});
  return parent<StudyZmqSink>()->event(self(), event);
}

gboolean StudyZmqSink::unlock() {
  const std::lock_guard lock(mutex_);
  if (link_) link_->interrupt();
  return TRUE;
}

gboolean StudyZmqSink::unlock_stop() {
  const std::lock_guard lock(mutex_);
  if (link_) link_->resume();
  return TRUE;
}

}  // namespace lc::elements
