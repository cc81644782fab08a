#include "engine/run.h"

#include <glib-unix.h>
#include <gst/gst.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "engine/build.h"
#include "engine/bus_text.h"
#include "engine/gstreamer.h"
#include "engine/link.h"
#include "engine/meter.h"
#include "engine/monitor_feed.h"
#include "engine/no_pixels.h"

namespace lc::engine {
namespace {

// What may stand in logs.
std::string without_token(const std::string& url) { return url.substr(0, url.find('?')); }

constexpr guint kLabelPeriodMs = 100;

// Elements that write files say where; so do those that send to a URL.
bool writes_files(const Built& built) {
  return std::any_of(built.elements().begin(), built.elements().end(), [](GstElement* element) {
    const GParamSpec* place = g_object_class_find_property(G_OBJECT_GET_CLASS(element), "location");
    if (!GST_OBJECT_FLAG_IS_SET(element, GST_ELEMENT_FLAG_SINK) || !place || place->value_type != G_TYPE_STRING) return false;
    gchar* text = nullptr;
    g_object_get(element, "location", &text, nullptr);
    const std::string location = text ? text : "";
    g_free(text);
    return !location.empty() && location.find("://") == std::string::npos;
  });
}

// Puts an end-of-stream behind each pad of `element`. Waits for the buffer that is on its way there, so it has a thread
// of its own (gst_element_call_async); setting the pipeline to NULL ends such a wait.
void end_behind(GstElement* element, gpointer) {
  std::vector<GstPad*> peers;
  gst_element_foreach_src_pad(
      element,
      [](GstElement*, GstPad* pad, gpointer out) -> gboolean {
        if (GstPad* peer = gst_pad_get_peer(pad)) static_cast<std::vector<GstPad*>*>(out)->push_back(peer);
        return TRUE;
      },
      &peers);
  for (GstPad* peer : peers) {
    gst_pad_send_event(peer, gst_event_new_eos());
    gst_object_unref(peer);
  }
}

// The monitor page, where one is wanted.
struct Page {
  std::unique_ptr<Monitor> monitor;
  std::unique_ptr<MonitorFeed> feed;  // ends first

  static Result<Page> create(const config::Graph& graph, const Built& built, const RunOptions& options) {
    Page page;
    const auto address = graph.values.find("monitor");
    if (address == graph.values.end() || address->second.text.empty()) return page;
    page.monitor = LC_TRY(Monitor::create(address->second.text));
    page.feed = LC_TRY(MonitorFeed::create(built, *page.monitor));
    if (options.on_monitor) options.on_monitor(page.monitor->url());
    return page;
  }
};

class Session {
 public:
  Session(const Built& built, const RunOptions& options, Page page)
      : built_(built), options_(options), page_(std::move(page)), meter_(built, options.taps), loop_(g_main_loop_new(nullptr, FALSE)) {
    GstBus* bus = gst_element_get_bus(built.pipeline());
    bus_watch_ = gst_bus_add_watch(
        bus,
        [](GstBus*, GstMessage* message, gpointer self) -> gboolean {
          static_cast<Session*>(self)->on_message(message);
          return G_SOURCE_CONTINUE;
        },
        this);
    gst_object_unref(bus);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    meter_.stop_taps();
    for (const guint source :
         {bus_watch_, status_timer_, label_timer_, limit_timer_, interrupt_, terminate_, finish_timer_})
      if (source) g_source_remove(source);
    g_main_loop_unref(loop_);
  }

