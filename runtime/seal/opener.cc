#include "seal/opener.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <utility>

#include "seal/announcement.h"
#include "seal/frame_signature.h"
#include "seal/session.h"

namespace lc::seal {
namespace {

constexpr std::uint64_t kFirstContactMs = 5 * 60'000;           // difference of clocks at first contact
constexpr std::uint64_t kGraceMs = 10'000;                      // how long a replaced session is still opened
constexpr double kChecksPerSecond = 100;                        // signatures of announcements
constexpr std::uint64_t kMaxFailures = std::uint64_t{1} << 36;  // forgeries that one key may see (as in QUIC)

// A bucket of tokens, full at first.
class RateLimit {
 public:
  bool take(std::uint64_t now_ms) {
    tokens_ = std::min(kChecksPerSecond,
                       tokens_ + static_cast<double>(now_ms - last_ms_) * kChecksPerSecond / 1000);
    last_ms_ = now_ms;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  double tokens_ = kChecksPerSecond;
  std::uint64_t last_ms_ = 0;
};

// Size without ISO 7816-4 padding, or nothing if there is none.
std::optional<std::size_t> unpad(ByteSpan bytes) {
  std::size_t size = bytes.size();
  while (size > 0 && bytes[size - 1] == std::byte{0}) --size;
  if (size == 0 || bytes[size - 1] != std::byte{0x80}) return std::nullopt;
  return size - 1;
}

std::vector<PinnedDevice> only_named(std::vector<PinnedDevice> devices, const std::string& name) {
  if (!name.empty()) std::erase_if(devices, [&](const PinnedDevice& device) { return device.name != name; });
  return devices;
}

std::uint64_t distance(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : b - a; }

}  // namespace

struct Opener::State {
  OpenerOptions options;
  ReceiverIdentity receiver;
  std::vector<PinnedDevice> devices;
  EpochStore epochs;

  std::optional<PinnedDevice> device;  // the one we settled on
  std::uint16_t stream = 0;
  std::unique_ptr<Session> current, previous;
  std::uint64_t previous_until_ms = 0;
  std::array<SessionId, 8> retired{};  // most recent sessions that were erased
  std::size_t retired_count = 0;
  // Of `current`, byte for byte: of the key in use, and of the one that comes next.
  std::array<Bytes, 2> known_announcements;
  std::size_t oldest_known = 0;
  RateLimit checks;
  std::string state_problem;
  std::optional<std::uint64_t> alarm;  // a KID
  std::atomic<std::uint64_t> lost_in_retired{0}, lost_now{0};
  std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(Verdict::count_)> counts{};

