// Counts at the pads between our elements, and everything else that a Status needs.
//
// Probes run on streaming threads and hold one lock for a few additions; collect() runs on the main thread.
#pragma once

#include <gst/gst.h>

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/build.h"
#include "engine/histogram.h"
#include "engine/status.h"
#include "engine/tap.h"

namespace lc::engine {

class Meter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // The pads that are counted. `end` is the first sink, for pipelines without our elements.
  enum Point { encoder_in, encoder_out, sealed_out, sent, sealed_in, decoder_in, decoder_out, end, kPoints };

  // Attaches its probes; lives until the pipeline is in state NULL.
  Meter(const Built& built, Taps taps);
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  // Looks at the label of cnnclassify; to be called several times a second.
  void sample_labels();

  // Fills counts, rates, latency, labels and stats. The _now values are for the time since the call before.
  void collect(Status& out);

  bool any_frame() const;
  // Ends all taps: they are not called any more once this has returned.
  void stop_taps();

 private:
  struct Tally {
    bool present = false;
    std::uint64_t frames = 0;  // without HEADER-flagged buffers
    std::uint64_t bytes = 0;   // with them
    Time first{}, last{};
  };
  struct Probe {
    Meter* meter;
    Point point;
  };

  void attach(GstElement* element, const char* pad, Point point);
  static GstPadProbeReturn on_data(GstPad* pad, GstPadProbeInfo* info, gpointer data);
  static GstPadProbeReturn on_event(GstPad* pad, GstPadProbeInfo* info, gpointer data);
  void on_buffer(GstPad* pad, GstBuffer* buffer, Point point);
  void on_caps(GstCaps* caps);
  void tap(GstPad* pad, GstBuffer* buffer, Point point);

  void put_counts(Status& out) const;
  void put_rates(Status& out, const std::array<Tally, kPoints>& before, double seconds) const;
  void put_latency(Status& out);
  void put_stats(Status& out) const;

  Taps taps_;
  std::vector<std::unique_ptr<Probe>> probes_;
  std::vector<std::pair<GstElement*, std::string>> elements_;  // with a stats property; name for the status

  mutable std::mutex mutex_;  // guards the rest
  std::mutex tap_mutex_;      // held during a tap, and by stop_taps()
  bool taps_stopped_ = false;
  std::array<Tally, kPoints> tallies_{}, before_{};
  Time before_time_;
  int width_ = 0, height_ = 0;
  std::string pixel_format_;
  Histogram latency_, latency_now_;
  std::map<std::string, std::uint64_t> labels_;
};

}  // namespace lc::engine
