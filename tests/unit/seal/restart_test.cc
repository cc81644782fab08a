#include "restart_test.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include <map>
#include <random>
#include <set>

#include "fixture.h"
#include "seal/announcement.h"
#include "seal/big_endian.h"
#include "seal/kdf.h"
#include "seal/sframe_header.h"

namespace lc::seal::test {
namespace {

// The child: writes announcements and frames, each after its length, until it is killed. Its clock is anywhere within
// twenty years and is set anew every few frames, its keys change as often, and its own children try to go on with what
// they inherited.
[[noreturn]] void send_for_ever(const KeyRing& ring, int pipe, std::uint64_t seed) {
  const auto put = [&](ByteSpan message) {
    std::array<std::byte, 4> size;
    put_big(size.data(), static_cast<std::uint32_t>(message.size()));
    if (::write(pipe, size.data(), 4) != 4 || ::write(pipe, message.data(), message.size()) < 0) ::_exit(1);
  };
  std::mt19937_64 random(seed);
  std::uint64_t steady = 0;
  SealerOptions options;
  const auto any_time = [&] { return kNow + random() % (20ull * 365 * 24 * 3600'000); };
  std::uint64_t wall = any_time();
  options.clock = {[&] { return wall + steady; }, [&] { return steady; }};
  options.rotation = {.ratchet_ms = 5, .frames = 20, .lead_ms = 3};
  auto sealer = Sealer::create(ring, options);
  const auto receivers = ring.receivers(0);
  if (!sealer || !receivers) ::_exit(2);
  put(*sealer->announcement());
  Bytes out(sealer->size_limit(100));
  for (;; ++steady) {
    if (random() % 16 == 0) wall = any_time();
    auto change = sealer->plan(*receivers, random() % 30 == 0);
    if (!change) ::_exit(4);
    if (*change) {
      if (!(*change)->make()) ::_exit(5);
      sealer->take(*std::move(*change));
      if (const ByteSpan next = *sealer->next_announcement(); !next.empty()) put(next);
      put(*sealer->announcement());
    }
    if (random() % 64 == 0) {
      const pid_t child = ::fork();
      if (child == 0) {
        if (const auto size = sealer->seal_frame({}, {}, Bytes(100), out)) put(ByteSpan(out).first(*size));
        ::_exit(0);
      }
      int status = 0;
      ::waitpid(child, &status, 0);
    }
    const auto size = sealer->seal_frame({}, {}, Bytes(100), out);
    if (!size) ::_exit(3);
    put(ByteSpan(out).first(*size));
  }
}

// Everything the child wrote until its end of the pipe closed; a last message may be cut off.
std::vector<Bytes> split(const Bytes& stream) {
  std::vector<Bytes> messages;
  Reader reader(stream);
  for (;;) {
    const auto size = reader.big<std::uint32_t>();
    const auto message = size ? reader.take(*size) : fail(Errc::truncated, "end");
    if (!message) return messages;
    messages.emplace_back(message->begin(), message->end());
  }
}

std::vector<Bytes> run_and_kill(const KeyRing& ring, std::size_t kill_after, std::uint64_t seed) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    send_for_ever(ring, ends[1], seed);
  }
  ::close(ends[1]);
  Bytes stream, part(4096);
  bool is_killed = false;
  for (;;) {
    const ssize_t got = ::read(ends[0], part.data(), part.size());
    if (got <= 0) break;
    stream.insert(stream.end(), part.begin(), part.begin() + got);
    if (stream.size() >= kill_after && !is_killed) {
      ::kill(child, SIGKILL);
      is_killed = true;
    }
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  return split(stream);
}

// AEAD key and salt of each KID that its announcements lead to.
class Keys {
 public:
  explicit Keys(const ReceiverIdentity& receiver) : receiver_(receiver) {}
  void add(const Bytes& message) {
    const auto unpacked = unpack_announcement(message);
    REQUIRE(unpacked);
    const Announcement& what = unpacked->announcement;
    if (epoch == 0) epoch = what.epoch;
    CHECK(epoch == what.epoch);
    suite_ = what.suite;
    Bytes base(kBaseKeyBytes);
    REQUIRE(open_boxes(*unpacked, receiver_, std::span(base).first<kBaseKeyBytes>()) == Verdict::new_session);
    const auto known = bases_.find(what.kid);
    if (known != bases_.end()) CHECK(known->second == base);
    bases_[what.kid] = base;
  }
  // "key nonce", in hex.
  std::string pair_of(const Bytes& frame) {
    const auto header = unpack_sframe_header(ByteSpan(frame).subspan(kWireHeaderBytes));
    REQUIRE(header);
    const Bytes base = base_of(header->header.kid);
    std::array<std::byte, kHashBytes> secret;
    hkdf_extract({}, base, secret);
    const auto part = [&](std::string_view label, std::size_t size) {
      Bytes info(as_bytes(label).begin(), as_bytes(label).end()), out(size);
      Writer writer(info);
      writer.big(header->header.kid);
      writer.big(suite_);
      REQUIRE(hkdf_expand(secret, info, out));
      return out;
    };
    Bytes nonce = part("SFrame 1.0 Secret salt ", 12);
    for (std::size_t i = 0; i < 8; ++i) nonce[4 + i] ^= std::byte(header->header.ctr >> (56 - 8 * i));
    return to_hex(part("SFrame 1.0 Secret key ", 32)) + to_hex(nonce);
  }
  std::uint64_t epoch = 0;

 private:
  Bytes base_of(std::uint64_t kid) {
    const auto known = bases_.find(kid);
    if (known != bases_.end()) return known->second;
    REQUIRE(step_of(kid) > 0);
    const Secret before = must(Secret::copy_of(base_of(kid - 1)));
    const Secret next = must(ratchet(before));
    return bases_[kid] = Bytes(next.reveal().begin(), next.reveal().end());
  }
  const ReceiverIdentity& receiver_;
  std::uint16_t suite_ = 0;
  std::map<std::uint64_t, Bytes> bases_;
};

}  // namespace

void kill_and_compare(int kills) {
  Pair pair;
  const auto receiver = must(pair.receiver_ring.receiver());
  std::mt19937_64 random(3);
  std::set<std::string> pairs;
  std::size_t frames = 0, rotated = 0;
  std::uint64_t epoch = 0;
  for (int i = 0; i < kills; ++i) {
    const auto messages = run_and_kill(pair.device_ring, 1 + random() % 40'000, random());
    Keys keys(receiver);
    for (const Bytes& message : messages) {
      const auto header = unpack_wire_header(message);
      REQUIRE(header);
      if (header->type == MessageType::announcement) {
        keys.add(message);
        continue;
      }
      pairs.insert(keys.pair_of(message));
      ++frames;
      rotated += unpack_sframe_header(ByteSpan(message).subspan(kWireHeaderBytes))->header.kid > 0 ? 1 : 0;
    }
    if (keys.epoch > 0) {
      CHECK(keys.epoch > epoch);
      epoch = keys.epoch;
    }
  }
  CHECK(frames > static_cast<std::size_t>(kills));
  CHECK(rotated > frames / 4);
  CHECK(pairs.size() == frames);
}

}  // namespace lc::seal::test
