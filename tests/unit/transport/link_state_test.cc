#include "transport/link_state.h"

#include "support/test.h"
#include "transport/bounds.h"

using namespace lc;
using namespace lc::transport;

namespace {

// Numbers of zmq_socket_monitor(3).
enum Event : std::uint16_t {
  kConnected = 0x1,
  kDelayed = 0x2,
  kRetried = 0x4,
  kClosed = 0x80,
  kDisconnected = 0x200,
  kFailedNoDetail = 0x800,
  kSucceeded = 0x1000,
  kFailedAuth = 0x4000,
};

const auto kStart = LinkTracker::Clock::time_point{};

LinkState after(LinkTracker& tracker, std::initializer_list<Event> events) {
  for (const Event event : events) tracker.on_event(event, 7, kStart);
  return tracker.state();
}

}  // namespace

TEST_CASE("link: nobody there, refused, wrong key and connected are told apart") {
  LinkTracker tracker(Attach::connect);
  CHECK(after(tracker, {kDelayed, kClosed, kRetried}) == LinkState::no_peer);
  CHECK(after(tracker, {kDelayed, kConnected, kFailedAuth, kDisconnected}) == LinkState::not_allowed);
  CHECK(after(tracker, {kDelayed, kConnected, kFailedNoDetail, kDisconnected, kRetried}) ==
        LinkState::handshake_failed);
  CHECK(after(tracker, {kDelayed, kConnected}) == LinkState::handshake_failed);  // until we know better
  CHECK(after(tracker, {kSucceeded}) == LinkState::connected);
  CHECK(after(tracker, {kDisconnected, kRetried}) == LinkState::no_peer);
  CHECK(tracker.refusals() == 2);
  CHECK(tracker.handshakes() == 1);
}

TEST_CASE("link: a rescue is due only when ZeroMQ has given up") {
  LinkTracker tracker(Attach::connect);
  after(tracker, {kConnected, kFailedNoDetail, kDisconnected});
  CHECK(tracker.rescue_due() == kStart + kRescueDelay);
  after(tracker, {kRetried});
  CHECK_FALSE(tracker.rescue_due());
  after(tracker, {kConnected, kFailedAuth, kDisconnected});
  CHECK(tracker.rescue_due());
  tracker.rescued();
  CHECK_FALSE(tracker.rescue_due());
  after(tracker, {kConnected, kSucceeded, kDisconnected});  // an oversized message
  CHECK(tracker.rescue_due());
}

TEST_CASE("link: strangers at a bound socket are counted and change nothing") {
  LinkTracker tracker(Attach::bind);
  CHECK(after(tracker, {kSucceeded}) == LinkState::connected);
  CHECK(after(tracker, {kFailedNoDetail, kDisconnected, kFailedAuth, kDisconnected}) == LinkState::connected);
  CHECK(tracker.peers() == 1);
  CHECK(tracker.refusals() == 2);
  CHECK_FALSE(tracker.rescue_due());
  CHECK(after(tracker, {kSucceeded, kDisconnected}) == LinkState::connected);
  CHECK(after(tracker, {kDisconnected}) == LinkState::no_peer);
  CHECK(after(tracker, {kFailedAuth, kDisconnected}) == LinkState::no_peer);
}
