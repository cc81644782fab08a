// Every shipped configuration and pipeline, started as it is: a receiver believes nobody whom its key ring does not name,
// opens no plain text and no cipher of the studies, and a device lets nothing out that is not sealed for its receivers.
#include <algorithm>
#include <fstream>
#include <optional>

#include "base/file.h"
#include "config/deployment.h"
#include "elements/seal_rings.h"
#include "pipelines/graphs.h"
#include "pipelines/streams.h"
#include "seal/opener.h"
#include "seal/recording/section_writer.h"
#include "seal/sealer.h"
#include "unit/transport/support.h"

using namespace lc;
using test::given;
using test::RawSocket;
using test::SealRings;

namespace {

constexpr std::string_view kPlain = "PLAIN TEXT that must not come through, whatever stands before it; ";

struct Shipped {
  std::string name;  // "demo.yaml receiver"
  config::Graph graph;
  bool has(std::string_view factory) const {
    return std::any_of(graph.elements.begin(), graph.elements.end(),
                       [&](const config::ElementSpec& e) { return e.factory == factory; });
  }
  bool is_study() const {
    return std::any_of(graph.elements.begin(), graph.elements.end(),
                       [](const config::ElementSpec& e) { return e.factory.starts_with("study"); });
  }
};

// All of them, with what differs from site to site in place: keys, addresses, files.
std::vector<Shipped> shipped(const std::map<std::string, std::string>& site) {
  std::vector<Shipped> all;
  for (const char* folder : {"configs", "pipelines"}) {
    for (const auto& entry : std::filesystem::directory_iterator(test::source_root() / folder)) {
      if (entry.path().extension() != ".yaml") continue;
      // What is required has to be given before its nodes can be listed.
      config::Values required;
      if (const auto alone = config::Pipeline::load(entry.path()))
        for (const config::Parameter& parameter : alone->parameters())
          if (parameter.required) required[parameter.name] = given(site.at(parameter.name));
      const auto listed = config::Deployment::load(entry.path(), required);
      REQUIRE_MESSAGE(listed, listed.error().text);
      for (const config::DeploymentNode& node : listed->nodes()) {
        config::Values values;
        for (const config::Parameter& parameter : node.pipeline.parameters())
          if (const auto own = site.find(parameter.name);
              own != site.end() && (parameter.required || parameter.name != "classifier"))  // of latents where it must be
            values[parameter.name] = given(own->second);
        const auto deployment = config::Deployment::load(entry.path(), values, node.name);
        REQUIRE_MESSAGE(deployment, deployment.error().text);
        const auto graph = config::resolve(*deployment->node(node.name));
        REQUIRE_MESSAGE(graph, graph.error().text);
        all.push_back({entry.path().filename().string() + " " + node.name, *graph});
      }
    }
  }
  return all;
}

// What studyencrypt makes of a picture.
Bytes study_packet() {
  const test::TempDir dir;
  REQUIRE(save_file(dir / "study.key", as_bytes("32 secret bytes for the studies.")));
  test::Stream study("videotestsrc num-buffers=1 ! video/x-raw,format=GRAY8,width=32,height=24 ! studyencrypt "
                     "cipher=aes-features allow-insecure=true key-file=" +
                     (dir / "study.key").string() + " ! appsink name=out sync=false");
  study.play();
  const auto sample = study.pull();
  REQUIRE(sample);
  const auto mapped = elements::MappedBuffer::create(gst_sample_get_buffer(sample.get()));
  REQUIRE(mapped);
  REQUIRE(as_text(mapped->span()).starts_with("LCX1"));
  return {mapped->span().begin(), mapped->span().end()};
}

// What an enemy on the way, or in the device's place, can send.
std::vector<Bytes> hostile_messages(const SealRings& rings, const SealRings& strangers) {
  std::vector<Bytes> all;
  const auto add = [&](ByteSpan message) { all.emplace_back(message.begin(), message.end()); };
  const auto frame_of = [](seal::Sealer& sealer) {
    Bytes out(sealer.size_limit(kPlain.size()));
    seal::Fields fields;
    fields.description = test::kLatentTestCaps;
    const auto size = sealer.seal_frame({.is_key_frame = true}, fields, as_bytes(kPlain), out);
    REQUIRE(size);
    out.resize(*size);
    return out;
  };
  auto ours = seal::Sealer::create(rings.device()), theirs = seal::Sealer::create(strangers.device());
  auto disallowed = seal::Sealer::create(
      rings.device(), {.stream = 1, .suite = seal::Suite::xchacha20_poly1305_hedged});
  REQUIRE(ours);
  REQUIRE(theirs);
  REQUIRE(disallowed);
  const Bytes good = frame_of(*ours);
  // Plain text behind the header of a device that is trusted, and behind none.
  Bytes plain(good.begin(), good.begin() + seal::kWireHeaderBytes);
  for (int i = 0; i < 4; ++i) plain.insert(plain.end(), as_bytes(kPlain).begin(), as_bytes(kPlain).end());
  add(plain);
  add(as_bytes(kPlain));
  // A packet of the studies, as it is and behind a header of ours.
  const Bytes study = study_packet();
  add(study);
  Bytes dressed(good.begin(), good.begin() + seal::kWireHeaderBytes);
  dressed.insert(dressed.end(), study.begin(), study.end());
  add(dressed);
  // A whole sealed stream of somebody else.
  add(*theirs->announcement());
  add(frame_of(*theirs));
  // A cipher that the receiver does not allow.
  add(*disallowed->announcement());
  add(frame_of(*disallowed));
  // The trusted device's own frame, changed on the way, without and with its announcement.
  Bytes altered = good;
  altered.back() ^= std::byte{1};
  add(altered);
  add(*ours->announcement());
  add(altered);
  return all;
}

void check_nothing_came_through(const engine::Status& status) {
  CHECK(status.frames_opened.value_or(0) == 0);
  CHECK(status.frames_decoded.value_or(0) == 0);
  CHECK(status.label.value_or("").empty());
}

void attack_receiver(const Shipped& receiver, RawSocket& server, const std::vector<Bytes>& messages) {
  std::optional<RawSocket> peer;
  engine::RunOptions options;
  options.status_ms = 50;
  options.seconds = 60;
  options.on_status = [&](engine::Status& status) {
    if (status.is_final) return true;
    if (!peer) {
      peer.emplace(server.accept());
      test::shake_hands(*peer, "XPUB");
    }
    for (const Bytes& message : messages) peer->write(test::zmtp_frame(message));
    return status.frames_refused.value_or(0) < 50;
  };
  const auto outcome = engine::run(receiver.graph, options);
  CAPTURE(outcome.status.error);
  CHECK_FALSE(outcome.error);
  CHECK(outcome.status.frames_refused.value_or(0) >= 50);
  for (const char* reason : {"malformed", "other-device", "other-suite", "bad-tag"})
    CHECK_MESSAGE(outcome.status.refused.count(reason) > 0, reason);
  check_nothing_came_through(outcome.status);
}

void play_recording(const Shipped& player) {
  engine::RunOptions options;
  options.seconds = 60;
  const auto outcome = engine::run(player.graph, options);
  REQUIRE(outcome.error);
  CHECK(outcome.error->text.find("nothing in this recording could be opened") != std::string::npos);
  check_nothing_came_through(outcome.status);
}

void listen_to_device(const Shipped& device, const SealRings& rings, const SealRings& strangers,
                      const std::string& endpoint) {
  transport::SubscriberOptions subscriber_options;
  subscriber_options.endpoint = endpoint;
  auto subscriber = transport::Subscriber::create(subscriber_options);
  REQUIRE(subscriber);
  auto receiver = seal::Opener::create(rings.receiver()), stranger = seal::Opener::create(strangers.receiver());
  REQUIRE(receiver);
  REQUIRE(stranger);
  int frames = 0;
  engine::RunOptions options;
  options.status_ms = 50;
  options.seconds = 60;
  options.on_status = [&](engine::Status& status) {
    if (status.is_final || frames == 5) return status.is_final;
    const Bytes message = test::next(**subscriber, "FKHE");
    REQUIRE_FALSE(message.empty());
    const auto header = seal::unpack_wire_header(message);
    REQUIRE(header);
    const std::string_view text = as_text(message);
    for (const char* plain : {"latent", "I420", "width", "framerate"}) CHECK(text.find(plain) == std::string_view::npos);
    Bytes out(message.size());
    seal::Opened opened;
    CHECK_FALSE(seal::is_good(stranger->open(message, out, opened)));
    if (receiver->open(message, out, opened) == seal::Verdict::opened) ++frames;
    return frames < 5;
  };
  const auto outcome = engine::run(device.graph, options);
  CAPTURE(outcome.status.error);
  CHECK_FALSE(outcome.error);
  CHECK(frames == 5);
}

void refuses_to_start(const Shipped& node) {
  engine::RunOptions options;
  options.seconds = 30;
  const auto outcome = engine::run(node.graph, options);
  REQUIRE(outcome.error);
  CHECK(outcome.error->text.find("latentcast keygen") != std::string::npos);
}

}  // namespace

