// Labels as a line of JSON, for programs that read a pipe.
//
//   {"label":"cat","index":3,"confidence":0.9312,"previous":"dog","model":"cifar10","timestamp":120000000,
//    "stream_time":120000000,"running_time":120000000,"labels":[{"label":"cat","index":3,"confidence":0.9312},...],
//    "region":[0,0,320,240]}
//
// label is "" and index -1 without a confident one; times are ns, or null; region is there where not everything was
// looked at, in pixels: left, top, width, height.
#pragma once

#include <string>
#include <string_view>

#include "classify/labels.h"

namespace lc::classify {

struct LookTimes {
  std::uint64_t timestamp = kNoTime, stream_time = kNoTime, running_time = kNoTime;
};

//   previous  the answer before, "" for none
//   max_size  labels that would make the line longer are left out; >= 2048
//   out       overwritten; ends with '\n'
void to_json_line(const Labels& labels, std::string_view previous, const LookTimes& times, std::size_t max_size,
                  std::string& out);

}  // namespace lc::classify
