#include "transport/study_link.h"

#include <zmq.h>

namespace lc::transport {
namespace {

constexpr int kWaitingMessages = 4;

}  // namespace

Result<std::unique_ptr<StudyLink>> StudyLink::create(LinkOptions options, Role role) {
  options.pattern = Pattern::push_pull;
  SocketSettings settings{};
  settings.type = role == Role::send ? ZMQ_PUSH : ZMQ_PULL;
  settings.send_hwm = settings.receive_hwm = kWaitingMessages;
  settings.max_message_bytes = kMaxStudyBytes;
  return std::unique_ptr<StudyLink>(new StudyLink(LC_TRY(Link::open(options, settings))));
}

StudyLink::~StudyLink() { link_->close(linger_); }

bool StudyLink::send_until(ByteSpan message, std::optional<Link::Clock::time_point> until) {
  while (!is_interrupted_ && (!until || Link::Clock::now() < *until)) {
    if (link_->socket().send(message) == Socket::Sent::done) return true;
    (void)link_->wait(false, true, until);
  }
  return false;
}

bool StudyLink::send(ByteSpan message) {
  LC_EXPECT(as_text(message).starts_with(kStudyMagic), "study packets only");
  if (!send_until(message, std::nullopt)) return false;
  ++messages_;
  bytes_ += message.size();
  return true;
}

bool StudyLink::finish(std::chrono::milliseconds limit) {
  linger_ = limit;
  return send_until(as_bytes(kStudyMagic), Link::Clock::now() + limit);
}

StudyLink::Received StudyLink::receive(Bytes& message) {
  while (!is_interrupted_) {
    switch (link_->socket().receive(message)) {
      case Socket::Received::message:
        if (as_text(message) == kStudyMagic) return Received::end;
        if (as_text(message).starts_with(kStudyMagic)) {
          ++messages_;
          bytes_ += message.size();
          return Received::message;
        }
        [[fallthrough]];
      case Socket::Received::malformed:
        ++malformed_;
        return Received::malformed;
      case Socket::Received::nothing:
      case Socket::Received::failed:
        (void)link_->wait(true, false, std::nullopt);
        break;
    }
  }
  return Received::interrupted;
}

void StudyLink::interrupt() {
  is_interrupted_ = true;
  link_->wakeup().set();
}

void StudyLink::resume() { is_interrupted_ = false; }

}  // namespace lc::transport
