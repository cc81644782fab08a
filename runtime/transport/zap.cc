#include "transport/zap.h"

#include <zmq.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>
#include <vector>

#include "transport/curve_keys.h"

namespace lc::transport {
namespace {

constexpr char kAddress[] = "inproc://zeromq.zap.01";
constexpr std::size_t kMaxParts = 8;

// version, request id, domain, address, routing id, mechanism, credentials
enum Part { kVersion, kRequestId, kDomain, kAddressPart, kRoutingId, kMechanism, kCredentials, kParts };

// All parts of one request; empty when there is none or it has too many.
std::vector<Bytes> receive_parts(void* socket) {
  std::vector<Bytes> parts;
  for (bool has_more = true; has_more;) {
    zmq_msg_t part;
    zmq_msg_init(&part);
    if (zmq_msg_recv(&part, socket, ZMQ_DONTWAIT) < 0) return {};
    const auto* data = static_cast<const std::byte*>(zmq_msg_data(&part));
    if (parts.size() <= kMaxParts) parts.emplace_back(data, data + zmq_msg_size(&part));
    has_more = zmq_msg_more(&part) != 0;
    zmq_msg_close(&part);
  }
  return parts;
}

bool send_part(void* socket, ByteSpan bytes, bool has_more) {
  return zmq_send(socket, bytes.data(), bytes.size(), has_more ? ZMQ_SNDMORE : 0) >= 0;
}

constexpr auto kLookAgain = std::chrono::seconds(1);

bool has(const std::vector<AllowedClient>& clients, const CurvePublicKey& key) {
  return std::any_of(clients.begin(), clients.end(), [&](const AllowedClient& client) { return client.key == key; });
}

// The client in the list; nothing: keep it out.
std::optional<AllowedClient> find_client(const std::filesystem::path& allow_list, const std::vector<Bytes>& parts) {
  const bool is_ours = parts.size() == kParts && as_text(parts[kVersion]) == "1.0" &&
                       as_text(parts[kDomain]) == kZapDomain && as_text(parts[kMechanism]) == "CURVE" &&
                       parts[kCredentials].size() == kCurveKeyBytes;
  if (!is_ours) return std::nullopt;
  const auto clients = load_allow_list(allow_list);
  if (!clients) return std::nullopt;
  const auto found = std::find_if(clients->begin(), clients->end(), [&](const AllowedClient& client) {
    return std::equal(client.key.begin(), client.key.end(), parts[kCredentials].begin());
  });
  return found == clients->end() ? std::nullopt : std::optional(*found);
}

}  // namespace

Result<std::unique_ptr<ZapHandler>> ZapHandler::start(std::shared_ptr<Context> context,
                                                      std::filesystem::path allow_list) {
  const auto clients = LC_TRY(load_allow_list(allow_list));
  if (clients.empty())
    return fail(Errc::invalid_config, "{}: allows nobody; add a line 'NAME <public key>' for each client",
                allow_list.string());
  Socket socket = LC_TRY(Socket::open(std::move(context), ZMQ_REP));
  if (zmq_bind(socket.handle(), kAddress) != 0)
    return fail(Errc::unavailable,
                "this ZeroMQ context has an authenticator already; use a context of its own");
  Wakeup wakeup = LC_TRY(Wakeup::create());
  return std::unique_ptr<ZapHandler>(
      new ZapHandler(std::move(socket), std::move(wakeup), std::move(allow_list)));
}

ZapHandler::ZapHandler(Socket socket, Wakeup wakeup, std::filesystem::path allow_list)
    : socket_(std::move(socket)),
      wakeup_(std::move(wakeup)),
      allow_list_(std::move(allow_list)),
      thread_([this] { run(); }) {}

void ZapHandler::stop() {
  is_stopping_ = true;
  wakeup_.set();
  if (thread_.joinable()) thread_.join();
}

void ZapHandler::run() {
  auto looked = std::chrono::steady_clock::now();
  while (!is_stopping_) {
    zmq_pollitem_t items[] = {{socket_.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, wakeup_.fd(), ZMQ_POLLIN, 0}};
    const long limit_ms = admitted_.empty() ? -1 : static_cast<long>(std::chrono::milliseconds(kLookAgain).count());
    if (zmq_poll(items, 2, limit_ms) < 0 && zmq_errno() != EINTR) break;
    if (items[0].revents != 0 && !answer()) break;
    if (const auto now = std::chrono::steady_clock::now(); now - looked >= kLookAgain) {
      look_again();
      looked = now;
    }
  }
  socket_.close();
}

// False: the socket is of no use any more.
bool ZapHandler::answer() {
  const std::vector<Bytes> parts = receive_parts(socket_.handle());
  if (parts.empty()) return zmq_errno() == EAGAIN || zmq_errno() == EINTR;
  const auto client = find_client(allow_list_, parts);
  ++(client ? allowed_ : denied_);
  if (client && std::find(admitted_.begin(), admitted_.end(), client->key) == admitted_.end())
    admitted_.push_back(client->key);
  const std::string name = client ? client->name : std::string();
  const Bytes request_id = parts.size() > kRequestId ? parts[kRequestId] : Bytes();
  void* socket = socket_.handle();
  return send_part(socket, as_bytes("1.0"), true) && send_part(socket, request_id, true) &&
         send_part(socket, as_bytes(client ? "200" : "400"), true) &&
         send_part(socket, as_bytes(client ? "OK" : "not in the allow-list"), true) &&
         send_part(socket, as_bytes(name), true) && send_part(socket, {}, false);
}

// A list that is being written, or cannot be read, revokes nobody.
void ZapHandler::look_again() {
  const auto clients = load_allow_list(allow_list_);
  if (!clients) return;
  revoked_ += std::erase_if(admitted_, [&](const CurvePublicKey& key) { return !has(*clients, key); });
}

}  // namespace lc::transport
