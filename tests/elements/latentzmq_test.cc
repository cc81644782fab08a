#include <thread>

#include "base/file.h"
#include "elements/harness.h"
#include "transport/curve_keys.h"
#include "unit/transport/support.h"

using namespace lc;
using namespace lc::elements;
using namespace lc::test;

namespace {

constexpr char kSealed[] = "application/x-latent-sealed";

Ptr<GstBuffer> message(const MessageShape& shape) {
  return buffer_of(std::string(as_text(make_message(shape))));
}

std::uint32_t number_of(GstBuffer* buffer) { return test::number_of(as_bytes(bytes_of(buffer))); }

std::string ipc(const TempDir& dir) { return "ipc://" + (dir / "s").string(); }

std::string bound_endpoint(const Harness& harness) {
  gchar* text = nullptr;
  g_object_get(harness.element(), "bound-endpoint", &text, nullptr);
  return Ptr<gchar>{text}.get();
}

// A sink that plays; its pad takes buffers at once.
struct Sink : Harness {
  explicit Sink(const std::string& more) : Harness("latentzmqsink " + more) {
    src_caps(kSealed);
    gst_harness_play(get());
  }
  // Waits for the upstream event that asks for a key frame.
  bool is_asked_for_key_frame() {
    for (;;) {
      const Ptr<GstEvent> event{gst_harness_pull_upstream_event(get())};
      if (!event) return false;
      if (gst_video_event_is_force_key_unit(event.get())) return true;
    }
  }
};

struct Source : Harness {
  explicit Source(const std::string& more) : Harness("latentzmqsrc " + more) { gst_harness_play(get()); }
  // The number of the next message of that type.
  std::uint32_t next(char type = 'F') {
    while (const auto buffer = pull())
      if (bytes_of(buffer.get())[3] == type) return number_of(buffer.get());
    return 0;
  }
};

// The next element message of that name, within a minute.
Ptr<GstStructure> wait_for(const Harness& harness, const char* name) {
  while (const Ptr<GstMessage> message{
      gst_bus_timed_pop_filtered(harness.bus(), 60 * GST_SECOND, GST_MESSAGE_ELEMENT)}) {
    const GstStructure* content = gst_message_get_structure(message.get());
    if (gst_structure_has_name(content, name)) return Ptr<GstStructure>{gst_structure_copy(content)};
  }
  return nullptr;
}

}  // namespace

TEST_CASE("latentzmqsink: links to sealed streams only") {
  Alone sink("latentzmqsink");
  const Ptr<GstPad> pad{gst_element_get_static_pad(sink.get(), "sink")};
  const Ptr<GstCaps> taken{gst_pad_query_caps(pad.get(), nullptr)};
  CHECK(std::string(Ptr<gchar>{gst_caps_to_string(taken.get())}.get()) == kSealed);
}

TEST_CASE("latentzmqsink: a buffer that is not sealed is one error that names the remedy") {
  const TempDir dir;
  Sink sink("endpoint=" + ipc(dir));
  CHECK(sink.push(buffer_of("pixels, plainly")) == GST_FLOW_ERROR);
  const BusMessages messages(sink);
  REQUIRE(messages.errors.size() == 1);
  CHECK(messages.errors[0].text.find("latentencrypt") != std::string::npos);
}

