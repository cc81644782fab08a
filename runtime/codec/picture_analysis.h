// What the encoder's network says of pictures, one after the other; several may be in work at once.
//
// What depends on the picture before costs little and is done in turn: begin() finds what changed, from pictures alone,
// and finish() puts what is new into what was said of the rest before. Only the networks overlap, so their number
// changes nothing in what they say.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/ordered_workers.h"
#include "codec/change_detector.h"
#include "codec/stage_clock.h"
#include "codec/tiled_network.h"

namespace lc::codec {

struct AnalysisOptions {
  nn::PlanOptions plan;  // with the format of the pictures
  int frames = 1;        // in work at once, each on a thread of its own
  int interval = 0;      // every how many-th picture is computed whole; 0: the first, and where begin() is told
  bool skip_unchanged = true;
  StageClock* clock = nullptr;  // with one frame at a time
};

// Thread: one at a time.
class PictureAnalysis {
 public:
  //   errors  of TiledNetwork; unavailable, when the system gives no more threads
  static Result<std::unique_ptr<PictureAnalysis>> create(const Bundle& bundle, int width, int height,
                                                         const AnalysisOptions& options);

  // Pictures begun and not finished.
  std::size_t begun() const { return workers_.begun(); }
  bool is_full() const { return workers_.is_full(); }

  // Only while it is not full.
  //   picture   must stay until finish() has returned for it
  //   is_whole  compute all of it
  void begin(const ImageView& picture, bool is_whole);

  // Whether finish() will not wait.
  bool is_ready() const { return workers_.is_ready(); }
  // Of the oldest picture: [rows][columns][channels], until the next begin() or finish(). Whether it was to be computed
  // whole, as begin() was told, stands beside.
  //   errors  backend; the pictures begun are abandoned then
  struct Said {
    std::span<const float> values;
    bool is_whole;
  };
  Result<Said> finish();

  // Waits for the pictures begun and forgets them; the next one is computed whole.
  void abandon();

  const nn::Plan& plan() const { return lanes_.front().network.plan(); }

 private:
  struct Lane {
    TiledNetwork network;
    bool is_whole = true;
    Result<> outcome;
  };
  PictureAnalysis(const AnalysisOptions& options, ChangeDetector changes, std::vector<Lane> lanes);
  std::span<const float> settle(const TiledNetwork& network);
  void tell(Stage stage) const {
    if (options_.clock) options_.clock->begin(stage);
  }

  AnalysisOptions options_;
  ChangeDetector changes_;
  int since_whole_ = 0;
  bool needs_whole_ = true;
  std::vector<float> said_;  // of the last picture finished, where lanes do not keep it
  std::vector<Lane> lanes_;  // one for each worker
  OrderedWorkers workers_;   // ends first
};

}  // namespace lc::codec
