// main() of the tests that run whole pipelines: our elements registered statically, GStreamer's own from the system.
#include <cstdlib>
#include <iostream>

#include "engine/gstreamer.h"
#include "support/test.h"

int main(int argc, char** argv) {
  ::setenv("LATENTCAST_MODELS", (lc::test::source_root() / "models").c_str(), 0);
  if (const auto started = lc::engine::start_gstreamer(); !started) {
    std::cerr << started.error().text << "\n";
    return 1;
  }
  return doctest::Context(argc, argv).run();
}
