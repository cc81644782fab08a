#include "elements/study/studyzmqsrc.h"

#include <utility>

#include "elements/glue/errors.h"
#include "elements/glue/sealed_buffer.h"
#include "elements/study/study_start.h"
#include "elements/zmq_link.h"

#define GST_CAT_DEFAULT debug_category<StudyZmqSrc>

namespace lc::elements {

void StudyZmqSrc::class_init(ClassInit<StudyZmqSrc>& c) {
  c.src(kStudyCaps);
  c.bind<&StudyZmqSrc::change_state>(c.element->change_state);
  c.bind<&StudyZmqSrc::create>(c.base->create);
  c.bind<&StudyZmqSrc::unlock>(c.base->parent_class.unlock);
  c.bind<&StudyZmqSrc::unlock_stop>(c.base->parent_class.unlock_stop);
}

StudyZmqSrc::StudyZmqSrc(GstPushSrc* self) : Element(self) {
  gst_base_src_set_format(GST_BASE_SRC_CAST(self), GST_FORMAT_TIME);
  gst_base_src_set_live(GST_BASE_SRC_CAST(self), TRUE);
  gst_base_src_set_do_timestamp(GST_BASE_SRC_CAST(self), TRUE);
}

Ptr<GstStructure> StudyZmqSrc::stats() const {
  const std::lock_guard lock(mutex_);
  return make_stats(kInfo.name, {{"messages-received", link_ ? link_->messages() : messages_},
                                 {"bytes-received", link_ ? link_->bytes() : bytes_},
                                 {"malformed", link_ ? link_->malformed() : malformed_}});
}

std::string StudyZmqSrc::bound_endpoint() const {
  const std::lock_guard lock(mutex_);
  return link_ ? link_->bound_endpoint() : std::string();
}

// Not in GstBaseSrc's start(): its failure would post a second error.
GstStateChangeReturn StudyZmqSrc::change_state(GstStateChange change) {
  if (change == GST_STATE_CHANGE_READY_TO_PAUSED)
    if (const auto opened = open(); !opened) {
      post_error(element(), opened.error());
      return GST_STATE_CHANGE_FAILURE;
    }
  const auto result = parent<StudyZmqSrc, GstElementClass>()->change_state(element(), change);
  if (change == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (change == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE))
    close();
  return result;
}

void StudyZmqSrc::close() {
  const std::lock_guard lock(mutex_);
  messages_ = link_->messages(), bytes_ = link_->bytes(), malformed_ = link_->malformed();
  link_.reset();
}

Result<> StudyZmqSrc::open() {
  const StudyZmqSrcSettings settings = this->settings();
  LC_TRY(allow_study(element(), settings.allow_insecure));
  ZmqLinkSettings link;
  link.endpoint = settings.endpoint, link.bind = settings.bind;
  transport::LinkOptions options;
  apply(link, element(), options);
  auto opened = LC_TRY(transport::StudyLink::create(std::move(options), transport::StudyLink::Role::receive));
  has_warned_ = false;
  const std::lock_guard lock(mutex_);
  link_ = std::move(opened);
  return {};
}

GstFlowReturn StudyZmqSrc::create(GstBuffer** out) {
  Bytes message;
  auto received = link_->receive(message);
  for (; received == transport::StudyLink::Received::malformed; received = link_->receive(message))
    if (!std::exchange(has_warned_, true))
      post_warning(element(), Error{Errc::bad_format,
                                    "what arrives is no study packet, and left out; a sealed stream is received by "
                                    "latentzmqsrc (pipelines/receiver.yaml)"});
  if (received == transport::StudyLink::Received::interrupted) return GST_FLOW_FLUSHING;
  if (received == transport::StudyLink::Received::end) return GST_FLOW_EOS;
  *out = wrap_message(std::move(message)).release();
  return GST_FLOW_OK;
}

gboolean StudyZmqSrc::unlock() {
  const std::lock_guard lock(mutex_);
  if (link_) link_->interrupt();
  return TRUE;
}

gboolean StudyZmqSrc::unlock_stop() {
  const std::lock_guard lock(mutex_);
  if (link_) link_->resume();
  return TRUE;
}

}  // namespace lc::elements