  Outcome run(const std::string& pipeline_name) {
    status_.node = options_.node;
    status_.pipeline = pipeline_name;
    add_timers();
    if (gst_element_set_state(built_.pipeline(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) take_start_error();
    if (!error_) g_main_loop_run(loop_);
    meter_.stop_taps();
    report(true);
    return {status_, error_, true};
  }

 private:
  static gboolean on_signal(gpointer self) {
    static_cast<Session*>(self)->on_stop_wish();
    return G_SOURCE_CONTINUE;
  }

  void add_timers() {
    start_ = std::chrono::steady_clock::now();
    interrupt_ = g_unix_signal_add(SIGINT, on_signal, this);
    terminate_ = g_unix_signal_add(SIGTERM, on_signal, this);
    status_timer_ = g_timeout_add(
        static_cast<guint>(options_.status_ms),
        [](gpointer self) -> gboolean {
          static_cast<Session*>(self)->report(false);
          return G_SOURCE_CONTINUE;
        },
        this);
    label_timer_ = g_timeout_add(
        kLabelPeriodMs,
        [](gpointer self) -> gboolean {
          auto& session = *static_cast<Session*>(self);
          session.meter_.sample_labels();
          if (session.page_.feed) session.page_.feed->update();
          return G_SOURCE_CONTINUE;
        },
        this);
    if (options_.seconds <= 0) return;
    limit_timer_ = g_timeout_add(
        static_cast<guint>(options_.seconds * 1000),
        [](gpointer self) -> gboolean {
          auto& session = *static_cast<Session*>(self);
          session.limit_timer_ = 0;
          session.stop();
          return G_SOURCE_REMOVE;
        },
        this);
  }

  void on_stop_wish() {
    if (!stopping_) return stop();
    note_cut_off("stopped without waiting for the end of the stream");
    g_main_loop_quit(loop_);
  }

  void stop() {
    if (stopping_) return;
    stopping_ = true;
    gst_element_send_event(built_.pipeline(), gst_event_new_eos());
    for (GstElement* element : built_.elements())
      if (has_late_pads(element)) gst_element_call_async(element, end_behind, nullptr, nullptr);
    finish_timer_ = g_timeout_add(
        static_cast<guint>(kFinishSeconds * 1000),
        [](gpointer self) -> gboolean {
          auto& session = *static_cast<Session*>(self);
          session.finish_timer_ = 0;
          session.note_cut_off(fmt::format("the pipeline did not end within {} s, and was stopped", kFinishSeconds));
          g_main_loop_quit(session.loop_);
          return G_SOURCE_REMOVE;
        },
        this);
  }

  void on_message(GstMessage* message) {
    switch (GST_MESSAGE_TYPE(message)) {
      case GST_MESSAGE_EOS:
        g_main_loop_quit(loop_);
        return;
      case GST_MESSAGE_ERROR:
        on_error(message);
        return;
      case GST_MESSAGE_WARNING:
        note(error_of(message).text);
        return;
      case GST_MESSAGE_ELEMENT:
        on_element_message(message);
        return;
      case GST_MESSAGE_LATENCY:
        gst_bin_recalculate_latency(GST_BIN(built_.pipeline()));
        return;
      case GST_MESSAGE_CLOCK_LOST:
        gst_element_set_state(built_.pipeline(), GST_STATE_PAUSED);
        gst_element_set_state(built_.pipeline(), GST_STATE_PLAYING);
        return;
      default:
        return;
    }
  }

  // Our elements put a sentence for people into the messages that deserve one.
  void on_element_message(GstMessage* message) {
    const GstStructure* content = gst_message_get_structure(message);
    if (!content || !g_str_has_prefix(gst_structure_get_name(content), "latentcast-")) return;
    if (gst_structure_has_name(content, "latentcast-label")) on_label(*content);
    if (const char* record = gst_structure_get_string(content, "record"); record && options_.on_record)
      options_.on_record(record, gst_structure_has_name(content, "latentcast-record"));  // and not to logs or pages
    if (const char* text = gst_structure_get_string(content, "text"))
      note(fmt::format("{}: {}", GST_MESSAGE_SRC_NAME(message), text));
  }

  void on_label(const GstStructure& content) {
    LabelNote note;
    guint64 pts = 0;
    const char* label = gst_structure_get_string(&content, "label");
    if (!options_.on_label || !label || !gst_structure_get_uint64(&content, "timestamp", &pts) ||
        !gst_structure_get_double(&content, "confidence", &note.confidence))
      return;
    note.label = label;
    note.pts_ns = pts;
    options_.on_label(note);
  }

  void on_error(GstMessage* message) {
    // Elements behind the first one that failed complain too; only the first says why.
    // A muxer that never saw a frame cannot end its file: nobody misses that file.
    if (!error_ && !(stopping_ && !meter_.any_frame())) error_ = error_of(message);
    g_main_loop_quit(loop_);
  }

  void take_start_error() {
    GstBus* bus = gst_element_get_bus(built_.pipeline());
    GstMessage* message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
    error_ = message ? error_of(message) : Error{Errc::backend, "the pipeline does not start; see GST_DEBUG=3"};
    if (message) gst_message_unref(message);
    gst_object_unref(bus);
  }

  void report(bool is_final) {
    Status now;
    now.node = status_.node;
    now.pipeline = status_.pipeline;
    now.is_final = is_final;
    now.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    meter_.collect(now);
    now.state = error_               ? "failed"
                : is_final           ? "done"
                : stopping_          ? "stopping"
                : meter_.any_frame() ? "playing"
                                     : "waiting";
    if (error_) now.error = error_->text;
    if (page_.monitor) now.monitor = without_token(page_.monitor->url());
    status_ = now;
    const bool goes_on = !options_.on_status || options_.on_status(status_);
    if (page_.monitor) page_.monitor->set_status(to_json(status_));
    if (!goes_on && !is_final) stop();
  }

  void note_cut_off(const std::string& sentence) {
    note(sentence + (writes_files(built_) ? "; files may be incomplete" : ""));
  }

  void note(const std::string& sentence) {
    if (options_.on_note) options_.on_note(sentence);
    if (page_.monitor) page_.monitor->note(sentence);
  }

  const Built& built_;
  const RunOptions& options_;
  Page page_;
  Meter meter_;
  GMainLoop* loop_;
  guint bus_watch_ = 0, status_timer_ = 0, label_timer_ = 0, limit_timer_ = 0, finish_timer_ = 0;
  guint interrupt_ = 0, terminate_ = 0;
  std::chrono::steady_clock::time_point start_;
  bool stopping_ = false;
  Status status_;
  std::optional<Error> error_;
};

Outcome failed(const config::Graph& graph, const RunOptions& options, const Error& error) {
  Status status;
  status.is_final = true;
  status.node = options.node;
  status.pipeline = graph.name;
  status.state = "failed";
  status.error = error.text;
  if (options.on_status) options.on_status(status);
  return {status, error, false};
}

}  // namespace

Outcome run(const config::Graph& graph, const RunOptions& options) {
  if (auto started = start_gstreamer(); !started) return failed(graph, options, started.error());
  auto built = Built::create(graph);
  if (!built) return failed(graph, options, built.error());
  if (const auto kept = check_no_pixels(graph, *built); !kept) return failed(graph, options, kept.error());
  auto page = Page::create(graph, *built, options);
  if (!page) return failed(graph, options, page.error());
  // The pipeline goes to NULL before the session ends, so that no probe outlives its meter.
  auto session = std::make_unique<Session>(*built, options, *std::move(page));
  Outcome outcome = session->run(graph.name);
  gst_element_set_state(built->pipeline(), GST_STATE_NULL);
  return outcome;
}

Result<> check(const config::Graph& graph) {
  LC_TRY(start_gstreamer());
  const auto built = LC_TRY(Built::create(graph));
  LC_TRY(check_no_pixels(graph, built));
  return try_ready(built);
}

Result<std::string> to_dot(const config::Graph& graph) {
  LC_TRY(start_gstreamer());
  const auto built = LC_TRY(Built::create(graph));
  gchar* text = gst_debug_bin_to_dot_data(GST_BIN(built.pipeline()), GST_DEBUG_GRAPH_SHOW_ALL);
  std::string out = text ? text : "";
  g_free(text);
  return out;
}

}  // namespace lc::engine
