// Result<T>: a value or an Error, and the two checks used everywhere.
//
// What fails because of the outside world (files, settings, bytes from the wire) comes back as Result. What can only
// fail through our own mistake is LC_EXPECT, which throws ContractViolation; only element thunks and main() catch it.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

namespace lc {

enum class Errc {
  invalid_config,  // a setting is wrong: say which, and what is allowed
  not_found,       // a file, element, model or key does not exist
  unsupported,     // well formed, but we cannot do it: say what we can
  bad_format,      // not the kind of file or bytes that was expected
  truncated,       // the bytes end early
  corrupt,         // the bytes contradict themselves
  no_key,          // nobody gave us the key yet
  refused,         // a peer or a check said no
  unavailable,     // a socket, device or peer is not there now
  backend,         // a library failed in a way that we did not foresee
};

std::string_view to_string(Errc code);

// A code for programs and a sentence for people. The sentence says what to do next.
struct Error {
  Errc code;
  std::string text;
};

template <class T = void>
using Result = tl::expected<T, Error>;

// fail(Errc::not_found, "{}: no such bundle", path)
template <class... Args>
[[nodiscard]] tl::unexpected<Error> fail(Errc code, fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Error>(Error{code, fmt::format(format, std::forward<Args>(args)...)});
}

// Puts "context: " before the sentence of an error; each layer does so at most once.
[[nodiscard]] inline tl::unexpected<Error> within(std::string_view context, Error error) {
  error.text = fmt::format("{}: {}", context, error.text);
  return tl::unexpected<Error>(std::move(error));
}

class ContractViolation : public std::logic_error {
  using std::logic_error::logic_error;
};

[[noreturn]] void contract_violated(const char* condition, const char* text, const char* file, int line);

}  // namespace lc

// The value of a Result, or return its Error from the enclosing function. May be nested.
#define LC_TRY(expression) LC_TRY_NUMBERED(expression, __COUNTER__)
#define LC_TRY_NUMBERED(expression, number) LC_TRY_NAMED(expression, number)
#define LC_TRY_NAMED(expression, number)                                                                     \
  __extension__({                                                                                            \
    auto&& lc_try_##number = (expression);                                                                   \
    if (!lc_try_##number) return ::tl::unexpected<::lc::Error>(std::move(lc_try_##number).error());          \
    ::lc::detail::take(std::move(lc_try_##number));                                                          \
  })

#define LC_EXPECT(condition, text) \
  ((condition) ? void() : ::lc::contract_violated(#condition, text, __FILE__, __LINE__))

namespace lc::detail {
template <class T>
T take(tl::expected<T, Error>&& result) {
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}
}  // namespace lc::detail
