// main() of the tests that run whole pipelines: our elements registered statically, GStreamer's own from the system.
#include <iostream>

#include "engine/gstreamer.h"
#include "support/test.h"

int main(int argc, char** argv) {
  if (const auto started = lc::engine::start_gstreamer(); !started) {
    std::cerr << started.error().text << "\n";
    return 1;
  }
  return doctest::Context(argc, argv).run();
}
