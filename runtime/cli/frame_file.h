// A picture in a file, as the device keeps it for comparison: one header line, then the planes, rows tightly packed.
//   "LCF1 I420 768 576 bt601 limited\n"
#pragma once

#include <filesystem>

#include "base/bytes.h"
#include "engine/tap.h"
#include "tensor/image.h"

namespace lc::cli {

Bytes encode_frame(const ImageView& image);
// errors  bad_format, truncated, corrupt (bytes left over), unsupported (a side above Image::kMaxSide)
Result<Image> decode_frame(ByteSpan bytes);

// errors  unavailable. Written beside `path` and renamed, without waiting for the disk.
Result<> save_frame(const std::filesystem::path& path, const ImageView& image);
Result<Image> load_frame(const std::filesystem::path& path);

// errors  unsupported: another pixel format
Result<ImageView> view_of(const engine::TappedFrame& frame);

// "<capture time in ns>.frame"
std::filesystem::path frame_name(std::uint64_t capture_ns);

}  // namespace lc::cli
