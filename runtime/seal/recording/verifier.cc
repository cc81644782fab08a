#include "seal/recording/verifier.h"

#include <algorithm>
#include <utility>

namespace lc::recording {

// Nothing is known of what comes, the header of its section included.
void Verifier::forget_section() {
  chain_.resume(std::nullopt);
  recorder_.reset();
  since_ns_.reset();
  has_jumped_ = is_complete_ = is_late_ = is_judged_ = false;
  has_gap_ = true;
  bytes_ = streamed_ns_ = 0;
}

void Verifier::begin_section(const SectionId& id) {
  finish();
  chain_.begin(id);
  has_gap_ = false;
  if (!is_new(id)) need_checkpoint(false);
}

// The start of a section may be copied, with its signature; it comes once.
bool Verifier::is_new(const SectionId& id) { return !expected_ || seen_.insert(id).second; }

void Verifier::resume(const std::optional<SectionId>& id) {
  forget_section();
  seen_.clear();
  if (id && expected_) seen_.insert(*id);
  chain_.resume(id);
  has_jumped_ = true;
  has_gap_ = !id;  // it may as well have begun between two checkpoints
}

void Verifier::take(const RecordHeader& record, ByteSpan payload, std::uint64_t position) {
  const std::uint64_t step_ns = position > position_ ? std::min(position - position_, kLongestStepNs) : 0;
  position_ = position;
  if (record.type == RecordType::message) return take_message(record, payload, step_ns);
  if (record.type == RecordType::checkpoint) return check(record, payload);
  if (record.type == RecordType::index || record.type == RecordType::end) need_checkpoint(chain_.messages() == 0);
}

void Verifier::take_message(const RecordHeader& record, ByteSpan payload, std::uint64_t step_ns) {
  need_checkpoint(!is_overdue());
  if (!since_ns_ && !has_jumped_) since_ns_ = record.arrival_ns;
  chain_.add(record, payload);
  bytes_ += payload.size();
  // As the writer counts: what is repeated waits for the new message behind it.
  is_late_ |= !record.is_repeated && since_ns_ && record.arrival_ns >= *since_ns_ &&
              record.arrival_ns - *since_ns_ >= kCheckpointNs;
  // Arrivals are not signed yet. The stream's own time is, by its device.
  streamed_ns_ += step_ns;
  is_late_ |= streamed_ns_ >= kMostUnsignedNs;
}

// Whether a checkpoint had to stand here already.
bool Verifier::is_overdue() const {
  return is_late_ || bytes_ >= kIntervalBytes ||
         (chain_.messages() >= kIntervalMessages && bytes_ >= kIntervalFewBytes);
}

void Verifier::need_checkpoint(bool is_there) {
  if (is_there || is_judged_ || (!recorder_ && !expected_)) return;
  is_judged_ = true;
  note_fault(!has_gap_);
}

void Verifier::check(const RecordHeader& record, ByteSpan payload) {
  Checkpoint checkpoint;
  const std::uint64_t messages = chain_.messages();
  const auto answer = chain_.check(payload, checkpoint);
  if (answer == Chain::Answer::malformed) return;  // of a later version
  const bool is_unexpected = expected_ && *expected_ != checkpoint.recorder;
  const bool is_another = recorder_ && *recorder_ != checkpoint.recorder;  // a section has one recorder
  recorder_ = checkpoint.recorder;
  is_complete_ = checkpoint.is_last;
  since_ns_ = record.arrival_ns;
  bytes_ = streamed_ns_ = 0;
  is_late_ = is_judged_ = false;
  const bool has_gap = std::exchange(has_gap_, false);
  if (answer == Chain::Answer::good && !is_unexpected && !is_another) return note_good(checkpoint.recorder);
  said_.unverified += messages;
  note_fault(answer == Chain::Answer::forged || is_unexpected || !has_gap);
}

void Verifier::note_good(const seal::PublicKey& recorder) {
  ++said_.good;
  auto& known = said_.recorders;
  if (known.size() < Checkpoints::kMaxRecorders && std::find(known.begin(), known.end(), recorder) == known.end())
    known.push_back(recorder);
}

void Verifier::note_fault(bool is_altered) {
  if (said_.altered + said_.damaged == 0) said_.fault_at = position_;
  ++(is_altered ? said_.altered : said_.damaged);
}

void Verifier::end_section() {
  need_checkpoint(is_complete_ && chain_.messages() == 0);
  said_.unverified += chain_.messages();
  forget_section();
}

// The section has no end: its recorder died, or somebody cut it off.
void Verifier::finish() {
  has_gap_ |= has_jumped_;  // it may have had checkpoints before
  need_checkpoint(recorder_ || chain_.messages() == 0);
  said_.unverified += chain_.messages();
  forget_section();
}

}  // namespace lc::recording
