#include "transport/message.h"

#include <algorithm>

#include "base/file.h"
#include "support.h"
#include "transport/key_frame_gate.h"

using namespace lc;
using namespace lc::transport;

TEST_CASE("message: four types are ours, everything else and everything short is not") {
  for (int type = 0; type < 256; ++type) {
    const Bytes message = test::make_message({.type = static_cast<char>(type)});
    CHECK(message_type(message).has_value() == (type == 'F' || type == 'K' || type == 'H' || type == 'E'));
  }
  const Bytes whole = test::make_message({});
  for (std::size_t size = 0; size < kHeaderBytes; ++size)
    CHECK_FALSE(message_type(ByteSpan(whole).first(size)));
  CHECK(message_type(ByteSpan(whole).first(kHeaderBytes)));
  for (std::size_t at = 0; at < 3; ++at) {
    Bytes other = whole;
    other[at] ^= std::byte{1};
    CHECK_FALSE(message_type(other));
  }
}

TEST_CASE("message: a key-frame request comes back, with and without a sender; nothing else is one") {
  const Sender sender = sender_of(test::make_message({.device = 9, .stream = 3}));
  CHECK(unpack_key_frame_request(pack_key_frame_request({}))->sender == std::nullopt);
  const Bytes request = pack_key_frame_request(sender);
  CHECK(unpack_key_frame_request(request)->sender == sender);
  for (std::size_t size = 0; size < request.size(); ++size)
    CHECK(unpack_key_frame_request(ByteSpan(request).first(size)).has_value() == (size == 4));
  CHECK_FALSE(unpack_key_frame_request(test::make_message({})));
}

TEST_CASE("message: each filter has exactly one topic that covers frames") {
  for (const std::size_t size : {0, 1, 8, 10}) {
    const Bytes filter(size, std::byte{7});
    const auto topics = topics_of(filter);
    CHECK(std::count_if(topics.begin(), topics.end(),
                        [](const Bytes& topic) { return covers_frames(topic); }) == 1);
  }
  CHECK(covers_frames({}));
  CHECK_FALSE(covers_frames(as_bytes("LC1K")));
  CHECK_FALSE(covers_frames(as_bytes("other")));
}

TEST_CASE("key frame gate: the first wish is granted at once, those within the gap once at its end") {
  using namespace std::chrono_literals;
  KeyFrameGate gate;
  const auto start = KeyFrameGate::Clock::now();
  CHECK_FALSE(gate.take(start));
  gate.want(start);
  CHECK(gate.take(start));
  CHECK_FALSE(gate.take(start));
  for (int i = 1; i <= 5; ++i) gate.want(start + i * 10ms);
  CHECK_FALSE(gate.take(start + kKeyFrameGap - 1ms));
  CHECK(gate.due() == start + kKeyFrameGap);
  CHECK(gate.take(start + kKeyFrameGap));
  CHECK_FALSE(gate.due());
  gate.want(start + 10s);
  CHECK(gate.take(start + 10s));
}

TEST_CASE("message: the key-frame request of FORMAT.md is what we send") {
  const Bytes page = load_file(test::source_root() / "runtime/transport/FORMAT.md").value();
  const std::string text(as_text(page));
  const std::size_t at = text.find("4c433149 ");
  REQUIRE(at != std::string::npos);
  std::string hex = text.substr(at, text.find('\n', at) - at);
  hex.erase(std::remove(hex.begin(), hex.end(), ' '), hex.end());
  const Sender sender{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}, std::byte{5},
                      std::byte{6}, std::byte{7}, std::byte{8}, std::byte{0}, std::byte{3}};
  CHECK(to_hex(pack_key_frame_request(sender)) == hex);
}
