#include "config/graph.h"

namespace lc::config {
namespace {

bool is_simple(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text)
    if (!std::isalnum(static_cast<unsigned char>(c)) && std::string_view("-_./:+").find(c) == std::string_view::npos)
      return false;
  return true;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// Branches need names; a nameless element that one refers to gets one.
std::string name_of(const Graph& graph, std::size_t index) {
  const auto& element = graph.elements[index];
  return element.name.empty() ? fmt::format("{}{}", element.factory, index) : element.name;
}

bool follows(const Graph& graph, std::size_t index) {
  for (const auto& link : graph.links)
    if (link.to.element == index && link.from.element + 1 == index && link.from.pad.empty() && link.to.pad.empty())
      return true;
  return false;
}

std::string launch_element(const Graph& graph, std::size_t index, bool needs_name) {
  const auto& element = graph.elements[index];
  std::string out = element.factory;
  if (needs_name || !element.name.empty()) out += " name=" + name_of(graph, index);
  for (const auto& property : element.properties)
    out += fmt::format(" {}={}", property.name,
                       is_simple(property.value.text) ? property.value.text : in_quotes(property.value.text));
  return out;
}

std::string yaml_scalar(const Value& value) {
  return value.type == Value::Type::text ? in_quotes(value.text) : value.text.empty() ? "\"\"" : value.text;
}

}  // namespace

std::string to_launch_line(const Graph& graph) {
  std::vector<bool> needs_name(graph.elements.size());
  std::string ends;
  for (const auto& link : graph.links) {
    if (follows(graph, link.to.element) && link.from.element + 1 == link.to.element) continue;
    needs_name[link.from.element] = needs_name[link.to.element] = true;
    ends += fmt::format("  {}.{} ! {}.{}", name_of(graph, link.from.element), link.from.pad,
                        name_of(graph, link.to.element), link.to.pad);
  }
  std::string out = "gst-launch-1.0";
  for (std::size_t i = 0; i < graph.elements.size(); ++i)
    out += (i > 0 && follows(graph, i) ? " ! " : "  ") + launch_element(graph, i, needs_name[i]);
  return out + ends;
}

std::string to_yaml(const Graph& graph) {
  std::string out = fmt::format("pipeline: {}\n{}elements:\n", graph.name, graph.no_pixels ? "pixels: none\n" : "");
  std::string branches;
  std::string* into = &out;
  std::string indent = "  ";
  for (std::size_t i = 0; i < graph.elements.size(); ++i) {
    if (i > 0 && !follows(graph, i)) {
      into = &branches;
      indent = "      ";
      branches += fmt::format("  branch{}:\n", i);
      for (const auto& link : graph.links)
        if (link.to.element == i)
          branches += fmt::format("    from: {}{}{}\n", name_of(graph, link.from.element),
                                  link.from.pad.empty() ? "" : ".", link.from.pad);
      branches += "    elements:\n";
    }
    const auto& element = graph.elements[i];
    std::string properties = element.name.empty() ? "" : "name: " + element.name;
    for (const auto& property : element.properties)
      properties += fmt::format("{}{}: {}", properties.empty() ? "" : ", ", property.name, yaml_scalar(property.value));
    *into += fmt::format("{}- {}{}\n", indent, element.factory, properties.empty() ? "" : ": {" + properties + "}");
  }
  if (!branches.empty()) out += "branches:\n" + branches;
  return out;
}

}  // namespace lc::config
