// Writes what u8 numbers of computed values mean into an ONNX file, as ONNX has it: a quantisation annotation with
// SCALE_TENSOR and ZERO_POINT_TENSOR for each value. Everything else stays as it is.
#pragma once

#include <map>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "nn/model.h"

namespace lc::nn {

// Replaces annotations and tensors of an earlier time.
//   errors  bad_format
Result<Bytes> annotate(ByteSpan onnx, const std::map<std::string, Steps>& steps);

}  // namespace lc::nn
