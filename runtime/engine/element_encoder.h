// A GStreamer encoder without a pipeline around it: pictures in, bytes out, on the calling thread, so that its
// processor time can be measured; or an encoder and its decoder, for their pictures. For the rivals in `latentcast
// bench` and `latentcast eval`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "engine/tap.h"

namespace lc::engine {

class ElementEncoder {
 public:
  // launch   "x264enc speed-preset=ultrafast tune=zerolatency": elements between pictures and bytes. Or between
  //          pictures and pictures, with an element `identity name=coded` where the bytes are.
  // decoded  gets what leaves such a chain, within encode() or finish()
  // format   of the pictures, a word of caps
  //   errors  not_found: an element is not installed; backend
  static Result<std::unique_ptr<ElementEncoder>> create(const std::string& launch, int width, int height,
                                                        std::function<void(const TappedFrame&)> decoded = {},
                                                        const std::string& format = "I420");
  virtual ~ElementEncoder() = default;

  // Keeps a copy of the picture (of the size and format given) and returns its number.
  virtual Result<int> add(const TappedFrame& frame) = 0;

  // Encodes a picture that was added. Returns the bytes that came out meanwhile: all of them, for encoders that hold
  // nothing back. Messages in H.264 that decoders need not read (x264's signature) do not count.
  //   errors  backend
  virtual Result<std::uint64_t> encode(int number) = 0;

  // Ends the stream: whatever elements still hold comes out, and its bytes are returned. No encode() after this.
  virtual std::uint64_t finish() = 0;
};

}  // namespace lc::engine
