#include "restart_test.h"

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <random>
#include <set>

#include "fixture.h"
#include "seal/announcement.h"
#include "seal/big_endian.h"
#include "seal/digest.h"
#include "seal/sframe_header.h"

namespace lc::seal::test {
namespace {

// The child: writes announcement and frames, each after its length, until it is killed.
[[noreturn]] void send_for_ever(const KeyRing& ring, int pipe) {
  const auto put = [&](ByteSpan message) {
    std::array<std::byte, 4> size;
    put_big(size.data(), static_cast<std::uint32_t>(message.size()));
    if (::write(pipe, size.data(), 4) != 4 || ::write(pipe, message.data(), message.size()) < 0) ::_exit(1);
  };
  auto sealer = Sealer::create(ring);
  if (!sealer) ::_exit(2);
  put(*sealer->announcement());
  Bytes out(sealer->size_limit(100));
  for (;;) {
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

std::vector<Bytes> run_and_kill(const KeyRing& ring, std::size_t kill_after) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    send_for_ever(ring, ends[1]);
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

}  // namespace

void kill_and_compare(int kills) {
  Pair pair;
  const auto receiver = must(pair.receiver_ring.receiver());
  std::mt19937_64 random(3);
  std::set<std::string> pairs;
  std::size_t frames = 0;
  std::uint64_t epoch = 0;
  for (int i = 0; i < kills; ++i) {
    const auto messages = run_and_kill(pair.device_ring, 1 + random() % 40'000);
    if (messages.empty()) continue;
    const auto unpacked = unpack_announcement(messages[0]);
    REQUIRE(unpacked);
    CHECK(unpacked->announcement.epoch > epoch);
    epoch = unpacked->announcement.epoch;
    std::array<std::byte, kBaseKeyBytes> base_key;
    REQUIRE(open_boxes(*unpacked, receiver, base_key) == Verdict::new_session);
    // AEAD key and salt follow from base key, KID and suite, the nonce from them and the counter.
    const std::string key = to_hex(blake2b_256(base_key));
    for (std::size_t k = 1; k < messages.size(); ++k) {
      const auto header = unpack_sframe_header(ByteSpan(messages[k]).subspan(kWireHeaderBytes));
      REQUIRE(header);
      pairs.insert(fmt::format("{} {} {}", key, header->header.kid, header->header.ctr));
      ++frames;
    }
  }
  CHECK(frames > static_cast<std::size_t>(kills));
  CHECK(pairs.size() == frames);
}

}  // namespace lc::seal::test
