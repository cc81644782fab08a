// One network at one size: ours in every precision, ONNX Runtime and the register-only peaks, in turn.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/network_source.h"
#include "cli/onnx_runtime.h"
#include "cli/register_peak.h"
#include "cli/spread.h"
#include "nn/plan.h"

namespace lc::cli {

inline constexpr std::array kPrecisions{nn::Precision::f32, nn::Precision::bf16, nn::Precision::int8};

struct NetworkSettings {
  const NetworkSource* source = nullptr;
  PictureSize size;
  int threads = 1;                             // 1: processor time of the calling thread; more: time on the wall
  std::vector<nn::Precision> precisions;       // of ours
  std::shared_ptr<const OnnxRuntime> runtime;  // none: ours only
  const Bytes* int8 = nullptr;                 // the same network quantised, for ONNX Runtime
};

// What one contestant took. Whoever cannot take part says why; nobody else minds.
struct NetworkTimes {
  std::string unavailable;  // empty: it took part
  Spread ms;                // of a run; a mean each where a turn has several
};

struct OurTimes : NetworkTimes {
  nn::Precision precision{};
  std::optional<double> difference;  // from ONNX Runtime's f32: greatest distance, as a share of its greatest magnitude
  std::string layers;                // a line each, with the ms of a run on one of the threads
  std::array<double, 3> operations{};  // of a run, in f32, bf16 and int8: an int8 plan has all three
};

class NetworkBench {
 public:
  //   errors  all but unsupported, which makes a precision unavailable
  static Result<NetworkBench> create(const NetworkSettings& settings);
  NetworkBench(NetworkBench&&) noexcept;
  ~NetworkBench();

  // Everybody once. Whose turn is first depends on the number of the round.
  //   counts  false while all is still warming up
  //   errors  backend, from ours
  Result<> run(int round, bool counts);
  // Compares the outputs and gives the memory back; what was measured stays.
  Result<> finish();

  const std::string& name() const { return name_; }
  const NetworkSettings& settings() const { return settings_; }
  const std::vector<nn::Dims>& dims() const { return dims_; }
  const std::vector<OurTimes>& ours() const { return ours_; }
  const NetworkTimes& ort() const { return ort_; }            // f32
  const NetworkTimes& ort_int8() const { return ort_int8_; }  // of the file given for it
  const RegisterPeak& peak(nn::Precision precision) const;
  // Share of what as many cores could do with registers alone; 0 where one of the two is not known.
  double share_of_peak(const NetworkTimes& times, nn::Precision precision) const;
  // Of ours: the time that its operations would take at the peak of each arithmetic, as a share of what they took.
  double share_of_peak(const OurTimes& times) const;
  // How many times as long the other took; 0 where one of the two did not take part.
  static double ratio(const NetworkTimes& other, const NetworkTimes& ours);

 private:
  struct State;  // plans and sessions, until finish()
  NetworkBench(const NetworkSettings& settings, std::vector<nn::Dims> dims);
  Result<> make_plans();
  void make_sessions();

  NetworkSettings settings_;
  std::string name_;
  std::vector<nn::Dims> dims_;
  double operations_ = 0;  // of a run
  double shortest_ = 0;    // ms that anybody's run took while all was warming up
  std::vector<OurTimes> ours_;
  NetworkTimes ort_, ort_int8_;
  std::array<RegisterPeak, kPrecisions.size()> peaks_;
  std::unique_ptr<State> state_;
};

}  // namespace lc::cli
