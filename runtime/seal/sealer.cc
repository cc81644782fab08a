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
constexpr std::size_t kOverhead = kWireHeaderBytes + kHedgeFieldBytes + kMaxSframeHeaderBytes + kMaxFieldsBytes +
                                  kTagBytes + kSignatureBytes;

Result<Suite> choose_suite(const std::vector<PinnedReceiver>& receivers, std::optional<Suite> wanted) {
  SuiteSet common = (wanted ? SuiteSet::only(*wanted) : SuiteSet::usual()) & SuiteSet::available();
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
  std::shared_ptr<const SigningIdentity> device;
  DeviceId id;
  SessionId session;
  std::uint64_t epoch;
  Suite suite;
  std::vector<PinnedReceiver> receivers;
  Announcer announcer;  // of `key`, or of a step before it until new boxes are made
  SealingKey key;
  Secret base_key;                // of `key`
  std::uint64_t first_ctr = 0;    // that `key` may carry
  std::uint64_t began_ms = 0;     // the generation; steady clock
  std::uint64_t stepped_ms = 0;   // the step
  std::uint64_t frames_before = 0, bytes_before = 0;  // sealed by earlier steps of the generation
  std::uint64_t last_generation = 0;                  // that was drawn
  std::optional<KeyChange> next;                      // announced ahead
  std::uint64_t use_next_ms = 0;
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
  Result<> advance();
  void use(KeyChange change);
  Result<> step(std::uint64_t now);
  Result<ByteSpan> fresh(Announcer& of);
  std::optional<RotationReason> reason_for_new(const std::vector<PinnedReceiver>& now_pinned, bool is_asked) const;
  std::size_t padding_for(std::size_t plain) const;
  Announcement describe(std::uint64_t kid, std::uint64_t first) const;
  Result<std::size_t> seal(WireHeader header, const Fields& fields, ByteSpan payload,
                           std::span<std::byte> out);
};

// The key that is due by the clock.
Result<> Sealer::State::advance() {
  const std::uint64_t now = options.clock.steady_ms();
  if (next && now >= use_next_ms) use(*std::exchange(next, std::nullopt));
  const bool is_step_due = options.rotation.ratchet_ms > 0 && now - stepped_ms >= options.rotation.ratchet_ms &&
                           step_of(key.kid()) < kLastStep;
  return is_step_due ? step(now) : Result<>();
}

// What went before is wiped as its place is taken.
void Sealer::State::use(KeyChange change) {
  announcer = *std::move(change.announcer_);
  key = *std::move(change.key_);
  base_key = std::move(change.base_key_);
  receivers = std::move(change.receivers_);
  first_ctr = change.what_.first_ctr;
  began_ms = stepped_ms = options.clock.steady_ms();
  frames_before = bytes_before = 0;
}

Result<> Sealer::State::step(std::uint64_t now) {
  Secret base = LC_TRY(ratchet(base_key));
  SealingKey stepped = LC_TRY(SealingKey::create(suite, key.kid() + 1, base.reveal(), options.limits));
  frames_before += key.frames();
  bytes_before += key.bytes();
  key = std::move(stepped);
  base_key = std::move(base);
  first_ctr = counter.next();
  stepped_ms = now;
  return {};
}

Result<ByteSpan> Sealer::State::fresh(Announcer& of) {
  const std::uint64_t now = options.clock.wall_ms(), then = of.time_ms();
  if (now < then || now - then >= kRefreshMs) of.refresh(*device, now);
  return of.message();
}

std::optional<RotationReason> Sealer::State::reason_for_new(const std::vector<PinnedReceiver>& now_pinned,
                                                            bool is_asked) const {
  const RotationPolicy& policy = options.rotation;
  if (now_pinned != receivers) return RotationReason::list;
  if (next) return std::nullopt;
  if (is_asked) return RotationReason::command;
  const std::uint64_t age = options.clock.steady_ms() - began_ms;
  if (policy.generation_ms > 0 && age + policy.lead_ms >= policy.generation_ms) return RotationReason::time;
  if (frames_before + key.frames() >= policy.frames || bytes_before + key.bytes() >= policy.bytes ||
      step_of(key.kid()) == kLastStep)
    return RotationReason::limit;
  return std::nullopt;
}

std::size_t Sealer::State::padding_for(std::size_t plain) const {
  switch (options.padding) {
    case Padding::none:
      break;
    case Padding::padme:
      return padme(plain + 1) - plain;
    case Padding::fixed:
      return options.padding_size - plain % options.padding_size;
  }
  return 0;
}

Announcement Sealer::State::describe(std::uint64_t kid, std::uint64_t first) const {
  Announcement what;
  what.header.session = session;
  what.header.device = id;
  what.header.stream = options.stream;
  what.header.is_signed = options.sign_frames;
  what.suite = static_cast<std::uint16_t>(suite);
  what.epoch = epoch;
  what.time_ms = options.clock.wall_ms();
  what.kid = kid;
  what.first_ctr = first;
  return what;
}

