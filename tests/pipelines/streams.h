// Device and receiver pipelines from launch lines, in one process, with toy models and real keys.
#pragma once

#include <gst/app/gstappsink.h>
#include <gst/gst.h>

#include <filesystem>
#include <string>
#include <vector>

#include "elements/glue/raii.h"
#include "elements/seal_rings.h"
#include "support/test.h"

namespace lc::test {

using elements::Ptr;

// The path of a toy bundle that lives as long as the program.
const std::string& toy(bool gray = false);

// A pipeline that is in NULL again when its scope ends.
class Stream {
 public:
  explicit Stream(const std::string& launch);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  GstElement* pipeline() const { return pipeline_.get(); }
  Ptr<GstElement> element(const char* name) const;
  void play();
  void stop();  // and checks that it ended soon

  // The next sample of the appsink `out`, within a minute; null at the end of the stream.
  Ptr<GstSample> pull();
  // Pulls so many; returns how many came.
  int pull(int count);

  std::uint64_t stat(const char* element, const char* field) const;

  // Waits up to a minute for the end of the stream, or an element message of that name.
  bool ends();
  Ptr<GstStructure> waits_for(const char* name);

  // Texts of the errors so far; takes all messages from the bus.
  std::vector<std::string> errors();

 private:
  Ptr<GstElement> pipeline_;
  Ptr<GstBus> bus_;
};

// A camera of 64x48 pictures at 50 a second, or what `camera` says, sealed for `rings` and published.
struct DeviceLine {
  const SealRings& rings;
  std::string endpoint;
  std::string camera =
      "videotestsrc name=camera is-live=true pattern=ball ! "
      "video/x-raw,format=I420,width=64,height=48,framerate=50/1";
  std::string encoder = "key-interval=0";
  std::string sink = "";
  std::string model = toy();
};
std::string launch_line(const DeviceLine& device);

// Frames that are decoded land in the appsink `out`, which keeps the newest two unless `out` says otherwise.
struct ReceiverLine {
  const SealRings& rings;
  std::string endpoint;
  std::string source = "";
  std::string opener = "";
  std::string out = "max-buffers=2 drop=true";
  std::string model = toy();
};
std::string launch_line(const ReceiverLine& receiver);

}  // namespace lc::test
