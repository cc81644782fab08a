#include "config/pipeline.h"

#include <cstdlib>
#include <fstream>

#include "config/deployment.h"
#include "support/test.h"

using namespace lc::config;

namespace {

struct Files {
  lc::test::TempDir folder;

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
    return folder / name;
  }
  // The error of loading and resolving, without the folder's name.
  std::string refusal(const std::string& text, const Values& values = {}) const {
    const auto pipeline = Pipeline::load(write("p.yaml", text));
    if (!pipeline) return plain(pipeline.error().text);
    const auto graph = pipeline->resolve(values, "here");
    REQUIRE_FALSE(graph);
    return plain(graph.error().text);
  }
  std::string plain(std::string text) const {
    const std::string prefix = folder.path().string() + "/";
    for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
      text.erase(at, prefix.size());
    return text;
  }
  Graph graph(const std::string& text, const Values& values = {}) const {
    const auto pipeline = Pipeline::load(write("p.yaml", text));
    REQUIRE(pipeline);
    auto graph = pipeline->resolve(values, "here");
    REQUIRE(graph);
    return *graph;
  }
};

Value typed(const std::string& text) { return {Value::Type::plain, text, "--set"}; }

const std::string kSource = R"(
pipeline: p
parameters:
  source:  {type: uri, required: true, help: "what to play"}
  quality: {type: int, min: 0, max: 63, default: 40}
  scale:   {type: number, default: 1.5}
  live:    {type: bool, default: true}
  codec:   {type: choice, choices: [h264, mjpeg], default: h264}
elements:
  - uridecodebin: {uri: ${source}, name: in}
  - x: {a: ${quality}, b: "q${quality}", c: ${live}, d: ${scale}, e: "5", f: 5, when: ${live}}
  - sink
)";

}  // namespace

TEST_CASE("pipeline: references become typed values, and a chain becomes links") {
  Files files;
  const Graph graph = files.graph(kSource, {{"source", typed("file:///x")}});
  REQUIRE(graph.elements.size() == 3);
  CHECK(graph.elements[0].name == "in");
  CHECK(graph.elements[0].properties[0].value.text == "file:///x");
  const auto& properties = graph.elements[1].properties;
  CHECK(properties[0].value.type == Value::Type::integer);
  CHECK(properties[1].value.text == "q40");
  CHECK(properties[1].value.type == Value::Type::text);
  CHECK(properties[2].value.type == Value::Type::boolean);
  CHECK(properties[3].value.type == Value::Type::number);
  CHECK(properties[4].value.type == Value::Type::text);
  CHECK(properties[5].value.type == Value::Type::plain);
  CHECK(graph.links.size() == 2);
  CHECK(files.graph(kSource, {{"source", typed("a:b")}, {"live", typed("false")}}).elements.size() == 2);
}

TEST_CASE("pipeline: each wrong parameter gives the promised sentence") {
  Files files;
  CHECK(files.refusal(kSource) ==
        "here: the parameter 'source' is missing: a URI such as file:///clip.mp4, v4l2:///dev/video0 or "
        "rtsp://host/path (what to play)");
  CHECK(files.refusal(kSource, {{"sorce", typed("x")}}) ==
        "--set: unknown parameter 'sorce'; did you mean 'source'? (known: source, quality, scale, live, codec)");
  CHECK(files.refusal(kSource, {{"source", typed("clip.mp4")}}).find("expected a URI such as") != std::string::npos);
  const Value good = typed("file:///x");
  CHECK(files.refusal(kSource, {{"source", good}, {"quality", typed("64")}}) ==
        "--set: quality: expected an integer in 0..63, found '64'");
  CHECK(files.refusal(kSource, {{"source", good}, {"quality", typed("4.5")}}) ==
        "--set: quality: expected an integer in 0..63, found '4.5'");
  CHECK(files.refusal(kSource, {{"source", good}, {"quality", Value{Value::Type::text, "5", "f:1:1"}}}) ==
        "f:1:1: quality: expected an integer in 0..63, found '5'");
  CHECK(files.refusal(kSource, {{"source", good}, {"live", typed("yes")}}) ==
        "--set: live: expected true or false, found 'yes'");
  CHECK(files.refusal(kSource, {{"source", good}, {"codec", typed("mjpg")}}) ==
        "--set: codec: expected one of: h264, mjpeg, found 'mjpg'; did you mean 'mjpeg'?");
}

