#include "stream_program.h"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "seal/announcement.h"
#include "seal/session.h"
#include "seal/sframe_header.h"

namespace lc::seal::test {
namespace {

constexpr std::size_t kKept = 64;          // messages that can still arrive
constexpr std::uint64_t kDeliveryMs = 20;  // apart, so that signatures are checked without limit
constexpr std::uint64_t kSessionGraceMs = 10'000;

void expect(bool good, const char* sentence) {
  if (!good) throw std::logic_error(sentence);
}
template <class T>
T need(Result<T> result) {
  if (!result) throw std::logic_error(result.error().text);
  return *std::move(result);
}
Bytes copy_of(ByteSpan bytes) { return Bytes(bytes.begin(), bytes.end()); }

}  // namespace

StreamWorld::Folder::Folder() {
  const std::filesystem::path in_memory = "/dev/shm";
  path = std::filesystem::is_directory(in_memory) ? in_memory : std::filesystem::temp_directory_path();
  std::string name = (path / "latentcast-stream-XXXXXX").string();
  expect(::mkdtemp(name.data()) != nullptr, "no folder for files of a moment");
  path = name;
}

StreamWorld::Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

StreamWorld::StreamWorld() {
  ring_.emplace(need(KeyRing::create(folder_.path / "ours")));
  const auto device = need(ring_->generate(Role::device, "device"));
  const auto receiver = need(ring_->generate(Role::receiver, "receiver"));
  need(ring_->pin(device));
  need(ring_->pin(receiver));
  ours_ = need(ring_->receivers(0));
  devices_ = need(ring_->devices());
  others_ = {{"other", need(ReceiverIdentity::generate("other")).identity().key, SuiteSet::usual(), {}}};

  const KeyRing theirs = need(KeyRing::create(folder_.path / "theirs"));
  need(theirs.generate(Role::device, "stranger"));
  need(theirs.pin(receiver));
  Sealer stranger = need(Sealer::create(theirs, {.clock = clock()}));
  of_strangers_.push_back(copy_of(need(stranger.announcement())));
  Bytes frame(stranger.size_limit(5));
  frame.resize(need(stranger.seal_frame({}, {}, as_bytes("hello"), frame)));
  of_strangers_.push_back(std::move(frame));

  run({});
}

Clock StreamWorld::clock() {
  return {[this] { return wall_ms_; }, [this] { return steady_ms_; }};
}

void StreamWorld::run(ByteSpan program) {
  if (!is_device_pinned_) revoke_or_pin_device();
  sent_.clear();
  begin_session(false);
  begin_receiver();
  announce(true);
  for (; program.size() >= 4; program = program.subspan(4)) {
    const auto byte = [&](std::size_t i) { return std::to_integer<std::uint8_t>(program[i]); };
    const Message* message = chosen(byte(1));
    switch (byte(0) % 16) {
      case 0:
      case 1:
        send(byte(1));
        break;
      case 2:  // nothing on the way
        send(byte(1));
        deliver(sent_.back());
        break;
      case 3:
      case 4:
      case 5:
        if (message != nullptr) deliver(*message);
        break;
      case 6:
        announce(true);
        break;
      case 7:
        announce(false);
        break;
      case 8:
        plan(true);
        break;
      case 9:
        turn_clocks(byte(1), byte(2));
        break;
      case 10:
        revoke_or_pin();
        break;
      case 11:
        begin_session(byte(1) % 2 == 1);
        break;
      case 12:
        if (byte(1) % 2 == 0)
          begin_receiver();
        else
          revoke_or_pin_device();
        break;
      case 13:
        if (message != nullptr) deliver_altered(*message, byte(2), byte(3));
        break;
      case 14:
        if (message != nullptr) deliver_spliced(*message, *chosen(byte(2)), byte(3));
        break;
      default:
        if (byte(1) % 4 < 2)
          deliver_forged(of_strangers_[byte(1) % 2]);
        else
          deliver_forged(program);
        break;
    }
  }
}

// The sender.

void StreamWorld::begin_session(bool is_signed) {
  sealer_.emplace(need(Sealer::create(*ring_, {.sign_frames = is_signed, .clock = clock()})));
  ++session_;
  ++counts_.sessions;
  next_counter_ = 0;
  is_revoked_ = false;
  is_generation_for_us_ = {{0, true}};
}

void StreamWorld::plan(bool is_asked) {
  auto change = need(sealer_->plan(is_revoked_ ? others_ : ours_, is_asked));
  if (!change) return;
  if (const auto made = change->make(); !made) throw std::logic_error(made.error().text);
  if (change->reason() != RotationReason::ratchet) {
    is_generation_for_us_[generation_of(change->kid())] = !is_revoked_;
    ++counts_.rotations;
  }
  sealer_->take(*std::move(change));
}

void StreamWorld::send(std::size_t size) {
  plan(false);
  Message message;
  message.payload.assign(size, std::byte(next_counter_));
  message.bytes.resize(sealer_->size_limit(size));
  message.bytes.resize(need(sealer_->seal_frame({}, {}, message.payload, message.bytes)));
  const auto header = unpack_sframe_header(ByteSpan(message.bytes).subspan(kWireHeaderBytes));
  expect(header && header->header.ctr == next_counter_, "a counter was used twice, or left out");
  ++next_counter_;
  message.kid = header->header.kid;
  message.counter = header->header.ctr;
  message.is_for_us = is_generation_for_us_.at(generation_of(message.kid));
  expect(message.is_for_us == !is_revoked_, "a key of before the list was changed is still in use");
  ++counts_.sent;
  keep(std::move(message));
}

void StreamWorld::announce(bool arrives) {
  plan(false);
  for (const bool is_next : {true, false}) {
    const Bytes bytes = copy_of(need(is_next ? sealer_->next_announcement() : sealer_->announcement()));
    if (bytes.empty()) continue;
    const auto unpacked = unpack_announcement(bytes);
    expect(unpacked.has_value(), "an announcement is malformed");
    Message message;
    message.bytes = bytes;
    message.is_announcement = true;
    message.kid = unpacked->announcement.kid;
    message.is_for_us = is_generation_for_us_.at(generation_of(message.kid));
    keep(std::move(message));
    if (arrives) deliver(sent_.back());
  }
}

void StreamWorld::revoke_or_pin() {
  is_revoked_ = !is_revoked_;
  plan(false);
}

void StreamWorld::turn_clocks(std::uint8_t steady, std::uint8_t wall) {
  steady_ms_ += 500 * std::uint64_t{steady};
  const std::uint64_t year_ms = 365ull * 24 * 3600 * 1000;
  wall_ms_ += 500 * std::uint64_t{steady};
  if (wall >= 128) wall_ms_ = 1'795'248'000'000 + (wall - 128) % 20 * year_ms;
}

void StreamWorld::keep(Message message) {
  message.session = session_;
  sent_.push_back(std::move(message));
  if (sent_.size() > kKept) sent_.pop_front();
}

const StreamWorld::Message* StreamWorld::chosen(std::uint8_t which) const {
  return sent_.empty() ? nullptr : &sent_[sent_.size() - 1 - which % sent_.size()];
}

// The receiver.

void StreamWorld::forget() {
  current_.reset();
  previous_.reset();
  known_.clear();
}

void StreamWorld::begin_receiver() {
  opener_.emplace(need(Opener::create(*ring_, {.clock = clock()})));
  if (!is_device_pinned_) opener_->reload({});
  ++counts_.receivers;
  forget();
}

void StreamWorld::revoke_or_pin_device() {
  is_device_pinned_ = !is_device_pinned_;
  if (!opener_) return;
  const bool had_peer = opener_->peer().has_value();
  const bool is_lost = opener_->reload(is_device_pinned_ ? devices_ : std::vector<PinnedDevice>());
  if (is_device_pinned_) return;
  expect(is_lost == had_peer, "a device that is trusted no more keeps its stream");
  forget();
}

Verdict StreamWorld::open(ByteSpan message) {
  steady_ms_ += kDeliveryMs;
  plain_.resize(message.size());
  const Verdict verdict = opener_->open(message, plain_, opened_);
  ++(is_good(verdict) ? counts_.accepted : counts_.refused);
  return verdict;
}

void StreamWorld::deliver(const Message& message) {
  if (message.is_announcement)
    deliver_announcement(message);
  else
    deliver_frame(message);
}

void StreamWorld::deliver_frame(const Message& message) {
  const Verdict verdict = open(message.bytes);
  if (verdict != Verdict::opened) {
    expect(!is_good(verdict), "a frame was taken for something else");
    expect(!must_be_accepted(message), "a frame that is new, of a key that was announced, was refused");
    return;
  }
  expect(
      may_be_accepted(message),
      "a frame was accepted that is a repetition, of an old session, of a key that is over, or not for this receiver");
  expect(std::equal(opened_.payload.begin(), opened_.payload.end(), message.payload.begin(), message.payload.end()),
         "a frame opened to something else than what was sent");
  note_accepted(message);
}

bool StreamWorld::may_be_accepted(const Message& frame) const {
  const bool is_live = frame.session == current_ || (frame.session == previous_ && steady_ms_ < previous_until_);
  const auto found = known_.find(frame.session);
  if (!is_device_pinned_ || !frame.is_for_us || !is_live || found == known_.end()) return false;
  const Known& known = found->second;
  if (known.accepted.count(frame.counter) != 0) return false;
  const auto told = known.newest.find(generation_of(frame.kid));
  if (told == known.newest.end()) return false;
  for (auto later = known.used_at.upper_bound(frame.kid); later != known.used_at.end(); ++later)
    if (frame.session == current_ && steady_ms_ >= later->second + Session::kGraceMs) return false;
  return true;
}

bool StreamWorld::must_be_accepted(const Message& frame) const {
  if (frame.session != current_ || !may_be_accepted(frame)) return false;
  const Known& known = known_.at(frame.session);
  const auto newest = *known.newest.find(generation_of(frame.kid));
  const bool is_last = newest.first == known.newest.rbegin()->first;
  const bool is_overtaken = !known.used_at.empty() && frame.kid < known.used_at.rbegin()->first;
  return !is_overtaken && frame.kid >= newest.second && frame.kid - newest.second <= Session::kMaxAhead &&
         (is_last || known.kids.size() <= Session::kMaxKeys);
}

void StreamWorld::note_accepted(const Message& frame) {
  Known& known = known_.at(frame.session);
  known.accepted.insert(frame.counter);
  if (known.used_at.empty() || frame.kid > known.used_at.rbegin()->first) known.used_at[frame.kid] = steady_ms_;
  std::uint64_t& newest = known.newest.at(generation_of(frame.kid));
  for (; newest < frame.kid; ++newest) known.kids.insert(newest + 1);
}

void StreamWorld::deliver_announcement(const Message& message) {
  const Verdict verdict = open(message.bytes);
  const bool is_current = message.session == current_;
  const bool is_newer = !current_ ? message.session >= seen_ : message.session > *current_;
  const bool is_expected = is_device_pinned_ && message.is_for_us && (is_current || is_newer);
  expect(is_good(verdict) || !is_expected, "an announcement for this receiver, of no old session, was refused");
  switch (verdict) {
    case Verdict::new_session:
      expect(is_expected && is_newer, "an old session began anew, or one that is for others");
      known_.erase(previous_.value_or(0));
      previous_ = current_;
      previous_until_ = steady_ms_ + kSessionGraceMs;
      current_ = seen_ = message.session;
      break;
    case Verdict::new_key:
      expect(is_expected && is_current, "a key was taken that is not this session's, or for others");
      break;
    case Verdict::announcement:
      expect(is_device_pinned_ && is_current, "an announcement was believed that is not of this session");
      return;  // nothing new
    default:
      return;
  }
  Known& known = known_[message.session];
  known.kids.insert(message.kid);
  std::uint64_t& newest = known.newest[generation_of(message.kid)];
  newest = std::max(newest, message.kid);
}

void StreamWorld::deliver_forged(ByteSpan bytes) {
  expect(!is_good(open(bytes)), "a message that the device did not send was accepted");
}

// Bits are turned, the end is cut off, or bytes are added.
void StreamWorld::deliver_altered(const Message& message, std::uint8_t where, std::uint8_t change) {
  Bytes bytes = message.bytes;
  const std::size_t at = (std::size_t{where} * 257 + change) % bytes.size();
  switch (where % 4) {
    case 0:
      bytes.resize(at);
      break;
    case 1:
      bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), std::byte(change));
      break;
    default:
      bytes[at] ^= std::byte(change | 1);
      break;
  }
  deliver_forged(bytes);
}

void StreamWorld::deliver_spliced(const Message& head, const Message& tail, std::uint8_t where) {
  const std::size_t at = std::size_t{where} % std::min(head.bytes.size(), tail.bytes.size());
  Bytes bytes(head.bytes.begin(), head.bytes.begin() + static_cast<std::ptrdiff_t>(at));
  bytes.insert(bytes.end(), tail.bytes.begin() + static_cast<std::ptrdiff_t>(at), tail.bytes.end());
  if (bytes != head.bytes && bytes != tail.bytes) deliver_forged(bytes);
}

}  // namespace lc::seal::test
