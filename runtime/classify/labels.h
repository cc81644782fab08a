// What a classifier says of one frame. Travels with the frame (elements/glue/labels_meta.h).
#pragma once

#include <string>
#include <vector>

namespace lc::classify {

struct Label {
  int index = 0;  // output of the network, line of labels.txt, from 0
  std::string name;
  float confidence = 0;  // 0..1; those of all classes add up to 1
};

struct Labels {
  std::string model;        // bundle
  std::vector<Label> best;  // most likely first; as many as were asked for
  // Whether the first one reaches the threshold. If not, the answer is "no confident label".
  bool is_confident = false;
  // Frames since the classifier looked; 0: it looked at this one.
  int age = 0;

  // The answer, or null without a confident one.
  const Label* answer() const { return is_confident && !best.empty() ? &best.front() : nullptr; }
};

}  // namespace lc::classify
