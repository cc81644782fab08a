// The little that the transport knows of a message: its clear header is 48 bytes and begins
// "LC1", type, sender (8 bytes device id, 2 bytes stream id). FORMAT.md has the rest; seal/ owns the
// header.
//
// Nothing here is authenticated. It steers queues and filters only.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace lc::transport {

inline constexpr std::string_view kMagic = "LC1";
inline constexpr std::size_t kHeaderBytes = 48;
inline constexpr std::size_t kTypeOffset = 3;
inline constexpr std::size_t kSenderOffset = 4;
inline constexpr std::size_t kSenderBytes = 10;  // device id, stream id
inline constexpr std::size_t kFlagsOffset = 16;
inline constexpr std::byte kKeyFrameFlag{1 << 2};

enum class MessageType : char { frame = 'F', announcement = 'K', heartbeat = 'H', end = 'E' };
inline constexpr std::string_view kMessageTypes = "FKHE";

using Sender = std::array<std::byte, kSenderBytes>;

// nullopt: not one of our messages
std::optional<MessageType> message_type(ByteSpan message);

// Of a message that message_type() knows.
Sender sender_of(ByteSpan message);
bool is_key_frame(ByteSpan message);

// The upstream message "LC1I" of a subscriber that wants a key frame: from this sender, or from everyone.
Bytes pack_key_frame_request(const std::optional<Sender>& sender);

struct KeyFrameRequest {
  std::optional<Sender> sender;
};
std::optional<KeyFrameRequest> unpack_key_frame_request(ByteSpan message);

// Topics that a subscription filter on senders needs, one for each type; one topic for all without a
// filter.
//   sender  the first 0..10 bytes of device id and stream id
std::vector<Bytes> topics_of(ByteSpan sender);

// Would a subscription to `topic` get frames? Each subscriber has exactly one such topic.
bool covers_frames(ByteSpan topic);

}  // namespace lc::transport