TEST_CASE("pipeline: each mistake in a file is found where it stands") {
  Files files;
  const auto text = [](const std::string& rest) { return "pipeline: p\n" + rest; };
  CHECK(files.refusal("elements: [a]\n") == "p.yaml:1:1: the key 'pipeline' is missing");
  CHECK(files.refusal(text("elemnts: [a]\n"))
            .starts_with("p.yaml:2:1: elemnts: unknown key 'elemnts'; did you mean 'elements'?"));
  CHECK(files.refusal(text("elements: [a]\nelements: [b]\n")).find("a second time") != std::string::npos);
  CHECK(files.refusal(text("elements: [a: {b: ${c}}]\n")) ==
        "p.yaml:2:19: elements[0].a.b: unknown parameter 'c' (there are none here)");
  CHECK(files.refusal(text("parameters: {cat: {type: int, default: 1}}\nelements: [a: {b: ${car}}]\n")) ==
        "p.yaml:3:19: elements[0].a.b: unknown parameter 'car'; did you mean 'cat'? (known: cat)");
  CHECK(files.refusal(text("parameters: {a: {type: integr, default: 1}}\nelements: [a]\n")) ==
        "p.yaml:2:24: parameters.a.type: unknown type 'integr' (known: uri, string, path, int, number, bool, choice)");
  CHECK(files.refusal(text("parameters: {a: {type: int, default: x}}\nelements: [a]\n")) ==
        "p.yaml:2:38: a: expected an integer, found 'x'");
  CHECK(files.refusal(text("parameters: {a: {type: int, max: 5, default: 6}}\nelements: [a]\n")) ==
        "p.yaml:2:46: a: expected an integer of at most 5, found '6'");
  CHECK(files.refusal(text("parameters: {a: {type: int}}\nelements: [a]\n"))
            .find("give it a default, or say required: true") != std::string::npos);
  CHECK(files.refusal(text("elements: [{a: {}, b: {}}]\n")).find("one for each list item") != std::string::npos);
  CHECK(files.refusal(text("elements: [a: {b: [1]}]\n")) ==
        "p.yaml:2:19: elements[0].a.b: expected text, found a list");
  CHECK(files.refusal(text("elements: [a: {name: x}, b: {name: x}]\n"))
            .find("the name 'x' is taken by the element in p.yaml:2:12") != std::string::npos);
  CHECK(files.refusal(text("elements: []\n")) == "p.yaml: a pipeline without elements");
}

TEST_CASE("pipeline: branches start and end at named elements, and conditions leave them out") {
  Files files;
  const std::string text = R"(
pipeline: p
parameters: {file: {type: path, default: ""}, mode: {type: choice, choices: [a, b], default: a}}
elements: [src, tee: {name: t}, x: {when: "${mode} == b"}, end]
branches:
  one: {from: t, elements: [queue, caps: "video/x-raw", sink: {name: s}]}
  two: {from: t, when: "${file}", elements: [filesink: {location: "${file}"}]}
  three: {from: t.src_9, to: m.sink_1}
  four: {elements: [mixer: {name: m}], when: "not ${file}"}
  five: {from: t, to: m, when: "${mode} != a"}
)";
  const Graph graph = files.graph(text);
  CHECK(graph.elements.size() == 7);
  CHECK(graph.elements[4].factory == "capsfilter");
  CHECK(graph.links.size() == 6);
  CHECK(graph.links.back().from.pad == "src_9");
  CHECK(graph.links.back().to.pad == "sink_1");
  CHECK(graph.elements[graph.links.back().to.element].factory == "mixer");
  CHECK(files.refusal(text, {{"file", typed("x")}}).find("no element is named 'm' (named: t, s)") != std::string::npos);
  CHECK(files.graph(text, {{"mode", typed("b")}}).elements.size() == 8);
  CHECK(files.refusal("pipeline: p\nelements: [a]\nbranches: {b: {from: tt, elements: [c]}}\n") ==
        "p.yaml:3:22: branches.b.from: no element is named 'tt' (give one a name: tee: {name: t})");
  CHECK(files.refusal("pipeline: p\nelements: [a]\nbranches: {b: {from: tt}}\n").find("needs elements") !=
        std::string::npos);
}

