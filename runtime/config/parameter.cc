#include "config/parameter.h"

#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/suggest.h"
#include "config/substitute.h"

namespace lc::config {
namespace {

constexpr std::array<std::pair<std::string_view, ParameterType>, 7> kTypes{{
    {"uri", ParameterType::uri},
    {"string", ParameterType::string},
    {"path", ParameterType::path},
    {"int", ParameterType::integer},
    {"number", ParameterType::number},
    {"bool", ParameterType::boolean},
    {"choice", ParameterType::choice},
}};

bool is_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || !(name[0] >= 'a' && name[0] <= 'z')) return false;
  for (const char c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-')) return false;
  return true;
}

Result<ParameterType> read_type(const Node& node) {
  const auto name = LC_TRY(node.text());
  std::vector<std::string> known;
  for (const auto& [word, type] : kTypes) {
    if (word == name) return type;
    known.emplace_back(word);
  }
  return node.fault(fmt::format("unknown type '{}'{} (known: {})", name, did_you_mean(name, known), list_of(known)));
}

bool is_numeric(ParameterType type) { return type == ParameterType::integer || type == ParameterType::number; }

Result<> read_limits(const Node& node, Parameter& out) {
  for (const auto& [key, limit] : {std::pair{"min", &out.min}, std::pair{"max", &out.max}}) {
    const auto given = node.find(key);
    if (!given) continue;
    if (!is_numeric(out.type)) return given->fault("only int and number parameters have limits");
    *limit = LC_TRY(given->number());
  }
  if (out.min && out.max && *out.min > *out.max) return node.fault("min is greater than max");
  if (const auto list = node.find("choices")) {
    if (out.type != ParameterType::choice) return list->fault("only parameters of type choice have choices");
    for (const auto& item : LC_TRY(list->items())) out.choices.push_back(LC_TRY(item.text()));
  }
  if (out.type == ParameterType::choice && out.choices.empty()) return node.fault("a choice needs choices: [a, b]");
  return {};
}

Result<Parameter> read_parameter(const Entry& entry) {
  const Node& node = entry.value;
  Parameter out{.name = entry.key,
                .type = {},
                .required = false,
                .initial = {},
                .min = {},
                .max = {},
                .choices = {},
                .help = {},
                .at = entry.key_node};
  if (!is_name(entry.key))
    return entry.key_node.fault("a parameter's name is made of a-z, 0-9, '_' and '-', and starts with a letter");
  LC_TRY(node.only_keys({"type", "default", "required", "min", "max", "choices", "help"}));
  out.type = LC_TRY(read_type(LC_TRY(node.get("type"))));
  LC_TRY(read_limits(node, out));
  if (const auto help = node.find("help")) out.help = LC_TRY(help->text());
  if (const auto required = node.find("required")) out.required = LC_TRY(required->boolean());
  const auto initial = node.find("default");
  if (out.required && initial) return initial->fault("a required parameter has no default");
  if (!out.required && !initial) return node.fault("give it a default, or say required: true");
  if (initial) out.initial = LC_TRY(read_value(out, LC_TRY(substituted(*initial, {}))));
  return out;
}

tl::unexpected<Error> wrong(const Parameter& parameter, const Value& given) {
  return fail(Errc::invalid_config, "{}: {}: expected {}, found '{}'{}", given.origin, parameter.name,
              describe(parameter), given.text,
              parameter.type == ParameterType::choice ? did_you_mean(given.text, parameter.choices) : "");
}

bool is_uri(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  for (const char c : text.substr(0, colon))
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '+' && c != '-' && c != '.') return false;
  return std::isalpha(static_cast<unsigned char>(text[0]));
}

// Numbers go through a document node, so that the file, the command line and the environment read them alike.
template <class Read>
bool reads(const Value& given, Read read) {
  const auto node = Node::parse(given.text, given.origin);
  return given.type != Value::Type::text && node && node->is_scalar() && !node->quoted() && read(*node).has_value();
}

}  // namespace

bool Value::is_set() const {
  if (text.empty() || text == "false") return false;
  if (type == Type::text) return true;
  const auto node = Node::parse(text, origin);
  return !(node && node->number() && *node->number() == 0);
}

Result<Parameters> read_parameters(const Node& node) {
  Parameters out;
  for (const auto& entry : LC_TRY(node.entries())) out.push_back(LC_TRY(read_parameter(entry)));
  return out;
}

