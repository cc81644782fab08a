// The first pictures of a clip, a photograph or a generated scene, in one size and format: material for measurements.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/result.h"
#include "engine/tap.h"

namespace lc::engine {

// "file:///..." with what needs it escaped; relative paths from the working directory.
std::string file_uri(const std::filesystem::path& path);

struct ClipOptions {
  std::string uri;            // "testscene://" is generated
  int width = 0, height = 0;  // 0: as the clip has them
  int frames = 1;             // at most
};

// I420; where a size is wanted, scaled to cover it, and what sticks out is cut off. Returns how many pictures came.
//   on_frame  on the calling thread; the picture is valid during the call
//   errors    what GStreamer says, with the URI; bad_format: no picture in it
Result<int> load_clip(const ClipOptions& options, const std::function<void(const TappedFrame&)>& on_frame);

}  // namespace lc::engine
