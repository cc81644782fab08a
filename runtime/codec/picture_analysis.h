// What the encoder's network says of pictures, one after the other; several may be in work at once.
//
// begin() finds in turn what changed. Each network then computes what changed since the picture that it saw last, and
// finish() puts what is new into what was said of the rest before: of a fixed camera the rest stays as it was, whichever
// network saw it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/ordered_workers.h"
#include "codec/bundle.h"
#include "codec/change_detector.h"
#include "codec/stage_clock.h"
#include "nn/marks.h"
#include "nn/plan.h"

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
  //   errors  of network_plan(); unavailable, when the system gives no more threads
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
  // Of the oldest picture, until the next begin() or finish().
  //   errors  backend; the pictures begun are abandoned then
  struct Said {
    std::span<const float> values;        // [rows][columns][channels]
    std::span<const std::uint8_t> fresh;  // [rows][columns], what is not as it was said before; empty: all
    bool is_whole;                        // as begin() was told
  };
  Result<Said> finish();

  // Waits for the pictures begun and forgets them; the next one is computed whole.
  void abandon();

  const nn::Plan& plan() const { return lanes_.front().network; }

 private:
  // A network and the picture that it works at.
  struct Lane {
    nn::Plan network;
    std::vector<std::uint8_t> pending{};  // what changed since it was begun last
    std::vector<std::uint8_t> marked{};   // what it computes now
    std::vector<std::uint8_t> fresh{};    // what of that is new to all
    bool owes_all = true, is_all = true;  // likewise, of the whole picture
    bool is_fresh = true;
    bool is_whole = true;
    Result<> outcome{};
  };
  PictureAnalysis(const AnalysisOptions& options, int width, int height, std::vector<Lane> lanes);
  Result<> work(Lane& lane);
  void mark_changes(const ImageView& picture, Lane& lane);
  Said settle(const Lane& lane);
  void tell(Stage stage) const {
    if (options_.clock) options_.clock->begin(stage);
  }

  AnalysisOptions options_;
  nn::Grid grid_;
  ChangeDetector changes_;
  std::optional<nn::Marks> near_;  // around what changed; none: everything is always computed
  int since_whole_ = 0;
  bool needs_whole_ = true;
  std::vector<float> said_;  // of the last picture finished, where several lanes say it
  std::vector<Lane> lanes_;  // one for each worker
  OrderedWorkers workers_;   // ends first
};

}  // namespace lc::codec
