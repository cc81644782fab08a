#include "seal/sealer.h"

#include <unistd.h>

#include <array>
#include <bit>

#include "seal/announcement.h"
#include "seal/frame_signature.h"

namespace lc::seal {
namespace {

// An announcement older than this is signed anew: first contact accepts five minutes.
constexpr std::uint64_t kRefreshMs = 60'000;
constexpr std::size_t kOverhead =
    kWireHeaderBytes + kMaxSframeHeaderBytes + kMaxFieldsBytes + kTagBytes + kSignatureBytes;

Result<Suite> choose_suite(const std::vector<PinnedReceiver>& receivers, std::optional<Suite> wanted) {
  SuiteSet common = wanted ? SuiteSet::only(*wanted) & SuiteSet::available() : SuiteSet::available();
  if (wanted && common.empty())
    return fail(Errc::unsupported, "this CPU has no AES instructions, which {} needs", to_string(*wanted));
  for (const PinnedReceiver& receiver : receivers) {
    common = common & receiver.suites;
    if (common.empty())
      return fail(Errc::unsupported,
                  "receiver '{}' (suites={}) and the others have no cipher in common with this machine; f001 "
                  "runs on every "
                  "machine: add it to suites= in receivers.list",
                  receiver.name, receiver.suites.text());
  }
  return *common.best();
}

}  // namespace

std::size_t padme(std::size_t size) {
  if (size < 2) return size;
  const auto exponent = static_cast<unsigned>(std::bit_width(size)) - 1;
  const auto kept = static_cast<unsigned>(std::bit_width(exponent));
  if (kept > exponent) return size;
  const std::size_t mask = (std::size_t{1} << (exponent - kept)) - 1;
  return (size + mask) & ~mask;
}

struct Sealer::State {
  SealerOptions options;
  DeviceIdentity device;
  DeviceId id;
  SessionId session;
  std::uint64_t epoch;
  Suite suite;
  std::size_t receivers;
  Announcer announcer;
  SealingKey key;
  FrameCounter counter{};
  bool has_ended = false;
  pid_t owner = ::getpid();

  Result<> check_usable() const {
    if (owner != ::getpid())
      return fail(
          Errc::refused,
          "this process is a fork of the one that holds the session's key; begin a session of its own");
    if (has_ended) return fail(Errc::refused, "the session has ended; begin a new one");
    return {};
  }
  Result<std::size_t> seal(WireHeader header, const Fields& fields, ByteSpan payload,
                           std::span<std::byte> out);
};

Result<std::size_t> Sealer::State::seal(WireHeader header, const Fields& fields, ByteSpan payload,
                                        std::span<std::byte> out) {
  LC_TRY(check_usable());
  if (payload.size() > kMaxMessageBytes / 2)
    return fail(Errc::unsupported, "a frame of {} bytes is too large to send; at most {} fit", payload.size(),
                kMaxMessageBytes / 2);
  header.device = id;
  header.stream = options.stream;
  header.session = session;
  header.is_signed = options.sign_frames;
  header.is_padded = options.padding != Padding::none;

  std::array<std::byte, kMaxFieldsBytes> block;
  const std::size_t block_size = LC_TRY(pack(fields, block));
  const std::size_t plain = block_size + payload.size();
  const std::size_t padding = header.is_padded ? padme(plain + 1) - plain : 0;
  const std::size_t tail = header.is_signed ? kSignatureBytes : 0;
  LC_EXPECT(out.size() >= kWireHeaderBytes + SealingKey::sealed_size_limit(plain + padding) + tail,
            "room for the message");

  pack(header, out.first<kWireHeaderBytes>());
  const ByteSpan clear = out.first(kWireHeaderBytes);
  const std::size_t size = LC_TRY(key.seal(counter, clear, {ByteSpan(block).first(block_size), payload},
                                           padding, out.subspan(kWireHeaderBytes)));
  if (header.is_signed)
    sign_frame(device, clear, out.subspan(kWireHeaderBytes, size),
               std::span<std::byte, kSignatureBytes>(out.data() + kWireHeaderBytes + size, kSignatureBytes));
  return kWireHeaderBytes + size + tail;
}

Sealer::Sealer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Sealer::Sealer(Sealer&&) noexcept = default;
Sealer& Sealer::operator=(Sealer&&) noexcept = default;
Sealer::~Sealer() = default;

Result<Sealer> Sealer::create(const KeyRing& ring, SealerOptions options) {
  const std::uint64_t now_ms = options.clock.wall_ms();
  DeviceIdentity device = LC_TRY(ring.device());
  const auto receivers = LC_TRY(ring.receivers(static_cast<std::int64_t>(now_ms / 1000)));
  const Suite suite = LC_TRY(choose_suite(receivers, options.suite));
  const DeviceId id = device_id(device.identity().key);

  Announcement what;
  fill_random(what.header.session);
  EpochStore epochs = LC_TRY(ring.epochs());
  what.epoch = LC_TRY(epochs.begin_session(id, options.stream, now_ms, what.header.session));
  what.header.device = id;
  what.header.stream = options.stream;
  what.header.is_signed = options.sign_frames;
  what.suite = static_cast<std::uint16_t>(suite);
  what.time_ms = now_ms;
  const Secret base_key = LC_TRY(Secret::random(kBaseKeyBytes));
  Announcer announcer = LC_TRY(Announcer::create(device, what, base_key.reveal(), receivers));
  SealingKey key = LC_TRY(SealingKey::create(suite, what.kid, base_key.reveal(), options.limits));
  return Sealer(std::unique_ptr<State>(new State{std::move(options), std::move(device), id,
                                                 what.header.session, what.epoch, suite, receivers.size(),
                                                 std::move(announcer), std::move(key)}));
}

Result<ByteSpan> Sealer::announcement() {
  LC_TRY(state_->check_usable());
  const std::uint64_t now = state_->options.clock.wall_ms(), then = state_->announcer.time_ms();
  if (now < then || now - then >= kRefreshMs) state_->announcer.refresh(state_->device, now);
  return state_->announcer.message();
}

std::size_t Sealer::size_limit(std::size_t payload) const {
  const std::size_t plain = payload + kOverhead;
  return state_->options.padding == Padding::none ? plain : plain + plain / 8;
}

Result<std::size_t> Sealer::seal_frame(const FrameInfo& info, const Fields& fields, ByteSpan payload,
                                       std::span<std::byte> out) {
  WireHeader header;
  header.type = MessageType::frame;
  header.is_key_frame = info.is_key_frame;
  header.codec = info.codec;
  header.capture_ns = info.capture_ns;
  header.model = info.model;
  return state_->seal(header, fields, payload, out);
}

Result<std::size_t> Sealer::seal_heartbeat(std::uint64_t capture_ns, const Fields& fields,
                                           std::span<std::byte> out) {
  WireHeader header;
  header.type = MessageType::heartbeat;
  header.capture_ns = capture_ns;
  return state_->seal(header, fields, {}, out);
}

Result<std::size_t> Sealer::seal_end(std::uint64_t capture_ns, std::span<std::byte> out) {
  WireHeader header;
  header.type = MessageType::end;
  header.capture_ns = capture_ns;
  const std::size_t size = LC_TRY(state_->seal(header, {}, {}, out));
  state_->has_ended = true;
  return size;
}

Suite Sealer::suite() const { return state_->suite; }
std::uint64_t Sealer::epoch() const { return state_->epoch; }
const SessionId& Sealer::session() const { return state_->session; }
const PublicIdentity& Sealer::device() const { return state_->device.identity(); }
std::size_t Sealer::receivers() const { return state_->receivers; }

}  // namespace lc::seal
