#include "study/additive_square.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace lc::study {
namespace {

float float_at(ByteSpan bytes, std::size_t i) {
  static_assert(std::endian::native == std::endian::little);
  float value;
  std::memcpy(&value, bytes.data() + 4 * i, 4);
  return value;
}

void set_float(std::span<std::byte> bytes, std::size_t i, float value) { std::memcpy(bytes.data() + 4 * i, &value, 4); }

float key_float(std::byte k) { return static_cast<float>(std::to_integer<int>(k)) / 255; }

}  // namespace

KeySpace AdditiveSquare::key_space(const Shape& shape) const {
  return {8.0 * static_cast<double>(shape.samples()),
          "a byte of key for each sample; one known picture tells all of them"};
}

Result<> AdditiveSquare::encrypt(const Frame& plain, Bytes& out) {
  const std::size_t samples = plain.shape.samples();
  const ByteSpan key = LC_TRY(key_.first(samples));
  const bool is_figure = reading_ == SquareReading::figure;
  if (plain.shape.sample == Sample::f32) {
    out.resize(4 * samples);
    for (std::size_t i = 0; i < samples; ++i) {
      const float x = float_at(plain.bytes, i), k = key_float(key[i]), sum = x + k;
      set_float(out, i, is_figure ? sum * sum : x * x + k);
    }
    return {};
  }
  out.resize(kStoredBytes * samples);
  for (std::size_t i = 0; i < samples; ++i) {
    const auto x = std::to_integer<std::uint32_t>(plain.bytes[i]), k = std::to_integer<std::uint32_t>(key[i]);
    store_square(out, i, is_figure ? (x + k) * (x + k) : x * x + k);
  }
  return {};
}

Result<> AdditiveSquare::decrypt(ByteSpan cipher, const Shape& shape, Bytes& out) {
  const std::size_t samples = shape.samples();
  const bool is_float = shape.sample == Sample::f32, is_figure = reading_ == SquareReading::figure;
  LC_TRY(need_size(cipher, (is_float ? 4 : kStoredBytes) * samples, name()));
  const ByteSpan key = LC_TRY(key_.first(samples));
  out.resize(shape.bytes());
  for (std::size_t i = 0; i < samples; ++i) {
    if (is_float) {
      const float c = float_at(cipher, i), k = key_float(key[i]);
      set_float(out, i, is_figure ? std::sqrt(c) - k : std::sqrt(std::max(0.0F, c - k)));
    } else {
      const double c = load_square(cipher, i), k = std::to_integer<int>(key[i]);
      const double x = is_figure ? std::sqrt(c) - k : std::sqrt(std::max(0.0, c - k));
      out[i] = static_cast<std::byte>(std::lround(std::clamp(x, 0.0, 255.0)));
    }
  }
  return {};
}

}  // namespace lc::study
