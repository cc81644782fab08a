// Integers to coded frames: header, slices, and the reference that the next frames may use. Knows no
// networks.
#pragma once

#include <memory>
#include <span>

#include "base/bytes.h"
#include "codec/bitstream.h"
#include "codec/latent.h"
#include "codec/reference.h"
#include "codec/slice_coder.h"

namespace lc::codec {

class LatentEncoder {
 public:
  //   latent_space  first four bytes of the bundle's id
  //   slice_rows    0: one slice
  LatentEncoder(std::shared_ptr<const EntropyModel> model, std::uint32_t latent_space, int width, int height,
                int slice_rows);

  // What frames may refer to; empty before the first key frame.
  References& references() { return references_; }

  // Appends a frame.
  //   exact      what the latent was rounded from: codes what is worth its bits, and tells it in `latent`. Empty: the
  //              latent as it is
  //   reference  one of references(), which the decoder may have; null in a key frame
  ModeCounts encode(Latent& latent, std::span<const float> exact, int quality, FrameKind kind, Reference* reference,
                    std::uint32_t frame_id, Bytes& out);

  // To be called after every key and anchor frame that is really sent.
  void keep(const Latent& latent, int quality, FrameKind kind, std::uint32_t frame_id) {
    references_.keep(latent, quality, frame_id, kind == FrameKind::key);
  }

 private:
  std::shared_ptr<const EntropyModel> model_;
  SliceCoder coder_;
  FrameHeader header_;
  References references_;
};

}  // namespace lc::codec
