// What `latentcast check` says about each mistake that the live registry can tell.
#include <algorithm>

#include "base/file.h"
#include "config/deployment.h"
#include "pipelines/graphs.h"

using namespace lc;

TEST_CASE("check: a misspelt element is refused with the nearest one") {
  test::PipelineText text;
  CHECK(text.refusal("elements: [videotestsorce, fakesink]\n") ==
        "p.yaml:2:12: elements[0]: no element 'videotestsorce' is installed; did you mean 'videotestsrc'?");
}

TEST_CASE("check: a misspelt property is refused with the nearest one and the known ones") {
  test::PipelineText text;
  CHECK(text.refusal("elements: [videotestsrc: {patern: ball}, fakesink]\n")
            .starts_with("p.yaml:2:27: elements[0].videotestsrc.patern: videotestsrc has no property 'patern'; did you "
                         "mean 'pattern'? (it has: "));
  CHECK(text.refusal("elements: [videotestsrc, fakesink: {last-message: x}]\n") ==
        "p.yaml:2:37: elements[1].fakesink.last-message: fakesink's property 'last-message' can only be read");
}

TEST_CASE("check: a wrong type or range is refused with what is allowed") {
  test::PipelineText text;
  const auto refusal = [&](const std::string& property) {
    return text.refusal("elements: [videotestsrc: {" + property + "}, fakesink]\n");
  };
  CHECK(refusal("num-buffers: many") ==
        "p.yaml:2:40: videotestsrc.num-buffers: expected an integer in -1..2147483647, found 'many'");
  CHECK(refusal("num-buffers: -2") ==
        "p.yaml:2:40: videotestsrc.num-buffers: expected an integer in -1..2147483647, found '-2'");
  CHECK(refusal("num-buffers: 99999999999") ==
        "p.yaml:2:40: videotestsrc.num-buffers: expected an integer in -1..2147483647, found '99999999999'");
  CHECK(refusal("num-buffers: \"5\"") ==
        "p.yaml:2:40: videotestsrc.num-buffers: expected an integer in -1..2147483647, found the text '5'");
  CHECK(refusal("num-buffers: 2.5").find("found '2.5'") != std::string::npos);
  CHECK(refusal("is-live: yes") == "p.yaml:2:36: videotestsrc.is-live: expected true or false, found 'yes'");
  CHECK(refusal("foreground-color: -1") ==
        "p.yaml:2:45: videotestsrc.foreground-color: expected an integer of at least 0, found '-1'");
  const std::string pattern = refusal("pattern: bal");
  CHECK(pattern.starts_with("p.yaml:2:36: videotestsrc.pattern: expected one of: smpte, snow"));
  CHECK(pattern.ends_with("found 'bal'; did you mean 'ball'?"));
  CHECK(text.refusal("elements: [videotestsrc, caps: \"video/x-raw,width=\", fakesink]\n") ==
        "p.yaml:2:32: capsfilter.caps: expected caps such as video/x-raw,width=320, found 'video/x-raw,width='");
}

TEST_CASE("check: a value from a configuration is refused where it was written, and its use is named") {
  test::PipelineText text;
  const auto pipeline =
      text.graph("parameters: {n: {type: int, default: 1}}\nelements: [videotestsrc: {num-buffers: ${n}}, fakesink]\n",
                 {{"n", config::Value{config::Value::Type::plain, "-7", "c.yaml:4:9"}}});
  REQUIRE(pipeline);
  const std::string sentence = engine::check(*pipeline).error().text;
  CHECK(sentence.starts_with(
      "c.yaml:4:9: videotestsrc.num-buffers: expected an integer in -1..2147483647, found '-7' (used in "));
  CHECK(sentence.ends_with("p.yaml:3:27)"));
}

