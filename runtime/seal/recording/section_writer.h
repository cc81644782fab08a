// Writes sections of a recording: messages in, bytes out, for whoever puts them into a file or on a wire.
//
// Opens nothing, and holds no key but, where wanted, its own, with which it signs what it wrote. All bytes that it has
// given are whole records: whatever the file holds when the process dies can be read.
//   thread  one at a time
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "seal/recording/checkpoint.h"
#include "seal/recording/index.h"
#include "seal/recording/record.h"
#include "seal/recording/timeline.h"

namespace lc::recording {

class SectionWriter {
 public:
  static constexpr std::size_t kSpanMessages = 256;
  static constexpr std::size_t kSpanBytes = std::size_t{4} << 20;

  // `recorder` signs a checkpoint after the first message, at the end of each span, and every 10 s; none: no
  // checkpoints.
  explicit SectionWriter(std::shared_ptr<const seal::SigningIdentity> recorder = nullptr)
      : recorder_(std::move(recorder)) {}

  // Appends the next message, and whatever else is due before and after it: the header of a section, what is repeated,
  // an index.
  //   arrival_ns  since 1970
  //   errors      bad_format: not a sealed message; nothing was written
  //   cost        allocates only where `out` has to grow, and once for every span and checkpoint
  Result<> add(ByteSpan message, std::uint64_t arrival_ns, Bytes& out);

  // Appends what ends the section; the next message begins another one. Nothing, where no section was begun.
  void finish(std::uint64_t arrival_ns, Bytes& out);

  // Of messages given, without those repeated.
  std::uint64_t messages() const { return messages_; }
  std::uint64_t frames() const { return frames_; }

 private:
  struct Announced {
    Sender sender;
    seal::SessionId session;
    std::uint64_t kid;
    Bytes message;
  };

  void begin_section(std::uint64_t arrival_ns, Bytes& out);
  void begin_span(std::uint64_t arrival_ns, Bytes& out);
  void end_span(std::uint64_t arrival_ns, Bytes& out);
  void checkpoint(std::uint64_t arrival_ns, bool is_last, Bytes& out);
  void note(const seal::WireHeader& header, ByteSpan message);
  std::size_t announced_bytes() const;
  void write_message(const seal::WireHeader& header, ByteSpan message, std::uint64_t arrival_ns, bool is_repeated,
                     Bytes& out);
  void write(RecordType type, ByteSpan payload, std::uint64_t arrival_ns, bool is_repeated, Bytes& out);

  std::shared_ptr<const seal::SigningIdentity> recorder_;
  std::uint64_t messages_ = 0, frames_ = 0;
  std::vector<Announced> announced_;  // of all sections, the latest last

  // Of the section.
  bool is_open_ = false;
  std::uint64_t offset_ = 0, number_ = 0;
  Timeline timeline_;
  End end_;
  Chain chain_;
  std::uint64_t checkpoint_ns_ = 0;  // arrival at the latest
  // Of the span.
  Index index_;
  std::size_t span_messages_ = 0, span_bytes_ = 0;
  Bytes scratch_;
};

}  // namespace lc::recording
