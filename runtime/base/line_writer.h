// Lines of text to a descriptor of the host process, from a thread that must not wait: where the other end is slow,
// lines are left out.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace lc {

class LineWriter {
 public:
  // A line of at most so many bytes, its end included, reaches a pipe whole or not at all.
  static constexpr std::size_t kMaxLine = 4096;

  //   descriptor  stays the caller's
  //   errors      invalid_config (not open for writing)
  static Result<LineWriter> create(int descriptor);

  enum class Written {
    whole,
    busy,  // nothing: the other end is slow
    gone,  // nothing: the other end is closed, or the disk is full
  };
  //   line  with its '\n'
  // Raises no SIGPIPE. Allocates nothing.
  Written write(std::string_view line) const;

 private:
  explicit LineWriter(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace lc
