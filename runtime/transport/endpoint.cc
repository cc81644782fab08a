#include "transport/endpoint.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>

namespace lc::transport {
namespace {

constexpr std::size_t kMaxIpcPath = sizeof(sockaddr_un{}.sun_path) - 1;
constexpr int kMaxPort = 65535;

std::optional<int> parse_port(std::string_view text) {
  if (text == "*") return 0;
  int port = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port < 0 || port > kMaxPort)
    return std::nullopt;
  return port;
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
         c == '_';
}

Result<> check_host(const Endpoint& endpoint, std::string_view text) {
  if (endpoint.host.empty())
    return fail(Errc::invalid_config,
                "'{}' names no host: write tcp://HOST:PORT, or tcp://*:PORT to bind everywhere", text);
  if (endpoint.host == "*") {
    if (endpoint.attach == Attach::bind) return {};
    return fail(Errc::invalid_config,
                "'{}' cannot be connected to: '*' is for binding; name the host of the peer", text);
  }
  const bool is_valid = endpoint.is_ipv6
                            ? endpoint.host.find_first_not_of("0123456789abcdefABCDEF:.") == std::string::npos
                            : std::all_of(endpoint.host.begin(), endpoint.host.end(), is_host_character);
  if (!is_valid)
    return fail(Errc::invalid_config,
                "'{}' has no valid host: a name, an IPv4 address or an [IPv6 address] is expected", text);
  return {};
}

Result<Endpoint> parse_tcp(Endpoint endpoint, std::string_view text, std::string_view address) {
  const std::size_t colon = address.rfind(':');
  const bool has_port = colon != std::string_view::npos && address.find(']', colon) == std::string_view::npos;
  if (!has_port)
    return fail(Errc::invalid_config, "'{}' has no port: write tcp://HOST:PORT, for example {}:5600", text,
                text);
  std::string_view host = address.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    endpoint.is_ipv6 = true;
    host = host.substr(1, host.size() - 2);
  }
  endpoint.host = std::string(host);
  LC_TRY(check_host(endpoint, text));
  const auto port = parse_port(address.substr(colon + 1));
  if (!port)
    return fail(Errc::invalid_config, "'{}': '{}' is not a port; 1..{} is expected, or * to bind a free one",
                text, address.substr(colon + 1), kMaxPort);
  if (*port == 0 && endpoint.attach == Attach::connect)
    return fail(Errc::invalid_config, "'{}' cannot be connected to: name the port of the peer, 1..{}", text,
                kMaxPort);
  endpoint.port = *port;
  if (*port == 0) endpoint.text = fmt::format("tcp://{}:*", address.substr(0, colon));
  return endpoint;
}

Result<Endpoint> parse_path(Endpoint endpoint, std::string_view text, std::string_view path) {
  const bool is_ipc = endpoint.scheme == Scheme::ipc;
  if (path.empty() || path == "*")
    return fail(Errc::invalid_config, "'{}' names no {}: write {}", text, is_ipc ? "file" : "name",
                is_ipc ? "ipc:///run/user/1000/camera.sock" : "inproc://camera");
  if (path.size() > kMaxIpcPath)
    return fail(Errc::invalid_config, "'{}': the path has {} bytes, the system allows {}; use a shorter one",
                text, path.size(), kMaxIpcPath);
  endpoint.path = std::string(path);
  return endpoint;
}

class UnixProbe {
 public:
  UnixProbe() : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {}
  UnixProbe(const UnixProbe&) = delete;
  UnixProbe& operator=(const UnixProbe&) = delete;
  ~UnixProbe() {
    if (fd_ >= 0) ::close(fd_);
  }
  // Does somebody listen there?
  bool answers(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, kMaxIpcPath);
    return fd_ >= 0 && (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ||
                        errno == EAGAIN);  // its backlog is full
  }

 private:
  int fd_;
};

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text, Attach attach) {
  Endpoint endpoint;
  endpoint.attach = attach;
  endpoint.text = std::string(text);
  if (text.empty())
    return fail(Errc::invalid_config, "no endpoint given: write tcp://HOST:PORT or ipc://PATH");
  if (text.find('\0') != std::string_view::npos)
    return fail(Errc::invalid_config, "the endpoint has a zero byte in it");
  const std::size_t mark = text.find("://");
  if (mark == std::string_view::npos)
    return fail(Errc::invalid_config, "'{}' has no transport: write tcp://{}{}, or ipc://PATH", text, text,
                text.find(':') == std::string_view::npos ? ":5600" : "");
  const std::string_view scheme = text.substr(0, mark), rest = text.substr(mark + 3);
  if (scheme == "tcp") {
    endpoint.scheme = Scheme::tcp;
    return parse_tcp(std::move(endpoint), text, rest);
  }
  if (scheme != "ipc" && scheme != "inproc")
    return fail(Errc::invalid_config,
                "'{}': '{}' is not a transport that we have; tcp://HOST:PORT and ipc://PATH are", text,
                scheme);
  endpoint.scheme = scheme == "ipc" ? Scheme::ipc : Scheme::inproc;
  return parse_path(std::move(endpoint), text, rest);
}

Result<> check_ipc_path(const Endpoint& endpoint) {
  if (endpoint.scheme != Scheme::ipc || endpoint.path.front() == '@') return {};
  struct stat info {};
  const std::filesystem::path path(endpoint.path);
  const std::filesystem::path folder =
      path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  if (::stat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
    return fail(Errc::unavailable, "{}: there is no folder {}; create it, or choose another path",
                endpoint.text, folder.string());
  if (::lstat(endpoint.path.c_str(), &info) != 0) return {};
  if (!S_ISSOCK(info.st_mode))
    return fail(Errc::invalid_config,
                "{}: a file that is no socket lies there and would be lost; choose another path",
                endpoint.text);
  if (UnixProbe().answers(endpoint.path))
    return fail(Errc::unavailable, "{}: another program is bound there; stop it, or choose another path",
                endpoint.text);
  return {};
}

Error attach_error(const Endpoint& endpoint, int error) {
  const bool is_tcp = endpoint.scheme == Scheme::tcp;
  switch (error) {
    case EADDRINUSE:
      if (!is_tcp)
        return {Errc::unavailable, fmt::format("{}: is in use already; choose another name", endpoint.text)};
      return {
          Errc::unavailable,
          fmt::format(
              "{}: port {} is in use; stop the other program (ss -ltnp 'sport = :{}' names it), or choose "
              "another port",
              endpoint.text, endpoint.port, endpoint.port)};
    case EADDRNOTAVAIL:
    case ENODEV:
      return {Errc::unavailable,
              fmt::format("{}: this machine has no address '{}'; tcp://*:{} binds every one it has",
                          endpoint.text, endpoint.host, endpoint.port)};
    case EACCES:
      return {Errc::refused,
              fmt::format("{}: not permitted; {}", endpoint.text,
                          is_tcp ? "choose a port above 1023" : "choose a folder that you may write to")};
    default:
      return {Errc::unavailable,
              fmt::format("{}: cannot {}: {}", endpoint.text,
                          endpoint.attach == Attach::bind ? "bind" : "connect", zmq_strerror(error))};
  }
}

}  // namespace lc::transport
