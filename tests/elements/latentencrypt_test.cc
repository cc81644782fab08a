#include <sys/stat.h>

#include <algorithm>
#include <ctime>

#include "base/file.h"
#include "classify/labels_wire.h"
#include "elements/glue/capture_time.h"
#include "elements/glue/labels_meta.h"
#include "elements/harness.h"
#include "elements/seal_rings.h"
#include "seal/announcement.h"
#include "seal/opener.h"
#include "seal/wire_header.h"

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

seal::WireHeader header_of(GstBuffer* buffer) {
  const auto header = seal::unpack_wire_header(as_bytes(bytes_of(buffer)));
  REQUIRE(header);
  return *header;
}
char type_of(GstBuffer* buffer) { return static_cast<char>(header_of(buffer).type); }

// The next message of that type; others are passed over. Fails when none comes.
Ptr<GstBuffer> pull_type(Harness& harness, char type) {
  for (int i = 0; i < 1000; ++i) {
    auto buffer = harness.pull();
    REQUIRE(buffer);
    if (type_of(buffer.get()) == type) return buffer;
  }
  FAIL("no message of type " << type);
  return nullptr;
}

Ptr<GstBuffer> frame(const std::string& bytes, GstClockTime pts, bool is_key) {
  auto buffer = buffer_of(bytes, pts);
  if (!is_key) GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DELTA_UNIT);
  return buffer;
}

// What the pinned receiver reads.
struct ReceiverEnd {
  explicit ReceiverEnd(const SealRings& rings) : opener(*seal::Opener::create(rings.receiver())) {}
  seal::Verdict read(GstBuffer* buffer) {
    message = bytes_of(buffer);
    plain.resize(message.size());
    return opener.open(as_bytes(message), plain, opened);
  }
  std::string text() const { return std::string(as_text(opened.payload)); }
  seal::Opener opener;
  std::string message;
  Bytes plain;
  seal::Opened opened;
};

}  // namespace

TEST_CASE("latentencrypt: announces first, then each frame is one sealed message that the receiver opens") {
  SealRings rings;
  Harness harness(rings.encrypt("stream-id=3"));
  harness.src_caps(kLatentTestCaps);
  auto key = frame("a latent, plainly readable", 100 * GST_MSECOND, true);
  GST_BUFFER_DURATION(key.get()) = 40 * GST_MSECOND;
  set_capture_time(key.get(), 1234);
  REQUIRE(harness.push(std::move(key)) == GST_FLOW_OK);
  REQUIRE(harness.push(frame("second", 140 * GST_MSECOND, false)) == GST_FLOW_OK);
  CHECK(harness.output_caps() == "application/x-latent-sealed");

  ReceiverEnd reader(rings);
  auto buffer = harness.pull();
  CHECK(type_of(buffer.get()) == 'K');
  CHECK(GST_BUFFER_FLAG_IS_SET(buffer.get(), GST_BUFFER_FLAG_HEADER));
  CHECK(reader.read(buffer.get()) == seal::Verdict::new_session);

  buffer = pull_type(harness, 'F');
  CHECK_FALSE(GST_BUFFER_FLAG_IS_SET(buffer.get(), GST_BUFFER_FLAG_HEADER));
  CHECK_FALSE(GST_BUFFER_FLAG_IS_SET(buffer.get(), GST_BUFFER_FLAG_DELTA_UNIT));
  CHECK(GST_BUFFER_PTS(buffer.get()) == 100 * GST_MSECOND);
  CHECK(bytes_of(buffer.get()).find("latent") == std::string::npos);
  CHECK(bytes_of(buffer.get()).find("width") == std::string::npos);
  REQUIRE(reader.read(buffer.get()) == seal::Verdict::opened);
  CHECK(reader.text() == "a latent, plainly readable");
  CHECK(reader.opened.header.stream == 3);
  CHECK(reader.opened.header.is_key_frame);
  CHECK(reader.opened.header.capture_ns == 1234);
  CHECK(to_hex(reader.opened.header.model) == "3f9a1c2d");
  CHECK(reader.opened.fields.pts_ns == 0u);  // since the first frame of the session
  CHECK(reader.opened.fields.duration_ns == 40 * GST_MSECOND);
  CHECK(reader.opened.fields.description.find("width=(int)64") != std::string::npos);

  buffer = pull_type(harness, 'F');
  CHECK(GST_BUFFER_FLAG_IS_SET(buffer.get(), GST_BUFFER_FLAG_DELTA_UNIT));
  REQUIRE(reader.read(buffer.get()) == seal::Verdict::opened);
  CHECK(reader.text() == "second");
  CHECK(reader.opened.fields.pts_ns == 40 * GST_MSECOND);
  CHECK_FALSE(reader.opened.header.is_key_frame);
  CHECK(reader.opened.fields.description.empty());
  CHECK(harness.count("frames-sealed") == 2);
  CHECK(harness.count("announcements") >= 1);
  CHECK(BusMessages(harness).errors.empty());
}

