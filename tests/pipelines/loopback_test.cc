// pipelines/loopback.yaml with real keys and the shipped bundle: both sides of the stream in one process.
#include <algorithm>

#include "config/deployment.h"
#include "elements/glue/raii.h"
#include "pipelines/graphs.h"
#include "pipelines/streams.h"
#include "seal/keyring.h"

using namespace lc;

namespace {

// Of configs/, whose node has the same name.
config::Graph graph_of(const std::string& name, const std::filesystem::path& keys, config::Values values) {
  values["keyring"] = test::given(keys.string());
  const auto deployment = config::Deployment::load(test::source_root() / "configs" / (name + ".yaml"), values, name);
  REQUIRE(deployment);
  auto graph = config::resolve(*deployment->node(""));
  REQUIRE(graph);
  return *graph;
}

config::Graph loopback(const std::filesystem::path& keys, config::Values values = {}) {
  values["width"] = test::given("64");
  return graph_of("loopback", keys, std::move(values));
}

void make_keys(const std::filesystem::path& folder, bool pinned) {
  const auto keys = seal::KeyRing::create(folder);
  REQUIRE(keys);
  const auto device = keys->generate(seal::Role::device, "camera");
  const auto receiver = keys->generate(seal::Role::receiver, "desk");
  REQUIRE(device);
  REQUIRE(receiver);
  if (!pinned) return;
  REQUIRE(keys->pin(*device));
  REQUIRE(keys->pin(*receiver));
}

bool have_models() { return std::filesystem::exists(test::source_root() / "models/lc5/manifest.yaml"); }

// Mean of red less blue in the first picture of a Matroska file of Motion JPEG, above the words.
double warmth(const std::filesystem::path& file) {
  test::Stream stream(fmt::format(
      "filesrc location={} ! matroskademux ! jpegdec ! videoconvert ! video/x-raw,format=RGB ! appsink name=out sync=false",
      file.string()));
  stream.play();
  const auto sample = stream.pull();
  REQUIRE(sample);
  const auto mapped = elements::MappedBuffer::create(gst_sample_get_buffer(sample.get()));
  REQUIRE(mapped);
  const ByteSpan rgb = mapped->span().first(mapped->span().size() / 2);
  double sum = 0;
  for (std::size_t i = 0; i + 2 < rgb.size(); i += 3)
    sum += std::to_integer<int>(rgb[i]) - std::to_integer<int>(rgb[i + 2]);
  return 3 * sum / static_cast<double>(rgb.size());
}

}  // namespace

TEST_CASE("loopback: pictures go through the seal and come back, all of them") {
  if (!have_models()) LC_SKIP("no bundle lc5");
  test::TempDir folder;
  make_keys(folder / "keys", true);
  engine::RunOptions options;
  options.status_ms = 50;
  options.seconds = 60;
  options.on_status = [](engine::Status& status) { return status.frames_decoded.value_or(0) < 10; };
  const auto outcome =
      engine::run(loopback(folder / "keys", {{"record", test::given((folder / "x.mkv").string())}}), options);
  CAPTURE(outcome.status.error);
  REQUIRE_FALSE(outcome.error);
  const auto& status = outcome.status;
  CHECK(status.frames_decoded.value() >= 10);
  CHECK(status.frames_lost == 0);
  CHECK(status.frames_refused == 0);
  CHECK(status.frames_opened == status.frames_sent);
  CHECK(status.frames_decoded == status.frames_encoded);
  CHECK(status.kbit_per_s.value() > 0);
  CHECK(status.latency_ms_p99.has_value());
  CHECK(status.label.has_value());
  CHECK(std::filesystem::file_size(folder / "x.mkv") > 1000);
}

TEST_CASE("loopback: without keys, or with keys that nobody pinned, it does not start and says what to do") {
  if (!have_models()) LC_SKIP("no bundle lc5");
  test::TempDir folder;
  const auto none = engine::run(loopback(folder / "none"), {});
  REQUIRE(none.error);
  CHECK(none.error->text.find("latentcast keygen") != std::string::npos);
  make_keys(folder / "strangers", false);
  const auto strangers = engine::run(loopback(folder / "strangers"), {});
  REQUIRE(strangers.error);
  CHECK(strangers.error->text.find("latentcast keygen") != std::string::npos);
}

TEST_CASE("loopback: a model that does not exist is named, with those that do") {
  test::TempDir folder;
  make_keys(folder / "keys", true);
  const auto outcome = engine::run(loopback(folder / "keys", {{"model", test::given("lc6")}}), {});
  REQUIRE(outcome.error);
  CHECK(outcome.error->text.find("'lc6'") != std::string::npos);
  CHECK(outcome.error->text.find("lc5") != std::string::npos);
}

TEST_CASE("loopback: configs/evidence.yaml draws the evidence that a classifier of latents has into the decoded pictures") {
  if (!have_models()) LC_SKIP("no bundle lc5");
  test::TempDir folder;
  make_keys(folder / "keys", true);
  double shown[2] = {};
  for (const bool overlay : {false, true}) {
    const auto file = folder / (overlay ? "drawn.mkv" : "plain.mkv");
    engine::RunOptions options;
    options.status_ms = 50;
    options.seconds = 60;
    options.on_status = [](engine::Status& status) { return status.frames_decoded.value_or(0) < 3; };
    const auto outcome = engine::run(graph_of("evidence", folder / "keys",
                                              {{"side", test::given("64")},
                                               {"live", test::given("false")},
                                               {"overlay", test::given(overlay ? "true" : "false")},
                                               {"record", test::given(file.string())},
                                               {"record_codec", test::given("mjpeg")}}),
                                     options);
    CAPTURE(outcome.status.error);
    REQUIRE_FALSE(outcome.error);
    CHECK(outcome.status.label.has_value());
    shown[overlay] = warmth(file);
  }
  CHECK(shown[1] > shown[0] + 3);
}
