// True PSNR of a running stream: the device keeps some source pictures in a folder, the receiver compares them with
// what it decodes. Both find each other by capture time. Folder and files belong to one run.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "cli/frame_file.h"
#include "engine/status.h"
#include "engine/tap.h"

namespace lc::cli {

// Keeps every n-th picture that enters aeencode, in a file that is complete before the encoded frame leaves, so a
// receiver never comes too early. At most kKeptFrames files: the oldest goes.
class SampleKeeper {
 public:
  static constexpr std::size_t kKeptFrames = 50;

  // errors  unavailable: the folder cannot be made
  static Result<std::unique_ptr<SampleKeeper>> create(const std::filesystem::path& folder, int every);

  void add_taps(engine::Taps& taps);
  void add_to(engine::Status& status) const;

 private:
  SampleKeeper(std::filesystem::path folder, int every) : folder_(std::move(folder)), every_(every) {}

  std::filesystem::path folder_;
  int every_;
  mutable std::mutex mutex_;
  std::uint64_t seen_ = 0, kept_ = 0;
  std::optional<std::pair<std::uint64_t, Image>> pending_;  // by PTS, until its capture time is known
  std::deque<std::filesystem::path> files_;
};

// Compares decoded pictures with the kept ones, in a thread of its own.
class SampleComparer {
 public:
  explicit SampleComparer(std::filesystem::path folder);
  ~SampleComparer();

  void add_taps(engine::Taps& taps);
  void add_to(engine::Status& status);

  // Waits for the comparisons that were begun.
  void finish();

  struct Pair {
    Image source, decoded;
    double psnr_db = 0;
  };
  // The last pair; after finish().
  const std::optional<Pair>& last() const { return last_; }

 private:
  void work();

  std::filesystem::path folder_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::pair<std::uint64_t, Image>> waiting_;
  bool finishing_ = false;
  double sum_db_ = 0;
  std::optional<double> newest_db_;
  std::uint64_t compared_ = 0;
  std::optional<Pair> last_;
  std::thread thread_;
};

}  // namespace lc::cli
