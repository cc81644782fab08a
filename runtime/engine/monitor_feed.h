// Between a running pipeline and its monitor page: pictures out of the appsink named `monitor`, through a valve named
// `monitor_valve` that is open only while somebody watches. pipelines/parts/show.yaml has both.
//
// A picture that stands in for a lost one (flag GAP) is not passed on: the page would take it for a new one.
#pragma once

#include <gst/gst.h>

#include <atomic>

#include "engine/build.h"
#include "engine/monitor.h"

namespace lc::engine {

class MonitorFeed {
 public:
  // errors  invalid_config: the pipeline has no such appsink
  static Result<std::unique_ptr<MonitorFeed>> create(const Built& built, Monitor& monitor);
  ~MonitorFeed();
  MonitorFeed(const MonitorFeed&) = delete;
  MonitorFeed& operator=(const MonitorFeed&) = delete;

  // Opens or closes the valve; to be called several times a second, on the main thread.
  void update();

 private:
  MonitorFeed(Monitor& monitor, GstElement* sink, GstElement* valve, GstElement* classifier);
  static GstFlowReturn on_sample(GstElement* sink, gpointer self);

  Monitor& monitor_;
  GstElement *sink_, *valve_, *classifier_;  // the last two may be null; the pipeline owns them
  gulong signal_ = 0;
};

}  // namespace lc::engine