TEST_CASE("pipeline: includes bring their parameters and elements; an endless one is refused") {
  Files files;
  files.write("tail.yaml",
              "pipeline: tail\nparameters: {q: {type: int, max: 9, default: 3}}\nelements: [enc: {q: ${q}}, sink]\n");
  const std::string text = "pipeline: p\nelements: [src, include: tail.yaml]\n";
  CHECK(files.graph(text).elements.size() == 3);
  CHECK(files.graph(text, {{"q", typed("7")}}).elements[1].properties[0].value.text == "7");
  CHECK(files.graph("pipeline: p\nparameters: {q: {type: int, default: 50}}\nelements: [include: tail.yaml]\n")
            .elements[0]
            .properties[0]
            .value.text == "50");
  CHECK(
      files
          .graph(
              "pipeline: p\nelements: [tee: {name: t}, s]\nbranches: {b: {from: t, elements: [include: tail.yaml]}}\n")
          .links.size() == 3);
  CHECK(files.refusal("pipeline: p\nelements: [a, include: p.yaml]\n") ==
        "p.yaml:2:24: elements[1].include: endless include: p.yaml includes itself");
  files.write("q.yaml", "pipeline: q\nelements: [include: p.yaml]\n");
  CHECK(files.refusal("pipeline: p\nelements: [include: q.yaml]\n") ==
        "q.yaml:2:21: elements[0].include: endless include: p.yaml includes itself by way of q.yaml");
  for (int i = 0; i < 9; ++i)
    files.write(fmt::format("d{}.yaml", i), fmt::format("pipeline: d\nelements: [include: d{}.yaml]\n", i + 1));
  CHECK(files.refusal("pipeline: p\nelements: [include: d0.yaml]\n").find("nested more than 8 deep") !=
        std::string::npos);
  CHECK(files.refusal("pipeline: p\nelements: [include: none.yaml]\n").find("No such file") != std::string::npos);
}

TEST_CASE("pipeline: the environment gives values, and says which variable is missing") {
  Files files;
  ::setenv("LC_TEST_VALUE", "12", 1);
  ::unsetenv("LC_TEST_NONE");
  const Graph graph =
      files.graph("pipeline: p\nelements: [a: {x: ${env:LC_TEST_VALUE}, y: ${env:LC_TEST_NONE:-9}, z: $${x}}]\n");
  CHECK(graph.elements[0].properties[0].value.text == "12");
  CHECK(graph.elements[0].properties[0].value.type == Value::Type::plain);
  CHECK(graph.elements[0].properties[1].value.text == "9");
  CHECK(graph.elements[0].properties[2].value.text == "${x}");
  CHECK(files.refusal("pipeline: p\nelements: [a: {x: ${env:LC_TEST_NONE}}]\n")
            .find("the environment variable LC_TEST_NONE is not set") != std::string::npos);
}

