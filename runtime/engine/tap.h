// Pictures of a running pipeline for whoever compares them: as they enter aeencode, and as they leave aedecode.
//
// A picture is known on both ends by its capture time, which crosses the wire sealed with it. On the device that time
// is set by aeencode, so the source picture comes first (with its PTS) and its capture time follows. All functions are
// called on streaming threads; the frame's memory is valid during the call only.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>

namespace lc::engine {

struct TappedFrame {
  std::uint64_t pts_ns = 0;
  std::uint64_t capture_ns = 0;  // since 1970; 0 in `source`
  std::string_view format;       // "I420", "NV12", "RGB", "GRAY8"
  int width = 0, height = 0;
  bool is_bt709 = false, is_full_range = false;
  std::array<const std::uint8_t*, 3> planes{};
  std::array<int, 3> strides{};  // bytes between rows
};

// Unset functions cost nothing.
struct Taps {
  std::function<bool(std::uint64_t pts_ns)> wants_source;
  std::function<void(const TappedFrame&)> source;
  std::function<void(std::uint64_t pts_ns, std::uint64_t capture_ns)> encoded;
  std::function<bool(std::uint64_t capture_ns)> wants_decoded;
  std::function<void(const TappedFrame&)> decoded;
};

}  // namespace lc::engine
