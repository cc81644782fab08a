// From a resolved graph to a GstPipeline whose elements are made, set and linked.
//
// Pads that appear later (uridecodebin, demuxers) are linked when they come; a pad that nothing takes stays alone, and
// when no pad fits, the element posts an error that says what it has and what was wanted.
#pragma once

#include <gst/gst.h>

#include <memory>
#include <vector>

#include "config/graph.h"

namespace lc::engine {

class Built {
 public:
  static Result<Built> create(const config::Graph& graph);
  Built(Built&&) noexcept = default;
  Built& operator=(Built&&) = delete;
  ~Built();  // sets the pipeline to NULL

  GstElement* pipeline() const { return pipeline_.get(); }
  // In the order of the graph.
  const std::vector<GstElement*>& elements() const { return elements_; }

 private:
  struct Release {
    void operator()(GstElement* element) const { gst_object_unref(element); }
  };
  Built() = default;
  std::unique_ptr<GstElement, Release> pipeline_;
  std::vector<GstElement*> elements_;  // owned by the pipeline
};

// What `check` can find without data: elements other than sources and sinks go to READY and back.
//   errors  the sentence of the element that refuses
Result<> try_ready(const Built& built);

}  // namespace lc::engine
