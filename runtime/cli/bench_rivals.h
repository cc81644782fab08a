// What a user would take instead, as GStreamer elements, one thread each, driven on the calling thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/spread.h"
#include "engine/element_encoder.h"

namespace lc::cli {

struct RivalInfo {
  const char* name;  // in JSON
  const char* launch;
};
const std::vector<RivalInfo>& rivals();

struct RivalBench {
  RivalInfo info;
  std::unique_ptr<engine::ElementEncoder> encoder;  // none: skipped
  std::string skipped;                              // why
  Spread ms, bytes;                                 // processor time of the process; a frame each
  bool is_slow = false;                             // measured on every eighth round only

  static RivalBench create(const RivalInfo& info, int width, int height);
  //   errors  backend
  Result<> run(int picture, bool counts);
};

}  // namespace lc::cli