Result<std::size_t> Sealer::State::seal(WireHeader header, const Fields& fields, ByteSpan payload,
                                        std::span<std::byte> out) {
  LC_TRY(check_usable());
  LC_TRY(advance());
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
  const std::size_t padding = padding_for(plain), hedge = hedge_bytes(suite);
  const std::size_t tail = header.is_signed ? kSignatureBytes : 0;
  header.size = kWireHeaderBytes + (hedge > 0 ? kHedgeFieldBytes : 0);
  LC_EXPECT(out.size() >= header.size + SealingKey::sealed_size_limit(plain + padding) + tail,
            "room for the message");

  pack(header, out.first<kWireHeaderBytes>());
  if (hedge > 0) pack_hedge_head(out.subspan<kWireHeaderBytes, 2>());
  const ByteSpan clear = out.first(header.size);
  const std::size_t size =
      LC_TRY(key.seal(counter, out.subspan(header.size - hedge, hedge), clear,
                      {ByteSpan(block).first(block_size), payload}, padding, out.subspan(header.size)));
  if (header.is_signed)
    sign_frame(*device, clear, out.subspan(header.size, size),
               std::span<std::byte, kSignatureBytes>(out.data() + header.size + size, kSignatureBytes));
  return header.size + size + tail;
}

Sealer::Sealer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Sealer::Sealer(Sealer&&) noexcept = default;
Sealer& Sealer::operator=(Sealer&&) noexcept = default;
Sealer::~Sealer() = default;

Result<Sealer> Sealer::create(const KeyRing& ring, SealerOptions options) {
  if (options.padding == Padding::fixed && (options.padding_size == 0 || options.padding_size > kMaxPaddingSize))
    return fail(Errc::invalid_config, "padding to a fixed size takes a size of 1..{} bytes", kMaxPaddingSize);
  const std::uint64_t now_ms = options.clock.wall_ms();
  auto device = std::make_shared<const SigningIdentity>(LC_TRY(ring.device()));
  auto receivers = LC_TRY(ring.receivers(static_cast<std::int64_t>(now_ms / 1000)));
  const Suite suite = LC_TRY(choose_suite(receivers, options.suite));
  const DeviceId id = device_id(device->identity().key);

  Announcement what;
  fill_random(what.header.session);
  EpochStore epochs = LC_TRY(ring.epochs());
  what.epoch = LC_TRY(epochs.begin_session(id, options.stream, now_ms, what.header.session));
  what.header.device = id;
  what.header.stream = options.stream;
  what.header.is_signed = options.sign_frames;
  what.suite = static_cast<std::uint16_t>(suite);
  what.time_ms = now_ms;
  Secret base_key = LC_TRY(Secret::random(kBaseKeyBytes));
  Announcer announcer = LC_TRY(Announcer::create(*device, what, base_key.reveal(), receivers));
  SealingKey key = LC_TRY(SealingKey::create(suite, what.kid, base_key.reveal(), options.limits));
  std::unique_ptr<State> state(new State{std::move(options), std::move(device), id, what.header.session, what.epoch,
                                         suite, std::move(receivers), std::move(announcer), std::move(key),
                                         std::move(base_key)});
  state->began_ms = state->stepped_ms = state->options.clock.steady_ms();
  return Sealer(std::move(state));
}

Result<ByteSpan> Sealer::announcement() {
  LC_TRY(state_->check_usable());
  LC_TRY(state_->advance());
  return state_->fresh(state_->announcer);
}

Result<ByteSpan> Sealer::next_announcement() {
  LC_TRY(state_->check_usable());
  LC_TRY(state_->advance());
  if (!state_->next) return ByteSpan();
  return state_->fresh(*state_->next->announcer_);
}

Result<std::optional<KeyChange>> Sealer::plan(const std::vector<PinnedReceiver>& receivers, bool is_asked) {
  State& s = *state_;
  LC_TRY(s.check_usable());
  LC_TRY(s.advance());
  const auto change = [&](RotationReason reason, std::uint64_t kid, std::uint64_t first, Secret base) {
    return KeyChange(reason, s.describe(kid, first), s.suite, std::move(base), s.options.limits, receivers, s.device);
  };
  if (const auto reason = s.reason_for_new(receivers, is_asked)) {
    LC_TRY(choose_suite(receivers, s.suite));
    Secret base = LC_TRY(Secret::random(kBaseKeyBytes));
    return change(*reason, kid_of(++s.last_generation, 0), s.counter.next(), std::move(base));
  }
  if (s.announcer.kid() == s.key.kid()) return std::nullopt;
  return change(RotationReason::ratchet, s.key.kid(), s.first_ctr, LC_TRY(Secret::copy_of(s.base_key.reveal())));
}

bool Sealer::take(KeyChange change) {
  State& s = *state_;
  if (change.what_.header.session != s.session || !change.announcer_ || s.has_ended) return false;
  if (change.reason_ == RotationReason::ratchet) {
    // The step went on meanwhile, or the generation: newer boxes will come.
    if (change.what_.kid == s.key.kid()) s.announcer = *std::move(change.announcer_);
    return false;
  }
  if (change.reason_ == RotationReason::list) {
    s.next.reset();  // it was sealed for others
    s.use(std::move(change));
    return true;
  }
  s.use_next_ms = s.options.clock.steady_ms() + s.options.rotation.lead_ms;
  s.next = std::move(change);
  return true;
}

std::size_t Sealer::size_limit(std::size_t payload) const {
  const std::size_t plain = payload + kOverhead;
  switch (state_->options.padding) {
    case Padding::none:
      break;
    case Padding::padme:
      return plain + plain / 8;
    case Padding::fixed:
      return plain + state_->options.padding_size;
  }
  return plain;
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
const PublicIdentity& Sealer::device() const { return state_->device->identity(); }
std::size_t Sealer::receivers() const { return state_->receivers.size(); }
std::uint64_t Sealer::kid() const { return state_->key.kid(); }

}  // namespace lc::seal
