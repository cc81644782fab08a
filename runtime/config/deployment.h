// Configurations: which node runs which pipeline with which values.
//
//   configuration: demo
//   summary: device and receiver on one machine
//   parameters:                       # optional; may be used in `set` of every node
//     endpoint: {type: string, default: "tcp://127.0.0.1:5600"}
//   nodes:
//     device:
//       pipeline: ../pipelines/device.yaml      # relative to this file
//       set: {source: "file:///clip.mp4", endpoint: ${endpoint}}
//
// A pipeline file may stand where a configuration is wanted: it is one node, named after the pipeline.
#pragma once

#include <filesystem>

#include "config/pipeline.h"

namespace lc::config {

struct DeploymentNode {
  std::string name;
  Pipeline pipeline;
  Values set;
  std::string at;  // "file:3:7", where the node is described
};

class Deployment {
 public:
  // overrides  from `--set`: parameters of the configuration, "node.parameter", or, where `node` names one node (or
  //            there is one only), parameters of its pipeline. They win over `set`.
  static Result<Deployment> load(const std::filesystem::path& path, const Values& overrides = {},
                                 const std::string& node = "");

  const std::string& name() const { return name_; }
  const std::string& summary() const { return summary_; }
  const std::vector<DeploymentNode>& nodes() const { return nodes_; }

  // The node of this name, or the only one when the name is empty.
  Result<DeploymentNode> node(const std::string& name) const;

 private:
  struct Loader;
  std::string name_, summary_, origin_;
  std::vector<DeploymentNode> nodes_;
};

// The node's pipeline with its values in place.
Result<Graph> resolve(const DeploymentNode& node);

}  // namespace lc::config
