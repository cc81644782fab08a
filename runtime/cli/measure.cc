#include "cli/measure.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "cli/frame_file.h"
#include "engine/load_clip.h"
#include "quality/png.h"
#include "quality/psnr.h"
#include "quality/ssim.h"
#include "tensor/convert.h"

namespace lc::cli {
namespace {

namespace fs = std::filesystem;

bool has_picture_name(const fs::path& file) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  constexpr std::array kEndings{".png", ".jpg", ".jpeg", ".webp", ".ppm", ".pgm"};
  return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

// Frames of a clip. Anchors come every second; so all kinds of frames are seen.
constexpr std::size_t kSimilarityEvery = 7;

// One RGB picture, or the frames of a clip in I420.
Result<std::vector<Image>> load(const Picture& picture) {
  std::vector<Image> out;
  if (picture.frames == 1) {
    out.push_back(to_rgb(LC_TRY(quality::load_picture(picture.file)).view()));
    return out;
  }
  LC_TRY(engine::load_clip({.uri = engine::file_uri(picture.file), .frames = picture.frames},
                           [&](const engine::TappedFrame& frame) {
                             if (const auto view = view_of(frame)) out.push_back(copy(*view));
                           }));
  return out;
}

Result<Measure> code_and_compare(std::span<const Image> pictures, ContestCodec& codec, int quality,
                                 ChannelCounts& integers) {
  Measure out;
  std::size_t at = 0, similar = 0;
  const auto compare = [&](const ImageView& decoded) {
    if (at >= pictures.size()) return;
    const ImageView source = pictures[at].view();
    out.psnr_rgb += quality::psnr_rgb(source, decoded);
    out.psnr_611 += quality::psnr_611(source, decoded);
    if (at % kSimilarityEvery == 0) {
      const auto similarity = quality::similarity(source, decoded);
      out.ssim += similarity.ssim;
      out.ms_ssim += similarity.ms_ssim;
      ++similar;
    }
    ++at;
  };
  const Coded coded = LC_TRY(codec.code(pictures, quality, compare));
  integers = coded.integers;
  LC_EXPECT(at == pictures.size(), "as many pictures come out as went in");
  const double count = static_cast<double>(at);
  const double pixels = count * pictures.front().width() * pictures.front().height();
  return Measure{8.0 * static_cast<double>(coded.bytes) / pixels,
                 out.psnr_rgb / count,
                 out.psnr_611 / count,
                 out.ssim / static_cast<double>(similar),
                 out.ms_ssim / static_cast<double>(similar),
                 coded.encode_ms / count,
                 coded.decode_ms / count,
                 coded.concealed / count,
                 static_cast<double>(coded.longest_concealed),
                 coded.bytes};
}

Measure mean(const std::vector<std::vector<Measure>>& pictures, std::size_t quality) {
  Measure sum;
  const double share = 1 / static_cast<double>(pictures.size());
  for (const auto& picture : pictures) {
    const Measure& m = picture[quality];
    sum.bpp += share * m.bpp;
    sum.psnr_rgb += share * m.psnr_rgb;
    sum.psnr_611 += share * m.psnr_611;
    sum.ssim += share * m.ssim;
    sum.ms_ssim += share * m.ms_ssim;
    sum.bytes += m.bytes;
    sum.encode_ms += share * m.encode_ms;
    sum.decode_ms += share * m.decode_ms;
    sum.concealed += share * m.concealed;
    sum.longest_concealed = std::max(sum.longest_concealed, m.longest_concealed);
  }
  return sum;
}

// The threads of one measurement and what they share.
class Work {
 public:
  Work(Measurement& out, const std::function<void(std::size_t, std::size_t)>& progress)
      : out_(out), progress_(progress) {}

  Result<> run(int jobs) {
    std::vector<std::thread> threads;
    for (int i = 0; i < jobs; ++i) threads.emplace_back([this] { serve(); });
    for (auto& thread : threads) thread.join();
    if (fault_) std::rethrow_exception(fault_);
    if (error_) return tl::unexpected<Error>(*error_);
    return {};
  }

 private:
  void serve() {
    try {
      std::vector<std::unique_ptr<ContestCodec>> codecs;
      for (const auto& codec : out_.codecs) codecs.push_back(codec.contestant.make());
      for (std::size_t i; !stopped_ && (i = next_++) < out_.pictures.size();)
        if (auto done = one_picture(i, codecs); !done) stop(done.error());
    } catch (...) {
      const std::lock_guard lock(mutex_);
      fault_ = std::current_exception();
      stopped_ = true;
    }
  }

  Result<> one_picture(std::size_t i, const std::vector<std::unique_ptr<ContestCodec>>& codecs) {
    const std::vector<Image> sources = LC_TRY(load(out_.pictures[i]));
    out_.pictures[i].width = sources.front().width();
    out_.pictures[i].height = sources.front().height();
    out_.pictures[i].frames = static_cast<int>(sources.size());
    for (std::size_t c = 0; c < codecs.size() && !stopped_; ++c) {
      MeasuredCodec& codec = out_.codecs[c];
      std::vector<ChannelCounts> integers(codec.contestant.qualities.size());
      for (std::size_t q = 0; q < integers.size(); ++q) {
        auto measured = code_and_compare(sources, *codecs[c], codec.contestant.qualities[q], integers[q]);
        if (!measured) return within(out_.pictures[i].name, measured.error());
        codec.pictures[i].push_back(*measured);
      }
      const std::lock_guard lock(mutex_);
      for (std::size_t q = 0; q < integers.size(); ++q) codec.integers[q].add(integers[q]);
      progress_(++done_, out_.pictures.size() * codecs.size());
    }
    return {};
  }

