// Pipeline files: a dataflow over any GStreamer elements, with typed parameters.
//
//   pipeline: receiver
//   summary: sealed latents from the network to pictures
//   parameters:
//     endpoint: {type: string, default: "tcp://127.0.0.1:5600"}
//     record:   {type: path, default: ""}
//   elements:                        # a chain, linked in this order
//     - latentzmqsrc: {endpoint: ${endpoint}}
//     - latentdecrypt                # no properties
//     - caps: "video/x-raw,width=320"     # short for capsfilter: {caps: ...}
//     - include: decode.yaml         # its parameters and elements, as if they stood here
//     - tee: {name: pictures}        # `name` names the element for branches; `when` leaves it out
//     - queue: {when: "${record}"}
//   branches:                        # more chains; `from`, `to`: a named element, or element.pad
//     file:
//       from: pictures
//       when: ${record}              # "not ${a}", "${a} == text", "${a} != text" too
//       elements: [queue, {filesink: {location: ${record}}}]
//
// A branch with from, to and no elements is a link. `pixels: none` in a file, or one that it includes, promises that
// nothing makes pictures: engine/no_pixels.h.
#pragma once

#include <filesystem>

#include "config/graph.h"

namespace lc::config {

inline constexpr int kMaxIncludeDepth = 8;
inline constexpr std::size_t kMaxElements = 500;

class Pipeline {
 public:
  // Reads the file and all that it includes, and checks everything that does not depend on parameter values.
  static Result<Pipeline> load(const std::filesystem::path& path);

  const std::string& name() const { return name_; }
  const std::string& summary() const { return summary_; }
  const std::string& origin() const { return origin_; }
  const Parameters& parameters() const { return parameters_; }

  // context  as in complete()
  Result<Graph> resolve(const Values& given, std::string_view context) const;

 private:
  struct Branch {
    std::string name;
    std::optional<Node> from, to, when;
    std::vector<Node> elements;
    Node at;
  };
  struct Loader;
  class Resolver;

  std::string name_, summary_, origin_;
  std::optional<Node> no_pixels_;
  Parameters parameters_;
  std::vector<Node> elements_;  // includes already spliced
  std::vector<Branch> branches_;
};

}  // namespace lc::config
