// Reading and writing of byte strings: Reader never reads past its end, Writer appends to a vector.
// Formats say per field whether they are big-endian (wire, recordings) or little-endian (bundles).
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lc {

using Bytes = std::vector<std::byte>;
using ByteSpan = std::span<const std::byte>;

inline ByteSpan as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Lower-case hex, two digits a byte.
std::string to_hex(ByteSpan bytes);
Result<Bytes> from_hex(std::string_view text);

// A cursor over bytes from outside. Every take either has the bytes or answers Errc::truncated.
class Reader {
 public:
  explicit Reader(ByteSpan bytes) : bytes_(bytes) {}

  std::size_t offset() const { return offset_; }
  std::size_t remaining() const { return bytes_.size() - offset_; }
  ByteSpan rest() const { return bytes_.subspan(offset_); }

  Result<ByteSpan> take(std::size_t count) {
    if (count > remaining())
      return fail(Errc::truncated, "{} bytes wanted at offset {}, {} left", count, offset_, remaining());
    auto part = bytes_.subspan(offset_, count);
    offset_ += count;
    return part;
  }

  template <std::size_t N>
  Result<std::array<std::byte, N>> take_array() {
    auto part = LC_TRY(take(N));
    std::array<std::byte, N> out;
    std::memcpy(out.data(), part.data(), N);
    return out;
  }

  template <std::unsigned_integral T>
  Result<T> big() { return integer<T, std::endian::big>(); }
  template <std::unsigned_integral T>
  Result<T> little() { return integer<T, std::endian::little>(); }

 private:
  template <std::unsigned_integral T, std::endian Order>
  Result<T> integer() {
    auto part = LC_TRY(take(sizeof(T)));
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      const std::size_t at = Order == std::endian::big ? i : sizeof(T) - 1 - i;
      value = (value << 8) | std::to_integer<std::uint64_t>(part[at]);
    }
    return static_cast<T>(value);
  }

  ByteSpan bytes_;
  std::size_t offset_ = 0;
};

// Appends to a vector that the caller owns; keeps its capacity, so a reused vector does not allocate.
class Writer {
 public:
  explicit Writer(Bytes& out) : out_(out) {}

  std::size_t size() const { return out_.size(); }
  void bytes(ByteSpan part) { out_.insert(out_.end(), part.begin(), part.end()); }
  void text(std::string_view part) { bytes(as_bytes(part)); }

  template <std::unsigned_integral T>
  void big(T value) {
    for (int shift = 8 * (int{sizeof(T)} - 1); shift >= 0; shift -= 8)
      out_.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(value) >> shift));
  }
  template <std::unsigned_integral T>
  void little(T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i)
      out_.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i)));
  }

 private:
  Bytes& out_;
};

}  // namespace lc
