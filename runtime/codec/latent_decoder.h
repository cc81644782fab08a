// Coded frames to integers. Keeps what frames refer to; knows no networks.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "codec/bitstream.h"
#include "codec/bundle.h"
#include "codec/latent.h"

namespace lc::codec {

enum class DecodeFault {
  truncated,          // the bytes end early
  corrupt,            // not a frame, or contradicts itself
  too_large,          // more pixels than this receiver allows
  other_model,        // coded with another bundle
  missing_reference,  // its key or anchor frame never came: ask for a key frame
};
std::string_view to_string(DecodeFault fault);

struct DecodeError {
  DecodeFault fault;
  std::string text;  // a sentence
};

struct LatentFrame {
  FrameHeader header;
  Latent latent;
};

struct DecoderLimits {
  int max_width = kMaxSide, max_height = kMaxSide;
};

class LatentDecoder {
 public:
  static Result<LatentDecoder> create(std::shared_ptr<const Bundle> bundle, const DecoderLimits& limits = {});
  // Tables alone are enough: for tests and fuzzing.
  static LatentDecoder create(std::shared_ptr<const EntropyModel> model, std::uint32_t latent_space,
                              const DecoderLimits& limits = {});
  LatentDecoder(LatentDecoder&&) noexcept;
  LatentDecoder& operator=(LatentDecoder&&) noexcept;
  ~LatentDecoder();

  // The frame, which is valid until the next call. After a failure everything is as it was before.
  // Allocates only when a frame is larger than all before it.
  tl::expected<const LatentFrame*, DecodeError> decode(ByteSpan bytes);

  // The header alone, without looking at the rest.
  static Result<FrameHeader> peek(ByteSpan bytes);

  // Forgets the references (flush, another stream): the next frame must be a key frame.
  void reset();

 private:
  struct State;
  explicit LatentDecoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lc::codec
