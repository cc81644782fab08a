// The two clocks that sealing looks at; tests bring their own.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace lc::seal {

struct Clock {
  std::function<std::uint64_t()> wall_ms;    // since 1970; may jump
  std::function<std::uint64_t()> steady_ms;  // since some start; never goes back

  static Clock system() {
    using std::chrono::duration_cast, std::chrono::milliseconds;
    return {[] {
              const auto now = std::chrono::system_clock::now().time_since_epoch();
              return static_cast<std::uint64_t>(duration_cast<milliseconds>(now).count());
            },
            [] {
              const auto now = std::chrono::steady_clock::now().time_since_epoch();
              return static_cast<std::uint64_t>(duration_cast<milliseconds>(now).count());
            }};
  }
};

}  // namespace lc::seal
