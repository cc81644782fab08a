// libFuzzer: any bytes as a YAML document, read in every way, and as the parameters of a pipeline with their
// conditions.
#include "config/document.h"
#include "config/parameter.h"
#include "config/substitute.h"

namespace {

void visit(const lc::config::Node& node, const lc::config::Values& values) {
  (void)node.integer(0, 63);
  (void)node.number(0.5, 2);
  (void)node.boolean();
  (void)lc::config::substituted(node, values);
  (void)lc::config::holds(node, values);
  (void)node.only_keys({"quality", "model"});
  (void)node.fault("x");
  if (const auto items = node.items())
    for (const auto& item : *items) visit(item, values);
  if (const auto entries = node.entries())
    for (const auto& entry : *entries) visit(entry.value, values);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lc::config;
  const auto node = Node::parse({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!node) return 0;
  Values values{{"a", {Value::Type::plain, "5", "here"}}};
  visit(*node, values);
  if (const auto parameters = read_parameters(*node)) (void)complete(*parameters, values, "here");
  return 0;
}
