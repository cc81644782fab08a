#include "transport/publisher.h"

#include <zmq.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "transport/key_frame_gate.h"
#include "transport/link.h"
#include "transport/message.h"
#include "transport/message_queue.h"

namespace lc::transport {
namespace {

constexpr int kRequestsAtATime = 64;  // then messages get their turn again

SocketSettings socket_settings(const PublisherOptions& options) {
  const bool is_pub = options.pattern == Pattern::pub_sub;
  SocketSettings settings{};
  settings.type = is_pub ? ZMQ_XPUB : ZMQ_PUSH;
  // PUSH: with 1, room for the next message means that the peer's connection has taken the last one.
  settings.send_hwm = is_pub ? static_cast<int>(options.queue_messages) : 1;
  settings.receive_hwm = 1000;  // requests: small and rare
  settings.max_message_bytes = kMaxRequestBytes;
  settings.send_buffer_bytes = is_pub ? options.send_buffer_bytes : 0;
  settings.wants_every_subscription = is_pub;
  return settings;
}

}  // namespace

class Publisher::Core {
 public:
  Core(PublisherOptions options, std::unique_ptr<Link> link)
      : is_pub_(options.pattern == Pattern::pub_sub),
        waits_for_peer_(!is_pub_ && options.attach == Attach::connect),
        on_key_frame_wanted_(std::move(options.on_key_frame_wanted)),
        link_(std::move(link)),
        queue_(is_pub_ ? WhenFull::drop_oldest : WhenFull::wait,
               {options.queue_messages, options.queue_bytes}),
        thread_([this] { run(); }) {}

  ~Core() {
    is_stopping_ = true;
    queue_.interrupt();
    link_->wakeup().set();
    thread_.join();
  }

  Publish publish(ByteSpan message);
  bool finish(std::chrono::milliseconds limit);
  void interrupt();
  void resume();
  void discard_queue();
  PublisherStats stats() const;
  const std::string& bound_endpoint() const { return link_->bound_endpoint(); }
  void stop_authenticator() { link_->stop_authenticator(); }

 private:
  void run();
  void serve_subscribers();
  void on_upstream(ByteSpan message);
  void on_new_peer();
  void ask_for_key_frame();
  void repeat_announcement();
  void update_welcome();
  void send_queued();
  bool has_work() const { return !unsent_.empty() || queue_.size() > 0; }
  void note_if_finished();
  std::optional<KeyFrameGate::Clock::time_point> next_look() const;

  const bool is_pub_, waits_for_peer_;
  const std::function<void()> on_key_frame_wanted_;
  const std::unique_ptr<Link> link_;
  MessageQueue queue_;
  std::atomic<bool> is_stopping_{false};
  std::atomic<std::uint64_t> messages_sent_{0}, bytes_sent_{0}, key_frame_requests_{0}, malformed_{0},
      failed_{0};
  std::atomic<std::int64_t> subscribers_{0};

  std::mutex mutex_;  // guards what follows, to the next blank line
  std::condition_variable changed_;
  Bytes announcement_;
  bool is_announcement_new_ = false, is_interrupted_ = false, must_discard_ = false;
  bool wants_finish_ = false, is_finished_ = false;

  // Of the socket's thread.
  KeyFrameGate key_frames_;
  Sender sender_{};                  // of the last frame sent
  Bytes unsent_, upstream_;          // a message that the socket had no room for; scratch
  bool is_last_on_its_way_ = false;  // PUSH: handed to ZeroMQ, not known to be taken by the peer's connection
  bool is_draining_ = false;         // all is with the connections, and the peers have not taken it yet

  std::thread thread_;  // last: starts when all else is there
};

Publish Publisher::Core::publish(ByteSpan message) {
  const auto type = message_type(message);
  if (!type) return Publish::not_sealed;
  if (message.size() > kMaxMessageBytes) return Publish::too_large;
  Bytes copy(message.begin(), message.end());
  {
    const std::lock_guard lock(mutex_);
    is_finished_ = false;
    if (*type == MessageType::announcement && announcement_ != copy) {
      announcement_ = copy;
      is_announcement_new_ = true;
    }
  }
  if (!queue_.push(copy)) return Publish::interrupted;
  link_->wakeup().set();
  return Publish::queued;
}

bool Publisher::Core::finish(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  wants_finish_ = true;
  is_finished_ = false;
  link_->wakeup().set();
  changed_.wait_for(lock, limit, [&] { return is_finished_ || is_interrupted_; });
  wants_finish_ = false;
  return is_finished_;
}

void Publisher::Core::interrupt() {
  queue_.interrupt();
  const std::lock_guard lock(mutex_);
  is_interrupted_ = true;
  changed_.notify_all();
}

void Publisher::Core::resume() {
  queue_.resume();
  const std::lock_guard lock(mutex_);
  is_interrupted_ = false;
}

void Publisher::Core::discard_queue() {
  queue_.clear();
  const std::lock_guard lock(mutex_);
  must_discard_ = true;
  link_->wakeup().set();
}

PublisherStats Publisher::Core::stats() const {
  PublisherStats stats;
  stats.messages_sent = messages_sent_;
  stats.bytes_sent = bytes_sent_;
  stats.dropped = queue_.dropped() + failed_;
  stats.key_frame_requests = key_frame_requests_;
  stats.malformed = malformed_;
  stats.refused = link_->refusals();
  stats.peers = static_cast<std::uint64_t>(link_->peers());
  stats.subscribers =
      is_pub_ ? static_cast<std::uint64_t>(std::max<std::int64_t>(0, subscribers_)) : stats.peers;
  stats.link = link_->state();
  return stats;
}

void Publisher::Core::run() {
  while (!is_stopping_) {
    // PUSH asks for room when there is something to send, and once more at the end to know that the last is
    // gone.
    bool wants_room = false;
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(must_discard_, false)) unsent_.clear();
      wants_room = !is_pub_ && (has_work() || (wants_finish_ && is_last_on_its_way_)) &&
                   (!waits_for_peer_ || link_->is_connected());
    }
    const Link::Ready ready = link_->wait(is_pub_, wants_room, next_look());
    if (ready.out) is_last_on_its_way_ = false;
    if (ready.has_new_peer) on_new_peer();
    if (ready.in) serve_subscribers();
    if (key_frames_.take(KeyFrameGate::Clock::now())) ask_for_key_frame();
    if (is_pub_) update_welcome();
    if (!is_stopping_ && (is_pub_ || ready.out)) send_queued();
    note_if_finished();
  }
  bool is_finished;
  {
    const std::lock_guard lock(mutex_);
    is_finished = is_finished_;
  }
  const auto linger = is_pub_ ? kLingerAfterEndPub : kLingerAfterEndPush;
  link_->close(is_finished ? linger : std::chrono::milliseconds(0));
}

