// Integers to coded frames: header, slices, and the reference that the next frames may use. Knows no
// networks.
#pragma once

#include <memory>

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

  // True once a frame is there to refer to.
  bool has_reference() const { return !reference_.empty(); }
  // As frames of this quality see it (Reference::at).
  const Latent& reference(int quality) { return reference_.at(quality, *model_); }
  std::uint32_t reference_id() const { return reference_.frame_id(); }

  // Appends a frame. Unless it is a key frame, has_reference() must hold.
  ModeCounts encode(const Latent& latent, int quality, FrameKind kind, std::uint32_t frame_id, Bytes& out);

  // Makes the frame just encoded the reference. Call it after every key and anchor frame that is really sent.
  void keep(const Latent& latent, int quality, std::uint32_t frame_id) { reference_.keep(latent, quality, frame_id); }

 private:
  std::shared_ptr<const EntropyModel> model_;
  SliceCoder coder_;
  FrameHeader header_;
  Reference reference_;
};

}  // namespace lc::codec