TEST_CASE("latentzmq: what goes in comes out, flagged, with times and counters") {
  Sink sink("endpoint=tcp://127.0.0.1:*");
  const std::string endpoint = bound_endpoint(sink);
  CHECK(endpoint.starts_with("tcp://127.0.0.1:"));
  Source source("endpoint=" + endpoint);
  REQUIRE(sink.is_asked_for_key_frame());
  const MessageShape shapes[] = {{.type = 'K', .number = 1},
                                 {.type = 'F', .number = 2, .is_key = true},
                                 {.type = 'F', .number = 3, .size = 70'000},
                                 {.type = 'H', .number = 4},
                                 {.type = 'E', .number = 5}};
  std::size_t bytes = 0;
  for (const auto& shape : shapes) {
    const auto buffer = message(shape);
    bytes += gst_buffer_get_size(buffer.get());
    REQUIRE(sink.push(add_ref(buffer.get())) == GST_FLOW_OK);
    const auto arrived = source.pull();
    REQUIRE(arrived);
    CHECK(bytes_of(arrived.get()) == bytes_of(buffer.get()));
    CHECK(GST_BUFFER_FLAG_IS_SET(arrived.get(), GST_BUFFER_FLAG_HEADER) == (shape.type != 'F'));
    CHECK(GST_BUFFER_FLAG_IS_SET(arrived.get(), GST_BUFFER_FLAG_DELTA_UNIT) ==
          (shape.type == 'F' && !shape.is_key));
    CHECK(GST_BUFFER_FLAG_IS_SET(arrived.get(), GST_BUFFER_FLAG_DISCONT) == (shape.number == 1));
    CHECK(GST_BUFFER_PTS_IS_VALID(arrived.get()));
  }
  CHECK(source.output_caps() == kSealed);
  // The sending thread counts what it has sent, which may have arrived by then.
  const auto deadline = gst_util_get_timestamp() + 20 * GST_SECOND;
  while (sink.count("bytes-sent") < bytes && gst_util_get_timestamp() < deadline) std::this_thread::yield();
  CHECK(sink.count("messages-sent") == 5);
  CHECK(sink.count("bytes-sent") == bytes);
  CHECK(sink.count("subscribers") == 1);
  CHECK(sink.count("dropped") == 0);
  CHECK(source.count("messages-received") == 5);
  CHECK(source.count("bytes-received") == bytes);
  CHECK(source.count("malformed") == 0);
  CHECK(BusMessages(sink).errors.empty());
  CHECK(BusMessages(source).errors.empty());
}

TEST_CASE("latentzmq: a late joiner gets the announcement from an idle sink, which asks for a key frame") {
  const TempDir dir;
  Sink sink("endpoint=" + ipc(dir));
  REQUIRE(sink.push(message({.type = 'K', .number = 9})) == GST_FLOW_OK);
  for (int joiner = 0; joiner < 2; ++joiner) {
    Source source("endpoint=" + ipc(dir));
    CHECK(source.next('K') == 9);
    CHECK(sink.is_asked_for_key_frame());
  }
}

TEST_CASE("latentzmq: a wish for a key frame crosses the wire") {
  const TempDir dir;
  Sink sink("endpoint=" + ipc(dir));
  Source source("endpoint=" + ipc(dir));
  REQUIRE(sink.is_asked_for_key_frame());
  REQUIRE(gst_harness_push_upstream_event(
      source.get(), gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0)));
  CHECK(sink.is_asked_for_key_frame());
  CHECK(sink.count("key-frame-requests") == 1);
}

TEST_CASE("latentzmq: the source outlives its sender, says that it went silent, and that it came back") {
  const TempDir dir;
  Source source("timeout=50 endpoint=" + ipc(dir));
  const auto silent = wait_for(source, "latentcast-silent");
  REQUIRE(silent);
  CHECK(std::string(gst_structure_get_string(silent.get(), "link")) == "no-peer");
  CHECK(std::string(gst_structure_get_string(silent.get(), "text")).find("nobody answers") !=
        std::string::npos);
  for (std::uint32_t life = 1; life <= 2; ++life) {
    Sink sink("endpoint=" + ipc(dir));
    REQUIRE(sink.is_asked_for_key_frame());
    REQUIRE(sink.push(message({.number = life})) == GST_FLOW_OK);
    CHECK(source.next() == life);
    CHECK(wait_for(source, "latentcast-resumed"));
    CHECK(wait_for(source, "latentcast-silent"));
  }
  CHECK(source.count("reconnects") == 1);
  const BusMessages messages(source);
  CHECK(messages.errors.empty());
  CHECK(messages.warnings.empty());
}

