// Counters that the streaming thread raises and any thread reads, and the `stats` structure made of them.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <cstdint>
#include <initializer_list>

#include "elements/glue/raii.h"

namespace lc::elements {

class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  void set(std::uint64_t n) { value_.store(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// The mean of what was added lately (the last 16 weigh most), in the unit that was added. One thread adds.
class RecentMean {
 public:
  void add(std::uint64_t sample) {
    const std::uint64_t mean = mean_.load(std::memory_order_relaxed);
    mean_.store(mean == 0 ? sample : (mean * 15 + sample) / 16, std::memory_order_relaxed);
  }
  void clear() { mean_.store(0, std::memory_order_relaxed); }
  std::uint64_t value() const { return mean_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> mean_{0};
};

struct NamedCount {
  const char* name;  // kebab-case
  std::uint64_t value;
};

// A structure of guint64 fields; more fields may be added with gst_structure_set().
inline Ptr<GstStructure> make_stats(const char* element_name, std::initializer_list<NamedCount> counts) {
  Ptr<GstStructure> stats{gst_structure_new_empty(element_name)};
  for (const auto& [name, value] : counts)
    gst_structure_set(stats.get(), name, G_TYPE_UINT64, static_cast<guint64>(value), nullptr);
  return stats;
}

}  // namespace lc::elements
