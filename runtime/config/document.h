// A YAML document whose every node knows where it stands, so that each mistake is a sentence with file, line and
// column:
//   configs/demo.yaml:7:16: nodes.device.set.quality: expected an integer in 0..63, found 'forty'
//
// Surprises:
//   1. anchors, aliases and tags are refused: nobody needs them here, and aliases are how a small file becomes a huge
//   one;
//   2. duplicate keys are errors;
//   3. a quoted scalar is text: integer(), number() and boolean() refuse it and say so;
//   4. `${name}` may stand in a flow map without quotes ({uri: ${source}}), which plain YAML does not allow. This layer
//      only keeps it as text; pipeline.h gives it a meaning.
// Thread: immutable after parse(); copies share the document and may be used from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lc::config {

inline constexpr std::size_t kMaxDocumentBytes = std::size_t{1} << 20;  // no file of ours comes near
inline constexpr std::size_t kMaxDocumentNodes = 100'000;
inline constexpr int kMaxDocumentDepth = 32;

enum class Kind { null, scalar, list, map };

struct Entry;

class Node {
 public:
  // origin  what positions begin with, usually the file name as the user gave it
  static Result<Node> parse(std::string_view text, std::string origin);
  static Result<Node> load(const std::filesystem::path& path);

  Kind kind() const;
  bool is_null() const { return kind() == Kind::null; }
  bool is_scalar() const { return kind() == Kind::scalar; }
  bool is_list() const { return kind() == Kind::list; }
  bool is_map() const { return kind() == Kind::map; }
  bool quoted() const;  // a scalar that was written with quotes or as a block: text, never a number

  // Maps. get() refuses a missing key, find() does not mind; both are empty-handed for a node that is no map.
  Result<Node> get(std::string_view key) const;
  std::optional<Node> find(std::string_view key) const;
  Result<> only_keys(std::initializer_list<std::string_view> known) const;
  Result<> only_keys(const std::vector<std::string>& known) const;

  // Scalars. Ranges are inclusive and stand in the sentence.
  Result<std::string> text() const;
  Result<std::int64_t> integer(std::int64_t min = std::numeric_limits<std::int64_t>::min(),
                               std::int64_t max = std::numeric_limits<std::int64_t>::max()) const;
  Result<double> number(double min = -std::numeric_limits<double>::infinity(),
                        double max = std::numeric_limits<double>::infinity()) const;
  Result<bool> boolean() const;
  Result<std::string> choice(std::initializer_list<std::string_view> allowed) const;

  // Children in the order of the file. Null counts as an empty list and as an empty map.
  Result<std::vector<Node>> items() const;
  Result<std::vector<Entry>> entries() const;

  std::string where() const;   // "file:3:7", counted from 1
  std::string origin() const;  // "file"
  std::string path() const;    // "nodes.device.set[2]", empty for the root
  std::string shown() const;   // what stands there, for "found ...": 'forty', a list, nothing

  // An error at this node: "file:3:7: path: sentence".
  [[nodiscard]] tl::unexpected<Error> fault(std::string_view sentence, Errc code = Errc::invalid_config) const;

 private:
  struct Data;
  struct Document;
  class Builder;
  Node(std::shared_ptr<const Document> document, const Data* data) : document_(std::move(document)), data_(data) {}

  std::shared_ptr<const Document> document_;
  const Data* data_;
};

struct Entry {
  std::string key;
  Node value;
  Node key_node;  // for errors about the key itself
};

}  // namespace lc::config
