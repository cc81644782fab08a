#include "seal/verdict.h"

namespace lc::seal {

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::opened:
      return "opened";
    case Verdict::new_session:
      return "new-session";
    case Verdict::new_key:
      return "new-key";
    case Verdict::announcement:
      return "announcement";
    case Verdict::unknown_key:
      return "unknown-key";
    case Verdict::other_device:
      return "other-device";
    case Verdict::other_stream:
      return "other-stream";
    case Verdict::not_a_receiver:
      return "not-a-receiver";
    case Verdict::malformed:
      return "malformed";
    case Verdict::bad_tag:
      return "bad-tag";
    case Verdict::bad_signature:
      return "bad-signature";
    case Verdict::bad_commitment:
      return "bad-commitment";
    case Verdict::replayed:
      return "replayed";
    case Verdict::too_old:
      return "too-old";
    case Verdict::old_session:
      return "old-session";
    case Verdict::wrong_time:
      return "wrong-time";
    case Verdict::other_suite:
      return "other-suite";
    case Verdict::busy:
      return "busy";
    case Verdict::count_:
      break;
  }
  return "unknown";
}

std::string_view explain(Verdict verdict) {
  switch (verdict) {
    case Verdict::opened:
      return "opened";
    case Verdict::new_session:
      return "a new session of the device begins";
    case Verdict::new_key:
      return "the device changes to a new key";
    case Verdict::announcement:
      return "the device repeated its announcement";
    case Verdict::unknown_key:
      return "the key of this session has not arrived yet; if this stays, look whether the device's "
             "announcements get "
             "through (one a second) and whether this receiver is in the device's receivers.list";
    case Verdict::other_device:
      return "the stream comes from a device that is not in devices.list; if you trust it: latentcast keygen "
             "--pin "
             "DEVICE.pub";
    case Verdict::other_stream:
      return "another stream of a pinned device; set stream-id to choose which one to open";
    case Verdict::not_a_receiver:
      return "the device does not know this receiver; at the device: latentcast keys add RECEIVER.pub";
    case Verdict::malformed:
      return "the bytes are not a sealed message, or are cut off; look at what sends to this endpoint";
    case Verdict::bad_tag:
      return "a message was altered on the way or sealed with another key; it was dropped";
    case Verdict::bad_signature:
      return "somebody who does not hold the device's key speaks in its name; if the device was given a new "
             "key, pin "
             "its new .pub file";
    case Verdict::bad_commitment:
      return "an announcement contradicts itself; the device that signed it is faulty or hostile";
    case Verdict::replayed:
      return "a message came twice; the second one was dropped";
    case Verdict::too_old:
      return "a message came too late or from a session that has ended; it was dropped";
    case Verdict::old_session:
      return "somebody plays an old session again, or the device lost both its clock and its keyring/state "
             "folder: set its "
             "clock and restart its pipeline";
    case Verdict::wrong_time:
      return "the clocks of device and receiver differ by more than 5 minutes at their first contact, or an "
             "old "
             "recording is played; set the clocks (NTP)";
    case Verdict::other_suite:
      return "the session uses a cipher that devices.list does not allow for this device or that this CPU "
             "lacks; look at "
             "suites= in devices.list here and in receivers.list at the device";
    case Verdict::busy:
      return "announcements come faster than they are checked (100 a second); somebody may be flooding";
    case Verdict::count_:
      break;
  }
  return "unknown";
}

}  // namespace lc::seal
