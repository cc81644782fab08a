#include <malloc.h>

#include <optional>

#include "classify/labels_wire.h"
#include "elements/glue/capture_time.h"
#include "elements/glue/labels_meta.h"
#include "elements/harness.h"
#include "elements/held_messages.h"
#include "elements/seal_rings.h"
#include "seal/sealer.h"

using namespace lc;
using namespace lc::elements;
using test::Alone;
using test::buffer_of;
using test::BusMessages;
using test::bytes_of;
using test::Harness;
using test::kLatentTestCaps;
using test::SealRings;

namespace {

// A device that makes messages, as latentencrypt does.
class Device {
 public:
  explicit Device(const SealRings& rings)
      : sealer_(*seal::Sealer::create(rings.device(), {.rotation = {.lead_ms = 0}})) {}
  void change_key(const SealRings& rings) {
    auto change = sealer_.plan(*rings.device().receivers(0), true);
    REQUIRE(change);
    REQUIRE((*change)->make());
    REQUIRE(sealer_.take(*std::move(*change)));
  }
  std::string announcement() { return std::string(as_text(*sealer_.announcement())); }
  std::string frame(const std::string& payload, bool is_key, std::uint64_t pts = 0,
                    std::string_view description = kLatentTestCaps, std::uint64_t capture_ns = 77) {
    seal::Fields fields;
    fields.pts_ns = pts;
    if (is_key) fields.description = description, fields.record = record;
    fields.labels = labels;
    Bytes out(sealer_.size_limit(payload.size()));
    const auto size =
        sealer_.seal_frame({.is_key_frame = is_key, .capture_ns = capture_ns}, fields, as_bytes(payload), out);
    REQUIRE(size);
    return std::string(as_text(ByteSpan(out).first(*size)));
  }
  std::string record;  // goes with key frames
  Bytes labels;        // and these with all
  std::string end() {
    Bytes out(sealer_.size_limit(0));
    return std::string(as_text(ByteSpan(out).first(*sealer_.seal_end(0, out))));
  }

 private:
  seal::Sealer sealer_;
};

struct Fixture {
  explicit Fixture(const std::string& more = "") : harness(rings.decrypt(more)) {
    gst_harness_set_src_caps_str(harness.get(), "application/x-latent-sealed");
  }
  GstFlowReturn push(const std::string& message) { return harness.push(buffer_of(message)); }
  // The payload of the next buffer that came out, or "" for none.
  std::string pull() {
    last = harness.try_pull();
    return last ? bytes_of(last.get()) : "";
  }
  bool is_discont() const { return GST_BUFFER_FLAG_IS_SET(last.get(), GST_BUFFER_FLAG_DISCONT); }

  SealRings rings;
  Harness harness;
  Ptr<GstBuffer> last;
};

std::vector<std::string> names(const BusMessages& messages) {
  std::vector<std::string> out;
  for (const auto& message : messages.element_messages)
    out.emplace_back(gst_structure_get_name(message.get()));
  return out;
}

}  // namespace

TEST_CASE("latentdecrypt: what a pinned device sealed comes out, with caps and times from inside the seal") {
  Fixture f;
  Device device(f.rings);
  CHECK(f.push(device.announcement()) == GST_FLOW_OK);
  CHECK(f.push(device.frame("first", true, 40 * GST_MSECOND)) == GST_FLOW_OK);
  CHECK(f.push(device.frame("second", false, 80 * GST_MSECOND)) == GST_FLOW_OK);
  CHECK(f.pull() == "first");
  CHECK(GST_BUFFER_PTS(f.last.get()) == 40 * GST_MSECOND);
  CHECK(capture_time(f.last.get()) == 77u);
  CHECK(f.is_discont());
  CHECK_FALSE(GST_BUFFER_FLAG_IS_SET(f.last.get(), GST_BUFFER_FLAG_DELTA_UNIT));
  CHECK(f.pull() == "second");
  CHECK_FALSE(f.is_discont());
  CHECK(GST_BUFFER_FLAG_IS_SET(f.last.get(), GST_BUFFER_FLAG_DELTA_UNIT));
  CHECK(f.harness.output_caps().find("width=(int)64") != std::string::npos);
  CHECK(f.harness.output_caps().find("latent-space=(string)3f9a1c2d") != std::string::npos);
  CHECK(f.harness.count("frames-opened") == 2);
  CHECK(f.harness.count("frames-lost") == 0);
  const BusMessages messages(f.harness);
  CHECK(messages.errors.empty());
  CHECK(messages.warnings.empty());
  CHECK(names(messages) == std::vector<std::string>{"latentcast-session"});
}