TEST_CASE("latentencrypt: announcements and heartbeats go on while no frames come") {
  SealRings rings;
  Harness harness(rings.encrypt("announce-interval=20 heartbeat-interval=20"));
  harness.src_caps(kLatentTestCaps);
  harness.push(frame("x", 0, true));
  ReceiverEnd reader(rings);
  CHECK(reader.read(pull_type(harness, 'K').get()) == seal::Verdict::new_session);
  CHECK(reader.read(pull_type(harness, 'F').get()) == seal::Verdict::opened);
  for (int i = 0; i < 3; ++i) CHECK(reader.read(pull_type(harness, 'K').get()) == seal::Verdict::announcement);
  const auto beat = pull_type(harness, 'H');
  // By a call into GStreamer: ThreadSanitizer does not see that the harness's queue orders timer and test.
  CHECK(gst_buffer_has_flags(beat.get(), GST_BUFFER_FLAG_HEADER));
  CHECK(reader.read(beat.get()) == seal::Verdict::opened);
  CHECK(reader.opened.header.type == seal::MessageType::heartbeat);
  CHECK(harness.count("heartbeats") >= 1);
}

TEST_CASE("latentencrypt: the shortest heartbeat interval keeps no core busy") {
  SealRings rings;
  Harness harness(rings.encrypt("heartbeat-interval=1"));
  // This thread works for 0.1 s of its own time; another that never rests gets about as much meanwhile.
  const auto spent = [](clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  const double own = spent(CLOCK_THREAD_CPUTIME_ID), all = spent(CLOCK_PROCESS_CPUTIME_ID);
  while (spent(CLOCK_THREAD_CPUTIME_ID) - own < 0.1) {
  }
  CHECK(spent(CLOCK_PROCESS_CPUTIME_ID) - all < 0.15);
}

TEST_CASE("latentencrypt: announces before the first frame, once the stream has begun") {
  SealRings rings;
  Harness harness(rings.encrypt("announce-interval=20"));
  harness.src_caps(kLatentTestCaps);
  CHECK(type_of(harness.pull().get()) == 'K');
}

TEST_CASE("latentencrypt: an end of stream is sealed too, and the stream can begin anew") {
  SealRings rings;
  Harness harness(rings.encrypt());
  harness.src_caps(kLatentTestCaps);
  harness.push(frame("x", 0, true));
  const auto first = header_of(pull_type(harness, 'F').get()).session;
  gst_harness_push_event(harness.get(), gst_event_new_eos());
  const auto end = pull_type(harness, 'E');
  CHECK(header_of(end.get()).session == first);
  CHECK(harness.push(frame("y", 0, true)) == GST_FLOW_EOS);

  gst_harness_push_event(harness.get(), gst_event_new_stream_start("again"));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(harness.get(), gst_event_new_segment(&segment));
  CHECK(harness.push(frame("z", 7 * GST_SECOND, true)) == GST_FLOW_OK);
  ReceiverEnd reader(rings);
  CHECK(reader.read(pull_type(harness, 'K').get()) == seal::Verdict::new_session);
  const auto again = pull_type(harness, 'F');
  CHECK(header_of(again.get()).session != first);
  CHECK(reader.read(again.get()) == seal::Verdict::opened);
  CHECK(reader.opened.fields.pts_ns == 0u);
  CHECK(harness.count("sessions") == 2);
}

TEST_CASE("latentencrypt: a flush, and a way through READY, begin a new session") {
  SealRings rings;
  Harness harness(rings.encrypt());
  harness.src_caps(kLatentTestCaps);
  harness.push(frame("x", 0, true));
  const auto first = header_of(pull_type(harness, 'F').get()).session;
  gst_harness_push_event(harness.get(), gst_event_new_flush_start());
  gst_harness_push_event(harness.get(), gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(harness.get(), gst_event_new_segment(&segment));
  harness.push(frame("x", 0, true));
  const auto second = header_of(pull_type(harness, 'F').get()).session;
  CHECK(second != first);
  gst_element_set_state(harness.element(), GST_STATE_READY);
  gst_element_set_state(harness.element(), GST_STATE_PLAYING);
  CHECK(harness.count("sessions") == 1);  // counted since the last start
}

TEST_CASE("latentencrypt: new caps are described at once, also by a frame that is no key frame") {
  SealRings rings;
  Harness harness(rings.encrypt());
  harness.src_caps(kLatentTestCaps);
  harness.push(frame("x", 0, true));
  harness.src_caps("video/x-latent, width=(int)32, height=(int)32, framerate=(fraction)25/1");
  harness.push(frame("y", 1, false));
  ReceiverEnd reader(rings);
  (void)reader.read(pull_type(harness, 'K').get());
  (void)reader.read(pull_type(harness, 'F').get());
  REQUIRE(reader.read(pull_type(harness, 'F').get()) == seal::Verdict::opened);
  CHECK(reader.opened.fields.description.find("width=(int)32") != std::string::npos);
  CHECK(to_hex(reader.opened.header.model) == "00000000");
}

TEST_CASE("latentencrypt: signed and padded frames open as well") {
  SealRings rings;
  Harness harness(rings.encrypt("sign-frames=true padding=padme"));
  harness.src_caps(kLatentTestCaps);
  harness.push(frame(std::string(1000, 'x'), 0, true));
  ReceiverEnd reader(rings);
  (void)reader.read(pull_type(harness, 'K').get());
  REQUIRE(reader.read(pull_type(harness, 'F').get()) == seal::Verdict::opened);
  CHECK(reader.text() == std::string(1000, 'x'));
  CHECK(reader.opened.header.is_signed);
}

TEST_CASE("latentencrypt: what is missing is one error that says how to make it") {
  const auto error_of = [](const std::string& launch) {
    Alone element(launch);
    CHECK(element.to(GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
    const BusMessages messages = element.messages();
    REQUIRE(messages.errors.size() == 1);
    return messages.errors[0];
  };
  test::TempDir dir;
  auto error = error_of("latentencrypt keyring=" + (dir / "none").string());
  CHECK(error.domain == GST_RESOURCE_ERROR);
  CHECK(error.code == GST_RESOURCE_ERROR_NOT_FOUND);
  CHECK(error.text.find("latentcast keygen --device NAME") != std::string::npos);

  SealRings rings;
  const auto key = rings.device().folder() / "device.key";
  ::chmod(key.c_str(), 0644);
  error = error_of(rings.encrypt());
  CHECK(error.domain == GST_RESOURCE_ERROR);
  CHECK(error.code == GST_RESOURCE_ERROR_NOT_AUTHORIZED);
  CHECK(error.text.find("chmod 600 " + key.string()) != std::string::npos);
  ::chmod(key.c_str(), 0600);

  std::filesystem::remove(rings.device().folder() / "receivers.list");
  error = error_of(rings.encrypt());
  CHECK(error.domain == GST_STREAM_ERROR);
  CHECK(error.code == GST_STREAM_ERROR_DECRYPT_NOKEY);
  CHECK(error.text.find("keygen --pin RECEIVER.pub") != std::string::npos);
}

TEST_CASE("latentencrypt: takes latents only") {
  SealRings rings;
  Harness harness(rings.encrypt());
  harness.src_caps("video/x-raw, format=I420, width=64, height=48, framerate=25/1");
  CHECK(harness.push(frame("x", 0, true)) == GST_FLOW_NOT_NEGOTIATED);
  Harness without_caps(rings.encrypt());
  gst_harness_push_event(without_caps.get(), gst_event_new_stream_start("s"));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(without_caps.get(), gst_event_new_segment(&segment));
  CHECK(without_caps.push(frame("x", 0, true)) == GST_FLOW_NOT_NEGOTIATED);
}

namespace {

// The next announcement that says another key than `kid`, as the receiver takes it.
seal::Announcement other_key(Harness& harness, ReceiverEnd& reader, std::uint64_t kid) {
  for (;;) {
    const auto buffer = pull_type(harness, 'K');
    const std::string bytes = bytes_of(buffer.get());
    const auto unpacked = seal::unpack_announcement(as_bytes(bytes));
    REQUIRE(unpacked);
    (void)reader.read(buffer.get());
    if (unpacked->announcement.kid != kid) return unpacked->announcement;
  }
}

Ptr<GstMessage> wait_for(Harness& harness, GstMessageType type) {
  Ptr<GstMessage> message{gst_bus_timed_pop_filtered(harness.bus(), 60 * GST_SECOND, type)};
  elements::detail::call_begins();
  REQUIRE(message);
  return message;
}

}  // namespace

TEST_CASE("latentencrypt: new keys on the action, and on the command that finds the key ring") {
  SealRings rings;
  Harness harness(rings.encrypt("announce-interval=20"));
  harness.src_caps(kLatentTestCaps);
  harness.push(frame("x", 0, true));
  ReceiverEnd reader(rings);
  CHECK(reader.read(pull_type(harness, 'K').get()) == seal::Verdict::new_session);
  g_signal_emit_by_name(harness.element(), "rotate");
  auto said = other_key(harness, reader, 0);
  CHECK(said.kid == seal::kid_of(1, 0));
  CHECK(said.receivers == 1);
  const auto message = wait_for(harness, GST_MESSAGE_ELEMENT);
  const GstStructure* content = gst_message_get_structure(message.get());
  CHECK(gst_structure_has_name(content, "latentcast-rotation"));
  CHECK(std::string(gst_structure_get_string(content, "reason")) == "command");
  // It is announced ahead, and frames go on with the old one.
  harness.push(frame("y", 1, true));
  const auto sealed = pull_type(harness, 'F');
  REQUIRE(reader.read(sealed.get()) == seal::Verdict::opened);
  CHECK(reader.opened.kid == 0);
  CHECK(harness.count("rotations") == 1);
  CHECK(harness.count("generation") == 0);

  Harness other(rings.encrypt("announce-interval=20"));
  other.src_caps(kLatentTestCaps);
  ReceiverEnd another(rings);
  CHECK(another.read(pull_type(other, 'K').get()) == seal::Verdict::new_session);
  REQUIRE(rings.device().request_rotation());
  CHECK(other_key(other, another, 0).kid == seal::kid_of(1, 0));
}

TEST_CASE("latentencrypt: who is taken off the list reads nothing more, while it plays") {
  SealRings rings;
  test::TempDir dir;
  const auto second = seal::KeyRing::create(dir / "second");
  REQUIRE(second);
  REQUIRE(rings.device().pin(*second->generate(seal::Role::receiver, "second")));
  Harness harness(rings.encrypt("announce-interval=20"));
  harness.src_caps(kLatentTestCaps);
  harness.push(frame("x", 0, true));
  ReceiverEnd reader(rings);
  CHECK(reader.read(pull_type(harness, 'K').get()) == seal::Verdict::new_session);
  REQUIRE(rings.device().revoke(seal::Role::receiver, "second"));
  const auto said = other_key(harness, reader, 0);
  CHECK(said.receivers == 1);
  harness.push(frame("y", 1, true));
  for (;;) {
    REQUIRE(reader.read(pull_type(harness, 'F').get()) == seal::Verdict::opened);
    if (reader.text() == "y") break;
  }
  CHECK(reader.opened.kid == said.kid);  // at once, without lead
  CHECK(harness.count("receivers") == 1);
}

TEST_CASE("latentencrypt: within a second of its line's end a receiver is shut out") {
  SealRings rings;
  test::TempDir dir;
  const auto second = seal::KeyRing::create(dir / "second");
  REQUIRE(second);
  const auto identity = second->generate(seal::Role::receiver, "second");
  REQUIRE(rings.device().pin(*identity));
  Harness harness(rings.encrypt("announce-interval=20"));
  harness.src_caps(kLatentTestCaps);
  harness.push(frame("x", 0, true));
  ReceiverEnd reader(rings);
  auto said = other_key(harness, reader, ~std::uint64_t{0});
  // The quickest of a few: the machine may be busy.
  GstClockTime least = GST_CLOCK_TIME_NONE;
  for (int i = 0; i < 5 && least > GST_SECOND; ++i) {
    REQUIRE(said.receivers == 2);
    const GstClockTime before = gst_util_get_timestamp();
    REQUIRE(rings.device().revoke(seal::Role::receiver, "second"));
    said = other_key(harness, reader, said.kid);
    least = std::min(least, gst_util_get_timestamp() - before);
    CHECK(said.receivers == 1);
    REQUIRE(rings.device().pin(*identity));
    said = other_key(harness, reader, said.kid);
  }
  CHECK(least < GST_SECOND);
}

TEST_CASE("latentencrypt: a list that cannot be read is a warning, one without receivers an error") {
  SealRings rings;
  Harness harness(rings.encrypt("announce-interval=20"));
  harness.src_caps(kLatentTestCaps);
  harness.push(frame("x", 0, true));
  const auto list = rings.device().list_file(seal::Role::receiver);
  const Bytes good = *load_file(list);
  REQUIRE(save_file(list, as_bytes("reciever desk\n")));
  const auto warning = wait_for(harness, GST_MESSAGE_WARNING);
  GError* text = nullptr;
  gst_message_parse_warning(warning.get(), &text, nullptr);
  CHECK(std::string(text->message).find("line 1") != std::string::npos);
  CHECK(std::string(text->message).find("stay as they were") != std::string::npos);
  g_error_free(text);
  CHECK(harness.push(frame("y", 1, true)) == GST_FLOW_OK);
  REQUIRE(save_file(list, good));
  REQUIRE(rings.device().revoke(seal::Role::receiver, "desk"));
  const auto error = wait_for(harness, GST_MESSAGE_ERROR);
  gst_message_parse_error(error.get(), &text, nullptr);
  CHECK(text->domain == GST_STREAM_ERROR);
  CHECK(std::string(text->message).find("no receiver is pinned") != std::string::npos);
  g_error_free(text);
  CHECK(harness.push(frame("z", 2, true)) == GST_FLOW_ERROR);
}

TEST_CASE("latentencrypt: receivers with other ciphers bring a new session, and fixed padding one size") {
  SealRings rings;
  Harness harness(rings.encrypt("announce-interval=20 suite=aes-256-gcm padding=fixed padding-size=4096"));
  if (!seal::is_available(seal::Suite::aes_256_gcm)) LC_SKIP("this CPU has no AES instructions");
  harness.src_caps(kLatentTestCaps);
  harness.push(frame("x", 0, true));
  const auto first = pull_type(harness, 'F');
  harness.push(frame(std::string(1000, 'y'), 1, false));
  CHECK(gst_buffer_get_size(pull_type(harness, 'F').get()) == gst_buffer_get_size(first.get()));

  Harness free(rings.encrypt("announce-interval=20"));
  free.src_caps(kLatentTestCaps);
  const auto session = header_of(pull_type(free, 'K').get()).session;
  auto identity = *rings.receiver().identity(seal::Role::receiver);
  identity.suites = seal::SuiteSet::only(seal::Suite::chacha20_poly1305);
  REQUIRE(save_file(rings.device().list_file(seal::Role::receiver), as_bytes(seal::list_line(identity))));
  for (;;) {
    const auto buffer = pull_type(free, 'K');
    if (header_of(buffer.get()).session == session) continue;
    const std::string bytes = bytes_of(buffer.get());
    CHECK(seal::unpack_announcement(as_bytes(bytes))->announcement.suite == 0xf001);
    break;
  }
  CHECK(free.count("sessions") == 2);
}

TEST_CASE("latentencrypt: the record file goes with the stream, sealed, and only what fits and is text is taken") {
  SealRings rings;
  const test::TempDir dir;
  const auto file = dir / "patient.txt";
  const auto launch = [&] { return rings.encrypt("record-file=" + file.string()); };
  REQUIRE(save_file(file, as_bytes("Müller, 1961\nleft knee\n")));
  {
    Harness harness(launch());
    harness.src_caps(kLatentTestCaps);
    REQUIRE(harness.push(frame("a latent", 0, true)) == GST_FLOW_OK);
    REQUIRE(harness.push(frame("another", 40 * GST_MSECOND, false)) == GST_FLOW_OK);
    ReceiverEnd reader(rings);
    CHECK(reader.read(harness.pull().get()) == seal::Verdict::new_session);
    auto buffer = pull_type(harness, 'F');
    CHECK(bytes_of(buffer.get()).find("1961") == std::string::npos);
    REQUIRE(reader.read(buffer.get()) == seal::Verdict::opened);
    CHECK(reader.opened.fields.record == "Müller, 1961\nleft knee");
    buffer = pull_type(harness, 'F');
    REQUIRE(reader.read(buffer.get()) == seal::Verdict::opened);
    CHECK(reader.opened.fields.record.empty());
  }
  const std::pair<std::string, std::string> refused[] = {{"", "an empty record"},
                                                         {std::string(961, 'x'), "a record of 961 bytes, at most 960"},
                                                         {"a\x1b[31m", "text in UTF-8, without control characters"},
                                                         {"\xff\xfe", "text in UTF-8, without control characters"}};
  for (const auto& [content, sentence] : refused) {
    CAPTURE(sentence);
    REQUIRE(save_file(file, as_bytes(content)));
    Alone alone(launch());
    CHECK(alone.to(GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
    const auto errors = alone.messages().errors;
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].text.find(sentence) != std::string::npos);
  }
  Alone nowhere(rings.encrypt("record-file=" + (dir / "nowhere").string()));
  CHECK(nowhere.to(GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
  CHECK(nowhere.messages().errors.at(0).text.find("nowhere") != std::string::npos);
}

TEST_CASE("latentencrypt: what a classifier said of a frame goes with it, sealed") {
  SealRings rings;
  Harness harness(rings.encrypt());
  harness.src_caps(kLatentTestCaps);
  auto labelled = frame("a latent", 200 * GST_MSECOND, true);
  classify::Labels labels;
  labels.model = "toy";
  labels.best = {{2, "a giraffe", 0.5f}};
  labels.looked_at = 160 * GST_MSECOND;
  attach_labels(labelled.get(), labels);
  REQUIRE(harness.push(std::move(labelled)) == GST_FLOW_OK);
  REQUIRE(harness.push(frame("without", 240 * GST_MSECOND, false)) == GST_FLOW_OK);
  ReceiverEnd reader(rings);
  CHECK(reader.read(harness.pull().get()) == seal::Verdict::new_session);
  auto buffer = pull_type(harness, 'F');
  CHECK(bytes_of(buffer.get()).find("giraffe") == std::string::npos);
  REQUIRE(reader.read(buffer.get()) == seal::Verdict::opened);
  const auto read = classify::unpack_labels(reader.opened.fields.labels, GST_SECOND);
  REQUIRE(read);
  CHECK(read->best[0].name == "a giraffe");
  CHECK(read->looked_at == 960 * GST_MSECOND);
  buffer = pull_type(harness, 'F');
  REQUIRE(reader.read(buffer.get()) == seal::Verdict::opened);
  CHECK(reader.opened.fields.labels.empty());

  Harness alone(rings.encrypt("labels=false"));
  alone.src_caps(kLatentTestCaps);
  auto kept = frame("a latent", 200 * GST_MSECOND, true);
  attach_labels(kept.get(), labels);
  REQUIRE(alone.push(std::move(kept)) == GST_FLOW_OK);
  CHECK(reader.read(alone.pull().get()) == seal::Verdict::new_session);
  buffer = pull_type(alone, 'F');
  REQUIRE(reader.read(buffer.get()) == seal::Verdict::opened);
  CHECK(reader.opened.fields.labels.empty());
}