TEST_CASE("deployment: nodes set parameters of their pipelines") {
  Files files;
  files.write("p.yaml", kSource);
  const auto file = files.write("d.yaml", R"(
configuration: d
parameters: {uri: {type: uri, default: "file:///a"}}
nodes:
  one: {pipeline: p.yaml, set: {source: "${uri}", quality: 7}}
  two: {pipeline: p.yaml, set: {source: "file:///b"}}
)");
  const auto plain = Deployment::load(file);
  REQUIRE(plain);
  CHECK(plain->nodes().size() == 2);
  CHECK(resolve(*plain->node("one"))->values.at("source").text == "file:///a");
  CHECK(resolve(*plain->node("one"))->values.at("quality").text == "7");
  CHECK(files.plain(plain->node("tow").error().text) ==
        "d.yaml: no node is named 'tow'; did you mean 'two'? (nodes: one, two)");
  CHECK(files.plain(plain->node("").error().text) == "d.yaml: has 2 nodes, say which with --node (nodes: one, two)");
  const auto set = Deployment::load(
      file, {{"uri", typed("file:///c")}, {"two.quality", typed("1")}, {"live", typed("false")}}, "one");
  REQUIRE(set);
  CHECK(resolve(*set->node("one"))->values.at("source").text == "file:///c");
  CHECK(resolve(*set->node("one"))->values.at("live").text == "false");
  CHECK(resolve(*set->node("two"))->values.at("quality").text == "1");
  CHECK(Deployment::load(file, {{"qualty", typed("1")}}, "one")
            .error()
            .text.starts_with("--set: unknown parameter 'qualty'; did you mean 'quality'?"));
}

TEST_CASE("deployment: mistakes are found where they stand") {
  Files files;
  files.write("p.yaml", kSource);
  const auto refusal = [&](const std::string& text) {
    const auto deployment = Deployment::load(files.write("d.yaml", text));
    if (!deployment) return files.plain(deployment.error().text);
    const auto graph = resolve(deployment->nodes().front());
    REQUIRE_FALSE(graph);
    return files.plain(graph.error().text);
  };
  const std::string head = "configuration: d\nnodes:\n  n: ";
  CHECK(refusal(head + "{pipeline: p.yaml, set: {qualty: 5}}\n")
            .starts_with("d.yaml:3:31: nodes.n.set.qualty: p.yaml has no parameter 'qualty'; did you mean 'quality'?"));
  CHECK(refusal(head + "{pipeline: p.yaml, set: {source: \"a:b\", quality: 99}}\n") ==
        "d.yaml:3:55: quality: expected an integer in 0..63, found '99'");
  CHECK(refusal(head + "{pipeline: p.yaml}\n").starts_with("d.yaml:3:3: node 'n': the parameter 'source' is missing"));
  CHECK(refusal(head + "{pipeline: none.yaml}\n").find("d.yaml:3:17: nodes.n.pipeline: none.yaml: No such file") == 0);
  CHECK(refusal(head + "{pipline: p.yaml}\n").find("did you mean 'pipeline'?") != std::string::npos);
  CHECK(refusal("configuration: d\nnodes: {}\n").find("a configuration without nodes") != std::string::npos);
}

TEST_CASE("deployment: a pipeline file is a configuration of one node") {
  Files files;
  const auto deployment = Deployment::load(files.write("p.yaml", kSource), {{"source", typed("a:b")}});
  REQUIRE(deployment);
  CHECK(resolve(*deployment->node(""))->elements.size() == 3);
}

TEST_CASE("graph: is shown as a launch line and as YAML that reads the same") {
  Files files;
  const Graph graph = files.graph(
      "pipeline: p\nelements: [a: {x: 5, y: \"b c\"}, tee: {name: t}, z]\n"
      "branches: {b: {from: t, elements: [q, s]}}\n");
  CHECK(to_launch_line(graph) == "gst-launch-1.0  a x=5 y=\"b c\" ! tee name=t ! z  q name=q3 ! s  t. ! q3.");
  const Graph again = files.graph(to_yaml(graph));
  CHECK(to_launch_line(again) == to_launch_line(graph));
}
