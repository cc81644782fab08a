// A resolved dataflow: every reference replaced, every include spliced, nothing checked against GStreamer yet.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/parameter.h"

namespace lc::config {

struct Property {
  std::string name;
  Value value;
  Node at;  // of the name
};

struct ElementSpec {
  std::string factory;
  std::string name;  // empty: GStreamer numbers it
  std::vector<Property> properties;
  Node at;
};

// "decoder" or "decoder.src_0": an element, and a pad if one was named.
struct Port {
  std::size_t element = 0;
  std::string pad;
};

struct LinkSpec {
  Port from, to;
  Node at;
};

struct Graph {
  std::string name, summary, origin;
  std::optional<Node> no_pixels;  // where the file promises that nothing here makes pictures
  Values values;  // of the parameters, for explain and status
  std::vector<ElementSpec> elements;
  std::vector<LinkSpec> links;
};

// The same dataflow for people: a gst-launch-1.0 line, or a pipeline file without parameters.
std::string to_launch_line(const Graph& graph);
std::string to_yaml(const Graph& graph);

}  // namespace lc::config
