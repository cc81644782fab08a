#include "engine/status.h"

#include <nlohmann/json.hpp>

#include "engine/histogram.h"
#include "pipelines/graphs.h"

using namespace lc;
using Json = nlohmann::json;

TEST_CASE("histogram: percentiles are right to one per cent, and empty ones are nothing") {
  engine::Histogram histogram;
  CHECK_FALSE(histogram.percentile(0.5));
  for (int i = 1; i <= 1000; ++i) histogram.add(i);
  CHECK(*histogram.percentile(0.5) == doctest::Approx(500).epsilon(0.011));
  CHECK(*histogram.percentile(0.99) == doctest::Approx(990).epsilon(0.011));
  CHECK(*histogram.percentile(1) == doctest::Approx(1000).epsilon(0.011));
  histogram.add(-5);
  histogram.add(1e300);
  CHECK(histogram.count() == 1002);
  histogram.clear();
  CHECK(histogram.count() == 0);
}

TEST_CASE("status: what is not known is absent, and any bytes become valid JSON") {
  engine::Status status;
  status.node = "a\"b\xff";
  status.frames_decoded = 7;
  status.frames_refused = 3;
  status.refused = {{"bad-tag", 3}};
  status.elements["x"]["label"] = std::string("cat");
  const Json json = Json::parse(engine::to_json(status));
  CHECK(json["type"] == "status");
  CHECK(json["frames_decoded"] == 7);
  CHECK(json["refused"]["bad-tag"] == 3);
  CHECK(json["elements"]["x"]["label"] == "cat");
  CHECK_FALSE(json.contains("frames_sent"));
  CHECK_FALSE(json.contains("psnr_db"));
  status.looks_skipped = 0;
  CHECK(engine::to_line(status).find("looks skipped") == std::string::npos);
  status.looks_skipped = 2;
  CHECK(Json::parse(engine::to_json(status))["looks_skipped"] == 2);
  CHECK(engine::to_line(status).find("looks skipped 2") != std::string::npos);
  status.is_final = true;
  CHECK(Json::parse(engine::to_json(status))["type"] == "final");
  CHECK(engine::to_line(status).find("refused 3 (bad-tag 3)") != std::string::npos);
}

TEST_CASE("status: the codec's frames, bits, latency and pictures are counted at its pads") {
  if (!std::filesystem::exists(test::source_root() / "models/lc5/manifest.yaml")) LC_SKIP("no bundle lc5");
  test::PipelineText text;
  const auto graph = text.graph(
      "elements: [videotestsrc: {num-buffers: 6}, caps: \"video/x-raw,format=I420,width=64,height=48,"
      "framerate=25/1\", aeencode: {model: \"" +
      (test::source_root() / "models/lc5").string() + "\"}, aedecode, fakesink]\n");
  REQUIRE(graph);
  engine::RunOptions options;
  std::vector<std::uint64_t> sources, encoded, decoded;
  options.taps.wants_source = [](std::uint64_t) { return true; };
  options.taps.source = [&](const engine::TappedFrame& frame) {
    sources.push_back(frame.pts_ns);
    CHECK(frame.format == "I420");
    CHECK(frame.width == 64);
    CHECK(frame.planes[2] != nullptr);
  };
  options.taps.encoded = [&](std::uint64_t pts, std::uint64_t capture) {
    CHECK(sources.back() == pts);
    encoded.push_back(capture);
  };
  options.taps.wants_decoded = [](std::uint64_t) { return true; };
  options.taps.decoded = [&](const engine::TappedFrame& frame) { decoded.push_back(frame.capture_ns); };
  const auto outcome = engine::run(*graph, options);
  CAPTURE(outcome.status.error);
  REQUIRE_FALSE(outcome.error);
  const auto& status = outcome.status;
  CHECK(status.frames_in == 6);
  CHECK(status.frames_encoded == 6);
  CHECK(status.frames_decoded == 6);
  CHECK(status.frames_refused == 0);
  CHECK(status.width == 64);
  CHECK(status.pixel_format == "I420");
  CHECK(status.bpp.value() > 0.01);
  CHECK(status.bpp.value() < 24);
  CHECK(status.latency_ms_p50.value() < 10'000);
  CHECK_FALSE(status.frames_sent);
  CHECK(sources.size() == 6);
  CHECK(encoded == decoded);
  CHECK(std::get<std::uint64_t>(status.elements.at("aeencode0").at("frames-encoded")) == 6);
}
