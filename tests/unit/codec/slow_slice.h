// A decoder of slices once more, written as FORMAT.md says it, with no thought of speed: the twin of
// SliceCoder. It shares the parsed tables with it, and neither contexts nor rANS.
#pragma once

#include "codec/slice_coder.h"

namespace lc::test {

// Decodes a slice into its rows of `latent`; false where anything is wrong.
bool slow_decode(const codec::EntropyModel& model, ByteSpan bytes, const codec::SliceTask& task,
                 codec::Latent& latent);

}  // namespace lc::test
