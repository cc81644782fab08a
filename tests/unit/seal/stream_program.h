// A program of operations on a sender, the network and a receiver, and a model that says what may come of each: send,
// lose, deliver late and again, alter, splice, invent, rotate, revoke on both sides, turn clocks, restart either side.
//
// An instruction is four bytes: what, which message, two arguments. All bytes are a program. The model is sets and
// numbers: what was sent, what this receiver accepted, which keys it was told, which session is the newest that it saw.
// tests/fuzz/seal_stream_fuzz.cc lets libFuzzer write the programs; stream_program_test.cc plays those kept in its
// corpus, and random ones.
#pragma once

#include <array>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "seal/opener.h"
#include "seal/sealer.h"

namespace lc::seal::test {

class StreamWorld {
 public:
  // Makes key rings, in memory where the system has a place for files there: each session and receiver writes one.
  StreamWorld();

  // Plays a program, from a new session and a restarted receiver on.
  //   throws  std::logic_error: what came of an instruction is not what the model says
  void run(ByteSpan program);

  // What it did so far.
  struct Counts {
    std::uint64_t sent = 0, accepted = 0, refused = 0, rotations = 0, sessions = 0, receivers = 0;
  };
  const Counts& counts() const { return counts_; }

 private:
  struct Message {
    Bytes bytes, payload;
    bool is_announcement = false, is_for_us = false;
    std::uint64_t session = 0;  // in the order in which they began
    std::uint64_t kid = 0, counter = 0;
  };
  // What the receiver may know of a session.
  struct Known {
    std::map<std::uint64_t, std::uint64_t> newest;  // of each generation that it was told: the highest KID
    std::set<std::uint64_t> kids, accepted;         // accepted: counters
    // KIDs that were the highest of an accepted message, and since when.
    std::map<std::uint64_t, std::uint64_t> used_at;
  };

  void begin_session(bool is_signed);
  void begin_receiver();
  void forget();
  void plan(bool is_asked);
  void send(std::size_t size);
  void announce(bool arrives);
  void revoke_or_pin();
  void revoke_or_pin_device();
  void turn_clocks(std::uint8_t steady, std::uint8_t wall);
  void deliver(const Message& message);
  void deliver_frame(const Message& message);
  void deliver_announcement(const Message& message);
  void deliver_forged(ByteSpan bytes);
  void deliver_altered(const Message& message, std::uint8_t where, std::uint8_t change);
  void deliver_spliced(const Message& head, const Message& tail, std::uint8_t where);

  bool must_be_accepted(const Message& frame) const;
  bool may_be_accepted(const Message& frame) const;
  void note_accepted(const Message& frame);
  const Message* chosen(std::uint8_t which) const;
  void keep(Message message);
  Verdict open(ByteSpan message);
  Clock clock();

  // Removed with everything in it.
  struct Folder {
    Folder();
    ~Folder();
    std::filesystem::path path;
  };
  Folder folder_;
  std::uint64_t steady_ms_ = 0, wall_ms_ = 1'795'248'000'000;
  std::optional<KeyRing> ring_;
  std::vector<PinnedReceiver> ours_, others_;
  std::vector<PinnedDevice> devices_;
  std::vector<Bytes> of_strangers_;
  std::optional<Sealer> sealer_;
  std::optional<Opener> opener_;
  Bytes plain_;
  Opened opened_;
  std::deque<Message> sent_;
  Counts counts_;

  // Of the sender:
  std::uint64_t session_ = 0, next_counter_ = 0;
  bool is_revoked_ = false;                             // we are not in its list
  std::map<std::uint64_t, bool> is_generation_for_us_;  // of the session
  // Of the receiver:
  bool is_device_pinned_ = true;
  std::uint64_t seen_ = 0;  // the newest session; on its disk
  std::optional<std::uint64_t> current_, previous_;
  std::uint64_t previous_until_ = 0;
  std::map<std::uint64_t, Known> known_;
};

}  // namespace lc::seal::test
