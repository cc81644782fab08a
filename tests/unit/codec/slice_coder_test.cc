#include <algorithm>

#include "codec/slice_coder.h"

#include "latents.h"
#include "slow_slice.h"

using namespace lc;
using namespace lc::codec;

namespace {

using test::next_latent;
using test::parse_model;
using test::random_latent;

// The slice gives back `latent`, and its slow twin agrees.
void round_trip(const std::shared_ptr<const EntropyModel>& model, Latent latent, SliceTask task) {
  SliceCoder coder(model);
  Bytes bytes;
  coder.encode(latent, task, bytes);
  Latent got, slow;
  got.reset(latent.rows(), latent.columns(), latent.channels());
  slow = got;
  CHECK(coder.decode(bytes, task, got));
  CHECK(test::slow_decode(*model, bytes, task, slow));
  for (int row = task.first_row; row < task.first_row + task.rows; ++row)
    for (int column = 0; column < latent.columns(); ++column)
      REQUIRE(
          std::equal(got.at(row, column), got.at(row, column) + latent.channels(), latent.at(row, column)));
  CHECK(got == slow);
}

}  // namespace

TEST_CASE("slice coder: latents of every shape come back, and from the slow twin too") {
  const int shapes[][3] = {{1, 1, 16}, {1, 7, 16}, {5, 1, 16}, {3, 4, 1},   {4, 5, 7},  {4, 5, 8},
                           {4, 5, 9},  {2, 3, 20}, {6, 8, 16}, {2, 2, 192}, {1, 2, 512}};
  std::uint32_t seed = 1;
  for (const auto& shape : shapes) {
    CAPTURE(shape[0]);
    CAPTURE(shape[1]);
    CAPTURE(shape[2]);
    const auto model = parse_model(test::toy_tables(shape[2]));
    const Latent key = random_latent(shape[0], shape[1], shape[2], seed++);
    round_trip(model, key, {0, shape[0], 0, nullptr});
    const Latent next = next_latent(key, seed++);
    round_trip(model, next, {0, shape[0], 1, &key});
  }
}

TEST_CASE("slice coder: all zeros, all the same as before and the largest values come back") {
  const auto model = parse_model(test::toy_tables(20));
  Latent zero, high, low;
  zero.reset(3, 4, 20);
  high = low = zero;
  std::fill(high.values().begin(), high.values().end(), std::int16_t{32767});
  std::fill(low.values().begin(), low.values().end(), std::int16_t{-32767});
  for (const Latent* latent : {&zero, &high, &low}) {
    round_trip(model, *latent, {0, 3, 0, nullptr});
    for (const Latent* reference : {&zero, &high, &low}) round_trip(model, *latent, {0, 3, 0, reference});
  }
}

TEST_CASE("slice coder: slices stand alone") {
  const auto model = parse_model(test::toy_tables(16));
  Latent latent = random_latent(7, 5, 16, 4);
  const Latent next = next_latent(latent, 5);
  for (int first : {0, 3, 6}) {
    round_trip(model, latent, {first, std::min(3, 7 - first), 0, nullptr});
    round_trip(model, next, {first, std::min(3, 7 - first), 0, &latent});
  }
  // The same rows elsewhere in a frame give the same bytes.
  Latent shifted;
  shifted.reset(9, 5, 16);
  std::copy(latent.values().begin(), latent.values().end(), shifted.values().begin() + 2 * 5 * 16);
  SliceCoder coder(model);
  Bytes a, b;
  coder.encode(latent, {3, 3, 0, nullptr}, a);
  coder.encode(shifted, {5, 3, 0, nullptr}, b);
  CHECK(a == b);
}

TEST_CASE("slice coder: a frame where nothing changed takes a few bytes") {
  const auto model = parse_model(test::toy_tables(16));
  Latent latent = random_latent(45, 80, 16, 4);
  SliceCoder coder(model);
  Bytes bytes;
  const ModeCounts counts = coder.encode(latent, {0, 45, 0, &latent}, bytes);
  CHECK(counts.same == 45 * 80);
  CHECK(bytes.size() <= 12);
}

TEST_CASE("slice coder: ranks are predicted from other ranks, of neighbours and of their own position") {
  auto tables = test::predicting_tables();
  const auto model = parse_model(tables);
  const Latent latent = random_latent(9, 11, 16, 12), next = next_latent(latent, 13);
  round_trip(model, latent, {0, 9, 0, nullptr});
  round_trip(model, next, {0, 9, 0, &latent});
  tables.predictors[0].clear();
  SliceCoder with(model), without(parse_model(tables));
  Bytes a, b;
  Latent copy = latent;
  with.encode(copy, {0, 9, 0, nullptr}, a);
  without.encode(copy, {0, 9, 0, nullptr}, b);
  CHECK(a != b);
}

TEST_CASE("slice coder: weights at their limits do not overflow") {
  auto tables = test::toy_tables(512);
  tables.clip = 63;
  for (auto sign : {1, -1}) {
    for (auto& level : tables.weights) {
      for (auto& near : level.near) near.assign(512, static_cast<std::int16_t>(sign * 32767));
      level.bias.assign(512, sign * (1 << 28));
      level.earlier.assign(512 * 511 / 2, static_cast<std::int16_t>(sign * 32767));
    }
    const auto model = parse_model(tables);
    round_trip(model, random_latent(2, 2, 512, 3), {0, 2, 0, nullptr});
  }
}

TEST_CASE("slice coder: every prefix is truncated or corrupt, every flipped bit is bounded") {
  const auto model = parse_model(test::toy_tables(16));
  const Latent key = random_latent(4, 4, 16, 8);
  Latent latent = next_latent(key, 9);
  for (const Latent* reference : {static_cast<const Latent*>(nullptr), &key}) {
    SliceCoder coder(model);
    const SliceTask task{0, 4, 0, reference};
    Bytes good;
    coder.encode(latent, task, good);
    Latent out;
    out.reset(4, 4, 16);
    for (std::size_t length = 0; length < good.size(); ++length) {
      CAPTURE(length);
      CHECK_FALSE(coder.decode(ByteSpan(good).first(length), task, out));
    }
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
      Bytes bytes = good;
      bytes[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
      Latent slow = out;
      const bool decoded = coder.decode(bytes, task, out).has_value();
      CHECK(decoded == test::slow_decode(*model, bytes, task, slow));
      if (decoded) CHECK(out == slow);
    }
    good.push_back(std::byte{0});
    CHECK_FALSE(coder.decode(good, task, out));
  }
}
