// One bundle on its whole way, stage by stage: what `latentcast bench` times of ours.
//
// The parts are those of the elements, called as these call them: FrameEncoder, Sealer, Publisher, Subscriber over TCP
// on loopback, Opener, LatentDecoder, FrameDecoder.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "cli/spread.h"
#include "codec/bundle.h"
#include "nn/plan.h"
#include "tensor/image.h"

namespace lc::cli {

enum class Part : std::size_t {
  front_end,
  network,
  quantise,
  entropy,
  encode,  // the whole call, measured on its own
  seal,
  send,  // ZeroMQ, both ends and its threads: always processor time
  open,
  entropy_decode,
  dequantise,
  network_decode,
  back_end,
  decode,  // both calls, measured on their own
  count_
};
inline constexpr std::size_t kParts = static_cast<std::size_t>(Part::count_);
const char* name(Part part);  // as in JSON: "entropy_decode"

// Key frames that were asked for, or the frames between them.
struct FrameTimes {
  std::array<Spread, kParts> ms;
  Spread bytes;  // of a coded frame

  double median(Part part) const { return ms[static_cast<std::size_t>(part)].median(); }
  double min(Part part) const { return ms[static_cast<std::size_t>(part)].min(); }
  // Share of the two whole calls that no stage accounts for.
  double unaccounted() const;
};

struct StageSettings {
  std::shared_ptr<const codec::Bundle> bundle;
  int width = 0, height = 0;
  int threads = 1;  // 1: processor time of the calling thread; more: time on the wall
  int quality = 40;
  nn::Precision precision = nn::Precision::f32;
};

class StageBench {
 public:
  // errors  what the encoder, the decoder or the key ring say; unsupported: there is no such precision here
  static Result<std::unique_ptr<StageBench>> create(const StageSettings& settings);
  ~StageBench();

  // One frame through everything. `counts`: false while all is still warming up.
  //   errors  backend, unavailable; corrupt: what was decoded is not what was encoded
  Result<> run(const ImageView& picture, bool is_key, bool counts);

  const StageSettings& settings() const;
  const FrameTimes& key_frames() const;
  const FrameTimes& other_frames() const;

 private:
  struct State;
  explicit StageBench(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lc::cli
