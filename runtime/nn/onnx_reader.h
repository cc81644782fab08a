// ONNX bytes to a Model with numbered values. The only user of protobuf.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "nn/model.h"

namespace lc::nn {

inline constexpr int kMinOpset = 9, kMaxOpset = 17;
inline constexpr int kMaxNodes = 1 << 16;

// Nodes stay in the file's order; nothing is said yet about operators, types of results or cycles.
//   errors   as Graph::load
Result<Model> read_onnx(ByteSpan bytes);

// Text from a file, fit to stand in a message: cut at 100 characters, control characters and bytes >= 127 as
// '?'.
std::string printable(std::string_view text);

}  // namespace lc::nn
