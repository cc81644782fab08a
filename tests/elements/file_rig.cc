#include "elements/file_rig.h"

#include <chrono>
#include <cstring>

#include "support/test.h"

namespace lc::test {

struct FileRig::Shared {
  const std::string* file;
  GstBus* bus = nullptr;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Ptr<GstBuffer>> buffers;
  std::vector<GstSegment> segments;
  std::vector<GstSegment> segment_of_buffer;
  std::string caps;
  bool has_ended = false, has_failed = false, is_flushing = false;
};

namespace {

template <class T>
T& data_of(GstPad* pad) {
  return *static_cast<T*>(gst_pad_get_element_private(pad));
}

}  // namespace

FileRig::FileRig(const std::string& launch, std::string file)
    : file_(std::move(file)), shared_(std::make_unique<Shared>()), bin_(gst_pipeline_new("rig")) {
  shared_->file = &file_;
  GError* error = nullptr;
  GstElement* inner = gst_parse_bin_from_description(launch.c_str(), TRUE, &error);
  REQUIRE_MESSAGE(error == nullptr, (error ? error->message : ""));
  gst_bin_add(GST_BIN(bin_.get()), inner);
  // Messages are handed on before anyone is told of them: on the pipeline's own bus they arrive after its handler ran.
  bus_.reset(gst_bus_new());
  shared_->bus = bus_.get();
  const Ptr<GstBus> inner_bus{gst_element_get_bus(bin_.get())};
  gst_bus_set_sync_handler(
      inner_bus.get(),
      [](GstBus*, GstMessage* message, gpointer data) -> GstBusSyncReply {
        auto& shared = *static_cast<Shared*>(data);
        const bool is_error = GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR;
        gst_bus_post(shared.bus, message);
        const std::lock_guard lock(shared.mutex);
        shared.has_failed = shared.has_failed || is_error;
        shared.changed.notify_all();
        return GST_BUS_DROP;
      },
      shared_.get(), nullptr);

  source_.reset(GST_PAD(gst_object_ref_sink(gst_pad_new("file", GST_PAD_SRC))));
  gst_pad_set_element_private(source_.get(), shared_.get());
  gst_pad_set_activatemode_function(source_.get(),
                                    [](GstPad*, GstObject*, GstPadMode, gboolean) -> gboolean { return TRUE; });
  gst_pad_set_getrange_function(
      source_.get(), [](GstPad* pad, GstObject*, guint64 offset, guint size, GstBuffer** out) -> GstFlowReturn {
        auto& shared = data_of<Shared>(pad);
        {
          const std::lock_guard lock(shared.mutex);
          if (shared.is_flushing) return GST_FLOW_FLUSHING;
        }
        const std::string& all = *shared.file;
        if (offset >= all.size()) return GST_FLOW_EOS;
        const std::size_t length = std::min<std::size_t>(size, all.size() - static_cast<std::size_t>(offset));
        *out = gst_buffer_new_memdup(all.data() + offset, length);
        return GST_FLOW_OK;
      });
  gst_pad_set_query_function(source_.get(), [](GstPad* pad, GstObject* parent, GstQuery* query) -> gboolean {
    if (GST_QUERY_TYPE(query) == GST_QUERY_SCHEDULING) {
      gst_query_set_scheduling(query, GST_SCHEDULING_FLAG_SEEKABLE, 1, -1, 0);
      gst_query_add_scheduling_mode(query, GST_PAD_MODE_PULL);
      return TRUE;
    }
    if (GST_QUERY_TYPE(query) != GST_QUERY_DURATION) return gst_pad_query_default(pad, parent, query);
    gst_query_set_duration(query, GST_FORMAT_BYTES, static_cast<gint64>(data_of<Shared>(pad).file->size()));
    return TRUE;
  });
  gst_pad_set_event_function(source_.get(), [](GstPad* pad, GstObject*, GstEvent* event) -> gboolean {
    auto& shared = data_of<Shared>(pad);
    const std::lock_guard lock(shared.mutex);
    if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_START) shared.is_flushing = true;
    if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_STOP) shared.is_flushing = false;
    gst_event_unref(event);
    return TRUE;
  });

  sink_.reset(GST_PAD(gst_object_ref_sink(gst_pad_new("out", GST_PAD_SINK))));
  gst_pad_set_element_private(sink_.get(), shared_.get());
  gst_pad_set_chain_function(sink_.get(), [](GstPad* pad, GstObject*, GstBuffer* buffer) -> GstFlowReturn {
    auto& shared = data_of<Shared>(pad);
    const std::lock_guard lock(shared.mutex);
    shared.buffers.emplace_back(buffer);
    shared.segment_of_buffer.push_back(shared.segments.empty() ? GstSegment{} : shared.segments.back());
    return GST_FLOW_OK;
  });
  gst_pad_set_event_function(sink_.get(), [](GstPad* pad, GstObject*, GstEvent* event) -> gboolean {
    auto& shared = data_of<Shared>(pad);
    const std::lock_guard lock(shared.mutex);
    if (GST_EVENT_TYPE(event) == GST_EVENT_SEGMENT) {
      shared.segments.emplace_back();
      gst_event_copy_segment(event, &shared.segments.back());
    } else if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS) {
      GstCaps* caps = nullptr;
      gst_event_parse_caps(event, &caps);
      const Ptr<gchar> text{gst_caps_to_string(caps)};
      shared.caps = text.get();
    } else if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_STOP) {
      shared.buffers.clear();
      shared.segments.clear();
      shared.segment_of_buffer.clear();
      shared.has_ended = false;
    } else if (GST_EVENT_TYPE(event) == GST_EVENT_EOS || GST_EVENT_TYPE(event) == GST_EVENT_SEGMENT_DONE) {
      shared.has_ended = true;
    }
    gst_event_unref(event);
    shared.changed.notify_all();
    return TRUE;
  });

  const Ptr<GstPad> in{gst_element_get_static_pad(inner, "sink")}, out{gst_element_get_static_pad(inner, "src")};
  REQUIRE(gst_pad_link_full(source_.get(), in.get(), GST_PAD_LINK_CHECK_NOTHING) == GST_PAD_LINK_OK);
  REQUIRE(gst_pad_link_full(out.get(), sink_.get(), GST_PAD_LINK_CHECK_NOTHING) == GST_PAD_LINK_OK);
  gst_pad_set_active(sink_.get(), TRUE);
}

