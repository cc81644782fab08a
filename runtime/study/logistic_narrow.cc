#include "study/logistic_narrow.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace lc::study {
namespace {

constexpr double kRounding = 1e-14;    // of some steps in double precision
constexpr std::size_t kPieces = 1024;  // of the range of r, to begin with
constexpr std::size_t kMostPieces = 8192;
constexpr double kLeastWidth = 1e-10;

Span confined(std::byte b, int scale) {
  const double value = std::to_integer<int>(b);
  return {value / scale - kRounding, (value + 1) / scale + kRounding};
}

Span intersection(Span a, Span b) { return {std::max(a.low, b.low), std::min(a.high, b.high)}; }
bool is_empty(Span a) { return a.low > a.high; }

// Where x may have been before it came to lie in `after`.
Span before(Span after, Span r, Span confines) {
  const double low = std::max(after.low / r.high, 0.0), high = std::min(after.high / r.low, 0.25);
  if (low > high) return {1, 0};
  const double near = (1 - std::sqrt(1 - 4 * low)) / 2 - kRounding, far = (1 - std::sqrt(1 - 4 * high)) / 2 + kRounding;
  // Two preimages, one to the left of 1/2 and one to the right.
  const Span left = intersection({near, far}, confines), right = intersection({1 - far, 1 - near}, confines);
  if (is_empty(left)) return right;
  if (is_empty(right)) return left;
  return {std::min(left.low, right.low), std::max(left.high, right.high)};
}

// x1 for any r of the piece; empty where none fits.
Span first_state(ByteSpan stream, int scale, Span r) {
  Span x = confined(stream.back(), scale);
  for (std::size_t i = stream.size() - 1; i-- > 0 && !is_empty(x);) x = before(x, r, confined(stream[i], scale));
  return x;
}

}  // namespace

std::optional<NarrowedKey> narrow_key(ByteSpan stream, int scale, Span r) {
  std::vector<Span> pieces;
  const double step = r.width() / static_cast<double>(kPieces);
  for (std::size_t i = 0; i < kPieces; ++i)
    pieces.push_back({r.low + static_cast<double>(i) * step, r.low + static_cast<double>(i + 1) * step});
  for (;;) {
    std::erase_if(pieces, [&](Span piece) { return is_empty(first_state(stream, scale, piece)); });
    if (pieces.empty()) return std::nullopt;
    if (pieces.size() > kMostPieces / 2 || pieces[0].width() < kLeastWidth) break;
    std::vector<Span> halves;
    for (const Span piece : pieces) {
      const double middle = (piece.low + piece.high) / 2;
      halves.push_back({piece.low, middle});
      halves.push_back({middle, piece.high});
    }
    pieces = std::move(halves);
  }
  NarrowedKey out{{pieces.front().low, pieces.back().high}, {1, 0}, 0};
  for (const Span piece : pieces) {
    const Span x = first_state(stream, scale, piece);
    out.x1 = {std::min(out.x1.low, x.low), std::max(out.x1.high, x.high)};
    out.r_share += piece.width() / r.width();
  }
  return out;
}

}  // namespace lc::study
