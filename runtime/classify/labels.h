// What a classifier says of one frame. Travels with the frame (elements/glue/labels_meta.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "classify/regions.h"

namespace lc::classify {

struct Label {
  int index = 0;  // output of the network, line of labels.txt, from 0
  std::string name;
  float confidence = 0;  // 0..1; those of all classes add up to 1
};

// How much each part of what was looked at speaks for the first label: what the network would say, by itself, there.
struct Evidence {
  int rows = 0, columns = 0;
  std::vector<std::uint8_t> values{};  // [rows][columns], 0..255
  Rectangle area{};                    // of the picture, which the cells share evenly

  bool empty() const { return values.empty(); }
};

inline constexpr std::uint64_t kNoTime = ~std::uint64_t{0};

struct Labels {
  std::string model;        // bundle
  std::vector<Label> best;  // most likely first; as many as were asked for
  // Whether the first one reaches the threshold. If not, the answer is "no confident label".
  bool is_confident = false;
  // Frames since the classifier looked; 0: it looked at this one.
  int age = 0;
  std::uint64_t looked_at = kNoTime;  // presentation time of the frame that it looked at, in ns
  int width = 0, height = 0;          // of that frame's picture, which the rectangles speak of
  Rectangle region{};                 // where in it it looked; empty: everywhere
  Evidence evidence{};                // empty where the network tells none

  // The answer, or null without a confident one.
  const Label* answer() const { return is_confident && !best.empty() ? &best.front() : nullptr; }
};

}  // namespace lc::classify
