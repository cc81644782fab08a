#include "engine/monitor.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/random.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "engine/bounded_server.h"
#include "engine/monitor_page.h"

namespace lc::engine {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kMaxWaiting = 8;  // requests that wait for a picture at a time
constexpr milliseconds kPictureWait{500}, kSnapshotWait{3000}, kWatched{2000};
constexpr milliseconds kNew{1000};  // an older picture is from before somebody watched: nobody gets it as new
// Nothing but what this server serves, and no page around it.
constexpr char kPolicy[] =
    "default-src 'self'; img-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

struct Address {
  std::string host;
  int port = 0;
  bool is_loopback() const { return host == "localhost" || host == "::1" || host.starts_with("127."); }
  std::string text(int bound_port) const {
    return host.find(':') != std::string::npos ? fmt::format("[{}]:{}", host, bound_port)
                                               : fmt::format("{}:{}", host, bound_port);
  }
};

Result<Address> parse(const std::string& text) {
  const auto wrong = [&] {
    return fail(Errc::invalid_config, "monitor: expected HOST:PORT, such as 127.0.0.1:8080 or 127.0.0.1:0, found '{}'",
                text);
  };
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return wrong();
  Address address{.host = text.substr(0, colon)};
  if (address.host.front() == '[' && address.host.back() == ']')
    address.host = address.host.substr(1, address.host.size() - 2);
  else if (address.host.find(':') != std::string::npos)
    return wrong();
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, address.port);
  if (error != std::errc() || stop != end || address.port < 0 || address.port > 65535 || address.host.empty() ||
      address.host.find_first_of("*/ ") != std::string::npos)
    return wrong();
  return address;
}

// An address of this machine that others can reach; `otherwise` where there is none.
std::string reachable_address(const std::string& otherwise) {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return otherwise;
  std::string found = otherwise;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET || (one->ifa_flags & IFF_LOOPBACK) != 0)
      continue;
    char text[INET_ADDRSTRLEN] = "";
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr, text, sizeof text);
    found = text;
    break;
  }
  ::freeifaddrs(all);
  return found;
}

std::string make_token() {
  std::array<unsigned char, 16> bytes{};
  LC_EXPECT(::getrandom(bytes.data(), bytes.size(), 0) == ssize_t{bytes.size()}, "16 random bytes come at once");
  std::string out;
  for (const unsigned char b : bytes) out += fmt::format("{:02x}", b);
  return out;
}

// Takes as long for every wrong token.
bool is_same(std::string_view given, std::string_view token) {
  unsigned difference = given.size() == token.size() ? 0 : 1;
  for (std::size_t i = 0; i < token.size(); ++i)
    difference |= static_cast<unsigned char>(token[i]) ^ static_cast<unsigned char>(i < given.size() ? given[i] : 0);
  return difference == 0;
}

std::string cookie_of(const httplib::Request& request, const std::string& cookie) {
  const std::string all = request.get_header_value("Cookie"), name = cookie + "=";
  const auto at = all.find(name);
  if (at == std::string::npos) return "";
  const auto from = at + name.size();
  return all.substr(from, all.find(';', from) - from);
}

// "localhost:8080" -> whether that is a name of this machine for itself.
bool is_loopback_name(std::string host) {
  const auto colon = host.rfind(':');
  if (colon != std::string::npos && host.find(']', colon) == std::string::npos) host.erase(colon);
  return host == "localhost" || host == "[::1]" || host == "::1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

std::string percent_encoded(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto b = static_cast<unsigned char>(c);
    out += std::isalnum(b) ? std::string(1, c) : fmt::format("%{:02X}", b);
  }
  return out;
}

std::int64_t ms_since(Clock::time_point then) {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - then).count();
}

}  // namespace

struct Monitor::State {
  Address address;
  std::string token, url;          // no token: none is needed
  std::string cookie;              // its name; cookies do not tell ports apart
  std::string run = make_token();  // tells this monitor from one before it at the same address
  BoundedServer server;
  std::thread thread;

  mutable std::mutex mutex;  // of the rest
  std::condition_variable changed;
  bool is_stopping = false;
  int waiting = 0;
  std::uint64_t number = 0;  // of the newest picture, from 1 on
  MonitorPicture picture;
  Clock::time_point shown_at, noted_at;
  std::optional<Clock::time_point> asked_at;
  std::string status = "{}", note;

