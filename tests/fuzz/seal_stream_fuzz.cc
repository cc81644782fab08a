// libFuzzer: the input is a program for a network between a sealer and an opener: deliver, lose, repeat,
// alter, cut off, invent, change keys, revoke, turn the clock, restart. Only a message as it was sent may be accepted, and
// only once; one of the key in use is; none is that was sealed for others.
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <optional>

#include "seal/opener.h"
#include "seal/sealer.h"

namespace {

using namespace lc;
using namespace lc::seal;

void expect(bool good) {
  if (!good) std::abort();
}

struct Sent {
  Bytes bytes;
  std::uint64_t kid = 0;
  bool is_for_others = false;
  bool was_accepted = false;
};

class Network {
 public:
  Network() {
    std::string name = (std::filesystem::temp_directory_path() / "latentcast-fuzz-XXXXXX").string();
    expect(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    ring_.emplace(*KeyRing::create(folder_));
    const auto device = *ring_->generate(Role::device, "device"),
               receiver = *ring_->generate(Role::receiver, "receiver");
    expect(ring_->pin(device) && ring_->pin(receiver));
    ours_ = *ring_->receivers(0);
    const auto other = *ReceiverIdentity::generate("other");
    others_ = {{"other", other.identity().key, SuiteSet::usual(), {}}};
    opener_.emplace(*Opener::create(*ring_, {.clock = clock()}));
    restart();
  }
  ~Network() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void restart() {
    sealer_.emplace(*Sealer::create(*ring_, {.rotation = {.lead_ms = 0}, .clock = clock()}));
    sent_.clear();
    is_revoked_ = false;
    const ByteSpan message = *sealer_->announcement();
    announcement_.assign(message.begin(), message.end());
    expect(open(announcement_) == Verdict::new_session);
  }
  void change_keys(bool is_asked) {
    auto change = *sealer_->plan(is_revoked_ ? others_ : ours_, is_asked);
    if (!change) return;
    expect(change->make().has_value());
    sealer_->take(*std::move(change));
    const ByteSpan message = *sealer_->announcement();
    announcement_.assign(message.begin(), message.end());
    now_ += 20;  // one more signature may be checked
    const Verdict verdict = open(announcement_);
    expect(is_revoked_ ? verdict == Verdict::not_a_receiver : is_good(verdict));
  }
  void revoke_or_pin() {
    is_revoked_ = !is_revoked_;
    change_keys(false);
  }
  void turn_clock(std::uint64_t seconds) {
    now_ += 1000 * seconds;
    change_keys(false);
  }
  void send() {
    change_keys(false);
    Bytes out(sealer_->size_limit(20));
    out.resize(*sealer_->seal_frame({}, {}, Bytes(20), out));
    sent_.push_back({std::move(out), sealer_->kid(), is_revoked_});
    if (sent_.size() > 64) sent_.pop_front();
  }
  void deliver(std::size_t which) {
    if (sent_.empty()) return;
    Sent& sent = sent_[which % sent_.size()];
    const bool is_accepted = is_good(open(sent.bytes));
    expect(!is_accepted || (!sent.was_accepted && !sent.is_for_others));
    if (sent.kid == sealer_->kid() && !sent.is_for_others) expect(is_accepted || sent.was_accepted);
    sent.was_accepted = sent.was_accepted || is_accepted;
  }
  void deliver_altered(std::size_t which, std::size_t at, std::uint8_t change, std::size_t size) {
    Bytes bytes = which % 4 == 0 || sent_.empty() ? announcement_ : sent_[which % sent_.size()].bytes;
    const Bytes original = bytes;
    bytes[at % bytes.size()] ^= std::byte(change);
    bytes.resize(std::min(bytes.size(), size));
    if (bytes == original) return;
    expect(!is_good(open(bytes)));
  }
  void deliver_invented(ByteSpan bytes) { expect(!is_good(open(bytes))); }

 private:
  Clock clock() {
    return {[] { return std::uint64_t{1'795'248'000'000}; }, [this] { return now_ += 20; }};
  }
  Verdict open(ByteSpan message) {
    plain_.resize(message.size());
    Opened opened;
    return opener_->open(message, plain_, opened);
  }

  std::uint64_t now_ = 0;
  std::filesystem::path folder_;
  std::optional<KeyRing> ring_;
  std::optional<Opener> opener_;
  std::optional<Sealer> sealer_;
  std::vector<PinnedReceiver> ours_, others_;
  bool is_revoked_ = false;
  Bytes announcement_, plain_;
  std::deque<Sent> sent_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Network network;
  static int inputs = 0;
  if (++inputs % 20'000 == 0) network.restart();  // writes files, so rarely
  for (std::size_t at = 0; at + 4 < size; at += 5) {
    const std::uint8_t* op = data + at;
    switch (op[0] % 8) {
      case 0:
        network.send();
        break;
      case 1:
        network.deliver(op[1]);
        break;
      case 2:
        network.deliver_altered(op[1], std::size_t{op[2]} << 1 | (op[4] & 1), op[3], std::size_t(-1));
        break;
      case 3:
        network.deliver_altered(op[1], 0, 0, std::size_t{op[2]} << 1 | (op[4] & 1));
        break;
      case 4:
        network.change_keys(true);
        break;
      case 5:
        network.turn_clock(op[1]);
        break;
      case 6:
        network.revoke_or_pin();
        break;
      default:
        network.deliver_invented({reinterpret_cast<const std::byte*>(data), size});
        break;
    }
  }
  return 0;
}
