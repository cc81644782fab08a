// A validator of numbers on the command line. CLI::Range takes "nan" for a number in any range.
#pragma once

#include <CLI/CLI.hpp>
#include <charconv>
#include <string>

#include "base/result.h"

namespace lc::cli {

inline CLI::Validator between(double low, double high) {
  return CLI::Validator(
      [low, high](const std::string& text) {
        double value = 0;
        const char* const end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, value);
        const bool is_good = error == std::errc{} && stop == end && value >= low && value <= high;
        return is_good ? std::string() : fmt::format("a number from {} to {} is expected, found '{}'", low, high, text);
      },
      fmt::format("NUMBER {}..{}", low, high));
}

}  // namespace lc::cli
