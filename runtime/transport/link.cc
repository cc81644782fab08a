#include "transport/link.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <zmq.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "transport/curve_keys.h"

namespace lc::transport {
namespace {

// Behind the DRAFT guard in zmq.h, and present in the stable library. Without it a dead authenticator lets
// everyone in.
constexpr int kZapEnforceDomain = 93;

int milliseconds(std::chrono::milliseconds time) { return static_cast<int>(time.count()); }

Result<> check_curve_files(const CurveFiles& files, Scheme scheme) {
  if (!files.is_on()) return {};
  if (scheme == Scheme::inproc)
    return fail(Errc::invalid_config, "CURVE does not apply to inproc endpoints; leave the keys out");
  if (files.key.empty()) return fail(Errc::invalid_config, "CURVE needs our own secret key file (curve-key)");
  if (files.allow.empty() == files.server.empty())
    return fail(Errc::invalid_config,
                "CURVE needs either an allow-list (curve-allow: we are the server) or the public key file of "
                "the server "
                "(curve-server: we are a client)");
  return {};
}

Result<> apply_curve(Socket& socket, const CurveFiles& files) {
  const CurveKeyPair pair = LC_TRY(load_curve_key(files.key));
  LC_TRY(socket.set_bytes(ZMQ_CURVE_SECRETKEY, pair.secret_key.bytes()));
  if (!files.server.empty()) {
    LC_TRY(socket.set_bytes(ZMQ_CURVE_PUBLICKEY, pair.public_key));
    return socket.set_bytes(ZMQ_CURVE_SERVERKEY, LC_TRY(load_curve_public_key(files.server)));
  }
  LC_TRY(socket.set(ZMQ_CURVE_SERVER, 1));
  LC_TRY(socket.set_bytes(ZMQ_ZAP_DOMAIN, as_bytes(kZapDomain)));
  return socket.set(kZapEnforceDomain, 1);
}

// How a dead peer is noticed. Heartbeats do not go with back-pressure (link_state.h, 5).
Result<> apply_life_signs(Socket& socket, const LinkOptions& options) {
  if (options.pattern == Pattern::push_pull) {
    LC_TRY(socket.set(ZMQ_TCP_KEEPALIVE, 1));
    LC_TRY(socket.set(ZMQ_TCP_KEEPALIVE_IDLE, kKeepAliveIdleSeconds));
    LC_TRY(socket.set(ZMQ_TCP_KEEPALIVE_INTVL, kKeepAliveIntervalSeconds));
    return socket.set(ZMQ_TCP_KEEPALIVE_CNT, kKeepAliveProbes);
  }
  LC_TRY(socket.set(ZMQ_HEARTBEAT_IVL, milliseconds(options.heartbeat_interval)));
  LC_TRY(socket.set(ZMQ_HEARTBEAT_TIMEOUT, milliseconds(options.heartbeat_timeout)));
  return socket.set(ZMQ_HEARTBEAT_TTL, milliseconds(options.heartbeat_timeout));
}

Result<> apply_times(Socket& socket, std::chrono::milliseconds handshake_timeout) {
  LC_TRY(socket.set(ZMQ_HANDSHAKE_IVL, milliseconds(handshake_timeout)));
  LC_TRY(socket.set(ZMQ_CONNECT_TIMEOUT, milliseconds(kConnectTimeout)));
  LC_TRY(socket.set(ZMQ_RECONNECT_IVL, milliseconds(kReconnectFirst)));
  return socket.set(ZMQ_RECONNECT_IVL_MAX, milliseconds(kReconnectLast));
}

Result<> apply_settings(Socket& socket, const Endpoint& endpoint, const SocketSettings& settings,
                        bool has_curve) {
  const std::size_t max_bytes = settings.max_message_bytes + (has_curve ? kCurveOverheadBytes : 0);
  LC_TRY(socket.set(ZMQ_SNDHWM, settings.send_hwm));
  LC_TRY(socket.set(ZMQ_RCVHWM, settings.receive_hwm));
  LC_TRY(socket.set_wide(ZMQ_MAXMSGSIZE, static_cast<std::int64_t>(max_bytes)));
  if (settings.send_buffer_bytes > 0) LC_TRY(socket.set(ZMQ_SNDBUF, settings.send_buffer_bytes));
  if (endpoint.is_ipv6) LC_TRY(socket.set(ZMQ_IPV6, 1));
  if (settings.wants_every_subscription) LC_TRY(socket.set(ZMQ_XPUB_VERBOSER, 1));
  for (const Bytes& topic : settings.topics) {
    Bytes subscription;
    subscription.reserve(1 + topic.size());
    Writer out(subscription);
    out.big(std::uint8_t{1});
    out.bytes(topic);
    if (socket.send(subscription) != Socket::Sent::done)
      return fail(Errc::backend, "ZeroMQ refuses a subscription: {}", zmq_strerror(zmq_errno()));
  }
  return {};
}

Result<Socket> open_monitor(const std::shared_ptr<Context>& context, Socket& socket) {
  constexpr int kEvents = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CONNECT_DELAYED |
                          ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED |
                          ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                          ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
  // The address of the socket is unique while it lives.
  const std::string address = fmt::format("inproc://latentcast-monitor-{}", fmt::ptr(socket.handle()));
  if (zmq_socket_monitor(socket.handle(), address.c_str(), kEvents) != 0)
    return fail(Errc::backend, "ZeroMQ gives no monitor: {}", zmq_strerror(zmq_errno()));
  Socket monitor = LC_TRY(Socket::open(context, ZMQ_PAIR));
  if (zmq_connect(monitor.handle(), address.c_str()) != 0)
    return fail(Errc::backend, "ZeroMQ gives no monitor: {}", zmq_strerror(zmq_errno()));
  return monitor;
}

Result<> attach(Socket& socket, const Endpoint& endpoint) {
  if (endpoint.attach == Attach::bind) LC_TRY(check_ipc_path(endpoint));
  const auto call = endpoint.attach == Attach::bind ? zmq_bind : zmq_connect;
  if (call(socket.handle(), endpoint.text.c_str()) != 0)
    return tl::unexpected(attach_error(endpoint, zmq_errno()));
  return {};
}

}  // namespace

Result<std::unique_ptr<Link>> Link::open(const LinkOptions& options, const SocketSettings& settings) {
  const Endpoint endpoint = LC_TRY(parse_endpoint(options.endpoint, options.attach));
  if (endpoint.scheme == Scheme::inproc && !options.context)
    return fail(Errc::invalid_config,
                "'{}' works only between users of one context in one program; write ipc://PATH",
                endpoint.text);
  LC_TRY(check_curve_files(options.curve, endpoint.scheme));
  const auto context = options.context ? options.context : LC_TRY(Context::create());
  // The authenticator first: nobody may find the door open before it stands there.
  std::unique_ptr<ZapHandler> authenticator;
  if (!options.curve.allow.empty()) authenticator = LC_TRY(ZapHandler::start(context, options.curve.allow));
  Socket socket = LC_TRY(Socket::open(context, settings.type));
  LC_TRY(apply_life_signs(socket, options));
  LC_TRY(apply_times(socket, options.handshake_timeout));
  LC_TRY(apply_settings(socket, endpoint, settings, options.curve.is_on()));
  if (options.curve.is_on()) LC_TRY(apply_curve(socket, options.curve));
  Socket monitor = LC_TRY(open_monitor(context, socket));
  LC_TRY(attach(socket, endpoint));
  Wakeup wakeup = LC_TRY(Wakeup::create());
  std::string bound = endpoint.attach == Attach::bind ? socket.last_endpoint() : std::string();
  return std::unique_ptr<Link>(new Link(options, endpoint, std::move(authenticator), std::move(socket),
                                        std::move(monitor), std::move(wakeup), std::move(bound)));
}

Link::Link(const LinkOptions& options, Endpoint endpoint, std::unique_ptr<ZapHandler> authenticator,
           Socket socket, Socket monitor, Wakeup wakeup, std::string bound_endpoint)
    : endpoint_(std::move(endpoint)),
      has_curve_(options.curve.is_on()),
      is_inproc_(endpoint_.scheme == Scheme::inproc),
      on_change_(options.on_link_change),
      authenticator_(std::move(authenticator)),
      socket_(std::move(socket)),
      monitor_(std::move(monitor)),
      wakeup_(std::move(wakeup)),
      bound_endpoint_(std::move(bound_endpoint)),
      tracker_(endpoint_.attach) {}

Link::Ready Link::wait(bool wants_in, bool wants_out, std::optional<Clock::time_point> until) {
  const auto no_later_than = [&](Clock::time_point when) { until = until ? std::min(*until, when) : when; };
  if (const auto rescue = tracker_.rescue_due()) no_later_than(*rescue);
  if (authenticator_ && tracker_.peers() > 0) no_later_than(Clock::now() + std::chrono::seconds(1));
  long limit_ms = -1;
  if (until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - Clock::now());
    limit_ms = std::max<long>(0, static_cast<long>(left.count()));
  }
  const auto wanted = static_cast<short>((wants_in ? ZMQ_POLLIN : 0) | (wants_out ? ZMQ_POLLOUT : 0));
  zmq_pollitem_t items[] = {{socket_.handle(), 0, wanted, 0},
                            {monitor_.handle(), 0, ZMQ_POLLIN, 0},
                            {nullptr, wakeup_.fd(), ZMQ_POLLIN, 0}};
  Ready ready;
  if (zmq_poll(items, 3, limit_ms) < 0) return ready;
  if (items[2].revents != 0) wakeup_.clear();
  if (items[1].revents != 0) ready.has_new_peer = follow_monitor();
  rescue_if_due();
  drop_if_revoked();
  ready.in = (items[0].revents & ZMQ_POLLIN) != 0;
  ready.out = (items[0].revents & ZMQ_POLLOUT) != 0;
  return ready;
}

