#include "seal/recording/message_reader.h"

namespace lc::recording {

std::span<std::byte> MessageReader::feed(std::size_t size) {
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(taken_));
  offset_ += std::exchange(taken_, 0);
  buffer_.resize(buffer_.size() + size);
  return std::span(buffer_).last(size);
}

std::optional<RecordedMessage> MessageReader::next(bool is_last) {
  for (;;) {
    const Item item = scanner_.next(ByteSpan(buffer_).subspan(taken_), is_last);
    if (item.kind == Item::Kind::need_more) {
      wanted_ = item.size - (buffer_.size() - taken_);
      return std::nullopt;
    }
    const std::uint64_t offset = offset_ + taken_;
    taken_ += item.size;
    switch (item.kind) {
      case Item::Kind::section:
        begin_section(item.section);
        break;
      case Item::Kind::footer:
        end_section();
        break;
      case Item::Kind::damage:
        damage_.bytes += item.size;
        chain_.interrupt();
        break;
      default:
        if (const auto message = message_of(item, offset)) return message;
    }
  }
}

void MessageReader::begin_section(const SectionHeader& header) {
  timeline_.begin_section();
  next_number_ = 0;
  ++sections_;
  chain_.begin(header.id);
  has_checkpoint_ = is_complete_ = false;
}

void MessageReader::end_section() {
  next_number_.reset();
  ++ended_;
  const bool needs_last = has_checkpoint_ || expected_;
  if (needs_last && !is_complete_ && !chain_.is_interrupted()) note_altered();
  has_checkpoint_ = is_complete_ = false;
}

void MessageReader::check(ByteSpan payload) {
  Checkpoint checkpoint;
  const auto answer = chain_.check(payload, checkpoint);
  if (answer == Chain::Answer::malformed) return;  // of a later version
  has_checkpoint_ = true;
  is_complete_ = checkpoint.is_last;
  const bool is_expected = !expected_ || *expected_ == checkpoint.recorder;
  if (answer == Chain::Answer::altered || !is_expected) return note_altered();
  checkpoints_.recorder = checkpoint.recorder;
  ++(answer == Chain::Answer::good ? checkpoints_.good : checkpoints_.damaged);
}

void MessageReader::note_altered() {
  if (checkpoints_.altered++ == 0) checkpoints_.altered_at = timeline_.position();
}

std::optional<RecordedMessage> MessageReader::message_of(const Item& item, std::uint64_t offset) {
  if (next_number_ && item.record.number > *next_number_) {
    damage_.records += item.record.number - *next_number_;
    chain_.interrupt();
  }
  next_number_ = item.record.number + 1;
  if (item.record.type == RecordType::message) chain_.add(item.record, item.payload);
  if (item.record.type == RecordType::checkpoint) check(item.payload);
  if (item.record.type != RecordType::message) return std::nullopt;
  const auto header = seal::unpack_wire_header(item.payload);
  if (!header) return std::nullopt;  // of a later version
  RecordedMessage message{.bytes = item.payload, .header = *header, .record = item.record, .offset = offset};
  if (landing_ && offset < landing_->frame) {
    message.position = landing_->position;
    return header->type == seal::MessageType::announcement ? std::optional(message) : std::nullopt;
  }
  if (landing_ && header->type == seal::MessageType::frame && offset == landing_->frame) {
    timeline_.jump(*header, landing_->position);
    landing_.reset();
  }
  message.position = timeline_.place(*header);
  return message;
}

void MessageReader::jump(const Landing& landing) {
  buffer_.clear();
  taken_ = 0;
  offset_ = landing.begin;
  wanted_ = 1;
  scanner_ = {};
  landing_ = landing;
  next_number_.reset();
  damage_ = {};
  chain_.jump();
  has_checkpoint_ = is_complete_ = false;
}

}  // namespace lc::recording
