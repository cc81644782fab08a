// Graphs from text, for tests of the engine.
#pragma once

#include <fstream>

#include "config/pipeline.h"
#include "engine/run.h"
#include "support/test.h"

namespace lc::test {

// The graph of a pipeline written in `text` (without its `pipeline:` line), stored as p.yaml in a folder of its own.
struct PipelineText {
  TempDir folder;

  Result<config::Graph> graph(const std::string& text, const config::Values& values = {}) const {
    std::ofstream(folder / "p.yaml") << "pipeline: p\n" << text;
    const auto pipeline = LC_TRY(config::Pipeline::load(folder / "p.yaml"));
    return pipeline.resolve(values, "here");
  }
  // What check() says, positions from "p.yaml" on.
  std::string refusal(const std::string& text) const {
    const auto made = graph(text);
    const auto good = made ? engine::check(*made) : tl::unexpected<Error>(made.error());
    REQUIRE_FALSE(good);
    std::string sentence = good.error().text;
    const std::string prefix = folder.path().string() + "/";
    for (std::size_t at = sentence.find(prefix); at != std::string::npos; at = sentence.find(prefix))
      sentence.erase(at, prefix.size());
    return sentence;
  }
};

inline config::Value given(const std::string& text) { return {config::Value::Type::plain, text, "test"}; }

}  // namespace lc::test
