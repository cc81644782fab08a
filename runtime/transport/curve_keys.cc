#include "transport/curve_keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/file.h"
#include "transport/secret_file.h"

namespace lc::transport {
namespace {

constexpr std::string_view kSecretTitle = "latentcast-curve-secret-key v1";
constexpr std::string_view kPublicTitle = "latentcast-curve-public-key v1";
constexpr std::size_t kMaxKeyFile = 4096;
constexpr std::size_t kMaxAllowList = std::size_t{1} << 20;

// 40 characters of Z85 and their final zero, wiped with the scope.
struct Z85Text {
  char text[kZ85Characters + 1] = {};
  Z85Text() = default;
  Z85Text(const Z85Text&) = delete;
  Z85Text& operator=(const Z85Text&) = delete;
  ~Z85Text() { explicit_bzero(text, sizeof(text)); }
};

bool decode_z85(std::string_view text, std::span<std::byte, kCurveKeyBytes> key) {
  constexpr std::string_view kAlphabet =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
  if (text.size() != kZ85Characters || text.find_first_not_of(kAlphabet) != std::string_view::npos) return false;
  Z85Text terminated;
  text.copy(terminated.text, kZ85Characters);
  return zmq_z85_decode(reinterpret_cast<std::uint8_t*>(key.data()), terminated.text) != nullptr;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = trimmed(rest.substr(0, end));
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return line;
}

// The value of "name: value" in the lines after the title.
std::optional<std::string_view> field(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':')
      return trimmed(line.substr(name.size() + 1));
  }
  return std::nullopt;
}

Result<> expect_title(const std::filesystem::path& path, std::string_view& text, std::string_view title) {
  const std::string_view line = take_line(text);
  if (line == title) return {};
  if (line == kSecretTitle)
    return fail(Errc::bad_format, "{}: is a secret key; give the public one, {}.pub", path.string(), path.string());
  return fail(Errc::bad_format, "{}: is not a CURVE key file: its first line must be '{}'", path.string(), title);
}

Result<CurvePublicKey> public_field(const std::filesystem::path& path, std::string_view text) {
  CurvePublicKey key;
  const auto value = field(text, "public");
  if (!value || !decode_z85(*value, key))
    return fail(Errc::bad_format, "{}: has no line 'public: <40 characters of Z85>'", path.string());
  return key;
}

Result<> write_new(const std::filesystem::path& path, std::string_view content, mode_t mode) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd < 0) {
    const int error = errno;
    if (error == EEXIST)
      return fail(Errc::invalid_config, "{}: exists already; move it away first, keys are not replaced", path.string());
    return fail(Errc::unavailable, "{}: {}", path.string(), std::strerror(error));
  }
  const bool is_written =
      ::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()) && ::fsync(fd) == 0;
  const int error = errno;
  ::close(fd);
  if (is_written) return {};
  ::unlink(path.c_str());
  return fail(Errc::unavailable, "{}: {}", path.string(), std::strerror(error));
}

}  // namespace

CurveSecretKey::CurveSecretKey(CurveSecretKey&& other) noexcept { *this = std::move(other); }

CurveSecretKey& CurveSecretKey::operator=(CurveSecretKey&& other) noexcept {
  if (this == &other) return *this;
  bytes_ = other.bytes_;
  explicit_bzero(other.bytes_.data(), other.bytes_.size());
  return *this;
}

CurveSecretKey::~CurveSecretKey() { explicit_bzero(bytes_.data(), bytes_.size()); }

Result<> create_curve_key(const std::filesystem::path& path) {
  Z85Text public_text, secret_text;
  if (zmq_curve_keypair(public_text.text, secret_text.text) != 0)
    return fail(Errc::unsupported, "this ZeroMQ library was built without CURVE");
  const auto public_line = fmt::format("public: {}\n", public_text.text);
  SecretBuffer content;
  content.append(fmt::format("{}\n{}", kSecretTitle, public_line));
  content.append("secret: ");
  content.append(secret_text.text);
  content.append("\n");
  LC_TRY(write_new(path, content.text(), 0600));
  return write_new(path.string() + ".pub", fmt::format("{}\n{}", kPublicTitle, public_line), 0644);
}

Result<CurveKeyPair> load_curve_key(const std::filesystem::path& path) {
  SecretBuffer content;
  LC_TRY(load_secret_file(path, kMaxKeyFile, content));
  return parse_curve_key(content.text(), path);
}

Result<CurveKeyPair> parse_curve_key(std::string_view text, const std::filesystem::path& path) {
  LC_TRY(expect_title(path, text, kSecretTitle));
  CurveKeyPair pair;
  pair.public_key = LC_TRY(public_field(path, text));
  const auto secret = field(text, "secret");
  if (!secret || !decode_z85(*secret, pair.secret_key.writable()))
    return fail(Errc::bad_format, "{}: has no line 'secret: <40 characters of Z85>'", path.string());
  Z85Text secret_text, public_text;
  secret->copy(secret_text.text, kZ85Characters);
  if (zmq_curve_public(public_text.text, secret_text.text) != 0)
    return fail(Errc::unsupported, "this ZeroMQ library was built without CURVE");
  if (public_text.text != to_z85(pair.public_key))
    return fail(Errc::corrupt, "{}: the public key does not belong to the secret key; make the file anew",
                path.string());
  return pair;
}

Result<CurvePublicKey> load_curve_public_key(const std::filesystem::path& path) {
  const Bytes content = LC_TRY(load_file(path, kMaxKeyFile));
  return parse_curve_public_key(as_text(content), path);
}

Result<CurvePublicKey> parse_curve_public_key(std::string_view text, const std::filesystem::path& path) {
  LC_TRY(expect_title(path, text, kPublicTitle));
  return public_field(path, text);
}

Result<std::vector<AllowedClient>> load_allow_list(const std::filesystem::path& path) {
  const Bytes content = LC_TRY(load_file(path, kMaxAllowList));
  return parse_allow_list(as_text(content), path);
}

Result<std::vector<AllowedClient>> parse_allow_list(std::string_view text, const std::filesystem::path& path) {
  std::string_view rest = text;
  std::vector<AllowedClient> clients;
  for (int number = 1; !rest.empty(); ++number) {
    const std::string_view line = take_line(rest);
    if (line.empty() || line == "#" || line.starts_with("# ")) continue;
    const std::size_t gap = line.find_first_of(" \t");
    AllowedClient client;
    if (gap != std::string_view::npos) client.name = std::string(line.substr(0, gap));
    if (client.name.empty() || !decode_z85(trimmed(line.substr(gap)), client.key))
      return fail(Errc::bad_format, "{}:{}: expected a name and a public key of 40 characters", path.string(), number);
    clients.push_back(std::move(client));
  }
  return clients;
}

std::string to_z85(const CurvePublicKey& key) {
  char text[kZ85Characters + 1];
  zmq_z85_encode(text, reinterpret_cast<const std::uint8_t*>(key.data()), key.size());
  return text;
}

}  // namespace lc::transport
