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

// Where these many came since the latest one, or since the start of the section, the next one had to follow at once. A
// span is shorter, with all that it may repeat.
inline constexpr std::uint64_t kCheckpointNs = 10'000'000'000;  // from its arrival to that of a message
inline constexpr std::uint64_t kMostUnsignedNs = 60'000'000'000;  // of the stream's own time, which may arrive in bursts
inline constexpr std::uint64_t kLongestStepNs = 1'000'000'000;    // of it, from message to message: the rest is a pause
inline constexpr std::uint64_t kIntervalMessages = 320, kIntervalFewBytes = std::uint64_t{256} << 10;  // both
inline constexpr std::uint64_t kIntervalBytes = (std::uint64_t{4} << 20) + (std::uint64_t{128} << 10);

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

  // Reader: from here on, which is the start of a span; of which section, if that is known.
  void resume(const std::optional<SectionId>& section);
  // Since the latest checkpoint.
  std::uint64_t messages() const { return messages_; }

  enum class Answer { good, differs, forged, malformed };
  // Reader: whether the payload is a checkpoint of what was added.
  //   differs    it is rightly signed, but speaks of other messages, or of another section
  //   forged     its signature is false
  //   malformed  it is none; nothing has changed
  Answer check(ByteSpan payload, Checkpoint& out);

 private:
  std::optional<SectionId> section_;
  std::optional<seal::Digest256> chain_;  // at the latest checkpoint; nothing where reading began in the midst
  seal::Digest since_;
  std::uint64_t messages_ = 0;
};

// Nothing if it has another size, or unknown flags. Its signature is not looked at.
std::optional<Checkpoint> unpack_checkpoint(ByteSpan payload);

}  // namespace lc::recording
