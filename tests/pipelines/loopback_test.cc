// pipelines/loopback.yaml with real keys and the shipped bundle: both sides of the stream in one process.
#include "config/deployment.h"
#include "pipelines/graphs.h"
#include "seal/keyring.h"

using namespace lc;

namespace {

config::Graph loopback(const std::filesystem::path& keys, config::Values values = {}) {
  values["keyring"] = test::given(keys.string());
  values["width"] = test::given("64");
  const auto deployment = config::Deployment::load(test::source_root() / "configs/loopback.yaml", values, "loopback");
  REQUIRE(deployment);
  auto graph = config::resolve(*deployment->node(""));
  REQUIRE(graph);
  return *graph;
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