  Result<> listen();
  void add_routes();
  bool admit(const httplib::Request& request, httplib::Response& response);
  enum class Wait { picture, none, full };
  Wait wait_for_picture(std::unique_lock<std::mutex>& lock, std::uint64_t after, milliseconds longest);
  void send_picture(const httplib::Request& request, httplib::Response& response);
  void send_snapshot(httplib::Response& response);
  void put_picture(httplib::Response& response) const;
  std::string status_json() const;
};

Result<std::unique_ptr<Monitor>> Monitor::create(const std::string& address) {
  auto state = std::make_unique<State>();
  state->address = LC_TRY(parse(address));
  if (!state->address.is_loopback()) state->token = make_token();
  LC_TRY(state->listen());
  return std::unique_ptr<Monitor>(new Monitor(std::move(state)));
}

Monitor::Monitor(std::unique_ptr<State> state) : state_(std::move(state)) {}

Monitor::~Monitor() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_stopping = true;
  }
  state_->changed.notify_all();
  state_->server.stop_now();
  state_->thread.join();
}

Result<> Monitor::State::listen() {
  server.set_payload_max_length(0);
  server.set_tcp_nodelay(true);
  // Not SO_REUSEPORT, which httplib would set: two programs would share the port, and each would get some requests.
  server.set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  add_routes();
  int port = address.port;
  errno = 0;
  if (port == 0)
    port = server.bind_to_any_port(address.host.c_str());
  else if (!server.bind_to_port(address.host.c_str(), port))
    port = -1;
  if (port < 0 && errno == EACCES)
    return fail(Errc::unavailable, "monitor: this user may not listen on port {}: take one above 1023", address.port);
  if (port < 0)
    return fail(Errc::unavailable,
                "monitor: cannot listen on {}: the port is taken, or the address is not this machine's; port 0 takes a "
                "free one",
                address.text(address.port));
  cookie = fmt::format("latentcast-monitor-{}", port);
  Address shown = address;
  if (shown.host == "0.0.0.0" || shown.host == "::") shown.host = reachable_address("127.0.0.1");
  url = fmt::format("http://{}/{}", shown.text(port), token.empty() ? "" : "?token=" + token);
  thread = std::thread([this] { server.listen_after_bind(); });
  // stop() does nothing to a server that does not run yet.
  while (!server.is_running()) std::this_thread::sleep_for(milliseconds(1));
  return {};
}

void Monitor::State::add_routes() {
  server.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    response.set_header("Cache-Control", "no-store");
    response.set_header("X-Content-Type-Options", "nosniff");
    response.set_header("Referrer-Policy", "no-referrer");
    response.set_header("Content-Security-Policy", kPolicy);
    response.set_header("Cross-Origin-Resource-Policy", "same-origin");  // in no foreign page, not even as <img>
    return admit(request, response) ? httplib::Server::HandlerResponse::Unhandled
                                    : httplib::Server::HandlerResponse::Handled;
  });
  for (const PageFile& file : kPageFiles)
    server.Get(file.path, [&file](const httplib::Request&, httplib::Response& response) {
      response.set_content(std::string(file.content), file.type);
    });
  server.Get("/picture", [this](const auto& request, auto& response) { send_picture(request, response); });
  server.Get("/snapshot.jpg", [this](const auto&, auto& response) { send_snapshot(response); });
  server.Get("/status",
             [this](const auto&, auto& response) { response.set_content(status_json(), "application/json"); });
}

// Whether the request may be answered; if not, the response says why, or where to go on.
bool Monitor::State::admit(const httplib::Request& request, httplib::Response& response) {
  const auto refuse = [&](int code, const char* why) {
    response.status = code;
    response.set_content(why, "text/plain");
    return false;
  };
  if (request.method != "GET" && request.method != "HEAD") return refuse(405, "only GET is answered here\n");
  if (!request.ranges.empty()) return refuse(416, "there are no parts of anything here\n");
  // Other pages may link here, but not load from here. Browsers tell; others are not kept out by this.
  const std::string site = request.get_header_value("Sec-Fetch-Site");
  if ((site == "cross-site" || site == "same-site") && request.get_header_value("Sec-Fetch-Mode") != "navigate")
    return refuse(403, "other pages cannot load this\n");
  if (token.empty())
    return is_loopback_name(request.get_header_value("Host")) ||
           refuse(403, "this page answers to localhost and 127.0.0.1 only\n");
  if (is_same(cookie_of(request, cookie), token)) return true;
  if (!is_same(request.get_param_value("token"), token))
    return refuse(403, "open the whole address that the receiver printed: it holds a token\n");
  if (request.path != "/") return true;
  // The page goes on with a cookie: the token is in no history and no bookmark then.
  response.set_header("Set-Cookie", fmt::format("{}={}; HttpOnly; SameSite=Lax; Path=/", cookie, token));
  response.set_redirect("/");
  return false;
}

