// Runs a graph until its end, an error, a signal or a time limit, and stops it so that files are complete.
//
// Stopping: end-of-stream is sent to the sources first, so that muxers and file sinks finish; after kFinishSeconds the
// pipeline is stopped as it is. SIGINT and SIGTERM stop the run; a second one ends the waiting.
// Where the graph has a parameter `monitor` that is not empty, a page is served there (engine/monitor.h).
// Thread: call on the main thread, one run at a time; callbacks come on the same thread, taps on streaming threads.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "config/graph.h"
#include "engine/status.h"
#include "engine/tap.h"

namespace lc::engine {

inline constexpr double kFinishSeconds = 5;

// What cnnclassify said of a frame; when it says so is its property post-messages.
struct LabelNote {
  std::uint64_t pts_ns = 0;
  std::string label;  // "" where no label is confident
  double confidence = 0;
};

struct RunOptions {
  std::string node;
  double seconds = 0;  // 0: no limit
  int status_ms = 1000;
  std::function<bool(Status&)> on_status;           // may add to it; false stops the run
  // What a device sends along, sealed or hidden in the pictures, where anyone may have written it; "": it no longer does.
  std::function<void(const std::string& record, bool is_sealed)> on_record;
  std::function<void(const std::string&)> on_note;  // warnings, "stopping": one sentence
  std::function<void(const LabelNote&)> on_label;
  std::function<void(const std::string&)> on_monitor;  // the address of the page, once it is served
  Taps taps;
};

struct Outcome {
  Status status;  // final
  std::optional<Error> error;
  bool was_built = true;  // false: the graph itself is wrong, nothing was started
};

// errors  what build and monitor report; then the first error on the bus, as one sentence
Outcome run(const config::Graph& graph, const RunOptions& options);

// Builds the graph and tries what needs no data, without running it.
Result<> check(const config::Graph& graph);

// The pipeline as Graphviz text.
Result<std::string> to_dot(const config::Graph& graph);

}  // namespace lc::engine
