// What the elements that run a network have in common: threads, what they are for, and precision.
#pragma once

#include <algorithm>
#include <thread>

#include "codec/precision.h"
#include "elements/glue/errors.h"
#include "elements/glue/properties.h"
#include "elements/open_model.h"
#include "elements/passphrase_fd.h"

namespace lc::elements {

template <>
struct EnumNames<codec::PrecisionChoice> {
  static constexpr char kTypeName[] = "LcPrecision";
  static constexpr GEnumValue kValues[] = {
      {static_cast<gint>(codec::PrecisionChoice::automatic), "the fastest that loses no more than the bundle allows", "auto"},
      {static_cast<gint>(codec::PrecisionChoice::f32), "32-bit floating point", "f32"},
      {static_cast<gint>(codec::PrecisionChoice::bf16), "bfloat16", "bf16"},
      {static_cast<gint>(codec::PrecisionChoice::int8), "8-bit integers where the bundle has them, bfloat16 elsewhere", "int8"},
      {}};
};

enum class Latency { live, throughput };
template <>
struct EnumNames<Latency> {
  static constexpr char kTypeName[] = "LcLatency";
  static constexpr GEnumValue kValues[] = {
      {static_cast<gint>(Latency::live), "One frame at a time, sooner", "live"},
      {static_cast<gint>(Latency::throughput), "As many frames at a time as threads, more a second", "throughput"},
      {}};
};

inline constexpr int kMaxThreads = 64;

// The property `threads`: 0 means as many as there are CPUs.
inline int thread_count(int setting) {
  if (setting > 0) return setting;
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxThreads);
}

// On the way to READY, before there is a stream, as `latentcast check` goes: the model that the settings name, of any
// version. Null without a name: then the stream tells. errors: it is not there, cannot be opened, is of another kind.
template <class Settings>
Result<std::shared_ptr<const codec::Bundle>> find_model(const Settings& settings, PassphraseFd& passphrase,
                                                        codec::BundleKind kind) {
  LC_TRY(passphrase.offer(settings.passphrase_fd));
  if (settings.model.empty()) return nullptr;
  auto bundle = LC_TRY(open_model(settings.model, settings.keyring, seal::Versions::any)).bundle;
  LC_TRY(bundle->need(kind));
  return bundle;
}

// The same, for who needs no more. Posts the error.
template <class Settings>
bool finds_model(GstElement* element, const Settings& settings, PassphraseFd& passphrase, codec::BundleKind kind) {
  const auto found = find_model(settings, passphrase, kind);
  if (!found) post_error(element, found.error());
  return found.has_value();
}

// To be told once a network is made.
inline void warn_of_slow_layers(GstElement* element, const nn::Plan& plan) {
  if (const auto layer = plan.slow_layer(); !layer.empty())
    post_warning(element, {Errc::unsupported, fmt::format("a layer of the model has no fast kernel on this processor: {}", layer)});
}

// How `threads` are used.
struct Work {
  int threads;  // of each network
  int frames;   // in work at once
};
inline Work work_of(int threads, Latency latency) {
  const int count = thread_count(threads);
  return latency == Latency::live ? Work{count, 1} : Work{1, count};
}

inline constexpr char kLatencyBlurb[] =
    "What threads are for: to share the rows of one frame, or to have a frame each, which then leaves when a later one "
    "comes or the stream ends; pictures differ by noise at most";
inline constexpr char kThreadsBlurb[] =
    "Threads of the network; 1: the streaming thread alone, 0: one for each CPU";
inline constexpr char kModelKeyringBlurb[] =
    "Folder with receiver.key and signers.list, which open a sealed model; empty: ~/.config/latentcast/keys";
inline constexpr char kPrecisionBlurb[] = "Arithmetic of the network; sender and receiver need not agree";

}  // namespace lc::elements
