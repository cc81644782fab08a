#include "transport/message_queue.h"

#include <algorithm>
#include <utility>

#include "transport/message.h"

namespace lc::transport {

bool MessageQueue::try_push(Bytes& message) {
  const std::lock_guard lock(mutex_);
  if (when_full_ == WhenFull::wait && is_full(message.size())) return false;
  while (is_full(message.size())) drop_one();
  take(message);
  return true;
}

bool MessageQueue::push(Bytes& message) {
  std::unique_lock lock(mutex_);
  if (when_full_ == WhenFull::wait)
    changed_.wait(lock, [&] { return is_interrupted_ || !is_full(message.size()); });
  if (is_interrupted_) return false;
  while (is_full(message.size())) drop_one();
  take(message);
  return true;
}

void MessageQueue::push_front(Bytes message) {
  const std::lock_guard lock(mutex_);
  bytes_ += message.size();
  messages_.push_front(std::move(message));
  changed_.notify_all();
}

bool MessageQueue::try_pop(Bytes& message) {
  const std::lock_guard lock(mutex_);
  if (messages_.empty()) return false;
  message = std::move(messages_.front());
  messages_.pop_front();
  bytes_ -= message.size();
  changed_.notify_all();
  return true;
}

MessageQueue::Outcome MessageQueue::pop(Bytes& message, std::chrono::milliseconds limit) {
  {
    std::unique_lock lock(mutex_);
    const bool is_woken =
        changed_.wait_for(lock, limit, [&] { return is_interrupted_ || !messages_.empty(); });
    if (is_interrupted_) return Outcome::interrupted;
    if (!is_woken) return Outcome::timeout;
  }
  return try_pop(message) ? Outcome::message : Outcome::timeout;
}

void MessageQueue::clear() {
  const std::lock_guard lock(mutex_);
  messages_.clear();
  bytes_ = 0;
  changed_.notify_all();
}

void MessageQueue::interrupt() {
  const std::lock_guard lock(mutex_);
  is_interrupted_ = true;
  changed_.notify_all();
}

void MessageQueue::resume() {
  const std::lock_guard lock(mutex_);
  is_interrupted_ = false;
}

std::size_t MessageQueue::size() const {
  const std::lock_guard lock(mutex_);
  return messages_.size();
}

bool MessageQueue::has_room() const {
  const std::lock_guard lock(mutex_);
  return messages_.size() < limits_.messages && (messages_.empty() || bytes_ < limits_.bytes);
}

std::uint64_t MessageQueue::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

bool MessageQueue::is_full(std::size_t more) const {
  if (messages_.empty()) return false;
  return messages_.size() >= limits_.messages || bytes_ + more > limits_.bytes;
}

void MessageQueue::take(Bytes& message) {
  bytes_ += message.size();
  messages_.push_back(std::move(message));
  changed_.notify_all();
}

void MessageQueue::drop_one() {
  const auto is_frame = [](const Bytes& message) { return message_type(message) == MessageType::frame; };
  auto victim = std::find_if(messages_.begin(), messages_.end(), [&](const Bytes& message) {
    return is_frame(message) && !is_key_frame(message);
  });
  if (victim == messages_.end()) victim = std::find_if(messages_.begin(), messages_.end(), is_frame);
  if (victim == messages_.end()) victim = messages_.begin();
  bytes_ -= victim->size();
  messages_.erase(victim);
  ++dropped_;
}

}  // namespace lc::transport
