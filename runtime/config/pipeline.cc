#include "config/pipeline.h"

#include <algorithm>

#include "base/suggest.h"
#include "config/substitute.h"

namespace lc::config {
namespace {

const std::vector<std::string> kKeys = {"pipeline", "summary", "pixels", "parameters", "elements", "branches"};

}  // namespace

// One loading: knows which files are being read, from the outermost to the current.
struct Pipeline::Loader {
  Pipeline& out;
  std::vector<std::filesystem::path> open_files;

  Result<> read(const std::filesystem::path& path, const Node& root) {
    std::error_code ignored;
    open_files.push_back(std::filesystem::weakly_canonical(path, ignored));
    LC_TRY(root.only_keys(kKeys));
    const bool outermost = open_files.size() == 1;
    if (outermost) {
      out.origin_ = root.origin();
      out.name_ = LC_TRY(LC_TRY(root.get("pipeline")).text());
      if (const auto summary = root.find("summary")) out.summary_ = LC_TRY(summary->text());
    }
    if (const auto pixels = root.find("pixels")) {
      if (LC_TRY(pixels->text()) != "none")
        return pixels->fault(
            fmt::format("expected 'none', or no such line where pictures may be made; found {}", pixels->shown()));
      out.no_pixels_ = pixels;
    }
    if (const auto parameters = root.find("parameters"))
      for (auto& parameter : LC_TRY(read_parameters(*parameters)))
        // The outer file's declaration stands: it may give an included one another default.
        if (!find_parameter(out.parameters_, parameter.name)) out.parameters_.push_back(std::move(parameter));
    const auto elements = LC_TRY(root.get("elements"));
    LC_TRY(read_elements(path, elements, out.elements_));
    if (const auto branches = root.find("branches"))
      for (const auto& entry : LC_TRY(branches->entries())) LC_TRY(read_branch(path, entry));
    open_files.pop_back();
    return {};
  }

  Result<> read_elements(const std::filesystem::path& path, const Node& list, std::vector<Node>& into) {
    for (const auto& item : LC_TRY(list.items())) {
      if (const auto include = item.find("include")) {
        LC_TRY(item.only_keys({"include"}));
        LC_TRY(read_include(path, *include, into));
      } else {
        into.push_back(item);
      }
      if (into.size() > kMaxElements) return item.fault(fmt::format("more than {} elements", kMaxElements));
    }
    return {};
  }

  Result<> read_include(const std::filesystem::path& path, const Node& include, std::vector<Node>& into) {
    const auto file = (path.parent_path() / LC_TRY(include.text())).lexically_normal();
    std::error_code ignored;
    const auto real = std::filesystem::weakly_canonical(file, ignored);
    if (std::find(open_files.begin(), open_files.end(), real) != open_files.end())
      return include.fault(fmt::format("endless include: {} includes itself{}", file.filename().string(),
                                       open_files.back() == real ? "" : " by way of " + include.origin()));
    if (open_files.size() >= std::size_t{kMaxIncludeDepth})
      return include.fault(fmt::format("includes nested more than {} deep", kMaxIncludeDepth));
    auto root = Node::load(file);
    if (!root)
      return root.error().code == Errc::not_found ? include.fault(root.error().text, Errc::not_found)
                                                  : tl::unexpected<Error>(root.error());
    // The included elements belong where the include stands, which may be inside a branch.
    std::vector<Node> outer;
    std::swap(outer, out.elements_);
    LC_TRY(read(file, *root));
    std::swap(outer, out.elements_);
    into.insert(into.end(), outer.begin(), outer.end());
    return {};
  }

  Result<> read_branch(const std::filesystem::path& path, const Entry& entry) {
    const Node& node = entry.value;
    LC_TRY(node.only_keys({"from", "to", "when", "elements"}));
    Branch branch{.name = entry.key,
                  .from = node.find("from"),
                  .to = node.find("to"),
                  .when = node.find("when"),
                  .elements = {},
                  .at = entry.key_node};
    if (const auto list = node.find("elements")) LC_TRY(read_elements(path, *list, branch.elements));
    if (branch.elements.empty() && !(branch.from && branch.to))
      return entry.key_node.fault("a branch needs elements, or both from and to");
    for (const auto& other : out.branches_)
      if (other.name == branch.name)
        return entry.key_node.fault(fmt::format("a branch of this name is in {} already", other.at.where()));
    out.branches_.push_back(std::move(branch));
    return {};
  }
};

Result<Pipeline> Pipeline::load(const std::filesystem::path& path) {
  Pipeline pipeline;
  const auto root = LC_TRY(Node::load(path));
  Loader loader{pipeline, {}};
  LC_TRY(loader.read(path, root));
  return pipeline;
}

}  // namespace lc::config
