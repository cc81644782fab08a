// latentdemux between two pads of ours: one that serves bytes like filesrc, to be pulled, and one that keeps what
// comes.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "elements/harness.h"

namespace lc::test {

class FileRig {
 public:
  // `launch`: an element with a sink pad that pulls. More of them, separated by !, are put behind it.
  FileRig(const std::string& launch, std::string file);
  ~FileRig();
  FileRig(const FileRig&) = delete;
  FileRig& operator=(const FileRig&) = delete;

  // A field of an element's `stats`.
  std::uint64_t count(const char* factory, const char* field) const;
  void play();
  // Waits for the end of the stream, or an error; false after a minute.
  bool ends();
  BusMessages messages() { return BusMessages(bus_.get()); }

  // Of what came, since the last flush.
  std::vector<Ptr<GstBuffer>> buffers();
  std::vector<GstSegment> segments();
  std::string caps();
  // Of each buffer, in the segment that it came in.
  std::vector<GstClockTime> stream_times(), running_times();

  bool seek(GstClockTime position, GstSeekFlags more = GST_SEEK_FLAG_NONE, GstClockTime stop = GST_CLOCK_TIME_NONE,
            double rate = 1);
  bool query(GstQuery* query) { return gst_pad_peer_query(sink_.get(), query) != FALSE; }

 private:
  GstElement* element(const char* factory) const;

  struct Shared;  // with the pads' functions
  std::string file_;
  std::unique_ptr<Shared> shared_;
  Ptr<GstElement> bin_;
  Ptr<GstBus> bus_;
  Ptr<GstPad> source_, sink_;
};

}  // namespace lc::test