TEST_CASE("latentdecrypt: frames that come before their key wait for it, in order") {
  Fixture f;
  Device device(f.rings);
  const std::string announcement = device.announcement();
  f.push(device.frame("a", true));
  f.push(device.frame("b", false));
  CHECK(f.pull().empty());
  f.push(announcement);
  CHECK(f.pull() == "a");
  CHECK(f.pull() == "b");
  CHECK(f.harness.count("unknown-key") == 0);  // none was refused
}

TEST_CASE("latentdecrypt: no more than 64 messages and 1 MiB wait; the oldest go first and are counted") {
  Fixture f;
  Device device(f.rings);
  const std::string announcement = device.announcement();
  f.push(device.frame("lost key frame", true));
  for (int i = 0; i < 64; ++i) f.push(device.frame(std::to_string(i), i == 0));
  CHECK(f.harness.count("unknown-key") == 1);
  f.push(announcement);
  CHECK(f.pull() == "0");
  CHECK(f.harness.count("frames-opened") == 64);

  HeldMessages held;
  CHECK(held.hold(buffer_of(std::string(HeldMessages::kMaxBytes + 1, 'x')), 0) == 1);
  CHECK(held.hold(buffer_of(std::string(600'000, 'x')), 0) == 0);
  CHECK(held.hold(buffer_of(std::string(600'000, 'y')), 1) == 1);
  CHECK(held.expire(1 + HeldMessages::kMaxAge) == 0);
  CHECK(held.expire(2 + HeldMessages::kMaxAge) == 1);
  CHECK(held.empty());
}

TEST_CASE("latentdecrypt: losses are counted and mark the next frame") {
  Fixture f;
  Device device(f.rings);
  f.push(device.announcement());
  f.push(device.frame("a", true));
  (void)device.frame("never arrives", false);
  (void)device.frame("never arrives", false);
  f.push(device.frame("d", false));
  CHECK(f.pull() == "a");
  CHECK(f.pull() == "d");
  CHECK(f.is_discont());
  CHECK(f.harness.count("frames-lost") == 2);
}

TEST_CASE("latentdecrypt: begins with a key frame and asks for one") {
  Fixture f;
  Device device(f.rings);
  f.push(device.announcement());
  f.push(device.frame("delta", false));
  CHECK(f.pull().empty());
  CHECK(f.harness.count("frames-skipped") == 1);
  bool is_asked = false;
  while (Ptr<GstEvent> event{gst_harness_try_pull_upstream_event(f.harness.get())})
    is_asked = is_asked || gst_video_event_is_force_key_unit(event.get());
  CHECK(is_asked);
  f.push(device.frame("key", true));
  CHECK(f.pull() == "key");
}

TEST_CASE("latentdecrypt: refused messages are counted by reason, told once, and never stop the stream") {
  Fixture f;
  Device device(f.rings);
  SealRings others;
  Device stranger(others);
  f.push(device.announcement());
  const std::string good = device.frame("good", true);
  std::string altered = device.frame("altered", false), spoken_for = device.announcement();
  altered.back() = static_cast<char>(altered.back() ^ 1);
  spoken_for[60] = static_cast<char>(spoken_for[60] ^ 1);
  for (const std::string& message :
       {good, good, altered, altered, std::string("GET / HTTP/1.1"), good.substr(0, 60),
        stranger.announcement(), stranger.frame("x", true), spoken_for})
    CHECK(f.push(message) == GST_FLOW_OK);
  CHECK(f.harness.push(Ptr<GstBuffer>{gst_buffer_new()}) == GST_FLOW_OK);  // no bytes at all
  CHECK(f.harness.count("frames-opened") == 1);
  CHECK(f.harness.count("replayed") == 1);
  CHECK(f.harness.count("bad-tag") == 2);
  CHECK(f.harness.count("malformed") == 3);
  CHECK(f.harness.count("other-device") == 2);
  CHECK(f.harness.count("bad-signature") == 1);
  const BusMessages messages(f.harness);
  CHECK(messages.errors.empty());
  int bad_tags = 0;
  for (const auto& message : messages.element_messages)
    if (gst_structure_has_name(message.get(), "latentcast-refused") &&
        std::string(gst_structure_get_string(message.get(), "reason")) == "bad-tag")
      ++bad_tags;
  CHECK(bad_tags == 1);
}

TEST_CASE("latentdecrypt: a restarted sender goes on in a new segment") {
  Fixture f;
  std::optional<Device> device(f.rings);
  f.push(device->announcement());
  f.push(device->frame("old", true, 10 * GST_SECOND));
  CHECK(f.pull() == "old");
  const std::string old_announcement = device->announcement(), late = device->frame("late", false);
  device.emplace(f.rings);
  f.push(device->announcement());
  f.push(device->frame("new", true, 0,
                       "video/x-latent, width=(int)32, height=(int)32, framerate=(fraction)5/1"));
  CHECK(f.pull() == "new");
  CHECK(f.is_discont());
  CHECK(f.harness.output_caps().find("width=(int)32") != std::string::npos);
  f.push(old_announcement);
  CHECK(f.harness.count("old-session") == 1);
  CHECK(f.harness.count("sessions") == 2);
}

TEST_CASE("latentdecrypt: the end of a session is told; the stream ends with it only if asked to") {
  for (const bool ends : {false, true}) {
    Fixture f(ends ? "eos-on-end=true" : "");
    Device device(f.rings);
    f.push(device.announcement());
    f.push(device.frame("a", true));
    CHECK(f.push(device.end()) == (ends ? GST_FLOW_EOS : GST_FLOW_OK));
    CHECK(names(BusMessages(f.harness)) ==
          std::vector<std::string>{"latentcast-session", "latentcast-session-end"});
    bool has_eos = false;
    while (Ptr<GstEvent> event{gst_harness_try_pull_event(f.harness.get())})
      has_eos = has_eos || GST_EVENT_TYPE(event.get()) == GST_EVENT_EOS;
    CHECK(has_eos == ends);
  }
}

TEST_CASE("latentdecrypt: late messages of the session before neither end, rename nor shift the new one") {
  Fixture f("eos-on-end=true");
  Device old(f.rings);
  f.push(old.announcement());
  f.push(old.frame("old", true, 10 * GST_SECOND));
  CHECK(f.pull() == "old");
  const std::string late = old.frame("late", true, 11 * GST_SECOND), late_end = old.end();
  Device device(f.rings);
  f.push(device.announcement());
  CHECK(f.push(late) == GST_FLOW_OK);
  CHECK(f.pull().empty());
  f.push(device.frame("new", true, 0,
                      "video/x-latent, width=(int)32, height=(int)32, framerate=(fraction)5/1"));
  CHECK(f.pull() == "new");
  CHECK(f.push(late_end) == GST_FLOW_OK);
  CHECK(f.push(device.frame("newer", false, GST_SECOND)) == GST_FLOW_OK);
  CHECK(f.pull() == "newer");
  CHECK(f.harness.output_caps().find("width=(int)32") != std::string::npos);
  // The time of the new session lies in its segment.
  const Ptr<GstEvent> event{gst_pad_get_sticky_event(f.harness.get()->sinkpad, GST_EVENT_SEGMENT, 0)};
  REQUIRE(event);
  const GstSegment* segment = nullptr;
  gst_event_parse_segment(event.get(), &segment);
  CHECK(segment->start == 0);
  CHECK(f.harness.count("frames-skipped") == 1);
  CHECK(f.harness.count("frames-lost") == 0);
}

TEST_CASE("latentdecrypt: a frame that comes after a later one is not shown, so that no picture jumps back") {
  Fixture f;
  Device device(f.rings);
  f.push(device.announcement());
  f.push(device.frame("first", true));
  const std::string second = device.frame("second", false, GST_SECOND), third = device.frame("third", false, 2 * GST_SECOND);
  CHECK(f.pull() == "first");
  CHECK(f.push(third) == GST_FLOW_OK);
  CHECK(f.push(second) == GST_FLOW_OK);
  CHECK(f.pull() == "third");
  CHECK(f.pull().empty());
  CHECK(f.harness.count("frames-skipped") == 1);
}

TEST_CASE("latentdecrypt: a message that waits for its key longer than others fail brings no warning at once") {
  Fixture f;
  Device first(f.rings);
  f.push(first.announcement());
  Device stranger(f.rings);
  f.push(stranger.frame("waits", true));
  f.push(first.frame("opens", true));
  std::string altered = first.frame("altered", false);
  altered.back() = static_cast<char>(altered.back() ^ 1);
  f.push(altered);
  Device third(f.rings);
  f.push(third.announcement());
  CHECK(BusMessages(f.harness).warnings.empty());
}

TEST_CASE("latentdecrypt: when nothing can be opened, a warning says why and the stream goes on") {
  // The device knows another receiver, not this one.
  SealRings rings, others;
  auto identity = *others.device().identity(seal::Role::device);
  identity.name = "other-camera";
  REQUIRE(rings.receiver().pin(identity));
  Device device(others);
  Harness harness(rings.decrypt("warn-after=100"));
  harness.src_caps("application/x-latent-sealed");
  const auto deadline = gst_util_get_timestamp() + 20 * GST_SECOND;
  std::vector<test::BusError> warnings;
  while (warnings.empty() && gst_util_get_timestamp() < deadline) {
    CHECK(harness.push(buffer_of(device.announcement())) == GST_FLOW_OK);
    CHECK(harness.push(buffer_of(device.frame("x", true))) == GST_FLOW_OK);
    const BusMessages messages(harness);
    CHECK(messages.errors.empty());
    warnings = messages.warnings;
  }
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].domain == GST_STREAM_ERROR);
  CHECK(warnings[0].code == GST_STREAM_ERROR_DECRYPT_NOKEY);
  CHECK_MESSAGE(warnings[0].text.find("the device does not know this receiver") != std::string::npos,
                warnings[0].text);
}

TEST_CASE("latentdecrypt: a description that is not of a latent stream is refused") {
  for (const char* description : {"video/x-raw, format=I420, width=1, height=1",
                                  "video/x-latent, width=[1, 2]", "nonsense", "video/x-latent"}) {
    CAPTURE(std::string(description));
    Fixture f;
    Device device(f.rings);
    f.push(device.announcement());
    CHECK(f.push(device.frame("x", true, 0, description)) == GST_FLOW_OK);
    CHECK(f.pull().empty());
    CHECK(f.harness.count("malformed") == 1);
  }
}

TEST_CASE("latentdecrypt: a flush is survived") {
  Fixture f;
  Device device(f.rings);
  f.push(device.announcement());
  f.push(device.frame("a", true));
  CHECK(f.pull() == "a");
  gst_harness_push_event(f.harness.get(), gst_event_new_flush_start());
  gst_harness_push_event(f.harness.get(), gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(f.harness.get(), gst_event_new_segment(&segment));
  f.push(device.frame("b", false));
  CHECK(f.pull().empty());
  f.push(device.frame("c", true));
  CHECK(f.pull() == "c");
  CHECK(f.is_discont());
}

TEST_CASE("latentdecrypt: starts and stops twice, and refuses to start without keys with one error") {
  SealRings rings;
  Alone element(rings.decrypt());
  for (int i = 0; i < 2; ++i) {
    CHECK(element.to(GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE);
    CHECK(element.to(GST_STATE_NULL) == GST_STATE_CHANGE_SUCCESS);
  }
  Alone keyless("latentdecrypt keyring=" + rings.device().folder().string());
  CHECK(keyless.to(GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
  BusMessages messages = keyless.messages();
  REQUIRE(messages.errors.size() == 1);
  CHECK(messages.errors[0].text.find("keygen --receiver NAME") != std::string::npos);
  Alone nobody(rings.decrypt("device=nobody"));
  CHECK(nobody.to(GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
  messages = nobody.messages();
  REQUIRE(messages.errors.size() == 1);
  CHECK(messages.errors[0].text.find("no device 'nobody' is pinned") != std::string::npos);
}

TEST_CASE("latentdecrypt: follows the keys of the device, and says so") {
  Fixture f;
  Device device(f.rings);
  f.push(device.announcement());
  f.push(device.frame("a", true));
  device.change_key(f.rings);
  const std::string early = device.frame("b", false);
  f.push(early);  // waits for its key
  CHECK(f.pull() == "a");
  CHECK(f.pull().empty());
  f.push(device.announcement());
  CHECK(f.pull() == "b");
  CHECK_FALSE(f.is_discont());
  CHECK(f.harness.count("key-changes") == 1);
  CHECK(f.harness.count("unknown-key") == 0);
  const BusMessages messages(f.harness);
  CHECK(names(messages) == std::vector<std::string>{"latentcast-session", "latentcast-key"});
  guint64 generation = 0;
  CHECK(gst_structure_get_uint64(messages.element_messages[1].get(), "generation", &generation));
  CHECK(generation == 1);
}

TEST_CASE("latentdecrypt: frames that were held up on their way are counted as stale, whatever the clocks say") {
  Fixture f("max-age=5000");
  Device device(f.rings);
  f.push(device.announcement());
  constexpr std::uint64_t kHour = 3600ull * GST_SECOND;
  const std::uint64_t now = unix_time_now() + kHour;  // the device's clock is wrong
  f.push(device.frame("a", true, 0, kLatentTestCaps, now));
  f.push(device.frame("b", false, 1, kLatentTestCaps, now - 4 * GST_SECOND));
  CHECK(f.harness.count("frames-stale") == 0);
  f.push(device.frame("c", false, 2, kLatentTestCaps, now - 6 * GST_SECOND));
  f.push(device.frame("d", false, 3, kLatentTestCaps, now - 7 * GST_SECOND));
  f.push(device.frame("e", false, 4, kLatentTestCaps, now));
  CHECK(f.harness.count("frames-stale") == 2);
  CHECK(f.harness.count("frames-opened") == 5);  // marked, not dropped
  const BusMessages messages(f.harness);
  CHECK(names(messages) ==
        std::vector<std::string>{"latentcast-session", "latentcast-age", "latentcast-age"});
  gboolean stale = FALSE;
  CHECK(gst_structure_get_boolean(messages.element_messages[1].get(), "stale", &stale));
  CHECK(stale);
}

TEST_CASE("latentdecrypt: a device that is revoked while it plays is believed no more") {
  Fixture f;
  Device device(f.rings);
  f.push(device.announcement());
  f.push(device.frame("a", true));
  CHECK(f.pull() == "a");
  REQUIRE(f.rings.receiver().revoke(seal::Role::device, "camera"));
  const auto deadline = gst_util_get_timestamp() + 20 * GST_SECOND;
  while (f.harness.count("other-device") == 0 && gst_util_get_timestamp() < deadline)
    CHECK(f.push(device.frame("b", true)) == GST_FLOW_OK);
  CHECK(f.harness.count("other-device") == 1);
  CHECK(BusMessages(f.harness).errors.empty());
}

TEST_CASE("latentdecrypt: a flood of strangers' messages is counted by reason, keeps no memory, and harms no frame") {
  constexpr int kFrames = 2000, kKinds = 6, kOfEach = 10;  // between two frames: 120,000 in all
  Fixture f;
  const SealRings strangers;
  Device device(f.rings), other_session(f.rings), stranger(strangers);
  f.push(device.announcement());
  f.push(device.frame("first", true));
  REQUIRE(f.pull() == "first");
  std::string of_other_session = other_session.frame(std::string(300, 'x'), false);
  const std::string junk[] = {stranger.announcement(), stranger.frame(std::string(300, 'x'), true),
                              "LC1F" + std::string(20, 'x')};
  std::string forged_announcement = device.announcement();
  forged_announcement.back() ^= 1;  // of its signature
  int harmed = 0;
  const auto go_on = [&](int frames) {
    for (int i = 0; i < frames; ++i) {
      const std::string frame = device.frame(std::to_string(i), false);
      std::string forged = frame;
      forged.back() ^= 1;  // of its tag
      for (int k = 0; k < kOfEach; ++k) {
        for (const std::string& message : junk) f.push(message);
        f.push(forged_announcement);
        f.push(forged);
        of_other_session[20] = static_cast<char>(of_other_session[20] + 1);  // a session that nobody announced
        f.push(of_other_session);
      }
      harmed += f.push(frame) != GST_FLOW_OK || f.pull() != std::to_string(i) ? 1 : 0;
    }
  };
  go_on(100);  // what it keeps at most, it keeps by now
  const auto before = ::mallinfo2().uordblks;
  const GstClockTime begun = gst_util_get_timestamp();
  go_on(kFrames);
  const auto seconds = (gst_util_get_timestamp() - begun) / GST_SECOND + 1;
  const auto after = ::mallinfo2().uordblks;
  CHECK(harmed == 0);
  CHECK(after < before + (std::size_t{256} << 10));
  CHECK(f.harness.count("frames-opened") == kFrames + 100 + 1);
  CHECK(f.harness.count("frames-lost") == 0);
  const std::uint64_t each = (kFrames + 100) * kOfEach;
  CHECK(f.harness.count("other-device") == 2 * each);
  CHECK(f.harness.count("malformed") == each);
  CHECK(f.harness.count("bad-tag") == each);
  CHECK(f.harness.count("bad-signature") + f.harness.count("busy") == each);
  CHECK(f.harness.count("bad-signature") <= 100 * (seconds + 10));  // signatures cost work
  CHECK(f.harness.count("unknown-key") <= each);
  CHECK(f.harness.count("unknown-key") >= each - HeldMessages::kMaxMessages);  // those still wait
  const BusMessages messages(f.harness);
  CHECK(messages.errors.empty());
  CHECK(messages.element_messages.size() <= 1 + kKinds * (seconds + 10));  // one a second for each reason
}

TEST_CASE("latentdecrypt: two clients behind one relay, each with keys of its own, see their own and nothing else") {
  Fixture one, two;
  Device first(one.rings), second(two.rings);
  Fixture* clients[] = {&one, &two};
  Device* devices[] = {&first, &second};
  for (Fixture* client : clients)
    for (Device* device : devices) client->push(device->announcement());
  for (int i = 0; i < 50; ++i)
    for (std::size_t of : {0, 1}) {
      const std::string text = std::to_string(of) + ": " + std::to_string(i), frame = devices[of]->frame(text, i == 0);
      for (Fixture* client : clients) client->push(frame);
      CHECK(clients[of]->pull() == text);
      CHECK(clients[1 - of]->pull().empty());
    }
  for (Fixture* client : clients) {
    CHECK(client->harness.count("frames-opened") == 50);
    CHECK(client->harness.count("other-device") == 51);
    CHECK(client->harness.count("frames-lost") == 0);
  }
}

TEST_CASE("latentdecrypt: the device's record is told when it comes, when it changes, and once only") {
  Fixture f;
  Device device(f.rings);
  const auto records = [&] {
    std::vector<std::string> out;
    for (const auto& message : BusMessages(f.harness).element_messages)
      if (gst_structure_has_name(message.get(), "latentcast-record"))
        out.emplace_back(gst_structure_get_string(message.get(), "record"));
    return out;
  };
  f.push(device.announcement());
  f.push(device.frame("without", true));
  CHECK(records().empty());
  device.record = "Müller, 1961";
  f.push(device.frame("with", true, 40));
  f.push(device.frame("ordinary", false, 80));
  f.push(device.frame("with, again", true, 120));
  CHECK(records() == std::vector<std::string>{"Müller, 1961"});
  device.record = "Meier, 1970";
  f.push(device.frame("another", true, 160));
  CHECK(records() == std::vector<std::string>{"Meier, 1970"});
  for (const char* frame : {"without", "with", "ordinary", "with, again", "another"}) CHECK(f.pull() == frame);
}

TEST_CASE("latentdecrypt: labels that came with a frame are on its buffer, and what is no labels is left out") {
  Fixture f;
  Device device(f.rings);
  f.push(device.announcement());
  classify::Labels labels;
  labels.model = "toy";
  labels.best = {{2, "a giraffe", 0.5f}};
  labels.looked_at = 10;
  classify::pack_labels(labels, 40, 1024, device.labels);
  f.push(device.frame("labelled", true, 40));
  device.labels.pop_back();
  f.push(device.frame("cut off", false, 80));
  device.labels.clear();
  f.push(device.frame("without", false, 120));
  CHECK(f.pull() == "labelled");
  const auto read = labels_of(f.last.get());
  REQUIRE(read);
  CHECK(read->model == "toy");
  CHECK(read->best[0].name == "a giraffe");
  CHECK(read->looked_at == 10);
  for (const char* frame : {"cut off", "without"}) {
    CHECK(f.pull() == frame);
    CHECK_FALSE(labels_of(f.last.get()));
  }
}