TEST_CASE("latentzmqsink: each mistake in its settings is one error of the right kind") {
  const TempDir dir;
  Sink first("endpoint=tcp://127.0.0.1:*");
  const struct {
    std::string settings;
    GQuark domain;
    int code;
    std::string says;
  } mistakes[] = {
      {"endpoint=" + bound_endpoint(first), GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE,
       bound_endpoint(first) + ": port"},
      {"endpoint=localhost:1", GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS, "write tcp://localhost:1"},
      {"endpoint=inproc://a", GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS, "write ipc://PATH"},
      {"endpoint=tcp://*:1 bind=false", GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS, "'*' is for binding"},
      {"endpoint=tcp://127.0.0.1:* curve-allow=" + (dir / "list").string(), GST_LIBRARY_ERROR,
       GST_LIBRARY_ERROR_SETTINGS, "curve-key"},
      {"endpoint=tcp://127.0.0.1:* curve-server=x curve-key=" + (dir / "none").string(), GST_RESOURCE_ERROR,
       GST_RESOURCE_ERROR_NOT_FOUND, (dir / "none").string()},
  };
  for (const auto& mistake : mistakes) {
    CAPTURE(mistake.settings);
    const std::string line = "latentzmqsink " + mistake.settings;
    const Ptr<GstElement> sink{GST_ELEMENT(gst_object_ref_sink(gst_parse_launch(line.c_str(), nullptr)))};
    const Ptr<GstBus> bus{gst_bus_new()};
    gst_element_set_bus(sink.get(), bus.get());
    for (int attempt = 0; attempt < 2; ++attempt) {
      CHECK(gst_element_set_state(sink.get(), GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
      const BusMessages messages(bus.get());
      REQUIRE(messages.errors.size() == 1);
      CHECK(messages.errors[0].domain == mistake.domain);
      CHECK(messages.errors[0].code == mistake.code);
      const bool is_said = messages.errors[0].text.find(mistake.says) != std::string::npos;
      CHECK_MESSAGE(is_said, messages.errors[0].text);
      gst_element_set_state(sink.get(), GST_STATE_NULL);
    }
    gst_element_set_bus(sink.get(), nullptr);
  }
}

TEST_CASE("latentzmqsrc: each mistake in its settings is one error of the right kind") {
  for (const char* settings :
       {"endpoint=tcp://*:5600", "sender=0g", "sender=0102030405060708090a0b", "mode=pull sender=01"}) {
    CAPTURE(settings);
    const std::string line = std::string("latentzmqsrc ") + settings;
    const Ptr<GstElement> source{GST_ELEMENT(gst_object_ref_sink(gst_parse_launch(line.c_str(), nullptr)))};
    const Ptr<GstBus> bus{gst_bus_new()};
    gst_element_set_bus(source.get(), bus.get());
    CHECK(gst_element_set_state(source.get(), GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
    const BusMessages messages(bus.get());
    CHECK(messages.errors.size() == 1);
    CHECK(messages.errors.at(0).code == GST_LIBRARY_ERROR_SETTINGS);
    gst_element_set_state(source.get(), GST_STATE_NULL);
    gst_element_set_bus(source.get(), nullptr);
  }
}

TEST_CASE("latentzmq: elements start and stop again and again, and forget what was") {
  const TempDir dir;
  Alone source("latentzmqsrc"), sink("latentzmqsink");
  for (GstElement* element : {source.get(), sink.get()})
    g_object_set(element, "endpoint", ipc(dir).c_str(), nullptr);
  for (int i = 0; i < 3; ++i) {
    CHECK(sink.to(GST_STATE_PLAYING) == GST_STATE_CHANGE_ASYNC);
    CHECK(source.to(GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE);
    CHECK(source.to(GST_STATE_READY) == GST_STATE_CHANGE_SUCCESS);
    CHECK(sink.to(GST_STATE_READY) == GST_STATE_CHANGE_SUCCESS);
  }
  CHECK(source.messages().errors.empty());
  CHECK(sink.messages().errors.empty());
}

TEST_CASE("latentzmq push/pull: nothing is lost, and the end of the stream waits for the last message") {
  const TempDir dir;
  constexpr std::uint32_t kCount = 300;
  auto sink = std::make_unique<Sink>("mode=push max-queue=2 endpoint=" + ipc(dir));
  std::thread sender([&] {
    for (std::uint32_t i = 1; i <= kCount; ++i)
      REQUIRE(sink->push(message({.number = i, .size = 20'000})) == GST_FLOW_OK);
    CHECK(gst_harness_push_event(sink->get(), gst_event_new_eos()));
    sink.reset();
  });
  Source source("mode=pull max-queue=2 endpoint=" + ipc(dir));
  for (std::uint32_t i = 1; i <= kCount; ++i) REQUIRE(source.next() == i);
  sender.join();
  CHECK(source.count("dropped") == 0);
}

TEST_CASE("latentzmqsink: a push that nobody takes ends at once with a flush, and with a stop") {
  const TempDir dir;
  Sink sink("mode=push max-queue=1 endpoint=" + ipc(dir));
  const auto push_until_refused = [&] {
    GstFlowReturn flow = GST_FLOW_OK;
    while (flow == GST_FLOW_OK) flow = sink.push(message({}));
    CHECK(flow == GST_FLOW_FLUSHING);
  };
  {
    std::thread sender(push_until_refused);
    gst_harness_push_event(sink.get(), gst_event_new_flush_start());
    sender.join();
    gst_harness_push_event(sink.get(), gst_event_new_flush_stop(TRUE));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_harness_push_event(sink.get(), gst_event_new_segment(&segment));
  }
  Source source("mode=pull endpoint=" + ipc(dir));
  REQUIRE(sink.push(message({.number = 77})) == GST_FLOW_OK);
  CHECK(source.next() == 77);  // and nothing of before the flush
  gst_element_set_state(source.element(), GST_STATE_NULL);
  std::thread sender(push_until_refused);
  gst_element_set_state(sink.element(), GST_STATE_NULL);
  sender.join();
}

TEST_CASE("latentzmqsink: a pause while it waits keeps the message") {
  const TempDir dir;
  Sink sink("mode=push max-queue=1 endpoint=" + ipc(dir));
  std::thread sender([&] {
    for (std::uint32_t i = 1; i <= 3; ++i) CHECK(sink.push(message({.number = i})) == GST_FLOW_OK);
  });
  gst_element_set_state(sink.element(), GST_STATE_PAUSED);
  gst_element_set_state(sink.element(), GST_STATE_PLAYING);
  Source source("mode=pull endpoint=" + ipc(dir));
  for (std::uint32_t i = 1; i <= 3; ++i) CHECK(source.next() == i);
  sender.join();
}

TEST_CASE("latentzmqsrc: counts what is none of our messages, and passes the rest") {
  Source source("mode=pull bind=true endpoint=tcp://127.0.0.1:*");
  RawSocket peer = RawSocket::connect_to(port_of(bound_endpoint(source)));
  shake_hands(peer, "PUSH");
  for (const std::string& garbage :
       {std::string("hello"), std::string(100, 'x'), std::string("LC1F"), std::string()})
    peer.write(zmtp_frame(as_bytes(garbage)));
  peer.write(zmtp_frame(make_message({.number = 3})));
  CHECK(source.next() == 3);
  CHECK(source.count("malformed") == 4);
  CHECK(BusMessages(source).errors.empty());
}

TEST_CASE("latentzmq: CURVE by files; who is not in the list is warned of it, once, and gets nothing") {
  const TempDir dir;
  const auto key = [&](const char* name) { return (dir / name).string(); };
  for (const char* name : {"server", "client", "stranger"}) REQUIRE(transport::create_curve_key(key(name)));
  const auto public_key = transport::load_curve_public_key(key("client") + ".pub").value();
  const std::string list = "client " + transport::to_z85(public_key) + "\n";
  REQUIRE(save_file(key("list"), as_bytes(list)));
  Sink sink("endpoint=tcp://127.0.0.1:* curve-key=" + key("server") + " curve-allow=" + key("list"));
  const std::string connect =
      "endpoint=" + bound_endpoint(sink) + " curve-server=" + key("server") + ".pub curve-key=";
  Source stranger(connect + key("stranger"));
  const auto link = wait_for(stranger, "latentcast-link");
  REQUIRE(link);
  CHECK(std::string(gst_structure_get_string(link.get(), "state")) == "not-allowed");
  const Ptr<GstMessage> warning{
      gst_bus_timed_pop_filtered(stranger.bus(), 60 * GST_SECOND, GST_MESSAGE_WARNING)};
  CHECK(warning);
  Source source(connect + key("client"));
  REQUIRE(sink.is_asked_for_key_frame());
  REQUIRE(sink.push(message({.number = 6})) == GST_FLOW_OK);
  CHECK(source.next() == 6);
  CHECK(stranger.count("messages-received") == 0);
  CHECK(stranger.count("refused") >= 1);
  CHECK(sink.count("refused") >= 1);
  CHECK(BusMessages(stranger).warnings.empty());
}

TEST_CASE("latentzmqsrc: is live, and adds no latency") {
  const TempDir dir;
  Source source("endpoint=" + ipc(dir));
  CHECK(gst_harness_query_latency(source.get()) == 0);
  const Ptr<GstQuery> query{gst_query_new_latency()};
  const Ptr<GstPad> pad{gst_element_get_static_pad(source.element(), "src")};
  REQUIRE(gst_pad_query(pad.get(), query.get()));
  gboolean is_live = FALSE;
  gst_query_parse_latency(query.get(), &is_live, nullptr, nullptr);
  CHECK(is_live);
}
