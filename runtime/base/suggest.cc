#include "base/suggest.h"

#include <algorithm>
#include <cctype>

#include "base/result.h"

namespace lc {
namespace {

constexpr std::size_t kMaxWord = 64;  // longer words are compared by their first letters: the cost is quadratic

char folded(char c) { return c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

}  // namespace

int edit_distance(std::string_view a, std::string_view b) {
  a = a.substr(0, kMaxWord);
  b = b.substr(0, kMaxWord);
  const std::size_t width = b.size() + 1;
  std::vector<int> cost((a.size() + 1) * width);
  for (std::size_t j = 0; j < width; ++j) cost[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    cost[i * width] = static_cast<int>(i);
    for (std::size_t j = 1; j < width; ++j) {
      const bool same = folded(a[i - 1]) == folded(b[j - 1]);
      int best = cost[(i - 1) * width + j - 1] + !same;
      best = std::min({best, cost[(i - 1) * width + j] + 1, cost[i * width + j - 1] + 1});
      if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) && folded(a[i - 2]) == folded(b[j - 1]))
        best = std::min(best, cost[(i - 2) * width + j - 2] + 1);
      cost[i * width + j] = best;
    }
  }
  return cost.back();
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  const int length = static_cast<int>(std::min(word.size(), kMaxWord));
  const int limit = length < 2 ? 0 : std::max(1, length / 3);  // any letter is one edit from any other
  std::string best;
  int best_distance = limit + 1;
  for (const auto& candidate : known) {
    const int distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const std::string best = nearest(word, known);
  return best.empty() ? "" : fmt::format("; did you mean '{}'?", best);
}

std::string list_of(const std::vector<std::string>& names, std::size_t limit) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < limit; ++i) text += (i ? ", " : "") + names[i];
  if (names.size() > limit) text += fmt::format(", ... ({} in all)", names.size());
  return text;
}

}  // namespace lc
