// Frames and models for the tests of aeencode and aedecode.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "codec/frame_encoder.h"
#include "elements/harness.h"
#include "support/toy_bundle.h"

namespace lc::test {

// The path of a toy bundle that lives as long as the program.
const std::string& toy_model(int variant = 0, bool gray = false);

// "video/x-raw,format=I420,width=64,height=48,framerate=25/1"
std::string raw_caps(const std::string& format, int width, int height);

// A moving picture, smooth enough for the toy model. `format` as in caps.
Ptr<GstBuffer> raw_frame(const std::string& format, int width, int height, int number);

// What a sender would send.
class Sender {
 public:
  explicit Sender(int width = 64, int height = 48, int variant = 0, int key_interval = 0);
  // The next frame of a moving picture.
  Ptr<GstBuffer> next(bool wants_key = false);
  std::string caps() const;
  codec::EncodedFrame last;

 private:
  std::shared_ptr<const codec::Bundle> bundle_;
  int width_, height_, number_ = 0;
  codec::FrameEncoder encoder_;
};

}  // namespace lc::test
