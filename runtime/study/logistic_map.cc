#include "study/logistic_map.h"

#include <algorithm>
#include <numeric>

namespace lc::study {

double logistic_step(double r, double x) { return r * x * (1 - x); }
float logistic_step(float r, float x) { return r * x * (1 - x); }

template <class Number>
void logistic_bytes(Number r, Number x0, int scale, std::span<std::byte> out) {
  Number x = x0;
  for (std::byte& b : out) {
    x = logistic_step(r, x);
    b = static_cast<std::byte>(static_cast<int>(x * static_cast<Number>(scale)));  // x is in 0..1
  }
}
template void logistic_bytes(float, float, int, std::span<std::byte>);
template void logistic_bytes(double, double, int, std::span<std::byte>);

std::vector<std::uint32_t> logistic_order(double r, double x0, std::size_t count) {
  std::vector<double> orbit(count);
  double x = x0;
  for (double& value : orbit) value = x = logistic_step(r, x);
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return orbit[a] < orbit[b]; });
  return order;
}

template <class Number>
std::optional<Cycle> find_cycle(Number r, Number x0, std::uint64_t limit) {
  Number tortoise = x0, hare = logistic_step(r, x0);
  std::uint64_t length = 1;
  for (std::uint64_t power = 1, steps = 0; tortoise != hare; ++length) {
    if (++steps > limit) return std::nullopt;
    if (power == length) {
      tortoise = hare;
      power *= 2;
      length = 0;
    }
    hare = logistic_step(r, hare);
  }
  Number ahead = x0, behind = x0;
  for (std::uint64_t i = 0; i < length; ++i) ahead = logistic_step(r, ahead);
  std::uint64_t tail = 0;
  for (; ahead != behind; ++tail) ahead = logistic_step(r, ahead), behind = logistic_step(r, behind);
  return Cycle{tail, length};
}
template std::optional<Cycle> find_cycle(float, float, std::uint64_t);
template std::optional<Cycle> find_cycle(double, double, std::uint64_t);

}  // namespace lc::study
