// The logistic map x -> r x (1 - x) in the arithmetic of the machine. Its orbits depend on every rounding: this file is
// compiled without contraction to fused operations, else two machines would not decrypt each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lc::study {

// (r * x) * (1 - x), in this order.
double logistic_step(double r, double x);
float logistic_step(float r, float x);

// x1, x2 ... after x0, each floor(x * scale); Number is float or double.
template <class Number>
void logistic_bytes(Number r, Number x0, int scale, std::span<std::byte> out);
extern template void logistic_bytes(float, float, int, std::span<std::byte>);
extern template void logistic_bytes(double, double, int, std::span<std::byte>);

// 0..count-1 in the order of the values x1 .. x_count of an orbit; equal values stay as they were.
std::vector<std::uint32_t> logistic_order(double r, double x0, std::size_t count);

// How an orbit ends: after `tail` steps it repeats itself every `length` steps. By Brent's algorithm; nothing when it
// does not within `limit` steps.
struct Cycle {
  std::uint64_t tail = 0, length = 0;
};
template <class Number>
std::optional<Cycle> find_cycle(Number r, Number x0, std::uint64_t limit);
extern template std::optional<Cycle> find_cycle(float, float, std::uint64_t);
extern template std::optional<Cycle> find_cycle(double, double, std::uint64_t);

}  // namespace lc::study
