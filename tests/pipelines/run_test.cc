// The engine at work, with elements of GStreamer only.
#include <gst/gst.h>

#include <csignal>
#include <fstream>

#include "base/file.h"
#include "engine/status.h"
#include "pipelines/graphs.h"

using namespace lc;

namespace {

// A Matroska file of `frames` pictures of 64x48 at 25 fps.
engine::Outcome record(const test::PipelineText& text, const std::filesystem::path& file, const std::string& properties,
                       const engine::RunOptions& options) {
  const auto graph =
      text.graph("parameters: {file: {type: path, required: true}}\nelements:\n  - videotestsrc: {" + properties +
                     "}\n  - caps: \"video/x-raw,format=I420,width=64,height=48,framerate=25/1\"\n"
                     "  - jpegenc\n  - matroskamux\n  - filesink: {location: ${file}}\n",
                 {{"file", test::given(file.string())}});
  REQUIRE(graph);
  return engine::run(*graph, options);
}

std::uint64_t frames_in(const test::PipelineText& text, const std::filesystem::path& file) {
  const auto graph = text.graph(
      "parameters: {uri: {type: uri, required: true}}\nelements: [uridecodebin: {uri: ${uri}}, "
      "videoconvert, fakesink: {name: last}]\n",
      {{"uri", test::given("file://" + file.string())}});
  REQUIRE(graph);
  const auto outcome = engine::run(*graph, {});
  CHECK_FALSE(outcome.error);
  return std::get<std::uint64_t>(outcome.status.elements.at("last").at("rendered"));
}

}  // namespace

TEST_CASE("run: plays to the end and reports it once") {
  test::PipelineText text;
  const auto graph = text.graph("elements: [videotestsrc: {num-buffers: 20}, fakesink: {name: last}]\n");
  REQUIRE(graph);
  int finals = 0;
  engine::RunOptions options;
  options.node = "n";
  options.on_status = [&](engine::Status& status) { return finals += status.is_final, true; };
  const auto outcome = engine::run(*graph, options);
  CHECK_FALSE(outcome.error);
  CHECK(finals == 1);
  CHECK(outcome.status.state == "done");
  CHECK(outcome.status.node == "n");
  CHECK(std::get<std::uint64_t>(outcome.status.elements.at("last").at("rendered")) == 20);
}

TEST_CASE("run: late pads are linked, and files come out whole") {
  test::PipelineText text;
  const auto file = text.folder / "x.mkv";
  CHECK_FALSE(record(text, file, "num-buffers: 30", {}).error);
  CHECK(frames_in(text, file) == 30);
}

TEST_CASE("run: a stopped recording is complete: by time, by signal, by whoever reads the status") {
  test::PipelineText text;
  const auto file = text.folder / "x.mkv";
  engine::RunOptions options;
  options.status_ms = 100;
  SUBCASE("time") { options.seconds = 0.5; }
  SUBCASE("signal") {
    options.on_status = [](engine::Status& status) { return status.is_final || std::raise(SIGINT) == 0; };
  }
  SUBCASE("SIGTERM") {
    options.on_status = [](engine::Status& status) { return status.is_final || std::raise(SIGTERM) == 0; };
  }
  SUBCASE("reader") {
    options.on_status = [](engine::Status&) { return false; };
  }
  if (options.on_status) {  // once only: a second signal would end the waiting
    options.on_status = [inner = options.on_status, done = false](engine::Status& status) mutable {
      return std::exchange(done, true) ? true : inner(status);
    };
  }
  const auto outcome = record(text, file, "is-live: true", options);
  CHECK_FALSE(outcome.error);
  CHECK(outcome.status.state == "done");
  CHECK(outcome.status.seconds < 4);
  const auto bytes = load_file(file);
  REQUIRE(bytes);
  // EBML's cues are written at the very end, when the file is closed.
  CHECK(as_text(*bytes).find("\x1c\x53\xbb\x6b") != std::string_view::npos);
  CHECK(frames_in(text, file) > 0);
}

TEST_CASE("run: a file that is played stops at once when asked") {
  test::PipelineText text;
  const auto file = text.folder / "x.mkv", copy = text.folder / "y.mkv";
  REQUIRE_FALSE(record(text, file, "num-buffers: 500", {}).error);
  const auto graph = text.graph(
      "parameters: {uri: {type: uri, required: true}, file: {type: path, required: true}}\n"
      "elements: [uridecodebin: {uri: ${uri}}, videoconvert, clocksync, queue, jpegenc, matroskamux, "
      "filesink: {location: ${file}}]\n",
      {{"uri", test::given("file://" + file.string())}, {"file", test::given(copy.string())}});
  REQUIRE(graph);
  engine::RunOptions options;
  options.seconds = 0.5;
  const auto outcome = engine::run(*graph, options);
  CHECK_FALSE(outcome.error);
  CHECK(outcome.status.seconds < 3);
  const auto frames = frames_in(text, copy);
  CHECK(frames > 2);
  CHECK(frames < 100);
}

