// Frames a second with several frames in work at once (latency=throughput), against one after the other.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/network_source.h"
#include "cli/spread.h"
#include "codec/bundle.h"
#include "nn/plan.h"
#include "tensor/image.h"

namespace lc::cli {

struct ThroughputSettings {
  std::shared_ptr<const codec::Bundle> bundle;
  PictureSize size;
  int frames = 2;  // in work at once
  int quality = 40;
  nn::Precision precision = nn::Precision::f32;
};

class ThroughputBench {
 public:
  struct Rates {
    Spread one, several;  // frames a second
    Spread ratio;         // of two turns that follow each other
  };

  //   errors  what encoder and decoder say; unsupported: there is no such precision here
  static Result<ThroughputBench> create(const ThroughputSettings& settings);
  ThroughputBench(ThroughputBench&&) noexcept;
  ~ThroughputBench();

  // One turn for each contestant, a second or so. Rates are taken on the wall while all workers have frames.
  //   errors  backend; corrupt: what was decoded is not what was encoded
  Result<> run(const std::vector<Image>& pictures, bool counts);

  const ThroughputSettings& settings() const;
  const Rates& encoding() const;
  const Rates& decoding() const;

 private:
  struct State;
  explicit ThroughputBench(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// BUNDLE.PRECISION.WIDTHxHEIGHT.FRAMES.{encode, decode}.{fps_one, fps, ratio}
nlohmann::ordered_json throughput_json(const std::vector<ThroughputBench>& benches);
std::string throughput_text(const std::vector<ThroughputBench>& benches);

}  // namespace lc::cli
