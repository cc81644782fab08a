// Owning pointers for GLib and GStreamer objects, and mappings that end with their scope.
//
// At a C call the word in the code says who owns: .get() lends, .release() gives away.
#pragma once

#include <gst/gst.h>
#include <gst/video/video.h>

#include <memory>
#include <span>
#include <utility>

#include "base/bytes.h"

namespace lc::elements {

// One overload per type that we own; a missing type does not compile.
struct Unref {
  void operator()(GstBuffer* p) const { gst_buffer_unref(p); }
  void operator()(GstBufferList* p) const { gst_buffer_list_unref(p); }
  void operator()(GstCaps* p) const { gst_caps_unref(p); }
  void operator()(GstEvent* p) const { gst_event_unref(p); }
  void operator()(GstMessage* p) const { gst_message_unref(p); }
  void operator()(GstQuery* p) const { gst_query_unref(p); }
  void operator()(GstSample* p) const { gst_sample_unref(p); }
  void operator()(GstMemory* p) const { gst_memory_unref(p); }
  void operator()(GstStructure* p) const { gst_structure_free(p); }
  void operator()(GstTagList* p) const { gst_tag_list_unref(p); }
  void operator()(GstVideoCodecState* p) const { gst_video_codec_state_unref(p); }
  void operator()(GstVideoCodecFrame* p) const { gst_video_codec_frame_unref(p); }
  void operator()(GstObject* p) const { gst_object_unref(p); }
  void operator()(GstElement* p) const { gst_object_unref(p); }
  void operator()(GstPad* p) const { gst_object_unref(p); }
  void operator()(GstBus* p) const { gst_object_unref(p); }
  void operator()(GstClock* p) const { gst_object_unref(p); }
  void operator()(GstBufferPool* p) const { gst_object_unref(p); }
  void operator()(GstAllocator* p) const { gst_object_unref(p); }
  void operator()(GError* p) const { g_error_free(p); }
  void operator()(gchar* p) const { g_free(p); }
};

// Ptr<GstBuffer> buffer{gst_buffer_new()};   Ptr<gchar> text{gst_caps_to_string(caps)};
template <class T>
using Ptr = std::unique_ptr<T, Unref>;

// One more reference to a buffer, caps, event ... that someone else owns.
template <class T>
Ptr<T> add_ref(T* object) {
  if constexpr (requires { gst_mini_object_ref(&object->mini_object); })
    return Ptr<T>{reinterpret_cast<T*>(gst_mini_object_ref(GST_MINI_OBJECT_CAST(object)))};
  else
    return Ptr<T>{reinterpret_cast<T*>(gst_object_ref(object))};
}

// The bytes of a buffer while in scope. The buffer must outlive it.
//   errors  backend, when the memory cannot be mapped
class MappedBuffer {
 public:
  static Result<MappedBuffer> create(GstBuffer* buffer, GstMapFlags flags = GST_MAP_READ) {
    MappedBuffer mapped;
    if (!gst_buffer_map(buffer, &mapped.info_, flags))
      return fail(Errc::backend, "the memory of a buffer of {} bytes cannot be mapped",
                  gst_buffer_get_size(buffer));
    mapped.buffer_ = buffer;
    return mapped;
  }
  MappedBuffer(MappedBuffer&& other) noexcept
      : buffer_(std::exchange(other.buffer_, nullptr)), info_(other.info_) {}
  MappedBuffer& operator=(MappedBuffer&&) = delete;
  ~MappedBuffer() {
    if (buffer_) gst_buffer_unmap(buffer_, &info_);
  }

  ByteSpan span() const { return {reinterpret_cast<const std::byte*>(info_.data), info_.size}; }
  std::span<std::byte> writable() { return {reinterpret_cast<std::byte*>(info_.data), info_.size}; }

 private:
  MappedBuffer() = default;
  GstBuffer* buffer_ = nullptr;
  GstMapInfo info_{};
};

// A video frame while in scope, with the strides and offsets of its GstVideoMeta where it has one.
//   errors  backend, when the memory cannot be mapped or is too small for `info`
class MappedFrame {
 public:
  static Result<MappedFrame> create(const GstVideoInfo& info, GstBuffer* buffer,
                                    GstMapFlags flags = GST_MAP_READ) {
    MappedFrame mapped;
    // GST_VIDEO_FRAME_MAP_FLAG_NO_REF: the scope holds the buffer, and a writer must stay the only owner.
    const auto no_ref = static_cast<GstMapFlags>(flags | static_cast<int>(GST_VIDEO_FRAME_MAP_FLAG_NO_REF));
    if (!gst_video_frame_map(&mapped.frame_, &info, buffer, no_ref))
      return fail(Errc::backend, "a buffer of {} bytes cannot be mapped as a {}x{} {} frame",
                  gst_buffer_get_size(buffer), GST_VIDEO_INFO_WIDTH(&info), GST_VIDEO_INFO_HEIGHT(&info),
                  GST_VIDEO_INFO_NAME(&info));
    mapped.is_mapped_ = true;
    return mapped;
  }
  MappedFrame(MappedFrame&& other) noexcept
      : is_mapped_(std::exchange(other.is_mapped_, false)), frame_(other.frame_) {}
  MappedFrame& operator=(MappedFrame&&) = delete;
  ~MappedFrame() {
    if (is_mapped_) gst_video_frame_unmap(&frame_);
  }

  const GstVideoFrame& frame() const { return frame_; }

 private:
  MappedFrame() = default;
  bool is_mapped_ = false;
  GstVideoFrame frame_{};
};

}  // namespace lc::elements
