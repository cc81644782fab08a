#include "transport/message.h"

#include <algorithm>

namespace lc::transport {
namespace {

constexpr std::string_view kRequestMagic = "LC1I";

bool starts_with(ByteSpan bytes, std::string_view prefix) {
  return bytes.size() >= prefix.size() && as_text(bytes.first(prefix.size())) == prefix;
}

}  // namespace

std::optional<MessageType> message_type(ByteSpan message) {
  if (message.size() < kHeaderBytes || !starts_with(message, kMagic)) return std::nullopt;
  const char type = static_cast<char>(message[kTypeOffset]);
  if (kMessageTypes.find(type) == std::string_view::npos) return std::nullopt;
  return static_cast<MessageType>(type);
}

Sender sender_of(ByteSpan message) {
  Sender sender;
  const ByteSpan part = message.subspan(kSenderOffset, kSenderBytes);
  std::copy(part.begin(), part.end(), sender.begin());
  return sender;
}

bool is_key_frame(ByteSpan message) { return (message[kFlagsOffset] & kKeyFrameFlag) != std::byte{0}; }

Bytes pack_key_frame_request(const std::optional<Sender>& sender) {
  Bytes request;
  request.reserve(kRequestMagic.size() + kSenderBytes);
  Writer out(request);
  out.text(kRequestMagic);
  if (sender) out.bytes(*sender);
  return request;
}

std::optional<KeyFrameRequest> unpack_key_frame_request(ByteSpan message) {
  if (!starts_with(message, kRequestMagic)) return std::nullopt;
  if (message.size() == kRequestMagic.size()) return KeyFrameRequest{};
  if (message.size() != kRequestMagic.size() + kSenderBytes) return std::nullopt;
  return KeyFrameRequest{sender_of(message)};
}

std::vector<Bytes> topics_of(ByteSpan sender) {
  const auto topic = [&](std::string_view start) {
    Bytes bytes;
    bytes.reserve(start.size() + sender.size());
    Writer out(bytes);
    out.text(start);
    out.bytes(sender);
    return bytes;
  };
  if (sender.empty()) return {topic(kMagic)};
  std::vector<Bytes> topics;
  for (const char type : kMessageTypes) topics.push_back(topic(std::string(kMagic) + type));
  return topics;
}

bool covers_frames(ByteSpan topic) {
  const std::string frame = std::string(kMagic) + static_cast<char>(MessageType::frame);
  return starts_with(topic, frame) || frame.starts_with(as_text(topic));
}

}  // namespace lc::transport
