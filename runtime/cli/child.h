// Another process of this same program, with its standard output read line by line.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lc::cli {

// Move-only. The destructor ends the process as end() does.
class Child {
 public:
  static constexpr double kGraceSeconds = 1;     // for a process that is about to end by itself
  static constexpr double kPatienceSeconds = 8;  // between SIGTERM and SIGKILL

  // arguments  after the program's name;  log  file for its standard error
  static Result<Child> start(const std::vector<std::string>& arguments, const std::filesystem::path& log);

  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();

  int output() const { return output_; }  // for poll(); -1 once the output has ended
  // Calls `line` for each whole line that is there. Does not block when output() is readable.
  void read(const std::function<void(std::string_view)>& line);

  void terminate() const;
  // Waits for the process, with SIGTERM and then SIGKILL where it does not end. Returns what status() says then.
  int end();
  // Exit status; 128 + signal when a signal ended it; nothing while it runs.
  std::optional<int> status();

 private:
  void wait(double seconds);
  Child(pid_t pid, int output) : pid_(pid), output_(output) {}
  pid_t pid_;
  int output_;
  std::optional<int> status_;
  std::string pending_;
};

}  // namespace lc::cli
