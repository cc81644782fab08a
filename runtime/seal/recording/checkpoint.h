// Signed checkpoints of a recording: its recorder says, every few seconds, which messages stand there, in which order.
// So nobody can take some away, exchange them or bring in those of another time, who may hold every key of the stream.
// Byte table: FORMAT.md, section 5.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "seal/digest.h"
#include "seal/identity.h"
#include "seal/recording/record.h"

namespace lc::recording {

inline constexpr std::size_t kCheckpointBytes = 16 + 1 + 8 + 32 + 32 + 32 + seal::kSignatureBytes;

struct Checkpoint {
  SectionId section{};
  bool is_last = false;        // nothing follows it but the end of the section
  std::uint64_t messages = 0;  // since the one before
  seal::Digest256 before{};    // chain at the one before, or of the section's start
  seal::Digest256 chain{};     // digest of `before` and of the messages since
  seal::PublicKey recorder{};
};

// The messages since the latest checkpoint, in the order of the file, repeated ones included.
class Chain {
 public:
  void begin(const SectionId& section);
  void add(const RecordHeader& record, ByteSpan payload);  // allocates nothing

  // Writer: appends the payload of a checkpoint here.
  void sign(const seal::SigningIdentity& recorder, bool is_last, Bytes& out);

  // Reader: something is missing before here; what follows is not in question until the next checkpoint.
  void interrupt() { is_interrupted_ = true; }
  bool is_interrupted() const { return is_interrupted_; }
  // Reader: from here on, which is the start of a span, in a section that is not known yet.
  void jump();

  enum class Answer { good, damaged, altered, malformed };
  // Reader: whether the payload is a checkpoint of what was added.
  //   damaged  it cannot be told: messages are missing, as the file's own numbers say, or reading began in their midst
  //   altered  its signature is false, or it speaks of other messages
  Answer check(ByteSpan payload, Checkpoint& out);

 private:
  SectionId section_{};
  std::optional<seal::Digest256> chain_;  // at the latest checkpoint; nothing after a jump
  seal::Digest since_;
  std::uint64_t messages_ = 0;
  bool is_interrupted_ = false, knows_section_ = false;
};

// Nothing if it has another size, or unknown flags. Its signature is not looked at.
std::optional<Checkpoint> unpack_checkpoint(ByteSpan payload);

}  // namespace lc::recording
