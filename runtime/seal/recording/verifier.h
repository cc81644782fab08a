// Whether a recording is what its recorder signed, while it is read: follows its checkpoints (FORMAT.md, section 5) and
// counts what none of them covers.
//   thread  one at a time
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "base/bytes.h"
#include "seal/identity.h"
#include "seal/recording/checkpoint.h"
#include "seal/recording/record.h"

namespace lc::recording {

// What was found so far. A checkpoint says something of the messages before it.
struct Checkpoints {
  std::uint64_t good = 0;
  std::uint64_t damaged = 0;     // cannot be told: records are missing
  std::uint64_t altered = 0;     // messages were taken away, exchanged or brought in, or checkpoints taken away
  std::uint64_t unverified = 0;  // messages that no good checkpoint covers, whatever the reason
  std::uint64_t fault_at = 0;    // position of the first place that is damaged or altered, ns
  std::vector<seal::PublicKey> recorders;  // who signed, each once; kMaxRecorders at most
  static constexpr std::size_t kMaxRecorders = 16;
};

class Verifier {
 public:
  // From now on what this key did not sign counts as altered, but for what a recorder that died leaves behind its last
  // checkpoint: that is less than a span, once for each section, and counts as unverified.
  void expect(const seal::PublicKey& recorder) { expected_ = recorder; }
  const Checkpoints& said() const { return said_; }

  void begin_section(const SectionId& id);
  // At the start of a span that is not the first; `id` of its section, if that is known.
  void resume(const std::optional<SectionId>& id);
  // Records are missing before the next one.
  void note_gap() { has_gap_ = true; }
  //   position  of the latest message before it, ns
  //   cost      allocates nothing, but for a checkpoint
  void take(const RecordHeader& record, ByteSpan payload, std::uint64_t position);
  void end_section();  // its footer
  void finish();       // no more of the section follows, if one is open

 private:
  void forget_section();
  void take_message(const RecordHeader& record, ByteSpan payload, std::uint64_t step_ns);
  bool is_new(const SectionId& id);
  void check(const RecordHeader& record, ByteSpan payload);
  bool is_overdue() const;
  void need_checkpoint(bool is_there);
  void note_good(const seal::PublicKey& recorder);
  void note_fault(bool is_altered);

  std::optional<seal::PublicKey> expected_;
  Checkpoints said_;
  Chain chain_;
  std::uint64_t position_ = 0;
  std::set<SectionId> seen_;  // since reading began, where a recorder is expected
  // Of the section.
  std::optional<seal::PublicKey> recorder_;  // who signed its latest checkpoint
  bool has_jumped_ = false;                  // reading began in its midst
  bool is_complete_ = false;                 // the latest checkpoint is its last
  // Since the latest checkpoint.
  std::uint64_t bytes_ = 0;
  std::optional<std::uint64_t> since_ns_;  // its arrival
  std::uint64_t streamed_ns_ = 0;  // of the stream's own time, pauses left out
  bool has_gap_ = true, is_late_ = false, is_judged_ = false;
};

}  // namespace lc::recording
