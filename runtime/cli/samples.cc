#include "cli/samples.h"

#include "quality/psnr.h"

namespace lc::cli {
namespace {

constexpr std::size_t kMaxWaiting = 4;  // decoded pictures that wait for comparison; more are left out

}  // namespace

Result<std::unique_ptr<SampleKeeper>> SampleKeeper::create(const std::filesystem::path& folder, int every) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Errc::unavailable, "{}: {}", folder.string(), error.message());
  return std::unique_ptr<SampleKeeper>(new SampleKeeper(folder, every));
}

void SampleKeeper::add_taps(engine::Taps& taps) {
  taps.wants_source = [this](std::uint64_t) {
    const std::lock_guard lock(mutex_);
    return seen_++ % static_cast<std::uint64_t>(every_) == 0;
  };
  taps.source = [this](const engine::TappedFrame& frame) {
    const auto view = view_of(frame);
    if (!view) return;
    const std::lock_guard lock(mutex_);
    pending_.emplace(frame.pts_ns, copy(*view));
  };
  taps.encoded = [this](std::uint64_t pts_ns, std::uint64_t capture_ns) {
    const std::lock_guard lock(mutex_);
    if (!pending_ || pending_->first != pts_ns) return;
    const auto path = folder_ / frame_name(capture_ns);
    if (save_frame(path, pending_->second.view())) {
      files_.push_back(path);
      ++kept_;
    }
    pending_.reset();
    if (files_.size() <= kKeptFrames) return;
    std::error_code ignored;
    std::filesystem::remove(files_.front(), ignored);
    files_.pop_front();
  };
}

void SampleKeeper::add_to(engine::Status& status) const {
  const std::lock_guard lock(mutex_);
  status.frames_sampled = kept_;
}

SampleComparer::SampleComparer(std::filesystem::path folder)
    : folder_(std::move(folder)), thread_([this] { work(); }) {}

SampleComparer::~SampleComparer() { finish(); }

void SampleComparer::finish() {
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void SampleComparer::add_taps(engine::Taps& taps) {
  taps.wants_decoded = [this](std::uint64_t capture_ns) {
    std::error_code ignored;
    return std::filesystem::exists(folder_ / frame_name(capture_ns), ignored);
  };
  taps.decoded = [this](const engine::TappedFrame& frame) {
    const auto view = view_of(frame);
    const std::lock_guard lock(mutex_);
    if (!view || finishing_ || waiting_.size() >= kMaxWaiting) return;
    waiting_.emplace_back(frame.capture_ns, copy(*view));
    wake_.notify_all();
  };
}

void SampleComparer::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return finishing_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    auto [capture_ns, decoded] = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    auto source = load_frame(folder_ / frame_name(capture_ns));
    // The stream may change its size between a sample and a later frame of the same time: such a pair means nothing.
    const bool fits = source && source->width() == decoded.width() && source->height() == decoded.height();
    const double db = fits ? quality::psnr_rgb(source->view(), decoded.view()) : 0;
    lock.lock();
    if (!fits) continue;
    sum_db_ += db;
    newest_db_ = db;
    ++compared_;
    last_ = Pair{std::move(*source), std::move(decoded), db};
  }
}

void SampleComparer::add_to(engine::Status& status) {
  const std::lock_guard lock(mutex_);
  status.psnr_samples = compared_;
  if (compared_ == 0) return;
  status.psnr_db = sum_db_ / static_cast<double>(compared_);
  status.psnr_now_db = newest_db_;
}

}  // namespace lc::cli
