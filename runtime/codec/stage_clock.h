// Where the time of a frame goes: `latentcast bench` gives encoders and decoders one of these. Without it they pay one
// comparison a stage.
#pragma once

#include <array>
#include <cstddef>

namespace lc::codec {

enum class Stage : std::size_t {
  front_end,  // pixels to the network's input
  network,
  quantise,  // dequantise when decoding
  entropy,   // with the bookkeeping of references
  back_end,  // the network's output to pixels
  count_
};
inline constexpr std::size_t kStages = static_cast<std::size_t>(Stage::count_);

class StageClock {
 public:
  // `now` in ms of whatever clock.
  explicit StageClock(double (*now)()) : now_(now) {}

  // Ends the stage that runs, and begins this one.
  void begin(Stage stage) {
    const double at = now_();
    add(at);
    stage_ = static_cast<std::size_t>(stage);
    since_ = at;
  }
  void end() {
    add(now_());
    stage_ = kStages;
  }
  // ms of each stage since the last call.
  std::array<double, kStages> take() {
    const auto out = ms_;
    ms_ = {};
    return out;
  }

 private:
  void add(double at) {
    if (stage_ < kStages) ms_[stage_] += at - since_;
  }
  double (*now_)();
  std::array<double, kStages> ms_{};
  std::size_t stage_ = kStages;
  double since_ = 0;
};

}  // namespace lc::codec
