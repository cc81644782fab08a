#include "config/document.h"

#include <fstream>

#include "support/test.h"

using lc::Errc;
using lc::config::Node;

namespace {

Node good(std::string_view text) {
  auto node = Node::parse(text, "f.yaml");
  REQUIRE(node);
  return *node;
}

std::string refusal(std::string_view text) {
  auto node = Node::parse(text, "f.yaml");
  REQUIRE_FALSE(node);
  return node.error().text;
}

template <class T>
std::string sentence(const lc::Result<T>& result) {
  REQUIRE_FALSE(result);
  return result.error().text;
}

}  // namespace

TEST_CASE("document: typed getters read what stands there") {
  const Node root = good("a: 5\nb: -2.5\nc: true\nd: hello world\ne: [1, two]\nf: {x: 1}\ng:\n");
  CHECK(*root.get("a")->integer(0, 63) == 5);
  CHECK(*root.get("b")->number() == -2.5);
  CHECK(*root.get("a")->number() == 5.0);
  CHECK(*root.get("c")->boolean());
  CHECK(*root.get("d")->text() == "hello world");
  CHECK(root.get("e")->items()->size() == 2);
  CHECK(root.get("f")->entries()->front().key == "x");
  CHECK(root.get("g")->is_null());
  CHECK_FALSE(root.find("h"));
}

TEST_CASE("document: an error names file, line, column, key path, what was expected and what was found") {
  const Node root = good("latent:\n  channels: eight\n  list: [1, {deep: 99}]\n");
  const Node latent = *root.get("latent");
  CHECK(sentence(latent.get("channels")->integer(1, 512)) ==
        "f.yaml:2:13: latent.channels: expected an integer in 1..512, found 'eight'");
  CHECK(sentence(latent.get("list")->items()->at(1).get("deep")->integer(0, 63)) ==
        "f.yaml:3:20: latent.list[1].deep: expected an integer in 0..63, found '99'");
  CHECK(sentence(latent.get("list")->text()) == "f.yaml:3:9: latent.list: expected text, found a list");
  CHECK(sentence(latent.integer()) == "f.yaml:2:3: latent: expected an integer, found a map");
  CHECK(sentence(latent.get("stride")) == "f.yaml:2:3: latent: the key 'stride' is missing");
  CHECK(sentence(good("a: \"5\"").get("a")->integer()) ==
        "f.yaml:1:4: a: expected an integer, found the quoted text '5'");
  CHECK(sentence(good("a: yes").get("a")->boolean()) == "f.yaml:1:4: a: expected true or false, found 'yes'");
  CHECK(sentence(good("a: .inf").get("a")->number()) == "f.yaml:1:4: a: expected a number, found '.inf'");
  CHECK(sentence(good("a: inf").get("a")->number()) == "f.yaml:1:4: a: expected a number, found 'inf'");
  CHECK(sentence(good("a: 0.5").get("a")->number(1)) == "f.yaml:1:4: a: expected a number of at least 1, found '0.5'");
}

TEST_CASE("document: an unknown key is refused with the nearest known one") {
  CHECK(sentence(good("quality: 5\nqualty: 4").only_keys({"quality", "model"})) ==
        "f.yaml:2:1: qualty: unknown key 'qualty'; did you mean 'quality'? (known: quality, model)");
  CHECK(sentence(good("zebra: 5").only_keys({"quality", "model"})) ==
        "f.yaml:1:1: zebra: unknown key 'zebra' (known: quality, model)");
  CHECK(good("model: x").only_keys({"quality", "model"}));
}

TEST_CASE("document: duplicate keys are refused where the second one stands") {
  CHECK(refusal("a: 1\nb: 2\na: 3\n") == "f.yaml:3:1: the key 'a' stands here a second time, the first is in line 1");
}

TEST_CASE("document: what could grow or hide is refused") {
  CHECK(refusal("a: &x [1]\n") == "f.yaml:1:4: anchors (&name) are not supported");
  CHECK(refusal("a: !!int 5\n") == "f.yaml:1:4: tags (!name) are not supported");
  CHECK(refusal("a: 1\n---\nb: 2\n").find("more than one document") != std::string::npos);
  CHECK(refusal(std::string(40, '[') + std::string(40, ']')).find("nested more than 32 deep") != std::string::npos);
  CHECK(refusal(std::string(lc::config::kMaxDocumentBytes + 1, 'a')).find("larger than the limit") !=
        std::string::npos);
  CHECK(refusal("a: b\x01").find("f.yaml:1:5: a control character") != std::string::npos);
  std::string wide = "[";
  for (int i = 0; i < 100'001; ++i) wide += "1,";
  CHECK(refusal(wide + "1]").find("more than 100000 values") != std::string::npos);
}

TEST_CASE("document: broken YAML is refused with its position") {
  CHECK(refusal("a: [1, 2\nb: 3\n").find("f.yaml:") == 0);
  CHECK(refusal("a: \"open").find("f.yaml:1:9: not valid YAML") != std::string::npos);
  CHECK(refusal("a:\n\t- x\n").find("f.yaml:2:2") == 0);
  CHECK(refusal("? [a]\n: b\n").find("a key must be a word") != std::string::npos);
}

TEST_CASE("document: any prefix of a file gives a document or a sentence") {
  const std::string text = "a: {b: [1, 'two', \"th\\x41ree\"], c: ${d}}\ne: |\n  block\nf: {uri: ${env:X:-y}}\n";
  for (std::size_t i = 0; i <= text.size(); ++i) {
    CAPTURE(i);
    const auto node = Node::parse(text.substr(0, i), "f");
    if (!node) CHECK(node.error().text.starts_with("f:"));
  }
}

TEST_CASE("document: references stand in flow maps without quotes and come back as they were") {
  const Node root = good("- x: {uri: ${source}, b: \"a${env:HOME}b\"}\n- [${a}, '${b}', 5]\n");
  const Node map = *root.items()->at(0).get("x");
  CHECK(*map.get("uri")->text() == "${source}");
  CHECK(*map.get("b")->text() == "a${env:HOME}b");
  CHECK(map.get("b")->where() == "f.yaml:1:26");
  CHECK(*root.items()->at(1).items()->at(0).text() == "${a}");
}

TEST_CASE("document: an empty file is an empty map and an empty list") {
  const Node root = good("# nothing\n");
  CHECK(root.is_null());
  CHECK(root.entries()->empty());
  CHECK(root.items()->empty());
  CHECK(sentence(root.get("a")).find("the key 'a' is missing") != std::string::npos);
}

TEST_CASE("document: a file that is not there says so") {
  lc::test::TempDir folder;
  CHECK(Node::load(folder / "none.yaml").error().code == Errc::not_found);
}
