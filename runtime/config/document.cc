#include "config/document.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/file.h"
#include "base/suggest.h"
#include "config/document_data.h"

namespace lc::config {
namespace {

using Limits = std::numeric_limits<std::int64_t>;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kMaxShown = 60;  // letters of a wrong value that an error repeats

template <class T>
std::optional<T> parsed(std::string_view text) {
  T value{};
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// `lowest` and `highest` are the defaults of the getters: no limit.
template <class T>
std::string range(T min, T max, T lowest, T highest) {
  if (min != lowest && max != highest) return fmt::format(" in {}..{}", min, max);
  if (min != lowest) return fmt::format(" of at least {}", min);
  if (max != highest) return fmt::format(" of at most {}", max);
  return "";
}

}  // namespace

Result<Node> Node::load(const std::filesystem::path& path) {
  const auto bytes = LC_TRY(load_file(path, kMaxDocumentBytes));
  return parse(as_text(bytes), path.string());
}

Kind Node::kind() const { return data_->kind; }
bool Node::quoted() const { return data_->quoted; }

Result<Node> Node::get(std::string_view key) const {
  if (!is_map() && !is_null()) return fault(fmt::format("expected a map with the key '{}', found {}", key, shown()));
  if (auto node = find(key)) return *node;
  return fault(fmt::format("the key '{}' is missing", key));
}

std::optional<Node> Node::find(std::string_view key) const {
  if (!is_map()) return std::nullopt;
  for (const Data* child : data_->children)
    if (child->key == key) return Node(document_, child);
  return std::nullopt;
}

Result<> Node::only_keys(std::initializer_list<std::string_view> known) const {
  return only_keys(std::vector<std::string>(known.begin(), known.end()));
}

Result<> Node::only_keys(const std::vector<std::string>& known) const {
  for (const auto& entry : LC_TRY(entries())) {
    bool found = false;
    for (const auto& key : known) found = found || key == entry.key;
    if (!found)
      return entry.key_node.fault(
          fmt::format("unknown key '{}'{} (known: {})", entry.key, did_you_mean(entry.key, known), list_of(known)));
  }
  return {};
}

Result<std::string> Node::text() const {
  if (!is_scalar()) return fault(fmt::format("expected text, found {}", shown()));
  return data_->value;
}

Result<std::int64_t> Node::integer(std::int64_t min, std::int64_t max) const {
  const auto value = is_scalar() && !quoted() ? parsed<std::int64_t>(data_->value) : std::nullopt;
  if (!value || *value < min || *value > max)
    return fault(
        fmt::format("expected an integer{}, found {}", range(min, max, Limits::min(), Limits::max()), shown()));
  return *value;
}

Result<double> Node::number(double min, double max) const {
  const auto value = is_scalar() && !quoted() ? parsed<double>(data_->value) : std::nullopt;
  if (!value || !std::isfinite(*value) || *value < min || *value > max)
    return fault(fmt::format("expected a number{}, found {}", range(min, max, -kInfinity, kInfinity), shown()));
  return *value;
}

Result<bool> Node::boolean() const {
  if (is_scalar() && !quoted() && data_->value == "true") return true;
  if (is_scalar() && !quoted() && data_->value == "false") return false;
  return fault(fmt::format("expected true or false, found {}", shown()));
}

Result<std::string> Node::choice(std::initializer_list<std::string_view> allowed) const {
  auto word = LC_TRY(text());
  if (std::find(allowed.begin(), allowed.end(), word) != allowed.end()) return word;
  std::string list;
  for (std::string_view one : allowed) list += fmt::format("{}{}", list.empty() ? "" : ", ", one);
  return fault(fmt::format("expected one of {}, found {}", list, shown()));
}

Result<std::vector<Node>> Node::items() const {
  std::vector<Node> out;
  if (is_null()) return out;
  if (!is_list()) return fault(fmt::format("expected a list, found {}", shown()));
  for (const Data* child : data_->children) out.push_back(Node(document_, child));
  return out;
}

Result<std::vector<Entry>> Node::entries() const {
  std::vector<Entry> out;
  if (is_null()) return out;
  if (!is_map()) return fault(fmt::format("expected a map (key: value), found {}", shown()));
  for (std::size_t i = 0; i < data_->children.size(); ++i)
    out.push_back({data_->children[i]->key, Node(document_, data_->children[i]), Node(document_, data_->keys[i])});
  return out;
}

std::string Node::where() const { return fmt::format("{}:{}:{}", document_->origin, data_->line, data_->column); }
std::string Node::origin() const { return document_->origin; }

std::string Node::path() const {
  std::string text;
  for (const Data* at = data_; at->parent; at = at->parent) {
    const bool in_list = at->parent->kind == Kind::list;
    const std::string step = in_list ? fmt::format("[{}]", at->index) : at->key;
    text = step + (text.empty() || text.front() == '[' ? "" : ".") + text;
  }
  return text;
}

std::string Node::shown() const {
  switch (kind()) {
    case Kind::null:
      return "nothing";
    case Kind::list:
      return "a list";
    case Kind::map:
      return "a map";
    case Kind::scalar:
      break;
  }
  std::string text = data_->value.substr(0, kMaxShown);
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return fmt::format("{}'{}{}'", quoted() ? "the quoted text " : "", text,
                     text.size() < data_->value.size() ? "..." : "");
}

tl::unexpected<Error> Node::fault(std::string_view sentence, Errc code) const {
  const std::string at = path();
  return tl::unexpected<Error>(Error{code, fmt::format("{}: {}{}{}", where(), at, at.empty() ? "" : ": ", sentence)});
}

}  // namespace lc::config
