// configs/medical.yaml from device to receiver, with each of the autoencoders that it names.
#include "config/deployment.h"
#include "elements/seal_rings.h"
#include "engine/build.h"
#include "pipelines/graphs.h"

using namespace lc;
using test::given;
using test::SealRings;

namespace {

config::Graph node_of(const char* node, const config::Values& values) {
  const auto deployment = config::Deployment::load(test::source_root() / "configs/medical.yaml", values);
  REQUIRE_MESSAGE(deployment, deployment.error().text);
  const auto graph = config::resolve(*deployment->node(node));
  REQUIRE_MESSAGE(graph, graph.error().text);
  return *graph;
}

// The receiver, with a device on the other side, until it has read three frames.
engine::Outcome received(const config::Values& values) {
  const auto device = engine::Built::create(node_of("device", values));
  REQUIRE_MESSAGE(device, device.error().text);
  REQUIRE(gst_element_set_state(device->pipeline(), GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE);
  engine::RunOptions options;
  options.status_ms = 50;
  options.seconds = 60;
  options.on_status = [](engine::Status& status) { return status.is_final || status.frames_classified.value_or(0) < 3; };
  return engine::run(node_of("receiver", values), options);
}

}  // namespace

TEST_CASE("medical: each autoencoder works with the classifier that is named for it") {
  for (const auto& [model, on_latents, on_pictures] : {std::tuple{"lc5", "xray-latent", ""},
                                                       {"lc5", "fundus-latent", ""},
                                                       {"lc5-xray", "", "paper-1-diagnosis"},
                                                       {"lc5-fundus", "", "paper-3-grade"}}) {
    CAPTURE(model);
    const test::TempDir dir;
    const SealRings rings;
    for (const char* bundle : {model, on_latents, on_pictures})
      if (*bundle && !std::filesystem::exists(test::source_root() / "models" / bundle / "manifest.yaml"))
        LC_SKIP(std::string("no bundle ") + bundle);
    const auto outcome = received({{"endpoint", given("ipc://" + (dir / "s").string())},
                                   {"model", given(model)},
                                   {"latent_classifier", given(on_latents)},
                                   {"classifier", given(on_pictures)},
                                   {"side", given("64")},
                                   {"device_keys", given(rings.device().folder().string())},
                                   {"receiver_keys", given(rings.receiver().folder().string())}});
    CHECK_MESSAGE(!outcome.error, outcome.status.error);
    CHECK(outcome.status.frames_decoded.value_or(0) >= 3);
    CHECK(outcome.status.frames_classified.value_or(0) >= 3);
    CHECK(outcome.status.frames_refused.value_or(0) == 0);
  }
}

TEST_CASE("medical: an autoencoder whose latents the classifier does not know is told by both names") {
  if (!std::filesystem::exists(test::source_root() / "models/lc5-xray/manifest.yaml")) LC_SKIP("no bundle lc5-xray");
  const test::TempDir dir;
  const SealRings rings;
  const auto outcome = received({{"endpoint", given("ipc://" + (dir / "s").string())},
                                 {"model", given("lc5-xray")},
                                 {"side", given("64")},
                                 {"device_keys", given(rings.device().folder().string())},
                                 {"receiver_keys", given(rings.receiver().folder().string())}});
  REQUIRE(outcome.error);
  CHECK_MESSAGE(outcome.error->text.find("xray-latent") != std::string::npos, outcome.error->text);
}
