// The messages of a recording one after another, out of bytes that come in pieces of any size, with where each stands
// in time and what damage lies before it.
//   thread  one at a time
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "base/bytes.h"
#include "seal/recording/record.h"
#include "seal/recording/recording_file.h"
#include "seal/recording/timeline.h"
#include "seal/recording/verifier.h"

namespace lc::recording {

struct RecordedMessage {
  ByteSpan bytes;  // until feed() or jump()
  seal::WireHeader header;
  RecordHeader record;
  std::uint64_t offset = 0;    // of the record, in the file
  std::uint64_t position = 0;  // ns
};

// What is lost: bytes that are no record, and records whose numbers are missing.
struct Damage {
  std::uint64_t bytes = 0, records = 0;
  explicit operator bool() const { return bytes > 0 || records > 0; }
};

class MessageReader {
 public:
  // Who must have signed it: Verifier::expect().
  void expect(const seal::PublicKey& recorder) { verifier_.expect(recorder); }
  const Checkpoints& checkpoints() const { return verifier_.said(); }

  // Room for the next `size` bytes of the file, to be filled before next() is called. What of it stays empty is given
  // back with unread().
  std::span<std::byte> feed(std::size_t size);
  void unread(std::size_t size) { buffer_.resize(buffer_.size() - size); }

  // The next message, if one is there. `is_last`: nothing follows what was fed.
  //   cost  allocates nothing, but where a checkpoint is looked at
  std::optional<RecordedMessage> next(bool is_last);

  // Offset of the first byte that is wanted next, and how many at least.
  std::uint64_t end() const { return offset_ + buffer_.size(); }
  std::size_t wanted() const { return wanted_; }

  // Forgets what was fed; from `landing.begin` on announcements only come until its key frame was met.
  void jump(const Landing& landing);

  // What was lost before the latest message (at the end: after it), since the last call.
  Damage take_damage() { return std::exchange(damage_, {}); }
  // Sections whose header was met, and those among them whose footer was.
  std::uint64_t sections() const { return sections_; }
  std::uint64_t ended_sections() const { return ended_; }

 private:
  std::optional<RecordedMessage> message_of(const Item& item, std::uint64_t offset);
  void begin_section(const SectionHeader& header);
  void end_section();
  void note_number(std::uint64_t number);

  Bytes buffer_;
  std::size_t taken_ = 0;     // of the buffer
  std::uint64_t offset_ = 0;  // of the buffer, in the file
  std::size_t wanted_ = 1;
  Scanner scanner_;
  Timeline timeline_;
  std::optional<Landing> landing_;
  std::optional<std::uint64_t> next_number_;
  Damage damage_;
  Verifier verifier_;
  std::uint64_t sections_ = 0, ended_ = 0;
};

}  // namespace lc::recording