Result<Value> read_value(const Parameter& parameter, const Value& given) {
  Value out = given;
  const double min = parameter.min.value_or(-std::numeric_limits<double>::infinity());
  const double max = parameter.max.value_or(std::numeric_limits<double>::infinity());
  out.type = Value::Type::text;
  switch (parameter.type) {
    case ParameterType::string:
      return out;
    case ParameterType::uri:
      // Empty is "not given" where the parameter is optional.
      if (!is_uri(given.text) && !(given.text.empty() && !parameter.required)) return wrong(parameter, given);
      return out;
    case ParameterType::path:
      if (const char* home = std::getenv("HOME"); home && out.text.starts_with("~/")) out.text.replace(0, 1, home);
      return out;
    case ParameterType::choice:
      for (const auto& choice : parameter.choices)
        if (choice == given.text) return out;
      return wrong(parameter, given);
    case ParameterType::integer:
      if (!reads(given, [&](const Node& node) { return node.integer(); }) ||
          !reads(given, [&](const Node& node) { return node.number(min, max); }))
        return wrong(parameter, given);
      out.type = Value::Type::integer;
      return out;
    case ParameterType::number:
      if (!reads(given, [&](const Node& node) { return node.number(min, max); })) return wrong(parameter, given);
      out.type = Value::Type::number;
      return out;
    case ParameterType::boolean:
      if (!reads(given, [&](const Node& node) { return node.boolean(); })) return wrong(parameter, given);
      out.type = Value::Type::boolean;
      return out;
  }
  return out;
}

const Parameter* find_parameter(const Parameters& parameters, std::string_view name) {
  for (const auto& parameter : parameters)
    if (parameter.name == name) return &parameter;
  return nullptr;
}

std::vector<std::string> names_of(const Parameters& parameters) {
  std::vector<std::string> names;
  for (const auto& parameter : parameters) names.push_back(parameter.name);
  return names;
}

std::string describe(const Parameter& parameter) {
  std::string limits;
  if (parameter.min && parameter.max)
    limits = fmt::format(" in {}..{}", *parameter.min, *parameter.max);
  else if (parameter.min)
    limits = fmt::format(" of at least {}", *parameter.min);
  else if (parameter.max)
    limits = fmt::format(" of at most {}", *parameter.max);
  switch (parameter.type) {
    case ParameterType::uri:
      return "a URI such as file:///clip.mp4, v4l2:///dev/video0 or rtsp://host/path";
    case ParameterType::string:
      return "text";
    case ParameterType::path:
      return "a path";
    case ParameterType::integer:
      return "an integer" + limits;
    case ParameterType::number:
      return "a number" + limits;
    case ParameterType::boolean:
      return "true or false";
    case ParameterType::choice:
      return "one of: " + list_of(parameter.choices);
  }
  return "";
}

Result<Values> complete(const Parameters& parameters, const Values& given, std::string_view context) {
  for (const auto& [name, value] : given)
    if (!find_parameter(parameters, name))
      return fail(Errc::invalid_config, "{}: unknown parameter '{}'{} (known: {})", value.origin, name,
                  did_you_mean(name, names_of(parameters)), list_of(names_of(parameters)));
  Values out;
  for (const auto& parameter : parameters) {
    const auto set = given.find(parameter.name);
    if (set != given.end())
      out[parameter.name] = LC_TRY(read_value(parameter, set->second));
    else if (!parameter.required)
      out[parameter.name] = parameter.initial;
    else
      return fail(Errc::invalid_config, "{}: the parameter '{}' is missing: {}{}", context, parameter.name,
                  describe(parameter), parameter.help.empty() ? "" : " (" + parameter.help + ")");
  }
  return out;
}

Result<Values> read_settings(const Node& node, const Values& known) {
  Values out;
  for (const auto& entry : LC_TRY(node.entries())) out[entry.key] = LC_TRY(substituted(entry.value, known));
  return out;
}

Result<std::pair<std::string, Value>> parse_setting(std::string_view argument) {
  const auto equals = argument.find('=');
  if (equals == std::string_view::npos || equals == 0)
    return fail(Errc::invalid_config, "--set {}: expected name=value", argument);
  std::string name(argument.substr(0, equals));
  Value value{Value::Type::plain, std::string(argument.substr(equals + 1)), "--set " + name};
  return std::pair(std::move(name), std::move(value));
}

}  // namespace lc::config
