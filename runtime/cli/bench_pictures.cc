#include "cli/bench_pictures.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "cli/frame_file.h"
#include "engine/load_clip.h"

namespace lc::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kMostMemory = 4e9;  // bytes of pictures

}  // namespace

Result<std::vector<std::string>> uris_of(const std::string& source) {
  if (source.find("://") != std::string::npos) return std::vector{source};
  std::error_code error;
  const fs::path path = fs::absolute(source, error);
  if (!fs::exists(path, error)) return fail(Errc::not_found, "--source: {}: no such file or folder", source);
  std::vector<std::string> out;
  if (!fs::is_directory(path)) return std::vector{engine::file_uri(path)};
  for (const auto& entry : fs::directory_iterator(path))
    if (entry.is_regular_file()) out.push_back(engine::file_uri(entry.path()));
  std::sort(out.begin(), out.end());
  if (out.empty()) return fail(Errc::not_found, "--source: {}: the folder is empty", source);
  return out;
}

Result<std::vector<Image>> load_pictures(const std::string& source, PictureSize size, int count) {
  std::vector<Image> out;
  std::optional<Error> first;
  for (const auto& uri : LC_TRY(uris_of(source))) {
    const int wanted = count - static_cast<int>(out.size());
    if (wanted <= 0) break;
    const auto loaded = engine::load_clip({.uri = uri, .width = size.width, .height = size.height, .frames = wanted},
                                          [&](const engine::TappedFrame& frame) {
                                            if (const auto view = view_of(frame)) out.push_back(copy(*view));
                                          });
    if (!loaded && !first) first = loaded.error();  // a folder may hold other files, too
  }
  if (out.empty())
    return tl::unexpected<Error>(first ? *first : Error{Errc::bad_format, source + ": no picture in it"});
  return out;
}

Result<> expect_memory(PictureSize size, int count, std::size_t copies) {
  const double memory = 1.5 * size.width * size.height * count * static_cast<double>(copies);
  if (memory <= kMostMemory) return {};
  return fail(Errc::invalid_config, "{} pictures of {} would take {:.0f} GB: ask for {} --pictures or fewer", count,
              size_name(size), memory / 1e9, std::max(1, static_cast<int>(count * kMostMemory / memory)));
}

std::size_t picture_of(int round, std::size_t count) {
  if (count == 1) return 0;
  const std::size_t period = 2 * count - 2, at = static_cast<std::size_t>(round) % period;
  return at < count ? at : period - at;
}

}  // namespace lc::cli