TEST_CASE("run: one sentence for each failure, with position, element and reason") {
  test::PipelineText text;
  const auto failure = [&](const std::string& elements) {
    const auto graph = text.graph("elements: [" + elements + "]\n");
    REQUIRE(graph);
    const auto outcome = engine::run(*graph, {});
    REQUIRE(outcome.error);
    CHECK(outcome.status.state == "failed");
    CHECK(outcome.status.error == outcome.error->text);
    CHECK(outcome.error->text.find('\n') == std::string::npos);
    INFO(outcome.error->text);
    return *outcome.error;
  };
  const auto none = failure("filesrc: {location: /nonexistent/x}, fakesink");
  CHECK(none.code == Errc::not_found);
  CHECK(none.text.find("p.yaml:2:12: filesrc: Resource not found (No such file \"/nonexistent/x\")") !=
        std::string::npos);
  CHECK(failure("uridecodebin: {uri: \"file:///nonexistent/x\"}, fakesink").code == Errc::not_found);
  if (gst_uri_protocol_is_supported(GST_URI_SRC, "v4l2"))
    CHECK(failure("uridecodebin: {uri: \"v4l2:///dev/no-camera\"}, fakesink").text.find("'/dev/no-camera'") !=
          std::string::npos);
  CHECK(failure("fakesrc: {num-buffers: 3}, videoconvert, fakesink").text.find("no format in common") !=
        std::string::npos);
  CHECK(failure("videotestsrc, filesink: {location: /nonexistent/x}").text.find("/nonexistent/x") != std::string::npos);
}

TEST_CASE("run: a file without pictures says what it has") {
  test::PipelineText text;
  const auto sound = text.folder / "x.mkv";
  const auto make = text.graph(
      "parameters: {file: {type: path, required: true}}\nelements: [audiotestsrc: {num-buffers: 50}, "
      "audioconvert, matroskamux, filesink: {location: ${file}}]\n",
      {{"file", test::given(sound.string())}});
  REQUIRE(make);
  REQUIRE_FALSE(engine::run(*make, {}).error);
  const auto graph = text.graph(
      "parameters: {uri: {type: uri, required: true}}\nelements: [uridecodebin: {uri: ${uri}}, "
      "videoconvert, fakesink]\n",
      {{"uri", test::given("file://" + sound.string())}});
  const auto outcome = engine::run(*graph, {});
  REQUIRE(outcome.error);
  CHECK(outcome.error->text.find("uridecodebin: the source has audio/x-raw, which videoconvert does not take") !=
        std::string::npos);
}

TEST_CASE("run: sound beside the pictures is left alone") {
  test::PipelineText text;
  const auto both = text.folder / "x.mkv";
  const auto make = text.graph(
      "parameters: {file: {type: path, required: true}}\nelements: [videotestsrc: {num-buffers: 25}, "
      "jpegenc, matroskamux: {name: m}, filesink: {location: ${file}}]\n"
      "branches: {sound: {to: m, elements: [audiotestsrc: {num-buffers: 40}, audioconvert, queue]}}\n",
      {{"file", test::given(both.string())}});
  REQUIRE(make);
  REQUIRE_FALSE(engine::run(*make, {}).error);
  CHECK(frames_in(text, both) == 25);
}

TEST_CASE("run: a graph that cannot be built starts nothing") {
  test::PipelineText text;
  const auto graph = text.graph("elements: [nosuchthing, fakesink]\n");
  const auto outcome = engine::run(*graph, {});
  CHECK(outcome.error);
  CHECK_FALSE(outcome.was_built);
  CHECK(outcome.status.is_final);
}

TEST_CASE("run: a live pipeline without data stops at once when asked, without an error") {
  test::PipelineText text;
  const auto graph = text.graph(
      "parameters: {file: {type: path, required: true}}\nelements: [udpsrc: {address: 127.0.0.1, port: 0}, jpegenc, "
      "matroskamux, filesink: {location: ${file}}]\n",
      {{"file", test::given((text.folder / "x.mkv").string())}});
  REQUIRE(graph);
  engine::RunOptions options;
  options.seconds = 0.2;
  const auto outcome = engine::run(*graph, options);
  CHECK_FALSE(outcome.error);
  CHECK(outcome.status.seconds < 3);
}
