#include "study/logistic_chaos.h"

#include <algorithm>
#include <array>

#include "study/key_expansion.h"
#include "study/logistic_map.h"

namespace lc::study {
namespace {

std::size_t block_count(const Shape& shape) {
  return static_cast<std::size_t>(shape.width / LogisticChaos::kBlock) *
         static_cast<std::size_t>(shape.height / LogisticChaos::kBlock);
}

double unit(std::uint64_t value) { return static_cast<double>(value) * 0x1p-64; }

}  // namespace

void move_blocks(const Shape& shape, std::span<const std::uint32_t> order, bool inverse, ByteSpan from,
                 std::span<std::byte> to) {
  constexpr std::size_t kBlock = LogisticChaos::kBlock;
  std::copy(from.begin(), from.end(), to.begin());
  const std::size_t across = static_cast<std::size_t>(shape.width) / kBlock;
  const std::size_t row = shape.row_bytes(), part = kBlock * static_cast<std::size_t>(shape.channels);
  const auto corner = [&](std::size_t block) { return block / across * kBlock * row + block % across * part; };
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::size_t source = corner(order[i]), target = corner(i);
    if (inverse) std::swap(source, target);
    for (std::size_t y = 0; y < kBlock; ++y)
      std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(source + y * row), part,
                  to.begin() + static_cast<std::ptrdiff_t>(target + y * row));
  }
}

Result<ChaosKey> ChaosKey::create(ByteSpan secret) {
  std::array<std::byte, 32> bytes;
  LC_TRY(expand_key(secret, "logistic-chaos", bytes));
  Reader reader(bytes);
  const auto next = [&] { return unit(*reader.big<std::uint64_t>()); };
  ChaosKey key{};
  key.r = 3.57 + 0.43 * next();
  key.x0 = 0.001 + 0.997 * next();
  key.block_r = 3.57 + 0.43 * next();
  key.block_x0 = 0.001 + 0.997 * next();
  return key;
}

KeySpace LogisticChaos::key_space(const Shape&) const {
  if (variant_ == ChaosVariant::single_precision)
    return {42 + 102, "r and x0 of the stream in single precision, and of the blocks in double; names, not strength"};
  return {2 * 102, "r and x0 twice, in double precision, x0 and 1 - x0 counted once; names, not strength"};
}

std::span<const std::byte> LogisticChaos::stream(const Shape& shape, int scale, std::uint64_t salt) {
  stream_.resize(shape.bytes());
  if (variant_ == ChaosVariant::single_precision)
    logistic_bytes(static_cast<float>(key_.r), static_cast<float>(key_.x0), scale, stream_);
  else
    logistic_bytes(key_.r, key_.x0 + 0.001 * unit(salt), scale, stream_);
  return stream_;
}

const std::vector<std::uint32_t>& LogisticChaos::block_order(const Shape& shape) {
  if (shape != order_shape_) {
    order_ = logistic_order(key_.block_r, key_.block_x0, block_count(shape));
    order_shape_ = shape;
  }
  return order_;
}

Result<> LogisticChaos::encrypt(const Frame& plain, Bytes& out) {
  LC_TRY(need_bytes(plain.shape, name()));
  const std::byte scale = *std::max_element(plain.bytes.begin(), plain.bytes.end());
  out.resize(prefix_bytes() + plain.bytes.size());
  out[0] = scale;
  std::uint64_t salt = 0;
  if (variant_ == ChaosVariant::probabilistic) {
    LC_TRY(random_bytes(std::span(out).subspan(1, 8)));
    salt = LC_TRY(Reader(ByteSpan(out).subspan(1)).big<std::uint64_t>());
  }
  scramble(plain, std::to_integer<int>(scale), std::span(out).subspan(prefix_bytes()), salt);
  return {};
}

Result<> LogisticChaos::decrypt(ByteSpan cipher, const Shape& shape, Bytes& out) {
  LC_TRY(need_bytes(shape, name()));
  LC_TRY(need_size(cipher, prefix_bytes() + shape.bytes(), name()));
  const int scale = std::to_integer<int>(cipher[0]);
  const std::uint64_t salt =
      variant_ == ChaosVariant::probabilistic ? LC_TRY(Reader(cipher.subspan(1)).big<std::uint64_t>()) : 0;
  out.resize(shape.bytes());
  restore({shape, cipher.subspan(prefix_bytes())}, scale, out, salt);
  return {};
}

void LogisticChaos::scramble(const Frame& plain, int scale, std::span<std::byte> out, std::uint64_t salt) {
  move_blocks(plain.shape, block_order(plain.shape), false, plain.bytes, out);
  const auto key_stream = stream(plain.shape, scale, salt);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] ^= key_stream[i];
}

void LogisticChaos::restore(const Frame& cipher, int scale, std::span<std::byte> out, std::uint64_t salt) {
  stream(cipher.shape, scale, salt);
  for (std::size_t i = 0; i < stream_.size(); ++i) stream_[i] ^= cipher.bytes[i];
  move_blocks(cipher.shape, block_order(cipher.shape), true, stream_, out);
}

}  // namespace lc::study
