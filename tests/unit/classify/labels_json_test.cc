#include "classify/labels_json.h"

#include "support/test.h"

using namespace lc;
using namespace lc::classify;

namespace {

std::string line(const Labels& labels, const LookTimes& times = {}, std::size_t max_size = 4096) {
  std::string out = "what was there before";
  to_json_line(labels, "dog", times, max_size, out);
  return out;
}

}  // namespace

TEST_CASE("labels as JSON: everything that is known") {
  Labels labels{
      .model = "toy",
      .best = {{.index = 3, .name = "cat", .confidence = 0.75f}, {.index = 1, .name = "owl", .confidence = 0.2f}},
      .is_confident = true,
      .region = {2, 4, 6, 8}};
  CHECK(line(labels, {.timestamp = 7, .stream_time = kNoTime, .running_time = 9}) ==
        "{\"label\":\"cat\",\"index\":3,\"confidence\":0.7500,\"previous\":\"dog\",\"model\":\"toy\",\"timestamp\":7,"
        "\"stream_time\":null,\"running_time\":9,\"labels\":[{\"label\":\"cat\",\"index\":3,\"confidence\":0.7500},"
        "{\"label\":\"owl\",\"index\":1,\"confidence\":0.2000}],\"region\":[2,4,6,8]}\n");
  labels.is_confident = false;
  CHECK(line(labels).starts_with("{\"label\":\"\",\"index\":-1,\"confidence\":0.7500,"));
}

TEST_CASE("labels as JSON: quotes, backslashes and control characters of names do no harm") {
  const Labels labels{
      .model = "m", .best = {{.index = 0, .name = "a\"b\\c\nd", .confidence = 1}}, .is_confident = true};
  CHECK(line(labels).starts_with("{\"label\":\"a\\\"b\\\\c\\u000ad\","));
}

TEST_CASE("labels as JSON: a line has a largest size, and is whole") {
  Labels labels{.model = std::string(100, 'm'), .is_confident = true};
  for (int i = 0; i < 1000; ++i)
    labels.best.push_back({.index = i, .name = std::string(256, '"'), .confidence = 0.001f});
  labels.region = {8191, 8191, 8191, 8191};
  const std::string text = line(labels, {1, 2, 3}, 4096);
  CHECK(text.size() <= 4096);
  CHECK(text.size() > 3000);
  CHECK(text.ends_with("}],\"region\":[8191,8191,8191,8191]}\n"));
}