FileRig::~FileRig() {
  gst_element_set_state(bin_.get(), GST_STATE_NULL);
  gst_pad_set_active(sink_.get(), FALSE);
}

GstElement* FileRig::element(const char* factory) const {
  GstElement* found = nullptr;
  GstIterator* all = gst_bin_iterate_recurse(GST_BIN(bin_.get()));
  GValue value = G_VALUE_INIT;
  while (gst_iterator_next(all, &value) == GST_ITERATOR_OK) {
    auto* element = GST_ELEMENT(g_value_get_object(&value));
    const auto* made_by = gst_element_get_factory(element);
    if (made_by && std::strcmp(GST_OBJECT_NAME(made_by), factory) == 0) found = element;
    g_value_reset(&value);
  }
  g_value_unset(&value);
  gst_iterator_free(all);
  return found;
}

std::uint64_t FileRig::count(const char* factory, const char* field) const {
  GstStructure* raw = nullptr;
  g_object_get(element(factory), "stats", &raw, nullptr);
  const Ptr<GstStructure> stats{raw};
  guint64 value = 0;
  REQUIRE(gst_structure_get_uint64(raw, field, &value));
  return value;
}

void FileRig::play() { gst_element_set_state(bin_.get(), GST_STATE_PLAYING); }

bool FileRig::ends() {
  std::unique_lock lock(shared_->mutex);
  const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  return shared_->changed.wait_until(lock, limit, [&] { return shared_->has_ended || shared_->has_failed; });
}

std::vector<Ptr<GstBuffer>> FileRig::buffers() {
  const std::lock_guard lock(shared_->mutex);
  std::vector<Ptr<GstBuffer>> out;
  for (const auto& buffer : shared_->buffers) out.push_back(elements::add_ref(buffer.get()));
  return out;
}

std::vector<GstSegment> FileRig::segments() {
  const std::lock_guard lock(shared_->mutex);
  return shared_->segments;
}

std::string FileRig::caps() {
  const std::lock_guard lock(shared_->mutex);
  return shared_->caps;
}

std::vector<GstClockTime> FileRig::stream_times() {
  const std::lock_guard lock(shared_->mutex);
  std::vector<GstClockTime> out;
  for (std::size_t i = 0; i < shared_->buffers.size(); ++i)
    out.push_back(gst_segment_to_stream_time(&shared_->segment_of_buffer[i], GST_FORMAT_TIME,
                                             GST_BUFFER_PTS(shared_->buffers[i].get())));
  return out;
}

std::vector<GstClockTime> FileRig::running_times() {
  const std::lock_guard lock(shared_->mutex);
  std::vector<GstClockTime> out;
  for (std::size_t i = 0; i < shared_->buffers.size(); ++i)
    out.push_back(gst_segment_to_running_time(&shared_->segment_of_buffer[i], GST_FORMAT_TIME,
                                              GST_BUFFER_PTS(shared_->buffers[i].get())));
  return out;
}

bool FileRig::seek(GstClockTime position, GstSeekFlags more, GstClockTime stop, double rate) {
  const auto flags = static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | more);
  return gst_pad_push_event(sink_.get(), gst_event_new_seek(rate, GST_FORMAT_TIME, flags, GST_SEEK_TYPE_SET,
                                                            static_cast<gint64>(position), GST_SEEK_TYPE_SET,
                                                            static_cast<gint64>(stop))) != FALSE;
}

}  // namespace lc::test
