// One interface for the published image ciphers. They are here to be studied: all of them can be broken or tampered
// with, and none is ever a default. What latentcast ships is in seal/.
//
// To add a cipher: a pair of files that derives from Cipher, its attacks in attack_<name>, a row in published.cc, known
// answers in tests/unit/study/known_answers.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "tensor/image.h"

namespace lc::study {

enum class Sample : std::uint8_t { u8, f32 };  // f32: little-endian

// Rows of pixels, [height][width][channels] samples without gaps.
struct Shape {
  int width = 0, height = 0, channels = 1;
  Sample sample = Sample::u8;

  bool operator==(const Shape&) const = default;
  std::size_t row_bytes() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(channels) * (sample == Sample::f32 ? 4 : 1);
  }
  std::size_t bytes() const { return row_bytes() * static_cast<std::size_t>(height); }
  std::size_t samples() const { return bytes() / (sample == Sample::f32 ? 4 : 1); }
};

struct Frame {
  Shape shape;
  ByteSpan bytes;  // shape.bytes() of them
};

// rgb or gray8; lent from the picture.
inline Frame frame_of(const Image& picture) {
  LC_EXPECT(plane_count(picture.format()) == 1, "rgb or gray8 is studied");
  return {{picture.width(), picture.height(), row_bytes(picture.format(), 0, 1)},
          std::as_bytes(std::span(picture.samples()))};
}

// How many keys there are, as a power of two. Names of keys, not strength.
struct KeySpace {
  double bits = 0;
  std::string_view note;
};

// Holds its key. One thread at a time.
class Cipher {
 public:
  virtual ~Cipher() = default;

  virtual std::string_view name() const = 0;  // "xor-mask"
  virtual KeySpace key_space(const Shape& shape) const = 0;

  // `out` is replaced and keeps its capacity.
  //   errors  unsupported: samples that this cipher does not take; backend
  virtual Result<> encrypt(const Frame& plain, Bytes& out) = 0;

  // `shape` is that of the plaintext. A cipher without integrity answers with garbage where somebody tampered.
  //   errors  truncated, corrupt: no ciphertext of such a frame; refused: it does not authenticate
  virtual Result<> decrypt(ByteSpan cipher, const Shape& shape, Bytes& out) = 0;
};

// errors  unsupported
inline Result<> need_bytes(const Shape& shape, std::string_view cipher) {
  if (shape.sample == Sample::u8) return {};
  return fail(Errc::unsupported, "{} works on bytes, not on floats; encrypt the picture before the network", cipher);
}

// errors  truncated or corrupt
inline Result<> need_size(ByteSpan cipher, std::size_t wanted, std::string_view name) {
  if (cipher.size() == wanted) return {};
  return fail(cipher.size() < wanted ? Errc::truncated : Errc::corrupt,
              "{}: a ciphertext of {} bytes, this frame has {}", name, cipher.size(), wanted);
}

}  // namespace lc::study
