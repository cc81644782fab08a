// Counts what a protobuf of ONNX would make us allocate, before protobuf parses it.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace lc::nn {

inline constexpr std::size_t kMaxModelBytes = std::size_t{200} << 20;
// Messages and texts in one model. A node with ten attributes makes some 25; two bytes of file can ask for
// one of them.
inline constexpr std::size_t kMaxModelParts = std::size_t{1} << 20;

//   errors   bad_format or truncated (not a protobuf), unsupported (more than kMaxModelParts)
Result<> scan_wire(ByteSpan model);

}  // namespace lc::nn