// Waits for a picture that is new to who asks, and not old.
Monitor::State::Wait Monitor::State::wait_for_picture(std::unique_lock<std::mutex>& lock, std::uint64_t after,
                                                      milliseconds longest) {
  const auto is_there = [&] { return number > after && ms_since(shown_at) < kNew.count(); };
  asked_at = Clock::now();
  if (is_there()) return Wait::picture;
  if (waiting == kMaxWaiting) return Wait::full;
  ++waiting;
  const auto end = Clock::now() + longest;
  while (!is_there() && !is_stopping && Clock::now() < end) {
    asked_at = Clock::now();
    changed.wait_until(lock, std::min(end, Clock::now() + kPictureWait));
  }
  --waiting;
  return is_there() ? Wait::picture : Wait::none;
}

void Monitor::State::send_picture(const httplib::Request& request, httplib::Response& response) {
  std::uint64_t after = 0;
  const std::string given = request.get_param_value("after");
  std::from_chars(given.data(), given.data() + given.size(), after);
  std::unique_lock lock(mutex);
  switch (wait_for_picture(lock, after, kPictureWait)) {
    case Wait::picture:
      return put_picture(response);
    case Wait::none:
      response.status = 204;
      return;
    case Wait::full:
      response.status = 503;
      response.set_header("Retry-After", "1");
      response.set_content("too many wait for pictures\n", "text/plain");
      return;
  }
}

void Monitor::State::send_snapshot(httplib::Response& response) {
  std::unique_lock lock(mutex);
  if (wait_for_picture(lock, 0, kSnapshotWait) == Wait::picture) return put_picture(response);
  response.status = 404;
  response.set_content(number == 0 ? "no picture yet\n" : fmt::format("no new picture for {} ms\n", ms_since(shown_at)),
                       "text/plain");
}

void Monitor::State::put_picture(httplib::Response& response) const {
  response.set_header("X-Number", std::to_string(number));
  response.set_header("X-Age-Ms", std::to_string(ms_since(shown_at)));
  response.set_header("X-Capture-Ns", std::to_string(picture.capture_ns));
  response.set_header("X-Label", percent_encoded(picture.label));
  response.set_header("X-Confidence", fmt::format("{:.4f}", picture.confidence));
  response.set_content(std::string(picture.jpeg.begin(), picture.jpeg.end()), "image/jpeg");
}

std::string Monitor::State::status_json() const {
  const std::lock_guard lock(mutex);
  const auto now =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch());
  nlohmann::ordered_json out;
  out["now_ns"] = now.count();
  out["run"] = run;
  if (number > 0) out["picture"] = {{"number", number}, {"age_ms", ms_since(shown_at)}};
  if (!note.empty()) out["note"] = {{"text", note}, {"age_ms", ms_since(noted_at)}};
  out["status"] = nlohmann::ordered_json::parse(status, nullptr, false);
  return out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

const std::string& Monitor::url() const { return state_->url; }

bool Monitor::is_watched() const {
  const std::lock_guard lock(state_->mutex);
  return state_->asked_at && ms_since(*state_->asked_at) < kWatched.count();
}

void Monitor::show(MonitorPicture picture) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->picture = std::move(picture);
    ++state_->number;
    state_->shown_at = Clock::now();
  }
  state_->changed.notify_all();
}

void Monitor::set_status(std::string json) {
  const std::lock_guard lock(state_->mutex);
  state_->status = std::move(json);
}

void Monitor::note(const std::string& sentence) {
  const std::lock_guard lock(state_->mutex);
  state_->note = sentence;
  state_->noted_at = Clock::now();
}

}  // namespace lc::engine
