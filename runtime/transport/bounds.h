// Limits and times of the transport. Sizes bound what a stranger can make us allocate.
#pragma once

#include <chrono>
#include <cstddef>

namespace lc::transport {

// Largest message that we send or take: a key frame of snow at the highest quality has 3.8 MB at 4096x2160
// (measured), so 29 MB at 8192x8192, the largest that the codec takes. ZeroMQ allocates up to this much when
// a connected peer announces a message of that size.
inline constexpr std::size_t kMaxMessageBytes = std::size_t{32} << 20;

// Largest thing that a publisher takes from its subscribers: a subscription or a key-frame request of a few
// bytes, but ZeroMQ holds the commands of a CURVE handshake (300 bytes) against it too.
inline constexpr std::size_t kMaxRequestBytes = 1024;

// What CURVE adds to each message, rounded up.
inline constexpr std::size_t kCurveOverheadBytes = 64;

// Key frames wanted by joining or stumbling subscribers are asked for at most this often; a wish in between
// waits.
inline constexpr std::chrono::milliseconds kKeyFrameGap{200};

// A dead connection is noticed after the time-out; a handshake that hangs is given up.
inline constexpr std::chrono::milliseconds kHeartbeatInterval{1000};
inline constexpr std::chrono::milliseconds kHeartbeatTimeout{3000};
inline constexpr int kKeepAliveIdleSeconds = 3, kKeepAliveIntervalSeconds = 2, kKeepAliveProbes = 3;
inline constexpr std::chrono::milliseconds kHandshakeTimeout{3000};
inline constexpr std::chrono::milliseconds kConnectTimeout{3000};

// Reconnection: doubles from the first to the last. ZeroMQ gives up for good after a refusal or a protocol
// error; we then connect again after kRescueDelay. A live receiver that waits for its device misses what is sent before
// its next attempt: half of the last on average.
inline constexpr std::chrono::milliseconds kReconnectFirst{100};
inline constexpr std::chrono::milliseconds kReconnectLast{200};
inline constexpr std::chrono::milliseconds kRescueDelay{500};

// While a stream ends, how often we look whether the last bytes were taken.
inline constexpr std::chrono::milliseconds kDrainInterval{5};

// After a stream that ended in order, closing waits at most this long for the last bytes to leave;
// otherwise not at all.
inline constexpr std::chrono::milliseconds kLingerAfterEndPub{300};
inline constexpr std::chrono::milliseconds kLingerAfterEndPush{2000};

}  // namespace lc::transport
