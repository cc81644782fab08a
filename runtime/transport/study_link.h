// Study packets over PUSH/PULL, apart from everything sealed: messages begin "LCX1" and nothing else is taken, and no
// user of Publisher or Subscriber takes these. "LCX1" alone is the end of the stream. No thread of its own.
//   thread  send(), finish() and receive() from one thread at a time; interrupt(), resume() and counters from any
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "transport/link.h"

namespace lc::transport {

inline constexpr std::string_view kStudyMagic = "LCX1";
inline constexpr std::size_t kMaxStudyBytes = std::size_t{1} << 30;  // textbook RSA makes 256 bytes of one

class StudyLink {
 public:
  enum class Role { send, receive };

  // Of `options` the endpoint, attach and on_link_change are looked at.
  //   errors  as of Publisher and Subscriber
  static Result<std::unique_ptr<StudyLink>> create(LinkOptions options, Role role);

  // Waits for room. False: interrupted. The message begins with kStudyMagic.
  [[nodiscard]] bool send(ByteSpan message);
  // The end of the stream: waits for room for it, at most `limit`; what was sent is given as long to leave when this
  // object goes.
  bool finish(std::chrono::milliseconds limit);

  enum class Received { message, malformed, end, interrupted };
  [[nodiscard]] Received receive(Bytes& message);

  void interrupt();  // ends all waiting at once, until resume()
  void resume();

  ~StudyLink();
  const std::string& bound_endpoint() const { return link_->bound_endpoint(); }
  std::uint64_t messages() const { return messages_; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t malformed() const { return malformed_; }

 private:
  explicit StudyLink(std::unique_ptr<Link> link) : link_(std::move(link)) {}
  bool send_until(ByteSpan message, std::optional<Link::Clock::time_point> until);

  const std::unique_ptr<Link> link_;
  std::atomic<bool> is_interrupted_{false};
  std::chrono::milliseconds linger_{0};
  std::atomic<std::uint64_t> messages_{0}, bytes_{0}, malformed_{0};
};

}  // namespace lc::transport
