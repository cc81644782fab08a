// libFuzzer: what runtime/transport reads from peers, people and files. The first byte says which.
#include <algorithm>
#include <cstdlib>

#include "transport/curve_keys.h"
#include "transport/endpoint.h"
#include "transport/message.h"
#include "transport/message_queue.h"

namespace {

using namespace lc;
using namespace lc::transport;

void expect(bool good) {
  if (!good) std::abort();
}

void endpoint(ByteSpan bytes) {
  for (const Attach attach : {Attach::bind, Attach::connect}) {
    const auto parsed = parse_endpoint(as_text(bytes), attach);
    if (!parsed) continue;
    const auto again = parse_endpoint(parsed->text, attach);
    expect(again && again->text == parsed->text && again->host == parsed->host && again->port == parsed->port);
    expect(attach == Attach::bind || parsed->scheme != Scheme::tcp || (parsed->port > 0 && parsed->host != "*"));
  }
}

void message(ByteSpan bytes) {
  covers_frames(bytes);
  if (const auto request = unpack_key_frame_request(bytes)) {
    const Bytes again = pack_key_frame_request(request->sender);
    expect(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
  }
  if (!message_type(bytes)) return;
  sender_of(bytes);
  is_key_frame(bytes);
}

void key_files(ByteSpan bytes) {
  const std::string_view text = as_text(bytes);
  if (const auto pair = parse_curve_key(text, "f")) expect(pair->public_key != CurvePublicKey{});
  const auto key = parse_curve_public_key(text, "f");
  const auto clients = parse_allow_list(text, "f");
  if (!clients) return;
  for (const AllowedClient& client : *clients) expect(!client.name.empty() && to_z85(client.key).size() == 40);
}

// Each byte a message: its low bits the type and key flag, its high bits the size; 0xff takes one out.
void queue(ByteSpan bytes) {
  constexpr MessageQueue::Limits kLimits{5, 1000};
  MessageQueue live(WhenFull::drop_oldest, kLimits), waiting(WhenFull::wait, kLimits);
  std::uint64_t pushed = 0, taken = 0;
  for (const std::byte byte : bytes) {
    const auto value = std::to_integer<unsigned>(byte);
    Bytes one(kHeaderBytes + 8 * (value >> 3), std::byte{0});
    std::copy_n(as_bytes("LC1").begin(), 3, one.begin());
    one[kTypeOffset] = static_cast<std::byte>(kMessageTypes[value & 3]);
    one[kFlagsOffset] = static_cast<std::byte>(value & 4);
    Bytes same = one;
    if (value == 0xff) {
      taken += live.try_pop(one) ? 1 : 0;
      waiting.try_pop(same);
      continue;
    }
    expect(live.try_push(one));
    ++pushed;
    waiting.try_push(same);
    expect(live.size() <= kLimits.messages && waiting.size() <= kLimits.messages);
    expect(pushed == taken + live.size() + live.dropped() && waiting.dropped() == 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteSpan rest{reinterpret_cast<const std::byte*>(data) + 1, size - 1};
  switch (data[0] % 4) {
    case 0:
      endpoint(rest);
      break;
    case 1:
      message(rest);
      break;
    case 2:
      key_files(rest);
      break;
    default:
      queue(rest);
      break;
  }
  return 0;
}