  Verdict open(ByteSpan message, std::span<std::byte> out, Opened& opened);
  const PinnedDevice* find_device(const DeviceId& id) const;
  bool is_ours(const PinnedDevice& from, std::uint16_t from_stream) const;
  Session* find_session(const SessionId& id);
  bool is_retired(const SessionId& id) const;
  void retire(std::unique_ptr<Session>& session);
  void forget();
  Verdict open_message(const WireHeader& header, ByteSpan message, std::uint64_t now, std::span<std::byte> out,
                       Opened& opened);
  Verdict unseal(Session& session, const WireHeader& header, ByteSpan message, std::span<std::byte> out,
                 Opened& opened, std::size_t& size);
  Verdict take_announcement(const PinnedDevice& from, ByteSpan message, std::uint64_t now);
  Verdict check_epoch(const PinnedDevice& from, const Announcement& what, bool& is_first_contact);
  Verdict install(const PinnedDevice& from, const UnpackedAnnouncement& unpacked, std::uint64_t now);
  void begin(const PinnedDevice& from, const Announcement& what, std::unique_ptr<Session> session,
             std::uint64_t now);
  void update_lost();
};

Verdict Opener::State::open(ByteSpan message, std::span<std::byte> out, Opened& opened) {
  const auto header = unpack_wire_header(message);
  if (!header || header->type == MessageType::request) return Verdict::malformed;
  const PinnedDevice* from = find_device(header->device);
  if (from == nullptr) return Verdict::other_device;
  if (!is_ours(*from, header->stream)) return Verdict::other_stream;
  const std::uint64_t now = options.clock.steady_ms();
  if (previous && now >= previous_until_ms) retire(previous);
  if (current) current->erase_old(now);
  if (header->type == MessageType::announcement) return take_announcement(*from, message, now);
  return open_message(*header, message, now, out, opened);
}

const PinnedDevice* Opener::State::find_device(const DeviceId& id) const {
  if (device && device->id == id) return &*device;
  for (const PinnedDevice& candidate : devices)
    if (candidate.id == id) return &candidate;
  return nullptr;
}

bool Opener::State::is_ours(const PinnedDevice& from, std::uint16_t from_stream) const {
  if (device) return device->key == from.key && stream == from_stream;
  if (options.stream && *options.stream != from_stream) return false;
  return from.streams.empty() ||
         std::find(from.streams.begin(), from.streams.end(), from_stream) != from.streams.end();
}

Session* Opener::State::find_session(const SessionId& id) {
  if (current && current->id == id) return current.get();
  if (previous && previous->id == id) return previous.get();
  return nullptr;
}

bool Opener::State::is_retired(const SessionId& id) const {
  const std::size_t known = std::min(retired_count, retired.size());
  return std::find(retired.begin(), retired.begin() + static_cast<std::ptrdiff_t>(known), id) !=
         retired.begin() + static_cast<std::ptrdiff_t>(known);
}

void Opener::State::retire(std::unique_ptr<Session>& session) {
  if (!session) return;
  retired[retired_count++ % retired.size()] = session->id;
  lost_in_retired.fetch_add(session->window.missing(), std::memory_order_relaxed);
  session.reset();
  update_lost();
}

// Back to where any stream may come.
void Opener::State::forget() {
  retire(previous);
  retire(current);
  device.reset();
  known_announcements = {};
}

void Opener::State::update_lost() {
  lost_now.store((current ? current->window.missing() : 0) + (previous ? previous->window.missing() : 0),
                 std::memory_order_relaxed);
}

Verdict Opener::State::open_message(const WireHeader& header, ByteSpan message, std::uint64_t now,
                                    std::span<std::byte> out, Opened& opened) {
  Session* session = find_session(header.session);
  if (session == nullptr) return is_retired(header.session) ? Verdict::too_old : Verdict::unknown_key;
  std::size_t size = 0;
  const Verdict verdict = unseal(*session, header, message, out, opened, size);
  if (verdict != Verdict::opened) return verdict;

  // From here on the bytes are the device's own.
  ReplayWindow& window = session->window;
  opened.is_first_of_session = window.empty();
  opened.is_current = session == current.get();
  opened.is_in_order = window.empty() || opened.counter > window.highest();
  opened.lost_before =
      !window.empty() && opened.counter > window.highest() ? opened.counter - window.highest() - 1 : 0;
  window.commit(opened.counter);
  opened.is_first_of_key = session->note_use(opened.kid, opened.counter, now);
  update_lost();
  ByteSpan plain(out.data(), size);
  if (header.is_padded) {
    const auto unpadded = unpad(plain);
    if (!unpadded) return Verdict::malformed;
    plain = plain.first(*unpadded);
  }
  const auto fields = unpack_fields(plain);
  if (!fields) return Verdict::malformed;
  opened.header = header;
  opened.fields = fields->fields;
  opened.payload = plain.subspan(fields->size);
  return Verdict::opened;
}

Verdict Opener::State::unseal(Session& session, const WireHeader& header, ByteSpan message,
                              std::span<std::byte> out, Opened& opened, std::size_t& size) {
  // The announcement said whether this session signs; a message cannot choose.
  if (header.is_signed != session.is_signed) return Verdict::bad_signature;
  const std::size_t tail = header.is_signed ? kSignatureBytes : 0;
  if (message.size() < header.size + tail) return Verdict::malformed;
  const ByteSpan clear = message.first(header.size);
  const ByteSpan sframe = message.subspan(header.size, message.size() - header.size - tail);
  const auto unpacked = unpack_sframe_header(sframe);
  const ByteSpan hedge = header.hedge ? ByteSpan(*header.hedge) : ByteSpan();
  if (!unpacked || sframe.size() < unpacked->size + kTagBytes || hedge.size() != hedge_bytes(session.suite))
    return Verdict::malformed;
  opened.counter = unpacked->header.ctr;
  opened.kid = unpacked->header.kid;
  switch (session.window.check(opened.counter)) {
    case ReplayWindow::Answer::replayed:
      return Verdict::replayed;
    case ReplayWindow::Answer::too_old:
      return Verdict::too_old;
    case ReplayWindow::Answer::fresh:
      break;
  }
  SessionKey* key = session.find(opened.kid);
  if (key == nullptr) return Verdict::unknown_key;
  if (opened.counter < key->first_ctr || opened.counter >= key->end_ctr) return Verdict::malformed;
  const auto opened_size =
      key->failures < kMaxFailures ? key->key.open(sframe, *unpacked, hedge, clear, out) : std::nullopt;
  if (!opened_size) {
    if (++key->failures == kAlarmFailures) alarm = opened.kid;
    return Verdict::bad_tag;
  }
  if (header.is_signed && !is_frame_signed_by(device->key, clear, sframe, message.last(tail)))
    return Verdict::bad_signature;
  size = *opened_size;
  return Verdict::opened;
}

Verdict Opener::State::take_announcement(const PinnedDevice& from, ByteSpan message, std::uint64_t now) {
  for (const Bytes& known : known_announcements)
    if (std::equal(message.begin(), message.end(), known.begin(), known.end())) return Verdict::announcement;
  const auto unpacked = unpack_announcement(message);
  if (!unpacked) return Verdict::malformed;
  const Announcement& what = unpacked->announcement;
  if (what.device != from.key) return Verdict::other_device;
  if (!options.is_recording && !checks.take(now)) return Verdict::busy;  // nobody floods us from a file
  bool is_first_contact = false;
  if (const Verdict verdict = check_epoch(from, what, is_first_contact); !is_good(verdict)) return verdict;
  if (!has_good_signature(*unpacked)) return Verdict::bad_signature;
  const auto suite = suite_of(what.suite);
  if (!suite || !from.suites.has(*suite) || !is_available(*suite)) return Verdict::other_suite;
  if (is_first_contact && distance(what.time_ms, options.clock.wall_ms()) > kFirstContactMs)
    return Verdict::wrong_time;
  const Verdict verdict = install(from, *unpacked, now);
  if (is_good(verdict))
    known_announcements[oldest_known++ % known_announcements.size()].assign(message.begin(), message.end());
  return verdict;
}

Verdict Opener::State::check_epoch(const PinnedDevice& from, const Announcement& what,
                                   bool& is_first_contact) {
  if (options.is_recording) return Verdict::announcement;  // sessions stand in the order of the file
  SeenEpoch seen;
  if (current) {
    seen = {current->epoch, current->id};
  } else {
    const auto stored = epochs.seen(from.id, what.header.stream);
    if (!stored) {
      state_problem = stored.error().text;
      return Verdict::old_session;
    }
    is_first_contact = !*stored;
    if (*stored) seen = **stored;
  }
  const bool is_older =
      what.epoch < seen.epoch || (what.epoch == seen.epoch && what.header.session != seen.session);
  if (is_older && (current || !is_first_contact)) return Verdict::old_session;
  // A session that goes on keeps its epoch.
  if (current && what.header.session == current->id && what.epoch != current->epoch)
    return Verdict::old_session;
  return Verdict::announcement;
}

Verdict Opener::State::install(const PinnedDevice& from, const UnpackedAnnouncement& unpacked,
                               std::uint64_t now) {
  const Announcement& what = unpacked.announcement;
  const bool is_current = current && current->id == what.header.session;
  if (is_current && current->is_known(what.kid)) return Verdict::announcement;
  Verdict verdict = Verdict::not_a_receiver;
  auto base_key = Secret::make(kBaseKeyBytes, [&](std::span<std::byte> out) {
    verdict = open_boxes(unpacked, receiver, out.first<kBaseKeyBytes>());
  });
  if (!base_key || verdict != Verdict::new_session) return verdict;
  const Suite suite = *suite_of(what.suite);
  if (is_current && suite != current->suite) return Verdict::other_suite;
  auto key = OpeningKey::create(suite, what.kid, base_key->reveal());
  if (!key) return Verdict::other_suite;
  SessionKey session_key{*std::move(key), *std::move(base_key), what.first_ctr};
  if (is_current) {
    current->add(std::move(session_key));
    return Verdict::new_key;
  }
  auto session = std::make_unique<Session>();
  session->id = what.header.session;
  session->epoch = what.epoch;
  session->suite = suite;
  session->is_signed = what.header.is_signed;
  session->add(std::move(session_key));
  begin(from, what, std::move(session), now);
  return Verdict::new_session;
}

void Opener::State::begin(const PinnedDevice& from, const Announcement& what,
                          std::unique_ptr<Session> session, std::uint64_t now) {
  retire(previous);
  previous = std::move(current);
  previous_until_ms = now + kGraceMs;
  current = std::move(session);
  device = PinnedDevice(from);  // `from` may be this one
  known_announcements = {};
  stream = what.header.stream;
  update_lost();
  state_problem.clear();
  if (options.is_recording) return;
  if (auto kept = epochs.remember(from.id, stream, {what.epoch, what.header.session}); !kept)
    state_problem = std::move(kept).error().text;
}

Opener::Opener(std::unique_ptr<State> state) : state_(std::move(state)) {}
Opener::Opener(Opener&&) noexcept = default;
Opener& Opener::operator=(Opener&&) noexcept = default;
Opener::~Opener() = default;

Result<Opener> Opener::create(const KeyRing& ring, OpenerOptions options) {
  ReceiverIdentity receiver = LC_TRY(ring.receiver());
  std::vector<PinnedDevice> devices = only_named(LC_TRY(ring.devices()), options.device);
  if (devices.empty())
    return fail(Errc::not_found, "{}: no device '{}' is pinned; look into devices.list there",
                ring.folder().string(), options.device);
  EpochStore epochs = LC_TRY(ring.epochs());
  return Opener(std::unique_ptr<State>(
      new State{std::move(options), std::move(receiver), std::move(devices), std::move(epochs)}));
}

Verdict Opener::open(ByteSpan message, std::span<std::byte> out, Opened& opened) {
  LC_EXPECT(out.size() >= message.size(), "room for the plaintext");
  const Verdict verdict = state_->open(message, out, opened);
  state_->counts[static_cast<std::size_t>(verdict)].fetch_add(1, std::memory_order_relaxed);
  return verdict;
}

std::uint64_t Opener::count(Verdict verdict) const {
  return state_->counts[static_cast<std::size_t>(verdict)].load(std::memory_order_relaxed);
}

std::uint64_t Opener::lost() const {
  return state_->lost_in_retired.load(std::memory_order_relaxed) +
         state_->lost_now.load(std::memory_order_relaxed);
}

std::optional<Opener::Peer> Opener::peer() const {
  if (!state_->device) return std::nullopt;
  return Peer{state_->device->name, state_->stream, state_->current->epoch};
}

bool Opener::reload(std::vector<PinnedDevice> devices) {
  State& s = *state_;
  s.devices = only_named(std::move(devices), s.options.device);
  if (!s.device) return false;
  const auto same = std::find_if(s.devices.begin(), s.devices.end(),
                                 [&](const PinnedDevice& device) { return device.key == s.device->key; });
  const bool is_allowed =
      same != s.devices.end() && same->suites.has(s.current->suite) &&
      (same->streams.empty() || std::find(same->streams.begin(), same->streams.end(), s.stream) != same->streams.end());
  if (is_allowed)
    s.device = *same;
  else
    s.forget();
  return !is_allowed;
}

std::optional<std::uint64_t> Opener::take_alarm() { return std::exchange(state_->alarm, std::nullopt); }

const std::string& Opener::state_problem() const { return state_->state_problem; }

}  // namespace lc::seal
