#include "transport/subscriber.h"

#include <zmq.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <utility>

#include "transport/link.h"
#include "transport/message.h"
#include "transport/message_queue.h"

namespace lc::transport {
namespace {

constexpr int kMessagesAtATime = 64;     // then the wake-up gets its turn
constexpr int kLiveReceiveHwm = 64;      // our thread empties the socket at once
constexpr int kRecordingReceiveHwm = 4;  // more would only be lost when we stop

SocketSettings socket_settings(const SubscriberOptions& options) {
  const bool is_sub = options.pattern == Pattern::pub_sub;
  SocketSettings settings{};
  settings.type = is_sub ? ZMQ_XSUB : ZMQ_PULL;
  settings.send_hwm = 1000;  // subscriptions and requests: small and rare
  settings.receive_hwm = is_sub ? kLiveReceiveHwm : kRecordingReceiveHwm;
  settings.max_message_bytes = options.max_message_bytes;
  if (is_sub) settings.topics = topics_of(options.sender);
  return settings;
}

}  // namespace

class Subscriber::Core {
 public:
  Core(SubscriberOptions options, std::unique_ptr<Link> link)
      : is_sub_(options.pattern == Pattern::pub_sub),
        filter_(std::move(options.sender)),
        link_(std::move(link)),
        queue_(is_sub_ ? WhenFull::drop_oldest : WhenFull::wait,
               {options.queue_messages, options.queue_bytes}),
        thread_([this] { run(); }) {}

  ~Core() {
    is_stopping_ = true;
    queue_.interrupt();
    link_->wakeup().set();
    thread_.join();
  }

  Receive receive(Bytes& message, std::chrono::milliseconds limit);
  void request_key_frame();
  void interrupt() { queue_.interrupt(); }
  void resume() { queue_.resume(); }
  void discard_queue();
  SubscriberStats stats() const;
  const Link& link() const { return *link_; }

 private:
  void run();
  void read_socket();
  bool is_wanted(ByteSpan message);
  void send_request();

  const bool is_sub_;
  const Bytes filter_;
  const std::unique_ptr<Link> link_;
  MessageQueue queue_;
  std::atomic<bool> is_stopping_{false}, wants_key_frame_{false};
  std::atomic<std::uint64_t> messages_received_{0}, bytes_received_{0}, malformed_{0};

  // Of the socket's thread.
  Bytes incoming_;                // PULL: not empty while the queue has no room for it
  std::optional<Sender> sender_;  // of the last frame

  std::thread thread_;  // last: starts when all else is there
};

Receive Subscriber::Core::receive(Bytes& message, std::chrono::milliseconds limit) {
  switch (queue_.pop(message, limit)) {
    case MessageQueue::Outcome::timeout:
      return Receive::timeout;
    case MessageQueue::Outcome::interrupted:
      return Receive::interrupted;
    case MessageQueue::Outcome::message:
      break;
  }
  if (!is_sub_) link_->wakeup().set();  // there is room again
  return Receive::message;
}

void Subscriber::Core::request_key_frame() {
  if (!is_sub_) return;
  wants_key_frame_ = true;
  link_->wakeup().set();
}

void Subscriber::Core::discard_queue() {
  queue_.clear();
  link_->wakeup().set();
}

SubscriberStats Subscriber::Core::stats() const {
  SubscriberStats stats;
  stats.messages_received = messages_received_;
  stats.bytes_received = bytes_received_;
  stats.dropped = queue_.dropped();
  stats.malformed = malformed_;
  const std::uint64_t handshakes = link_->handshakes();
  stats.reconnects = handshakes > 0 ? handshakes - 1 : 0;
  stats.refused = link_->refusals();
  stats.link = link_->state();
  return stats;
}

void Subscriber::Core::run() {
  while (!is_stopping_) {
    const bool has_room = is_sub_ || (incoming_.empty() && queue_.has_room());
    const Link::Ready ready = link_->wait(has_room, false, std::nullopt);
    if (wants_key_frame_.exchange(false)) send_request();
    if (ready.in || !incoming_.empty()) read_socket();
  }
  link_->close(std::chrono::milliseconds(0));
}

void Subscriber::Core::read_socket() {
  if (!incoming_.empty()) {
    if (!queue_.try_push(incoming_)) return;
    incoming_.clear();
  }
  for (int i = 0; i < kMessagesAtATime; ++i) {
    const auto received = link_->socket().receive(incoming_);
    if (received == Socket::Received::malformed) ++malformed_;
    if (received == Socket::Received::nothing || received == Socket::Received::failed) break;
    const bool is_kept = received == Socket::Received::message && is_wanted(incoming_);
    if (is_kept && !queue_.try_push(incoming_)) return;  // stays in incoming_
  }
  incoming_.clear();
}

bool Subscriber::Core::is_wanted(ByteSpan message) {
  const auto type = message_type(message);
  if (!type) {
    ++malformed_;
    return false;
  }
  // XSUB hands out the welcome message whatever its sender is.
  const ByteSpan sender = message.subspan(kSenderOffset, kSenderBytes);
  if (!std::equal(filter_.begin(), filter_.end(), sender.begin())) return false;
  if (*type == MessageType::frame) sender_ = sender_of(message);
  ++messages_received_;
  bytes_received_ += message.size();
  return true;
}

void Subscriber::Core::send_request() {
  // Nobody there, or no room: the next wish, or the subscription after a reconnection, will do.
  static_cast<void>(link_->socket().send(pack_key_frame_request(sender_)));
}

Result<std::unique_ptr<Subscriber>> Subscriber::create(SubscriberOptions options) {
  if (options.queue_messages == 0)
    return fail(Errc::invalid_config, "a queue of 0 messages holds nothing; use 1 or more");
  if (options.sender.size() > kSenderBytes)
    return fail(Errc::invalid_config, "a sender has {} bytes at most (device and stream), {} were given",
                kSenderBytes, options.sender.size());
  if (!options.sender.empty() && options.pattern == Pattern::push_pull)
    return fail(Errc::invalid_config,
                "push/pull takes every message: a filter on senders works with pub/sub only");
  auto link = LC_TRY(Link::open(options, socket_settings(options)));
  return std::unique_ptr<Subscriber>(
      new Subscriber(std::make_unique<Core>(std::move(options), std::move(link))));
}

Subscriber::Subscriber(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Subscriber::~Subscriber() = default;

const std::string& Subscriber::bound_endpoint() const { return core_->link().bound_endpoint(); }
Receive Subscriber::receive(Bytes& message, std::chrono::milliseconds limit) {
  return core_->receive(message, limit);
}
void Subscriber::request_key_frame() { core_->request_key_frame(); }
void Subscriber::interrupt() { core_->interrupt(); }
void Subscriber::resume() { core_->resume(); }
void Subscriber::discard_queue() { core_->discard_queue(); }
std::string Subscriber::describe_link() const { return core_->link().describe(); }
SubscriberStats Subscriber::stats() const { return core_->stats(); }

}  // namespace lc::transport
