// Typed parameters of pipelines and configurations:
//   quality: {type: int, min: 0, max: 63, default: 40, help: "higher is better and larger"}
//
// Types: uri, string, path, int, number, bool, choice (with choices: [a, b]). A parameter is `required: true` or has a
// default. To add a type: ParameterType, the table in parameter.cc, read_value().
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/document.h"

namespace lc::config {

enum class ParameterType { uri, string, path, integer, number, boolean, choice };

// A scalar with its type and with the place where somebody wrote it.
struct Value {
  enum class Type {
    plain,  // written without quotes, or from the environment: becomes whatever its place needs
    text,   // text and nothing else
    integer,
    number,
    boolean,  // "true" or "false"
  };
  Type type = Type::text;
  std::string text;
  std::string origin;  // "file:3:7", "--set quality", "environment variable HOME"

  // What `when:` asks: not empty, not false, not zero.
  bool is_set() const;
};

struct Parameter {
  std::string name;
  ParameterType type = ParameterType::string;
  bool required = false;
  Value initial;  // meaningless where required
  std::optional<double> min, max;
  std::vector<std::string> choices;
  std::string help;
  Node at;
};

using Parameters = std::vector<Parameter>;  // in the order of the file
using Values = std::map<std::string, Value>;

// Reads a `parameters:` map.
Result<Parameters> read_parameters(const Node& node);

// Checks a value against its parameter and gives it the parameter's type. `~/` at the front of a path becomes $HOME.
//   errors  invalid_config: "origin: name: expected an integer in 0..63, found 'x'"
Result<Value> read_value(const Parameter& parameter, const Value& given);

const Parameter* find_parameter(const Parameters& parameters, std::string_view name);
std::vector<std::string> names_of(const Parameters& parameters);

// "an integer in 0..63", "one of: auto, none"
std::string describe(const Parameter& parameter);

// Values for all parameters: the given ones, checked, and defaults for the rest.
//   context  begins the sentence about a missing required parameter, e.g. "configs/x.yaml:7:3: node 'device'"
//   errors   unknown names ("did you mean"), wrong values, missing required parameters
Result<Values> complete(const Parameters& parameters, const Values& given, std::string_view context);

// Reads a `set:` map: name -> value. References in it are replaced from `known` (configuration parameters) and the
// environment.
Result<Values> read_settings(const Node& node, const Values& known);

// "name=value" of the command line.
Result<std::pair<std::string, Value>> parse_setting(std::string_view argument);

}  // namespace lc::config
