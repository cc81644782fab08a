// From the meter's tallies and the elements' stats to a Status.
#include <algorithm>

#include "engine/meter.h"
#include "engine/read_stats.h"

namespace lc::engine {
namespace {

double seconds_between(Meter::Time from, Meter::Time to) { return std::chrono::duration<double>(to - from).count(); }

std::uint64_t count_of(const Stats& stats, const char* name) {
  const auto found = stats.find(name);
  const auto* value = found == stats.end() ? nullptr : std::get_if<std::uint64_t>(&found->second);
  return value ? *value : 0;
}

void add(Count& sum, const Stats& stats, const char* name) { sum = sum.value_or(0) + count_of(stats, name); }

void add_refused(Status& out, const Stats& stats, std::initializer_list<const char*> reasons) {
  for (const char* reason : reasons) {
    out.refused[reason] += count_of(stats, reason);
    out.frames_refused = out.frames_refused.value_or(0) + count_of(stats, reason);
  }
}

// What one element's stats say; `factory` decides which of them mean what.
void add_stats(Status& out, const std::string& factory, const Stats& stats) {
  if (factory == "latentzmqsink") {
    add(out.send_dropped, stats, "dropped");
    add(out.subscribers, stats, "subscribers");
  } else if (factory == "latentzmqsrc") {
    add(out.receive_dropped, stats, "dropped");
    add(out.reconnects, stats, "reconnects");
    add_refused(out, stats, {"malformed"});
  } else if (factory == "latentdecrypt") {
    add(out.frames_opened, stats, "frames-opened");
    if (const auto recorded = stats.find("recorded"); recorded != stats.end())
      if (const auto* truth = std::get_if<bool>(&recorded->second)) out.recorded = *truth;
    add(out.frames_lost, stats, "frames-lost");
    // other-stream is another camera of the same device: not for us, not wrong.
    add_refused(out, stats,
                {"unknown-key", "other-device", "not-a-receiver", "malformed", "bad-tag", "bad-signature",
                 "bad-commitment", "replayed", "too-old", "old-session", "wrong-time", "other-suite", "busy"});
  } else if (factory == "aedecode") {
    add(out.missing_reference, stats, "missing-reference");
    add_refused(out, stats, {"corrupt", "other-model"});
  } else if (factory == "cnnclassify") {
    add(out.frames_classified, stats, "frames-classified");
    add(out.looks_skipped, stats, "skipped");
    if (const auto label = stats.find("label"); label != stats.end())
      if (const auto* text = std::get_if<std::string>(&label->second)) out.label = *text;
    if (const auto confidence = stats.find("confidence"); confidence != stats.end())
      if (const auto* number = std::get_if<double>(&confidence->second)) out.confidence = *number;
  }
}

}  // namespace

void Meter::collect(Status& out) {
  put_stats(out);
  const std::lock_guard lock(mutex_);
  const Time now = std::chrono::steady_clock::now();
  out.width = width_;
  out.height = height_;
  out.pixel_format = pixel_format_;
  put_counts(out);
  put_rates(out, before_, seconds_between(before_time_, now));
  put_latency(out);
  before_ = tallies_;
  before_time_ = now;
  std::uint64_t most = 0;
  for (const auto& [label, times] : labels_)
    if (times > most) {
      most = times;
      out.top_label = label;
    }
  if (out.label && !out.top_label) out.top_label = "";
}

void Meter::put_counts(Status& out) const {
  const auto frames = [this](Point point) {
    return tallies_[point].present ? Count(tallies_[point].frames) : std::nullopt;
  };
  out.frames_in = frames(encoder_in);
  out.frames_encoded = frames(encoder_out);
  out.frames_sent = tallies_[sent].present ? frames(sent) : frames(sealed_out);
  out.frames_received = frames(sealed_in);
  out.frames_decoded = frames(decoder_out);
}

void Meter::put_rates(Status& out, const std::array<Tally, kPoints>& before, double seconds) const {
  const auto first_present = [this](std::initializer_list<Point> points) {
    for (const Point point : points)
      if (tallies_[point].present) return point;
    return end;
  };
  // Between first and last frame lie frames - 1 intervals.
  const auto span = [](const Tally& tally) {
    const double length = seconds_between(tally.first, tally.last);
    return tally.frames > 1 && length > 0
               ? length * static_cast<double>(tally.frames) / static_cast<double>(tally.frames - 1)
               : 0;
  };
  const Point pictures = first_present({decoder_out, encoder_out});
  const Tally& shown = tallies_[pictures];
  if (const double length = span(shown); length > 0) out.fps = static_cast<double>(shown.frames) / length;
  if (seconds > 0 && shown.frames > 0)
    out.fps_now = static_cast<double>(shown.frames - before[pictures].frames) / seconds;

  const Point wire = first_present({sealed_in, sealed_out, sent, decoder_in, encoder_out});
  const Tally& carried = tallies_[wire];
  if (wire != end) {
    if (const double length = span(carried); length > 0)
      out.kbit_per_s = static_cast<double>(carried.bytes) * 8e-3 / length;
    if (seconds > 0 && carried.bytes > 0)
      out.kbit_per_s_now = static_cast<double>(carried.bytes - before[wire].bytes) * 8e-3 / seconds;
  }
  const Point coded = first_present({decoder_in, encoder_out});
  if (coded == end || width_ == 0) return;
  // The first frames may pass before the size is known, so pixels are counted by frames.
  const double area = static_cast<double>(width_) * height_;
  const auto bpp = [&](std::uint64_t bytes, std::uint64_t frames) {
    return frames > 0 ? Number(static_cast<double>(bytes) * 8 / (static_cast<double>(frames) * area)) : std::nullopt;
  };
  out.bpp = bpp(tallies_[coded].bytes, tallies_[coded].frames);
  out.bpp_now = bpp(tallies_[coded].bytes - before[coded].bytes, tallies_[coded].frames - before[coded].frames);
}

void Meter::put_latency(Status& out) {
  if (out.recorded.value_or(false)) return;  // the time since then says nothing of this pipeline
  out.latency_ms_p50 = latency_.percentile(0.5);
  out.latency_ms_p99 = latency_.percentile(0.99);
  out.latency_ms_p50_now = latency_now_.percentile(0.5);
  out.latency_ms_p99_now = latency_now_.percentile(0.99);
  latency_now_.clear();
}

void Meter::put_stats(Status& out) const {
  for (const auto& [element, name] : elements_) {
    const Stats stats = read_stats(element);
    add_stats(out, GST_OBJECT_NAME(gst_element_get_factory(element)), stats);
    out.elements[name] = stats;
  }
}

}  // namespace lc::engine
