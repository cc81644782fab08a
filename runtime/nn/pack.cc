#include "nn/pack.h"

#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>

#include "base/crc32c.h"
#include "nn/bf16.h"

namespace lc::nn {
namespace {

std::size_t size(int n) { return static_cast<std::size_t>(n); }
std::size_t padded(int channels) { return size((channels + kPanel - 1) / kPanel * kPanel); }

void put(Number number, std::byte* to, float value) {
  if (number == Number::f32) {
    std::memcpy(to, &value, sizeof value);
  } else {
    const Bf16 rounded = to_bf16(value);
    std::memcpy(to, &rounded, sizeof rounded);
  }
}

// An empty matrix with room for `k` numbers of each channel.
PackedMatrix make(int k, int channels, Number number, std::span<const float> bias) {
  const int per_group = static_cast<int>(4 / bytes_of(number));
  PackedMatrix m;
  m.number = number;
  m.channels = channels;
  m.groups = (k + per_group - 1) / per_group;
  m.weights = Blob::zeros(padded(channels) * size(m.groups) * 4);
  m.scale.assign(padded(channels), 1.0f);
  m.offset.assign(padded(channels), 0.0f);
  std::copy(bias.begin(), bias.end(), m.offset.begin());
  return m;
}

std::byte* place(const PackedMatrix& m, int channel, int k) {
  const std::size_t bytes = bytes_of(m.number), per_group = 4 / bytes;
  const std::size_t panel = size(channel / kPanel), lane = size(channel % kPanel);
  return m.weights.get() + ((panel * size(m.groups) + size(k) / per_group) * kPanel + lane) * 4 + size(k) % per_group * bytes;
}

}  // namespace

Memory allocate_aligned(std::size_t bytes) {
  constexpr std::size_t kLine = 64, kLargePage = std::size_t{2} << 20;
  const bool large = bytes >= 2 * kLargePage;
  const std::size_t alignment = large ? kLargePage : kLine;
  bytes = (bytes / alignment + 1) * alignment;
  Memory memory(static_cast<std::byte*>(std::aligned_alloc(alignment, bytes)));
  if (!memory) return memory;
#ifdef MADV_HUGEPAGE
  if (large) ::madvise(memory.get(), bytes, MADV_HUGEPAGE);  // a wish: fewer page faults at the start, fewer misses later
#endif
  std::memset(memory.get(), 0, bytes);
  return memory;
}

Blob Blob::zeros(std::size_t size) {
  Blob blob{allocate_aligned(size), size};
  if (!blob.memory) throw std::bad_alloc();
  return blob;
}

Blob Blob::of(std::span<const float> values) {
  Blob blob = zeros(values.size_bytes());
  std::copy(values.begin(), values.end(), reinterpret_cast<float*>(blob.get()));
  return blob;
}

std::uint32_t Blob::fingerprint() const { return crc32c({get(), size}); }

bool Blob::operator==(const Blob& other) const {
  return size == other.size && std::memcmp(get(), other.get(), size) == 0;
}

std::size_t PackedMatrix::bytes() const {
  return weights.size + (scale.size() + offset.size() + scale_below.size() + offset_below.size()) * sizeof(float);
}

PackedMatrix pack_matrix(std::span<const float> weights, std::span<const float> bias, int channels, Number number,
                         std::span<const int> order) {
  const int k = static_cast<int>(weights.size()) / channels;
  const int places = order.empty() ? k : static_cast<int>(order.size());
  PackedMatrix m = make(places, channels, number, bias);
  for (int n = 0; n < channels; ++n)
    for (int i = 0; i < places; ++i) {
      const int from = order.empty() ? i : order[size(i)];
      if (from >= 0) put(number, place(m, n, i), weights[size(n) * size(k) + size(from)]);
    }
  return m;
}

PackedMatrix pack_matrix_u8(std::span<const float> weights, std::span<const float> bias, int channels,
                            const Steps& in) {
  const int k = static_cast<int>(weights.size()) / channels;
  PackedMatrix m = make(k, channels, Number::u8, bias);
  for (int n = 0; n < channels; ++n) {
    const float* row = weights.data() + size(n) * size(k);
    float largest = 0;
    for (int i = 0; i < k; ++i)
      if (const float w = std::abs(row[i] * in.step[size(i)]); std::isfinite(w)) largest = std::max(largest, w);
    const float scale = largest > 0 ? largest / 127 : 1;
    double zeros = 0;
    for (int i = 0; i < k; ++i) {
      const float w = row[i] * in.step[size(i)] / scale;  // NaN counts as 0
      const auto q = static_cast<std::int8_t>(w == w ? std::clamp(std::nearbyint(w), -127.0f, 127.0f) : 0);
      *place(m, n, i) = static_cast<std::byte>(q);
      zeros += double{in.zero[size(i)]} * q;
    }
    m.scale[size(n)] = scale;
    m.offset[size(n)] -= static_cast<float>(scale * zeros);
  }
  return m;
}

void bend(PackedMatrix& m, float slope, const Steps& out) {
  m.scale_below = m.scale;
  m.offset_below = m.offset;
  for (std::size_t n = 0; n < m.scale.size(); ++n) {
    const bool exists = n < out.step.size();
    const float by = exists ? 1 / out.step[n] : 1, zero = exists ? out.zero[n] : 0;
    m.scale_below[n] *= by * slope;
    m.offset_below[n] = m.offset_below[n] * by * slope + zero;
    m.scale[n] *= by;
    m.offset[n] = m.offset[n] * by + zero;
  }
}

PackedDepthwise pack_depthwise(std::span<const float> taps, std::span<const float> bias, Number number,
                               const Steps& out) {
  PackedDepthwise d;
  d.channels = static_cast<int>(taps.size() / 9);
  const std::size_t vectors = number == Number::f32 ? 6 : 8;  // of 64 bytes, for each column
  d.taps = Blob::zeros(size(d.channels / 32) * 3 * vectors * 64);
  d.bias.resize(size(d.channels));
  const auto by = [&](int channel) { return out.empty() ? 1 : 1 / out.step[size(channel)]; };
  const auto tap = [&](int channel, int row, int column) {
    return row < 0 || row > 2 ? 0 : taps[size(channel) * 9 + size(row * 3 + column)] * by(channel);
  };
  for (int first = 0; first < d.channels; first += 32)
    for (int i = 0; i < 32; ++i) {
      const int channel = first + (number == Number::f32 ? i : depthwise_order(i));
      const float own = bias.empty() ? 0 : bias[size(channel)];
      // The kernel adds 128 itself.
      d.bias[size(first + i)] = own * by(channel) + (out.empty() ? 0 : out.zero[size(channel)] - 128);
      for (int column = 0; column < 3; ++column) {
        std::byte* to = d.taps.get() + (size(first / 32) * 3 + size(column)) * vectors * 64;
        if (number == Number::f32) {
          for (int row = 0; row < 3; ++row) put(number, to + size(row * 32 + i) * 4, tap(channel, row, column));
          continue;
        }
        // Pairs of rows: (0, 1) and (2, -) of the first output row, (-, 0) and (1, 2) of the second.
        constexpr int kRowOf[4][2] = {{0, 1}, {2, 3}, {-1, 0}, {1, 2}};
        for (int pair = 0; pair < 4; ++pair)
          for (int side = 0; side < 2; ++side)
            put(number, to + size(pair * 2 + i / 16) * 64 + size(i % 16) * 4 + size(side) * 2,
                tap(channel, kRowOf[pair][side], column));
      }
    }
  return d;
}

}  // namespace lc::nn
