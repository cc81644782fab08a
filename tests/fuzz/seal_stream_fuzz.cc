// libFuzzer: the input is a program for a network between a sealer and an opener: deliver, lose, repeat,
// alter, cut off, invent, restart. Only a message as it was sent may be accepted, and only once.
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
    opener_.emplace(*Opener::create(*ring_, {.clock = clock()}));
    restart();
  }
  ~Network() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void restart() {
    sealer_.emplace(*Sealer::create(*ring_, {.clock = clock()}));
    sent_.clear();
    const ByteSpan message = *sealer_->announcement();
    announcement_.assign(message.begin(), message.end());
    expect(open(announcement_) == Verdict::new_session);
  }
  void send() {
    Bytes out(sealer_->size_limit(20));
    out.resize(*sealer_->seal_frame({}, {}, Bytes(20), out));
    sent_.push_back({std::move(out)});
    if (sent_.size() > 64) sent_.pop_front();
  }
  void deliver(std::size_t which) {
    if (sent_.empty()) return;
    Sent& sent = sent_[which % sent_.size()];
    const bool is_accepted = is_good(open(sent.bytes));
    expect(is_accepted == !sent.was_accepted);
    sent.was_accepted = true;
  }
  void deliver_altered(std::size_t which, std::size_t at, std::uint8_t change, std::size_t size) {
    Bytes bytes = which % 4 == 0 || sent_.empty() ? announcement_ : sent_[which % sent_.size()].bytes;
    const Bytes original = bytes;
    bytes[at % bytes.size()] ^= std::byte(change);
    bytes.resize(std::min(bytes.size(), size));
    if (bytes != original) expect(!is_good(open(bytes)));
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
    switch (op[0] % 5) {
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
      default:
        network.deliver_invented({reinterpret_cast<const std::byte*>(data), size});
        break;
    }
  }
  return 0;
}
