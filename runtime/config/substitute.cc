#include "config/substitute.h"

#include <cstdlib>

#include "base/suggest.h"

namespace lc::config {
namespace {

Result<Value> looked_up(const Node& node, std::string_view reference, const Values& values) {
  if (reference.starts_with("env:")) {
    std::string name(reference.substr(4));
    std::optional<std::string> fallback;
    if (const auto at = name.find(":-"); at != std::string::npos) {
      fallback = name.substr(at + 2);
      name.resize(at);
    }
    const char* found = std::getenv(name.c_str());
    if (found && *found) return Value{Value::Type::plain, found, "environment variable " + name};
    if (fallback) return Value{Value::Type::plain, *fallback, node.where()};
    return node.fault(
        fmt::format("the environment variable {} is not set; set it, or write ${{env:{}:-default}}", name, name));
  }
  const auto value = values.find(std::string(reference));
  if (value != values.end()) return value->second;
  std::vector<std::string> known;
  for (const auto& [name, ignored] : values) known.push_back(name);
  return node.fault(fmt::format("unknown parameter '{}'{}{}", reference, did_you_mean(reference, known),
                                known.empty() ? " (there are none here)" : " (known: " + list_of(known) + ")"));
}

// Replaces the references in `text`, which is the scalar of `node` or a part of it.
Result<Value> replaced(const Node& node, std::string_view text, const Values& values) {
  Value out{node.quoted() ? Value::Type::text : Value::Type::plain, "", node.where()};
  std::size_t references = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '$' || at + 1 == text.size() || (text[at + 1] != '{' && text[at + 1] != '$')) {
      out.text += text[at++];
      continue;
    }
    if (text[at + 1] == '$') {
      out.text += '$';
      at += 2;
      continue;
    }
    const auto end = text.find('}', at);
    if (end == std::string_view::npos) return node.fault("a reference ${ without its }");
    auto value = LC_TRY(looked_up(node, text.substr(at + 2, end - at - 2), values));
    if (at == 0 && end + 1 == text.size()) return value;
    out.text += value.text;
    ++references;
    at = end + 1;
  }
  if (references > 0) out.type = Value::Type::text;
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<Value> substituted(const Node& node, const Values& values) {
  if (node.is_null()) return Value{Value::Type::text, "", node.where()};
  const auto text = LC_TRY(node.text());
  return replaced(node, text, values);
}

Result<bool> holds(const Node& condition, const Values& values) {
  const auto text = LC_TRY(condition.text());
  for (const std::string_view sign : {" == ", " != "}) {
    const auto at = text.find(sign);
    if (at == std::string::npos) continue;
    const auto left = LC_TRY(replaced(condition, trimmed(std::string_view(text).substr(0, at)), values));
    const auto right = LC_TRY(replaced(condition, trimmed(std::string_view(text).substr(at + sign.size())), values));
    return (left.text == right.text) == (sign == " == ");
  }
  const bool negated = text.starts_with("not ");
  const auto value = LC_TRY(replaced(condition, trimmed(std::string_view(text).substr(negated ? 4 : 0)), values));
  return value.is_set() != negated;
}

}  // namespace lc::config