TEST_CASE("posture: every shipped configuration refuses plain text, strangers and ciphers of the studies") {
  if (!std::filesystem::exists(test::source_root() / "models/lc5/manifest.yaml")) LC_SKIP("no bundle lc5");
  const test::TempDir dir;
  const SealRings rings, strangers;
  RawSocket server = RawSocket::listen_anywhere();
  const std::string device_endpoint = "ipc://" + (dir / "device").string();
  const std::string recording = (dir / "hostile.lcr").string();
  const auto messages = hostile_messages(rings, strangers);
  {
    recording::SectionWriter writer;
    Bytes out;
    std::uint64_t arrival = 1'795'248'000'000'000'000;
    for (const Bytes& message : messages) (void)writer.add(message, arrival += 1'000'000, out);  // some are not ours
    writer.finish(arrival, out);
    std::ofstream(recording, std::ios::binary) << as_text(out);
  }
  const auto site = [&](const seal::KeyRing& ring, const std::string& endpoint) {
    return std::map<std::string, std::string>{{"keyring", ring.folder().string()},
                                              {"endpoint", endpoint},
                                              {"source", "testscene://"},
                                              {"classifier", "cifar10-latent"},
                                              {"width", "64"},
                                              {"display", "false"},
                                              {"live", "false"},
                                              {"recording", recording}};
  };
  int receivers = 0, devices = 0, replays = 0;
  for (const Shipped& node : shipped(site(rings.receiver(), fmt::format("tcp://127.0.0.1:{}", server.port())))) {
    CAPTURE(node.name);
    if (node.is_study()) {
      CHECK_FALSE(node.has("latentdecrypt"));
      CHECK_FALSE(node.has("latentzmqsink"));
      CHECK(node.has("studylabel") == node.has("studydecrypt"));  // no picture without the word
    } else if (node.has("latentzmqsrc") && node.has("latentdecrypt")) {
      attack_receiver(node, server, messages);
      ++receivers;
    } else if (node.has("latentdemux") && node.has("latentdecrypt")) {
      play_recording(node);
      ++replays;
    }
  }
  for (const Shipped& node : shipped(site(rings.device(), device_endpoint))) {
    CAPTURE(node.name);
    if (!node.has("latentzmqsink") || node.is_study()) continue;
    CHECK(node.has("latentencrypt"));
    listen_to_device(node, rings, strangers, device_endpoint);
    ++devices;
  }
  CHECK(receivers == 5);  // pipelines/receiver.yaml and labels.yaml, and in demo, camera and medical
  CHECK(devices == 4);
  CHECK(replays == 1);
}

TEST_CASE("posture: no shipped configuration starts without keys") {
  const test::TempDir dir;
  const std::map<std::string, std::string> site{{"keyring", (dir / "none").string()},
                                                {"endpoint", "ipc://" + (dir / "s").string()},
                                                {"source", "testscene://"},
                                                {"classifier", "cifar10-latent"},
                                                {"display", "false"},
                                                {"recording", (dir / "x.lcr").string()}};
  std::ofstream(dir / "x.lcr") << "no recording";
  int tried = 0;
  for (const Shipped& node : shipped(site)) {
    CAPTURE(node.name);
    if (node.is_study() || (!node.has("latentencrypt") && !node.has("latentdecrypt"))) continue;
    refuses_to_start(node);
    ++tried;
  }
  CHECK(tried >= 8);
}
