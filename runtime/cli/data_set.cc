#include "cli/data_set.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/file.h"
#include "cli/measure.h"
#include "quality/npz.h"
#include "quality/png.h"
#include "study/attack.h"
#include "tensor/convert.h"

namespace lc::cli {
namespace {

// Sheets named <prefix>_<number>, each of rows x columns tiles in reading order.
struct Sheets {
  const char* name;
  const char* prefix;
  const char* labels;  // in labels.npz
  int rows, columns;
};
constexpr std::int64_t kMaxClasses = 1000;
constexpr std::array kSheets{Sheets{"cifar10", "test_", "test", 25, 40}, Sheets{"xray", "test_", "y_test", 8, 10},
                             Sheets{"fundus", "test_", "y_test", 8, 10}};

Image tile(const Image& sheet, int width, int height, int row, int column) {
  Image out = Image::make(sheet.format(), width, height);
  const auto from = sheet.view();
  const auto to = out.mutable_view();
  const int bytes = row_bytes(sheet.format(), 0, width);
  for (int y = 0; y < height; ++y) std::copy_n(from.row(0, row * height + y) + column * bytes, bytes, to.row(0, y));
  return out;
}

Result<DataSet> load_sheets(const std::filesystem::path& folder, const Sheets& sheets, std::size_t limit) {
  DataSet out;
  const auto labels = quality::load_npz(folder / "labels.npz", sheets.labels).and_then(&quality::NumpyArray::integers);
  if (!labels) return within((folder / "labels.npz").string(), labels.error());
  const bool are_classes =
      std::all_of(labels->begin(), labels->end(), [](std::int64_t l) { return l >= 0 && l < kMaxClasses; });
  if (labels->empty() || !are_classes)
    return fail(Errc::bad_format, "{}: '{}' holds no labels of pictures", (folder / "labels.npz").string(),
                sheets.labels);
  limit = std::min(limit, labels->size());
  std::vector<std::filesystem::path> files;
  for (const Picture& found : LC_TRY(find_pictures({folder.string()})))
    if (found.file.filename().string().starts_with(sheets.prefix)) files.push_back(found.file);
  for (const auto& file : files) {
    if (out.pictures.size() == limit) break;
    const Image sheet = LC_TRY(quality::load_picture(file));
    const int width = sheet.width() / sheets.columns, height = sheet.height() / sheets.rows;
    if (width < 8 || height < 8)
      return fail(Errc::bad_format, "{}: no sheet of {} x {} pictures", file.string(), sheets.columns, sheets.rows);
    for (int i = 0; i < sheets.rows * sheets.columns && out.pictures.size() < limit; ++i)
      out.pictures.push_back(tile(sheet, width, height, i / sheets.columns, i % sheets.columns));
  }
  if (out.pictures.size() < limit)
    return fail(Errc::not_found, "{}: {} pictures for {} labels", folder.string(), out.pictures.size(), limit);
  for (std::size_t i = 0; i < limit; ++i) out.labels.push_back(static_cast<int>((*labels)[i]));
  return out;
}

// What a gzipped file holds, from `skip` on, `size` bytes.
Result<Bytes> read_gzip(const std::filesystem::path& path, std::size_t skip, std::size_t size) {
  const std::unique_ptr<gzFile_s, decltype(&gzclose)> in(gzopen(path.c_str(), "rb"), &gzclose);
  if (!in) return fail(Errc::not_found, "{}: no such file; --data names the folder of the data sets", path.string());
  Bytes out(skip + size);
  if (gzread(in.get(), out.data(), static_cast<unsigned>(out.size())) != static_cast<int>(out.size()))
    return fail(Errc::truncated, "{}: fewer than {} bytes", path.string(), out.size());
  out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(skip));
  return out;
}

Result<DataSet> load_mnist(const std::filesystem::path& folder, std::size_t limit) {
  constexpr int kSide = 28;
  constexpr std::size_t kTestPictures = 10000, kPixels = kSide * kSide;
  limit = std::min(limit, kTestPictures);
  const Bytes pixels = LC_TRY(read_gzip(folder / "t10k-images-idx3-ubyte.gz", 16, limit * kPixels));
  const Bytes labels = LC_TRY(read_gzip(folder / "t10k-labels-idx1-ubyte.gz", 8, limit));
  DataSet out;
  const Image like = Image::make(PixelFormat::gray8, kSide, kSide);
  for (std::size_t i = 0; i < limit; ++i) {
    out.pictures.push_back(study::picture_of(ByteSpan(pixels).subspan(i * kPixels, kPixels), like));
    out.labels.push_back(std::to_integer<int>(labels[i]));
  }
  return out;
}

}  // namespace

Result<DataSet> load_test_set(const std::filesystem::path& data, const std::string& name, int limit) {
  if (name == "mnist") return load_mnist(data / name, static_cast<std::size_t>(limit));
  const auto found = std::find_if(kSheets.begin(), kSheets.end(), [&](const Sheets& s) { return s.name == name; });
  if (found == kSheets.end()) return fail(Errc::invalid_config, "no data set '{}': mnist, cifar10, xray, fundus", name);
  return load_sheets(data / name, *found, static_cast<std::size_t>(limit));
}

Result<DataSet> load_photos(const std::filesystem::path& folder, int side, int limit) {
  DataSet out;
  for (const Picture& found : LC_TRY(find_pictures({folder.string()}))) {
    if (out.pictures.size() == static_cast<std::size_t>(limit)) break;
    const Image picture = LC_TRY(quality::load_picture(found.file));
    const int least = std::min(picture.width(), picture.height());
    ImageView middle = picture.view();
    middle.planes[0] += std::ptrdiff_t{(picture.height() - least) / 2} * middle.strides[0] +
                        row_bytes(picture.format(), 0, (picture.width() - least) / 2);
    middle.width = middle.height = least;
    out.pictures.push_back(scaled(middle, PixelFormat::gray8, side, side));
  }
  return out;
}

Image scaled(const ImageView& picture, PixelFormat format, int width, int height, quality::Kernel kernel) {
  const Image source = convert(picture, format);
  if (source.width() == width && source.height() == height) return source;
  return quality::resized(source.view(), width, height, kernel);
}

}  // namespace lc::cli
