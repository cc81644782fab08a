// Text to nodes, through yaml-cpp's event interface: aliases arrive as events here, so they can be refused before
// anything is expanded, and duplicate keys are seen, which YAML::Load would merge.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>

#include "config/document.h"
#include "config/document_data.h"

namespace lc::config {
namespace {

constexpr std::size_t kMaxKey = 256;
constexpr std::size_t kMaxMapKeys = 4096;  // they are compared one by one
// "${name}" becomes "$" kOpen "name" kClose while yaml-cpp looks at it: same length, so columns stay true. Control
// characters were refused before, so they cannot come from the text.
constexpr char kOpen = '\x0e', kClose = '\x0f';

bool is_reference_letter(char c) { return (c >= '!' && c <= '~' && c != '{' && c != '}' && c != '"' && c != '\''); }

std::string shield_references(std::string_view text) {
  std::string out(text);
  for (std::size_t at = out.find("${"); at != std::string::npos; at = out.find("${", at + 2)) {
    std::size_t end = at + 2;
    while (end < out.size() && is_reference_letter(out[end])) ++end;
    if (end == out.size() || out[end] != '}') continue;
    out[at + 1] = kOpen;
    out[end] = kClose;
  }
  return out;
}

std::string restore_references(std::string text) {
  for (char& c : text) c = c == kOpen ? '{' : c == kClose ? '}' : c;
  return text;
}

// Bytes that no YAML file has; the position is that of the first.
std::optional<std::pair<int, int>> find_control_character(std::string_view text) {
  int line = 1, column = 1;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if ((code < 0x20 && c != '\t' && c != '\n' && c != '\r') || code == 0x7f) return std::pair(line, column);
    column = c == '\n' ? 1 : column + 1;
    line += c == '\n';
  }
  return std::nullopt;
}

struct Refused {
  Error error;
};

}  // namespace

// Throws Refused, which parse() catches: yaml-cpp offers no other way to end the parsing.
class Node::Builder : public YAML::EventHandler {
 public:
  explicit Builder(std::shared_ptr<Document> document) : document_(std::move(document)) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { add(mark, Kind::null); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse(mark, "aliases (*name) are not supported"); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    if (tag != "?" && tag != "!") refuse(mark, "tags (!name) are not supported");
    if (in_map() && !pending_key_) return add_key(mark, restore_references(value));
    Data& node = add(mark, Kind::scalar);
    node.quoted = tag == "!";
    node.value = restore_references(value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Kind::list);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Kind::map);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  [[noreturn]] void refuse(const YAML::Mark& mark, std::string_view sentence) const {
    throw Refused{{Errc::invalid_config,
                   fmt::format("{}:{}:{}: {}", document_->origin, mark.line + 1, mark.column + 1, sentence)}};
  }
  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) const {
    if (anchor != YAML::NullAnchor) refuse(mark, "anchors (&name) are not supported");
  }
  bool in_map() const { return !open_.empty() && open_.back()->kind == Kind::map; }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Kind kind) {
    refuse_anchor(mark, anchor);
    if (tag != "?" && tag != "!") refuse(mark, "tags (!name) are not supported");
    if (open_.size() >= std::size_t{kMaxDocumentDepth})
      refuse(mark, fmt::format("nested more than {} deep", kMaxDocumentDepth));
    open_.push_back(&add(mark, kind));
  }

  Data& make(const YAML::Mark& mark, Kind kind) {
    if (document_->nodes.size() >= kMaxDocumentNodes)
      refuse(mark, fmt::format("more than {} values in one file", kMaxDocumentNodes));
    Data& node = document_->nodes.emplace_back();
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    node.parent = open_.empty() ? nullptr : open_.back();
    return node;
  }

  void add_key(const YAML::Mark& mark, std::string key) {
    if (key.size() > kMaxKey) refuse(mark, fmt::format("a key of more than {} letters", kMaxKey));
    const Data& map = *open_.back();
    if (map.children.size() >= kMaxMapKeys) refuse(mark, fmt::format("a map of more than {} keys", kMaxMapKeys));
    for (std::size_t i = 0; i < map.children.size(); ++i)
      if (map.children[i]->key == key)
        refuse(mark,
               fmt::format("the key '{}' stands here a second time, the first is in line {}", key, map.keys[i]->line));
    Data& node = make(mark, Kind::scalar);
    node.key = key;
    node.value = std::move(key);
    pending_key_ = &node;
  }

  Data& add(const YAML::Mark& mark, Kind kind) {
    if (in_map() && !pending_key_) refuse(mark, "a key must be a word, found a list, a map or nothing");
    Data& node = make(mark, kind);
    if (open_.empty()) return node;
    Data& parent = *open_.back();
    if (pending_key_) {
      node.key = pending_key_->key;
      parent.keys.push_back(pending_key_);
      if (kind == Kind::null) {  // yaml-cpp puts nothing where the next token is
        node.line = pending_key_->line;
        node.column = pending_key_->column;
      }
      pending_key_ = nullptr;
    } else {
      node.index = parent.children.size();
    }
    parent.children.push_back(&node);
    return node;
  }

  std::shared_ptr<Document> document_;
  std::vector<Data*> open_;  // lists and maps around the current event
  const Data* pending_key_ = nullptr;
};

Result<Node> Node::parse(std::string_view text, std::string origin) {
  if (text.size() > kMaxDocumentBytes)
    return fail(Errc::unsupported, "{}: larger than the limit of {} bytes", origin, kMaxDocumentBytes);
  if (const auto at = find_control_character(text))
    return fail(Errc::bad_format, "{}:{}:{}: a control character; this is not a YAML text file", origin, at->first,
                at->second);
  auto document = std::make_shared<Document>();
  document->origin = origin;
  try {
    std::istringstream stream(shield_references(text));
    YAML::Parser parser(stream);
    Builder builder(document);
    parser.HandleNextDocument(builder);
    if (document->nodes.empty()) document->nodes.emplace_back();
    auto root = Node(document, &document->nodes.front());
    if (parser) {
      auto ignored = std::make_shared<Document>();
      Builder rest(ignored);
      if (parser.HandleNextDocument(rest)) return root.fault("more than one document (---) in a file is not supported");
    }
    return root;
  } catch (const Refused& refused) {
    return tl::unexpected<Error>(refused.error);
  } catch (const YAML::Exception& error) {
    return fail(Errc::bad_format, "{}:{}:{}: not valid YAML: {}", origin, error.mark.line + 1, error.mark.column + 1,
                error.msg);
  } catch (const std::exception& error) {
    return fail(Errc::bad_format, "{}: not valid YAML: {}", origin, error.what());
  }
}

}  // namespace lc::config
