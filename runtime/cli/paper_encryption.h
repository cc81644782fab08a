// What it costs to encrypt what is sent of a picture, beside encrypting the picture as it is.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "cli/paper_quality.h"
#include "study/cipher.h"

namespace lc::cli {

// Processor time, the least of many rounds: encrypt_ms, decrypt_ms, encrypt_picture_ms (the same cipher on the picture), seal_picture_ms
// (what latentcast does, unless it is this cipher); and by how many per cent the first is less than the latter two. All
// steps take turns, on the same pictures, as often and with as much warm memory.
//   make   a cipher of one key, several times
//   coded  what is encrypted of each picture; of one or more
Result<> measure_encryption(const std::function<Result<std::unique_ptr<study::Cipher>>()>& make,
                            std::span<const study::Frame> coded, std::span<const Image> pictures, Measures& to);

}  // namespace lc::cli
