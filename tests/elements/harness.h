// What the element tests share: a GstHarness that ends with its scope, and the messages of an element's bus.
#pragma once

#include <gst/check/gstharness.h>
#include <gst/gst.h>

#include <cstdint>
#include <string>
#include <vector>

#include "elements/glue/element_class.h"
#include "elements/glue/raii.h"

namespace lc::test {

using elements::Ptr;

// One element, or a chain of them, between two pads of ours. Messages of the element are collected from the start.
class Harness {
 public:
  // "aeencode quality=20", "studydecrypt ! studydecode". An element with a sink pad plays at once; a source when gst_harness_play() is
  // called.
  explicit Harness(const std::string& launch);
  ~Harness();
  Harness(const Harness&) = delete;
  Harness& operator=(const Harness&) = delete;

  GstHarness* get() const { return harness_; }
  GstElement* element() const { return harness_->element; }
  GstBus* bus() const { return bus_.get(); }

  void src_caps(const std::string& caps) { gst_harness_set_src_caps_str(harness_, caps.c_str()); }
  GstFlowReturn push(Ptr<GstBuffer> buffer) { return gst_harness_push(harness_, buffer.release()); }
  Ptr<GstBuffer> try_pull() { return taken(gst_harness_try_pull(harness_)); }
  // Waits, with the harness's limit of a minute; null then.
  Ptr<GstBuffer> pull() { return taken(gst_harness_pull(harness_)); }

  std::uint64_t count(const char* stats_field) const;

  // The caps that the element last sent down; "" before.
  std::string output_caps() const;

 private:
  static Ptr<GstBuffer> taken(GstBuffer* buffer) {
    elements::detail::call_begins();
    return Ptr<GstBuffer>{buffer};
  }

  GstHarness* harness_;
  Ptr<GstBus> bus_;

  friend struct BusMessages;
};

struct BusError {
  GQuark domain;
  int code;
  std::string text;
};

// Takes all messages that are waiting on the bus of the harness, or of an element with a bus of its own.
struct BusMessages {
  explicit BusMessages(const Harness& harness) : BusMessages(harness.bus_.get()) {}
  explicit BusMessages(GstBus* bus);

  std::vector<BusError> errors;
  std::vector<BusError> warnings;
  std::vector<Ptr<GstStructure>> element_messages;
  int latency_messages = 0;
};

// An element alone, for state changes; ends in NULL.
class Alone {
 public:
  explicit Alone(const std::string& launch);
  ~Alone();
  GstElement* get() const { return element_.get(); }
  GstStateChangeReturn to(GstState state) { return gst_element_set_state(get(), state); }
  BusMessages messages() { return BusMessages(bus_.get()); }

 private:
  Ptr<GstElement> element_;
  Ptr<GstBus> bus_;
};

Ptr<GstBuffer> buffer_of(const std::string& bytes, GstClockTime pts = GST_CLOCK_TIME_NONE);
std::string bytes_of(GstBuffer* buffer);

}  // namespace lc::test