std::size_t Link::unsent_bytes() const {
  std::size_t total = 0;
  for (const int descriptor : tracker_.descriptors())
    if (int count = 0; ::ioctl(descriptor, SIOCOUTQ, &count) == 0) total += static_cast<std::size_t>(count);
  return total;
}

void Link::close(std::chrono::milliseconds linger) {
  static_cast<void>(socket_.set(ZMQ_LINGER, milliseconds(linger)));
  zmq_socket_monitor(socket_.handle(), nullptr, 0);
  socket_.close();
}

// True: a handshake succeeded.
bool Link::follow_monitor() {
  const std::uint64_t handshakes_before = tracker_.handshakes();
  Bytes event;
  // Two parts: number and value of the event; the address, which receive() passes over.
  while (true) {
    const auto received = monitor_.receive(event);
    if (received == Socket::Received::nothing || received == Socket::Received::failed) break;
    std::uint16_t number = 0;
    std::uint32_t value = 0;
    if (event.size() < sizeof(number) + sizeof(value)) continue;
    std::memcpy(&number, event.data(), sizeof(number));
    std::memcpy(&value, event.data() + sizeof(number), sizeof(value));
    const bool has_changed = tracker_.on_event(number, value, Clock::now());
    peers_ = tracker_.peers();
    handshakes_ = tracker_.handshakes();
    refusals_ = tracker_.refusals();
    const LinkState old_state = state_.exchange(tracker_.state());
    if (has_changed && old_state != tracker_.state() && on_change_)
      on_change_({tracker_.state(), describe()});
  }
  return tracker_.handshakes() != handshakes_before;
}

void Link::rescue_if_due() {
  const auto due = tracker_.rescue_due();
  if (!due || Clock::now() < *due) return;
  tracker_.rescued();
  // The old connection is usually gone already.
  zmq_disconnect(socket_.handle(), endpoint_.text.c_str());
  zmq_connect(socket_.handle(), endpoint_.text.c_str());
}

// ZeroMQ does not say which connection is whose, and cannot end one. So all end, and those who may come back do.
void Link::drop_if_revoked() {
  if (!authenticator_ || authenticator_->revoked() == revoked_) return;
  revoked_ = authenticator_->revoked();
  follow_monitor();  // of connections that are gone, the descriptors may be somebody else's
  for (const int descriptor : tracker_.descriptors()) ::shutdown(descriptor, SHUT_RDWR);
}

}  // namespace lc::transport
