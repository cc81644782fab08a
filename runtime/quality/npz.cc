#include "quality/npz.h"

#include <zip.h>

#include <bit>
#include <charconv>
#include <cstring>
#include <memory>

namespace lc::quality {
namespace {

static_assert(std::endian::native == std::endian::little, "numpy's '<' is ours");

constexpr std::size_t kMaxArrayBytes = std::size_t{256} << 20;

// What stands behind 'key': in the header, a Python dict, up to `end`.
Result<std::string_view> value_of(std::string_view header, std::string_view key, char end) {
  const std::size_t at = header.find(key);
  if (at == std::string_view::npos) return fail(Errc::bad_format, "npy: no {} in the header", key);
  const std::size_t begin = header.find_first_not_of(" :'(", at + key.size() + 1);
  const std::size_t stop = begin == std::string_view::npos ? begin : header.find(end, begin);
  if (stop == std::string_view::npos) return fail(Errc::bad_format, "npy: {} has no end", key);
  return header.substr(begin, stop - begin);
}

// Bytes of an element; 0: unsupported.
std::size_t element_bytes(std::string_view type) {
  if (type.size() < 3) return 0;
  std::size_t number = 0;
  const auto read = std::from_chars(type.data() + 2, type.data() + type.size(), number);
  if (read.ec != std::errc() || read.ptr != type.data() + type.size() || number == 0 || number > 4096) return 0;
  if (type[0] == '>') return 0;
  if (type[1] == 'U') return 4 * number;
  const bool is_number = std::string_view("fiub").find(type[1]) != std::string_view::npos;
  return is_number && number <= 8 ? number : 0;
}

Result<std::vector<std::int64_t>> shape_of(std::string_view text) {
  std::vector<std::int64_t> out;
  while (!(text = text.substr(std::min(text.find_first_not_of(", L"), text.size()))).empty()) {
    std::int64_t size = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), size);
    if (read.ec != std::errc() || size < 0 || out.size() == 32) return fail(Errc::bad_format, "npy: no such shape");
    out.push_back(size);
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  }
  return out;
}

template <class T, class Out>
std::vector<Out> elements(const Bytes& bytes) {
  std::vector<Out> out;
  for (std::size_t at = 0; at + sizeof(T) <= bytes.size(); at += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    out.push_back(static_cast<Out>(value));
  }
  return out;
}

}  // namespace

Result<std::vector<float>> NumpyArray::floats() const {
  if (type != "<f4") return fail(Errc::unsupported, "an array of numpy's type {}; '<f4' is needed", type);
  return elements<float, float>(bytes);
}

Result<std::vector<std::int64_t>> NumpyArray::integers() const {
  using Out = std::int64_t;
  if (type == "|u1" || type == "|b1") return elements<std::uint8_t, Out>(bytes);
  if (type == "<i4") return elements<std::int32_t, Out>(bytes);
  if (type == "<i8") return elements<std::int64_t, Out>(bytes);
  return fail(Errc::unsupported, "an array of numpy's type {}; '|u1', '<i4' or '<i8' is needed", type);
}

Result<std::vector<std::string>> NumpyArray::texts() const {
  if (type.size() < 3 || type[1] != 'U') return fail(Errc::unsupported, "an array of numpy's type {}, not text", type);
  std::vector<std::string> out;
  const std::size_t width = element_bytes(type);
  for (std::size_t at = 0; at + width <= bytes.size(); at += width) {
    std::string text;
    for (const char32_t c :
         elements<char32_t, char32_t>(Bytes(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                                            bytes.begin() + static_cast<std::ptrdiff_t>(at + width)))) {
      if (c == 0) break;
      text += c < 128 ? static_cast<char>(c) : '?';
    }
    out.push_back(std::move(text));
  }
  return out;
}

Result<NumpyArray> parse_npy(ByteSpan file) {
  const std::string_view text = as_text(file);
  if (text.size() < 10 || text.substr(0, 6) != "\x93NUMPY") return fail(Errc::bad_format, "no .npy file");
  const bool is_short = text[6] == 1;
  const std::size_t begin = is_short ? 10 : 12;
  if (text.size() < begin) return fail(Errc::truncated, "npy: ends within its header");
  std::size_t size = 0;
  for (std::size_t i = begin; i-- > 8;) size = size << 8 | static_cast<unsigned char>(text[i]);
  if (size > text.size() - begin) return fail(Errc::truncated, "npy: ends within its header");
  const std::string_view header = text.substr(begin, size);
  if (LC_TRY(value_of(header, "fortran_order", ',')) != "False")
    return fail(Errc::unsupported, "npy: an array in Fortran order");
  NumpyArray out;
  out.type = LC_TRY(value_of(header, "descr", '\''));
  out.shape = LC_TRY(shape_of(LC_TRY(value_of(header, "shape", ')'))));
  std::size_t bytes = element_bytes(out.type);
  if (bytes == 0) return fail(Errc::unsupported, "npy: elements of numpy's type {}", out.type);
  for (const std::int64_t count : out.shape) {
    if (count > 0 && bytes > kMaxArrayBytes / static_cast<std::size_t>(count))
      return fail(Errc::unsupported, "npy: an array of more than {} bytes", kMaxArrayBytes);
    bytes *= static_cast<std::size_t>(count);
  }
  if (file.size() - begin - size != bytes)
    return fail(Errc::truncated, "npy: {} bytes of elements, by its shape {}", file.size() - begin - size, bytes);
  out.bytes.assign(file.end() - static_cast<std::ptrdiff_t>(bytes), file.end());
  return out;
}

Result<NumpyArray> load_npz(const std::filesystem::path& file, const std::string& name) {
  int error = 0;
  const std::unique_ptr<zip_t, decltype(&zip_discard)> archive(zip_open(file.c_str(), ZIP_RDONLY, &error),
                                                               &zip_discard);
  if (!archive)
    return fail(error == ZIP_ER_NOENT || error == ZIP_ER_OPEN ? Errc::not_found : Errc::bad_format,
                "{}: it cannot be opened as a .npz file", file.string());
  zip_stat_t about;
  const std::string member = name + ".npy";
  if (zip_stat(archive.get(), member.c_str(), 0, &about) != 0 || (about.valid & ZIP_STAT_SIZE) == 0)
    return fail(Errc::not_found, "{}: it holds no array '{}'", file.string(), name);
  if (about.size > kMaxArrayBytes) return fail(Errc::unsupported, "{}: '{}' is too large", file.string(), name);
  const std::unique_ptr<zip_file_t, decltype(&zip_fclose)> in(zip_fopen(archive.get(), member.c_str(), 0), &zip_fclose);
  Bytes content(static_cast<std::size_t>(about.size));
  if (!in || zip_fread(in.get(), content.data(), content.size()) != static_cast<zip_int64_t>(content.size()))
    return fail(Errc::bad_format, "{}: '{}' cannot be read", file.string(), name);
  auto array = parse_npy(content);
  if (!array) return within(file.string(), array.error());
  return array;
}

}  // namespace lc::quality
