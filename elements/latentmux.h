// latentmux: sealed messages into a recording (.lcr), exactly as they came. It holds no key, but for signing if wanted.
//
//   gst-launch-1.0 -e latentzmqsrc endpoint=tcp://camera:5600 ! latentmux ! filesink location=x.lcr
//   buffer-mode=unbuffered
//
//   sink       application/x-latent-sealed, one message in each buffer; what is none is counted and left out
//   src        application/x-latent-recording: each buffer is whole records, so that a process that dies costs no more
//   than
//              the record it was writing (filesink buffer-mode=unbuffered). The end of the stream writes the end of the
//              file; without it the recording ended early, which players bear
//   sign       every 10 s a checkpoint, signed with the device.key of the key ring: which messages stand there, in which
//              order. latentdemux refuses what was altered since, latentcast inspect tells who signed
//   append     behind an older recording with filesink append=true, even one that was cut off
//   other ways the bytes may go over anything that carries bytes: `latentmux ! srtsink`, `srtsrc ! latentdemux`
#pragma once

#include <memory>
#include <string>

#include "elements/glue/caps.h"
#include "elements/glue/element_class.h"
#include "elements/glue/stats.h"
#include "seal/recording/section_writer.h"

namespace lc::elements {

struct LatentMuxSettings {
  bool sign = false;
  std::string keyring;
};

class LatentMux : public Element<GstElement, LatentMuxSettings> {
 public:
  static constexpr ElementInfo kInfo{.name = "latentmux",
                                     .type_name = "LcLatentMux",
                                     .long_name = "Latent recording muxer",
                                     .klass = "Codec/Muxer",
                                     .description = "Puts sealed latents into a recording, without a key",
                                     .rank = GST_RANK_PRIMARY};
  static constexpr auto properties() {
    return std::tuple{
        property("sign", &LatentMuxSettings::sign, "Sign",
                 "Sign which messages stand in the recording, with the device.key of the key ring"),
        property("keyring", &LatentMuxSettings::keyring, "Key ring",
                 "Folder with device.key, made by 'latentcast keygen', to sign with; empty: ~/.config/latentcast/keys")};
  }
  static void class_init(ClassInit<LatentMux>& c);

  explicit LatentMux(GstElement* self);
  Ptr<GstStructure> stats() const;

 private:
  GstStateChangeReturn change_state(GstStateChange change);
  GstFlowReturn chain(GstPad* pad, GstBuffer* buffer);
  gboolean sink_event(GstPad* pad, GstEvent* event);
  GstFlowReturn push(GstBuffer* like);
  bool start();
  void begin_stream();

  GstPad* sink_;
  GstPad* src_;
  Counter messages_, frames_, bytes_, malformed_;

  // Of the streaming thread.
  recording::SectionWriter writer_;
  Bytes pending_;
  bool has_begun_ = false;
};

}  // namespace lc::elements
