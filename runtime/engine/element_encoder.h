// A GStreamer encoder without a pipeline around it: pictures in, bytes out, on the calling thread, so that its
// processor time can be measured. For the rivals in `latentcast bench`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "engine/tap.h"

namespace lc::engine {

class ElementEncoder {
 public:
  // launch  "x264enc speed-preset=ultrafast tune=zerolatency": elements between raw video and bytes
  //   errors  not_found: an element is not installed; backend
  static Result<std::unique_ptr<ElementEncoder>> create(const std::string& launch, int width, int height);
  virtual ~ElementEncoder() = default;

  // Keeps a copy of the picture (I420, of the size given) and returns its number.
  virtual Result<int> add(const TappedFrame& frame) = 0;

  // Encodes a picture that was added. Returns the bytes that came out meanwhile: all of them, for encoders that hold
  // nothing back.
  //   errors  backend
  virtual Result<std::uint64_t> encode(int number) = 0;
};

}  // namespace lc::engine
