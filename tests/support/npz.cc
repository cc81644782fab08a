#include "support/npz.h"

#include <zlib.h>

#include <cstring>
#include <stdexcept>

#include "base/file.h"

namespace lc::test {
namespace {

std::uint32_t number(const std::string& s, std::size_t at, std::size_t bytes) {
  std::uint32_t out = 0;
  for (std::size_t i = bytes; i-- > 0;) out = out << 8 | static_cast<unsigned char>(s.at(at + i));
  return out;
}

std::string inflate_raw(const std::string& packed, std::size_t size) {
  std::string out(size, '\0');
  z_stream z{};
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  z.avail_in = static_cast<uInt>(packed.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(size);
  const bool good = inflateInit2(&z, -MAX_WBITS) == Z_OK && inflate(&z, Z_FINISH) == Z_STREAM_END;
  inflateEnd(&z);
  if (!good) throw std::runtime_error("npz: cannot inflate");
  return out;
}

// One member of a zip file, found through the directory at its end.
std::string member(const std::string& zip, const std::string& name) {
  const std::size_t end = zip.rfind("PK\5\6");
  if (end == std::string::npos) throw std::runtime_error("npz: not a zip file");
  std::size_t at = number(zip, end + 16, 4);
  for (std::uint32_t i = 0, n = number(zip, end + 10, 2); i < n; ++i) {
    const std::size_t name_size = number(zip, at + 28, 2);
    if (zip.substr(at + 46, name_size) == name) {
      const std::size_t packed = number(zip, at + 20, 4), size = number(zip, at + 24, 4),
                        local = number(zip, at + 42, 4);
      const std::string data =
          zip.substr(local + 30 + number(zip, local + 26, 2) + number(zip, local + 28, 2), packed);
      return number(zip, at + 10, 2) == 0 ? data : inflate_raw(data, size);
    }
    at += 46 + name_size + number(zip, at + 30, 2) + number(zip, at + 32, 2);
  }
  throw std::runtime_error("npz: no array " + name);
}

}  // namespace

std::vector<float> NpyArray::floats() const {
  if (type != "<f4") throw std::runtime_error("npy: type " + type);
  std::vector<float> out(bytes.size() / sizeof(float));
  std::memcpy(out.data(), bytes.data(), bytes.size());
  return out;
}

std::vector<std::string> NpyArray::texts() const {
  const std::size_t width = 4 * static_cast<std::size_t>(std::stoi(type.substr(2)));
  std::vector<std::string> out;
  for (std::size_t at = 0; at + width <= bytes.size(); at += width) {
    std::string text;
    for (std::size_t i = at; i < at + width && bytes[i] != 0; i += 4) text += bytes[i];
    out.push_back(text);
  }
  return out;
}

NpyArray load_npz(const std::filesystem::path& file, const std::string& name) {
  const auto content = load_file(file);
  if (!content) throw std::runtime_error(content.error().text);
  const std::string npy = member(std::string(as_text(*content)), name + ".npy");
  const std::size_t header_size = number(npy, 8, npy.at(6) == 1 ? 2 : 4), begin = npy.at(6) == 1 ? 10 : 12;
  const std::string header = npy.substr(begin, header_size);
  NpyArray out;
  const std::size_t type = header.find('\'', header.find("'descr':") + 8) + 1;
  out.type = header.substr(type, header.find('\'', type) - type);
  std::size_t at = header.find('(') + 1;
  while (header[at] != ')') {
    if (header[at] == ',' || header[at] == ' ') {
      ++at;
      continue;
    }
    std::size_t digits = 0;
    out.shape.push_back(std::stoll(header.substr(at), &digits));
    at += digits;
  }
  out.bytes = npy.substr(begin + header_size);
  return out;
}

}  // namespace lc::test
