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
      if (is_last) verifier_.finish();
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
        if (!next_number_) verifier_.note_gap();  // else the numbers tell whether a record was in it
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
  verifier_.begin_section(header.id);
}

void MessageReader::end_section() {
  next_number_.reset();
  ++ended_;
  verifier_.end_section();
}

void MessageReader::note_number(std::uint64_t number) {
  if (next_number_ && number != *next_number_) verifier_.note_gap();  // smaller: the header of a section is missing
  if (next_number_ && number > *next_number_) damage_.records += number - *next_number_;
  next_number_ = number + 1;
}

std::optional<RecordedMessage> MessageReader::message_of(const Item& item, std::uint64_t offset) {
  note_number(item.record.number);
  verifier_.take(item.record, item.payload, timeline_.position());
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
  if (landing.begins_section) {
    next_number_ = 0;
    verifier_.resume(std::nullopt);
    verifier_.begin_section(*landing.section);
  } else {
    verifier_.resume(landing.section);
  }
}

}  // namespace lc::recording
