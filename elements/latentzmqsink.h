// latentzmqsink: publishes sealed latents over ZeroMQ, to all who listen (pub) or without loss (push).
//
//   gst-launch-1.0 v4l2src ! videoconvert ! aeencode ! latentencrypt ! latentzmqsink endpoint=tcp://*:5600
//
//   sink        application/x-latent-sealed, one message in each buffer; nothing else links
//   mode        pub never holds the camera up: what a receiver cannot take is dropped on its way. push
//               waits until a receiver takes each message, and at the end of the stream until the last has
//               been taken
//   joining     a new receiver gets the latest announcement at once, and a key frame is requested upstream
//               (force-key-unit); so is one when a receiver asks for it. Requests closer than 200 ms become
//               one
//   endpoint    tcp://HOST:PORT or ipc://PATH. With port * the system chooses; `bound-endpoint` has the
//               result
//   CURVE       files: curve-key and curve-allow (we are the server), or curve-key and curve-server (a
//               client)
//   messages    latentcast-link (state: no-peer, connected, not-allowed, handshake-failed; text); a warning
//               when the other side refuses us
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "elements/glue/caps.h"
#include "elements/glue/element_class.h"
#include "elements/glue/stats.h"
#include "elements/zmq_link.h"
#include "transport/publisher.h"

namespace lc::elements {

enum class SendMode { pub, push };

template <>
struct EnumNames<SendMode> {
  static constexpr char kTypeName[] = "LcZmqSendMode";
  static constexpr GEnumValue kValues[] = {
      {static_cast<gint>(SendMode::pub), "Live, to everyone who listens", "pub"},
      {static_cast<gint>(SendMode::push), "Without loss, waits for the receiver", "push"},
      {}};
};

struct LatentZmqSinkSettings : ZmqLinkSettings {
  SendMode mode = SendMode::pub;
  LatentZmqSinkSettings() {
    endpoint = "tcp://*:5600";
    bind = true;
  }
};

class LatentZmqSink : public Element<GstBaseSink, LatentZmqSinkSettings> {
 public:
  static constexpr ElementInfo kInfo{.name = "latentzmqsink",
                                     .type_name = "LcLatentZmqSink",
                                     .long_name = "Latent ZeroMQ sink",
                                     .klass = "Sink/Network",
                                     .description = "Publishes sealed latents over ZeroMQ"};
  static constexpr auto properties() {
    using S = LatentZmqSinkSettings;
    return std::tuple{
        property(
            "endpoint", static_cast<std::string S::*>(&S::endpoint), "Endpoint",
            "tcp://HOST:PORT (tcp://*:PORT binds everywhere, port * lets the system choose) or ipc://PATH"),
        property("bind", static_cast<bool S::*>(&S::bind), "Bind",
                 "Bind the endpoint and let receivers connect, or connect to one"),
        property("mode", &S::mode, "Mode", "Live to everyone, or without loss"),
        property("max-queue", static_cast<unsigned S::*>(&S::max_queue), "Longest queue",
                 "So many messages wait at most, for us and for each receiver", 1, 100000),
        property("curve-key", static_cast<std::string S::*>(&S::curve_key), "CURVE key file",
                 "File with our secret key, mode 0600; empty: no CURVE"),
        property("curve-allow", static_cast<std::string S::*>(&S::curve_allow), "CURVE allow-list",
                 "File with the public keys of the clients that may connect: we are the server"),
        property("curve-server", static_cast<std::string S::*>(&S::curve_server), "CURVE server key file",
                 "File with the public key of the server: we are a client")};
  }
  static constexpr auto readouts() {
    return std::tuple{Readout<LatentZmqSink>{"bound-endpoint", &LatentZmqSink::bound_endpoint,
                                             "Bound endpoint",
                                             "Where it is bound, with the port that the system chose"}};
  }
  static void class_init(ClassInit<LatentZmqSink>& c);

  explicit LatentZmqSink(GstBaseSink* self);
  Ptr<GstStructure> stats() const;
  std::string bound_endpoint() const;

 private:
  GstStateChangeReturn change_state(GstStateChange change);
  GstFlowReturn render(GstBuffer* buffer);
  gboolean event(GstEvent* event);
  gboolean unlock();
  gboolean unlock_stop();
  bool open();
  void close();
  void finish();

  // Guards the pointer. The streaming thread, which lives between open() and close(), reads it without.
  mutable std::mutex mutex_;
  std::unique_ptr<transport::Publisher> publisher_;
  transport::PublisherStats last_stats_;
};

}  // namespace lc::elements
