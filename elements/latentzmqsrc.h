// latentzmqsrc: receives sealed latents over ZeroMQ: live, the newest first (sub), or without loss (pull).
//
//   gst-launch-1.0 latentzmqsrc endpoint=tcp://camera:5600 ! latentdecrypt ! aedecode ! autovideosink
//
//   src         application/x-latent-sealed, one message in each buffer, whatever it says: what is
//               authentic is latentdecrypt's to know. Announcements, heartbeats and the end of a session
//               are flagged HEADER, frames that are no key frames DELTA_UNIT (both unauthenticated hints).
//               What is not one of our messages is counted
//   mode        sub: when the pipeline is too slow the oldest frames go, and are counted; pull: the sender
//               waits
//   key frames  force-key-unit from downstream is passed on to the publisher (sub only)
//   silence     after `timeout` ms without a message: latentcast-silent (ms, link, text), once; with the
//               next message latentcast-resumed (ms). The connection is kept up and made anew all the while
//   endpoint, CURVE, latentcast-link: as of latentzmqsink
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "elements/glue/caps.h"
#include "elements/glue/element_class.h"
#include "elements/glue/stats.h"
#include "elements/zmq_link.h"
#include "transport/subscriber.h"

namespace lc::elements {

enum class ReceiveMode { sub, pull };

template <>
struct EnumNames<ReceiveMode> {
  static constexpr char kTypeName[] = "LcZmqReceiveMode";
  static constexpr GEnumValue kValues[] = {
      {static_cast<gint>(ReceiveMode::sub), "Live, the newest first", "sub"},
      {static_cast<gint>(ReceiveMode::pull), "Without loss, lets the sender wait", "pull"},
      {}};
};

struct LatentZmqSrcSettings : ZmqLinkSettings {
  ReceiveMode mode = ReceiveMode::sub;
  std::string sender;
  unsigned timeout = 3000;
  unsigned max_message = static_cast<unsigned>(transport::kMaxMessageBytes);
  bool is_live = true;
  LatentZmqSrcSettings() { endpoint = "tcp://127.0.0.1:5600"; }
};

class LatentZmqSrc : public Element<GstPushSrc, LatentZmqSrcSettings> {
 public:
  static constexpr ElementInfo kInfo{.name = "latentzmqsrc",
                                     .type_name = "LcLatentZmqSrc",
                                     .long_name = "Latent ZeroMQ source",
                                     .klass = "Source/Network",
                                     .description = "Receives sealed latents over ZeroMQ"};
  static constexpr auto properties() {
    using S = LatentZmqSrcSettings;
    return std::tuple{
        property("endpoint", static_cast<std::string S::*>(&S::endpoint), "Endpoint",
                 "tcp://HOST:PORT or ipc://PATH of the publisher; to bind, tcp://*:PORT and port * too"),
        property("bind", static_cast<bool S::*>(&S::bind), "Bind",
                 "Bind the endpoint and let senders connect, or connect to one"),
        property("mode", &S::mode, "Mode", "Live, or without loss"),
        property("sender", &S::sender, "Sender",
                 "Take messages only whose device id and stream id begin with these hex digits (20 at most); "
                 "sub only"),
        property("timeout", &S::timeout, "Timeout", "Say so after so many ms without a message; 0: never", 0,
                 3600000),
        property("max-queue", static_cast<unsigned S::*>(&S::max_queue), "Longest queue",
                 "So many messages wait at most", 1, 100000),
        property("max-message", &S::max_message, "Largest message",
                 "A sender of larger messages is disconnected; in bytes", 1024, 1u << 30),
        property("is-live", &S::is_live, "Is live", "Act as a live source: no data in PAUSED"),
        property("curve-key", static_cast<std::string S::*>(&S::curve_key), "CURVE key file",
                 "File with our secret key, mode 0600; empty: no CURVE"),
        property("curve-allow", static_cast<std::string S::*>(&S::curve_allow), "CURVE allow-list",
                 "File with the public keys of the clients that may connect: we are the server"),
        property("curve-server", static_cast<std::string S::*>(&S::curve_server), "CURVE server key file",
                 "File with the public key of the server: we are a client")};
  }
  static constexpr auto readouts() {
    return std::tuple{Readout<LatentZmqSrc>{"bound-endpoint", &LatentZmqSrc::bound_endpoint, "Bound endpoint",
                                            "Where it is bound, with the port that the system chose"}};
  }
  static void class_init(ClassInit<LatentZmqSrc>& c);

  explicit LatentZmqSrc(GstPushSrc* self);
  Ptr<GstStructure> stats() const;
  std::string bound_endpoint() const;
  void settings_changed();

 private:
  GstStateChangeReturn change_state(GstStateChange change);
  GstFlowReturn create(GstBuffer** buffer);
  gboolean event(GstEvent* event);
  gboolean query(GstQuery* query);
  gboolean unlock();
  gboolean unlock_stop();
  bool open();
  void close();
  void note_message();
  void note_silence();

  // Guards the pointer. The streaming thread, which lives between open() and close(), reads it without.
  mutable std::mutex mutex_;
  std::unique_ptr<transport::Subscriber> subscriber_;
  transport::SubscriberStats last_stats_;

  // Of the streaming thread.
  GstClockTime last_message_ = 0;  // of the system clock; when opened, before the first
  GstClockTime timeout_ = 0;
  std::uint64_t dropped_ = 0;
  bool is_silent_ = false, is_discont_ = true;
};

}  // namespace lc::elements