TEST_CASE("check: two elements without a common format are named with what they give and take") {
  test::PipelineText text;
  CHECK(text.refusal("elements: [videotestsrc, audioconvert, fakesink]\n") ==
        "p.yaml:2:26: elements[1]: videotestsrc cannot be linked to audioconvert: the first gives video/x-bayer, "
        "video/x-raw, the second takes audio/x-raw");
  CHECK(text.refusal("elements: [videotestsrc, caps: \"video/x-raw,format=I420\", caps: \"video/x-raw,format=RGB\", "
                     "fakesink]\n")
            .find("the first gives video/x-raw, format=(string)I420, ") != std::string::npos);
  CHECK(text.refusal("elements: [videotestsrc, queue, audioconvert, fakesink]\n")
            .find("queue cannot be linked to audioconvert") != std::string::npos);
  CHECK(text.refusal("elements: [videotestsrc, tee: {name: t}, fakesink]\nbranches: {b: {from: t.nopad_1, elements: "
                     "[fakesink]}}\n") == "p.yaml:3:22: branches.b.from: tee has no pad 'nopad_1' (it has: src_%u)");
}

TEST_CASE("check: every file of configs/ and pipelines/ passes as it is") {
  int checked = 0;
  for (const char* folder : {"configs", "pipelines"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(test::source_root() / folder)) {
      if (entry.path().extension() != ".yaml") continue;
      CAPTURE(entry.path().string());
      // What only a user can know: which file.
      const std::string name = entry.path().stem().string();
      config::Values given;
      if (name == "record" || name == "replay" || name == "store") given["recording"] = test::given("x.lcr");
      if (name == "labels") given["classifier"] = test::given("cifar10-latent");
      const auto deployment = config::Deployment::load(entry.path(), given);
      REQUIRE(deployment);
      for (const auto& node : deployment->nodes()) {
        CAPTURE(node.name);
        const auto graph = config::resolve(node);
        REQUIRE(graph);
        CHECK(engine::check(*graph));
      }
      ++checked;
    }
  CHECK(checked >= 12);
}

TEST_CASE("check: the examples of docs/pipelines.md pass") {
  const auto bytes = load_file(test::source_root() / "docs/pipelines.md");
  REQUIRE(bytes);
  test::TempDir folder;
  std::filesystem::copy(test::source_root() / "pipelines", folder / "pipelines",
                        std::filesystem::copy_options::recursive);
  std::filesystem::create_directory(folder / "configs");
  std::string_view page = as_text(*bytes);
  for (const char* name : {"pipelines/example.yaml", "configs/example.yaml"}) {
    CAPTURE(name);
    constexpr std::string_view kBegin = "```yaml\n", kEnd = "```\n";
    const auto begin = page.find(kBegin);
    REQUIRE(begin != std::string_view::npos);
    page.remove_prefix(begin + kBegin.size());
    const auto end = page.find(kEnd);
    REQUIRE(end != std::string_view::npos);
    REQUIRE(save_file(folder / name, as_bytes(page.substr(0, end))));
    page.remove_prefix(end + kEnd.size());
    for (const char* record : {"", "x.mkv"}) {
      const auto deployment = config::Deployment::load(folder / name, {{"receiver.record", test::given(record)}});
      REQUIRE(deployment);
      for (const auto& node : deployment->nodes()) {
        const auto graph = config::resolve(node);
        REQUIRE(graph);
        CHECK(engine::check(*graph));
      }
    }
  }
}

TEST_CASE("check: a pipeline that forgets latentencrypt cannot be linked") {
  test::PipelineText text;
  CHECK(text.refusal("elements: [videotestsrc, aeencode, latentzmqsink]\n")
            .find("cannot be linked to latentzmqsink: the first gives "
                  "video/x-latent, the second takes application/x-latent-sealed") != std::string::npos);
  CHECK(text.refusal("elements: [videotestsrc, aeencode, queue, latentzmqsink]\n")
            .find("cannot be linked to latentzmqsink") != std::string::npos);
}

TEST_CASE("check: a model that does not exist, or that cannot stand where it is named, is refused") {
  const auto refusal = [](const std::string& file, const config::Values& values) {
    const auto deployment = config::Deployment::load(test::source_root() / "pipelines" / file, values);
    REQUIRE(deployment);
    const auto graph = config::resolve(deployment->nodes().at(0));
    REQUIRE(graph);
    const auto checked = engine::check(*graph);
    REQUIRE_FALSE(checked);
    CAPTURE(checked.error().text);
    CHECK(checked.error().text.find(".yaml:") != std::string::npos);
    return checked.error().text;
  };
  using test::given;
  const std::tuple<const char*, const char*, const char*, const char*> faults[] = {
      {"labels.yaml", "classifier", "nope", "nope"},
      {"labels.yaml", "classifier", "cifar10", "reads pictures, and latents come here"},
      {"receiver.yaml", "latent_classifier", "cifar10", "reads pictures, and latents come here"},
      {"receiver.yaml", "classifier", "cifar10-latent", "reads latents, and pictures come here"},
      {"device.yaml", "model", "nope", "nope"},
      {"study-device.yaml", "model", "nope", "nope"},
      {"study-device.yaml", "model", "lc5", "is needed"},
      {"study-receiver.yaml", "model", "lc5", "is needed"}};
  for (const auto& [file, parameter, value, sentence] : faults) {
    CAPTURE(std::string(file) + " " + parameter + "=" + value);
    CHECK(refusal(file, {{parameter, given(value)}}).find(sentence) != std::string::npos);
  }
}

TEST_CASE("check: a pipeline that promises no pixels is refused where something makes or may make them") {
  test::PipelineText text;
  const auto refusal = [&](const std::string& elements) {
    return text.refusal("pixels: none\nelements: [" + elements + "]\n");
  };
  CHECK(refusal("latentzmqsrc, latentdecrypt, aedecode, fakesink") ==
        "p.yaml:3:41: elements[2]: aedecode gives video/x-raw, but p.yaml:2:9 says that this pipeline makes no pixels");
  for (const char* elements :
       {"latentzmqsrc, latentdecrypt, queue, cnnclassify, aedecode, fakesink", "videotestsrc, aeencode, fakesink",
        "filesrc, jpegdec, fakesink", "filesrc, decodebin, fakesink", "uridecodebin, fakesink",
        "filesrc, autovideosink",
        "udpsrc, caps: \"video/x-h264\", fakesink", "filesrc, tee: {name: t}, jpegdec, fakesink"}) {
    CAPTURE(elements);
    const std::string sentence = refusal(elements);
    CHECK_MESSAGE(sentence.find("says that this pipeline makes no pixels") != std::string::npos, sentence);
  }
  CHECK(text.refusal("pixels: few\nelements: [fakesrc, fakesink]\n") ==
        "p.yaml:2:9: pixels: expected 'none', or no such line where pictures may be made; found 'few'");
}

TEST_CASE("check: a pipeline that promises no pixels passes where nothing makes any") {
  test::PipelineText text;
  for (const char* elements :
       {"latentzmqsrc, latentdecrypt, cnnclassify: {model: cifar10-latent}, fakesink",
        "filesrc, latentdemux, latentdecrypt, queue, cnnclassify: {model: cifar10-latent}, tee, queue, "
        "cnnclassify: {model: cifar10-latent}, fakesink"}) {
    CAPTURE(elements);
    const auto graph = text.graph(std::string("pixels: none\nelements: [") + elements + "]\n");
    REQUIRE(graph);
    CHECK(engine::check(*graph));
  }
}

TEST_CASE("check: an included part that promises no pixels binds the whole, and run keeps the promise too") {
  test::PipelineText text;
  std::ofstream(text.folder / "part.yaml") << "pipeline: part\npixels: none\nelements: [cnnclassify]\n";
  const auto graph =
      text.graph("elements: [videotestsrc: {num-buffers: 1}, include: part.yaml, fakesink]\n");
  REQUIRE(graph);
  const auto checked = engine::check(*graph);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().text.find("part.yaml:2:9 says that this pipeline makes no pixels") != std::string::npos);
  const auto outcome = engine::run(*graph, {});
  REQUIRE(outcome.error);
  CHECK(outcome.error->text == checked.error().text);
}