void Publisher::Core::serve_subscribers() {
  for (int i = 0; i < kRequestsAtATime; ++i) {
    switch (link_->socket().receive(upstream_)) {
      case Socket::Received::message:
        on_upstream(upstream_);
        break;
      case Socket::Received::malformed:
        ++malformed_;
        break;
      default:
        return;
    }
  }
}

// A subscription (1, topic), its end (0, topic), or a request.
void Publisher::Core::on_upstream(ByteSpan message) {
  const auto now = KeyFrameGate::Clock::now();
  if (!message.empty() && message[0] <= std::byte{1}) {
    if (!covers_frames(message.subspan(1))) return;
    const bool has_come = message[0] == std::byte{1};
    subscribers_ += has_come ? 1 : -1;
    if (has_come) key_frames_.want(now);
    return;
  }
  const auto request = unpack_key_frame_request(message);
  if (!request) {
    ++malformed_;
    return;
  }
  const bool is_for_another = request->sender && *request->sender != sender_;  // behind the same relay
  if (is_for_another) return;
  ++key_frame_requests_;
  key_frames_.want(now);
}

void Publisher::Core::on_new_peer() {
  if (!is_pub_) key_frames_.want(KeyFrameGate::Clock::now());  // a subscriber's subscription will tell
}

// Whoever needs the key frame may lack the key to open it: behind a relay no welcome message arrives, and
// one that was set while the peer connected may have missed it.
void Publisher::Core::ask_for_key_frame() {
  if (messages_sent_ > 0) repeat_announcement();
  if (on_key_frame_wanted_) on_key_frame_wanted_();
}

void Publisher::Core::repeat_announcement() {
  Bytes announcement;
  {
    const std::lock_guard lock(mutex_);
    announcement = announcement_;
  }
  if (!announcement.empty()) queue_.push_front(std::move(announcement));
}

void Publisher::Core::update_welcome() {
  Bytes announcement;
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(is_announcement_new_, false)) return;
    announcement = announcement_;
  }
  static_cast<void>(link_->socket().set_bytes(ZMQ_XPUB_WELCOME_MSG, announcement));
}

void Publisher::Core::send_queued() {
  while (!unsent_.empty() || queue_.try_pop(unsent_)) {
    const auto sent = link_->socket().send(unsent_);
    if (sent == Socket::Sent::full) return;
    if (sent == Socket::Sent::failed) {
      ++failed_;
      unsent_.clear();
      continue;
    }
    if (message_type(unsent_) == MessageType::frame) sender_ = sender_of(unsent_);
    ++messages_sent_;
    bytes_sent_ += unsent_.size();
    is_last_on_its_way_ = !is_pub_;
    unsent_.clear();
  }
}

void Publisher::Core::note_if_finished() {
  const std::lock_guard lock(mutex_);
  is_draining_ = false;
  if (!wants_finish_ || is_finished_ || is_last_on_its_way_ || has_work()) return;
  is_draining_ = link_->unsent_bytes() > 0;
  if (is_draining_) return;
  is_finished_ = true;
  changed_.notify_all();
}

std::optional<KeyFrameGate::Clock::time_point> Publisher::Core::next_look() const {
  if (!is_draining_) return key_frames_.due();
  const auto soon = KeyFrameGate::Clock::now() + kDrainInterval;
  return key_frames_.due() ? std::min(soon, *key_frames_.due()) : soon;
}

Result<std::unique_ptr<Publisher>> Publisher::create(PublisherOptions options) {
  if (options.queue_messages == 0)
    return fail(Errc::invalid_config, "a queue of 0 messages holds nothing; use 1 or more");
  auto link = LC_TRY(Link::open(options, socket_settings(options)));
  return std::unique_ptr<Publisher>(
      new Publisher(std::make_unique<Core>(std::move(options), std::move(link))));
}

Publisher::Publisher(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Publisher::~Publisher() = default;

const std::string& Publisher::bound_endpoint() const { return core_->bound_endpoint(); }
Publish Publisher::publish(ByteSpan message) { return core_->publish(message); }
bool Publisher::finish(std::chrono::milliseconds limit) { return core_->finish(limit); }
void Publisher::interrupt() { core_->interrupt(); }
void Publisher::resume() { core_->resume(); }
void Publisher::discard_queue() { core_->discard_queue(); }
PublisherStats Publisher::stats() const { return core_->stats(); }
void Publisher::stop_authenticator() { core_->stop_authenticator(); }

}  // namespace lc::transport