  void stop(Error error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    stopped_ = true;
  }

  Measurement& out_;
  const std::function<void(std::size_t, std::size_t)>& progress_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;  // of the rest
  std::size_t done_ = 0;
  std::optional<Error> error_;
  std::exception_ptr fault_;
};

double value_of(const Measure& m, Metric metric) {
  switch (metric) {
    case Metric::psnr_rgb:
      return m.psnr_rgb;
    case Metric::psnr_611:
      return m.psnr_611;
    case Metric::ms_ssim:
      return quality::ms_ssim_db(m.ms_ssim);
  }
  throw ContractViolation("a metric of the list");
}

// Of BD-rates, in dB.
std::pair<double, double> range_of(Metric metric) {
  switch (metric) {
    case Metric::psnr_rgb:
      return {28, 38};
    case Metric::psnr_611:
      return {31, 41};
    case Metric::ms_ssim:
      return {10, 20};
  }
  throw ContractViolation("a metric of the list");
}

}  // namespace

namespace {

// Files of one name, in several folders, are told apart by their paths.
Result<std::vector<Picture>> told_apart(std::vector<Picture> pictures) {
  std::map<std::string, int> count;
  std::set<fs::path> files;
  for (const auto& picture : pictures) {
    ++count[picture.name];
    if (!files.insert(picture.file).second) return fail(Errc::invalid_config, "{} is given twice", picture.file.string());
  }
  for (auto& picture : pictures)
    if (count[picture.name] > 1) picture.name = picture.file.string();
  return pictures;
}

}  // namespace

Result<std::vector<Picture>> find_pictures(const std::vector<std::string>& paths) {
  std::vector<Picture> out;
  for (const fs::path path : paths) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      std::vector<fs::path> files;
      for (const auto& entry : fs::directory_iterator(path, error))
        if (has_picture_name(entry.path()) && entry.is_regular_file(error)) files.push_back(entry.path());
      std::sort(files.begin(), files.end());
      for (const auto& file : files) out.push_back({file.filename().string(), file});
    } else if (fs::exists(path, error)) {
      out.push_back({path.filename().string(), path});
    } else {
      return fail(Errc::not_found, "{}: no such file or folder", path.string());
    }
  }
  if (out.empty())
    return fail(Errc::not_found, "{}: no picture in it (PNG, JPEG, WebP, PPM and PGM files are read)",
                paths.empty() ? "" : paths.front());
  return told_apart(std::move(out));
}

Result<std::vector<Picture>> find_clips(const std::vector<std::string>& paths, int frames) {
  std::vector<Picture> out;
  for (const fs::path path : paths) {
    std::error_code error;
    if (!fs::is_regular_file(path, error)) return fail(Errc::not_found, "{}: no such file", path.string());
    out.push_back({path.filename().string(), path, 0, 0, frames});
  }
  return told_apart(std::move(out));
}

Result<Measurement> measure(std::vector<Picture> pictures, std::vector<Contestant> contestants, int jobs,
                            const std::function<void(std::size_t, std::size_t)>& progress) {
  Measurement out;
  out.pictures = std::move(pictures);
  for (auto& contestant : contestants) out.codecs.push_back({std::move(contestant), {}, {}, {}});
  for (auto& codec : out.codecs) {
    codec.pictures.resize(out.pictures.size());
    codec.integers.resize(codec.contestant.qualities.size());
  }
  LC_TRY(Work(out, progress).run(std::clamp(jobs, 1, static_cast<int>(out.pictures.size()))));
  for (auto& codec : out.codecs)
    for (std::size_t q = 0; q < codec.contestant.qualities.size(); ++q) codec.means.push_back(mean(codec.pictures, q));
  return out;
}

std::optional<double> saved_by_contexts(const MeasuredCodec& codec, std::size_t quality) {
  if (codec.integers[quality].empty()) return std::nullopt;
  const double bits = codec.integers[quality].bits();
  if (bits == 0) return std::nullopt;  // hardly a picture
  return 1 - 8 * static_cast<double>(codec.means[quality].bytes) / bits;
}

Result<quality::RateCurve> rate_curve(const std::vector<Measure>& points, Metric metric) {
  std::vector<quality::RatePoint> curve;
  for (const Measure& m : points) curve.push_back({m.bpp, value_of(m, metric)});
  return quality::RateCurve::create(std::move(curve));
}

Result<quality::BdRate> bd_rate(const std::vector<Measure>& anchor, const std::vector<Measure>& tested, Metric metric) {
  const auto [low, high] = range_of(metric);
  return quality::bd_rate(LC_TRY(rate_curve(anchor, metric)), LC_TRY(rate_curve(tested, metric)), low, high);
}

}  // namespace lc::cli
