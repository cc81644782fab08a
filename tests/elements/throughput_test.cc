// latency=throughput of aeencode and aedecode: what comes out is what latency=live gives, in the same order.
#include <gst/video/video.h>

#include <functional>

#include "codec/latent_decoder.h"
#include "elements/codec_support.h"
#include "support/test.h"

using namespace lc;
using namespace lc::elements;
using namespace lc::test;

namespace {

constexpr int kWidth = 320, kHeight = 192;  // enough for tiles
const char* const kModes[] = {"latency=throughput threads=1", "latency=throughput threads=2",
                              "latency=throughput threads=3", "latency=throughput threads=7"};

std::string encoder(const std::string& more) { return fmt::format("aeencode model={} {}", toy_model(), more); }
std::string decoder(const std::string& more) { return fmt::format("aedecode model={} {}", toy_model(), more); }

struct Out {
  GstClockTime pts;
  guint flags;
  std::string bytes;
  bool operator==(const Out&) const = default;
};

std::vector<Out> take_all(Harness& harness) {
  std::vector<Out> all;
  while (const auto buffer = harness.try_pull())
    all.push_back({GST_BUFFER_PTS(buffer.get()),
                   GST_BUFFER_FLAGS(buffer.get()) & (GST_BUFFER_FLAG_DELTA_UNIT | GST_BUFFER_FLAG_GAP),
                   bytes_of(buffer.get())});
  return all;
}

void append(std::vector<Out>& all, std::vector<Out> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// How many are underway is nobody's business, but they are fewer than the threads.
void expect_same(const std::vector<Out>& out, const std::vector<Out>& live) {
  REQUIRE(out.size() == live.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    CAPTURE(i);
    CHECK(out[i].pts == live[i].pts);
    CHECK(out[i].flags == live[i].flags);
    CHECK(out[i].bytes == live[i].bytes);
  }
}

using Feed = std::function<void(Harness&, std::vector<Out>&)>;

// What comes out of `launch` when `feed` and an end of stream have gone in.
std::vector<Out> run(const std::string& launch, const Feed& feed) {
  Harness harness(launch);
  std::vector<Out> out;
  feed(harness, out);
  CHECK(gst_harness_push_event(harness.get(), gst_event_new_eos()));
  append(out, take_all(harness));
  CHECK(BusMessages(harness).errors.empty());
  return out;
}

void ask_for_key(Harness& harness) {
  gst_harness_push_upstream_event(harness.get(),
                                  gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 1));
}

void flush(Harness& harness) {
  gst_harness_push_event(harness.get(), gst_event_new_flush_start());
  gst_harness_push_event(harness.get(), gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(harness.get(), gst_event_new_segment(&segment));
}

void push_frames(Harness& harness, int first, int count) {
  for (int i = first; i < first + count; ++i)
    REQUIRE(harness.push(raw_frame("I420", kWidth, kHeight, i)) == GST_FLOW_OK);
}

std::vector<Ptr<GstBuffer>> coded(int count) {
  Sender sender(kWidth, kHeight);
  std::vector<Ptr<GstBuffer>> all;
  for (int i = 0; i < count; ++i) all.push_back(sender.next(i == 11));
  return all;
}

Ptr<GstBuffer> copy_of(const Ptr<GstBuffer>& buffer) { return Ptr<GstBuffer>{gst_buffer_copy_deep(buffer.get())}; }

}  // namespace

TEST_CASE("throughput: the same frames leave aeencode, in order, and the end of the stream brings the last of them") {
  const Feed feed = [](Harness& harness, std::vector<Out>&) {
    harness.src_caps(raw_caps("I420", kWidth, kHeight));
    for (int i = 0; i < 16; ++i) {
      if (i == 5) ask_for_key(harness);  // one that is underway answers further requests: the base class
      if (i > 7) g_object_set(harness.element(), "quality", 30 + i % 3 * 10, nullptr);
      if (i == 10) g_object_set(harness.element(), "max-frame-size", 8, nullptr);  // leaves frames out
      if (i == 12) g_object_set(harness.element(), "max-frame-size", 0, nullptr);
      push_frames(harness, i, 1);
    }
  };
  const auto live = run(encoder("key-interval=9"), feed);
  REQUIRE(live.size() == 14);
  CHECK((live[1].flags & GST_BUFFER_FLAG_DELTA_UNIT) != 0);
  CHECK((live[5].flags & GST_BUFFER_FLAG_DELTA_UNIT) == 0);
  for (const std::string mode : kModes) {
    CAPTURE(mode);
    expect_same(run(encoder("key-interval=9 " + mode), feed), live);
  }
}

TEST_CASE("throughput: fewer frames than threads are underway") {
  Harness encodes(encoder("latency=throughput threads=3")), decodes(decoder("latency=throughput threads=3"));
  encodes.src_caps(raw_caps("I420", kWidth, kHeight));
  Sender sender(kWidth, kHeight);
  decodes.src_caps(sender.caps());
  std::size_t encoded = 0, decoded = 0;
  for (std::size_t i = 1; i <= 12; ++i) {
    push_frames(encodes, static_cast<int>(i), 1);
    REQUIRE(decodes.push(sender.next()) == GST_FLOW_OK);
    encoded += take_all(encodes).size();
    decoded += take_all(decodes).size();
    CHECK(encoded + 2 >= i);
    CHECK(encoded <= i);
    CHECK(decoded + 2 >= i);
    CHECK(decoded <= i);
  }
}

TEST_CASE("throughput: with new caps, aeencode sends what it has first") {
  const Feed feed = [](Harness& harness, std::vector<Out>&) {
    harness.src_caps(raw_caps("I420", kWidth, kHeight));
    push_frames(harness, 0, 5);
    harness.src_caps(raw_caps("RGB", 33, 21));
    for (int i = 5; i < 9; ++i) REQUIRE(harness.push(raw_frame("RGB", 33, 21, i)) == GST_FLOW_OK);
    harness.src_caps("video/x-raw,format=RGB,width=33,height=21,framerate=10/1");  // no new network
    for (int i = 9; i < 12; ++i) REQUIRE(harness.push(raw_frame("RGB", 33, 21, i)) == GST_FLOW_OK);
  };
  const auto live = run(encoder(""), feed);
  REQUIRE(live.size() == 12);
  for (const std::string mode : kModes) expect_same(run(encoder(mode), feed), live);

  // Their caps stand before them.
  Harness harness(encoder("latency=throughput threads=4"));
  std::vector<Out> none;
  feed(harness, none);
  gst_harness_push_event(harness.get(), gst_event_new_eos());
  CHECK(harness.output_caps().find("width=(int)33") != std::string::npos);
  const auto out = take_all(harness);
  REQUIRE(out.size() == 12);
  for (std::size_t i = 0; i < out.size(); ++i)
    CHECK(codec::LatentDecoder::peek(as_bytes(out[i].bytes))->width == (i < 5 ? kWidth : 33));
}

TEST_CASE("throughput: a flush drops what is underway in aeencode, and a key frame comes next") {
  Harness harness(encoder("latency=throughput threads=4"));
  harness.src_caps(raw_caps("I420", kWidth, kHeight));
  push_frames(harness, 0, 3);
  flush(harness);
  take_all(harness);
  push_frames(harness, 3, 3);
  gst_harness_push_event(harness.get(), gst_event_new_eos());
  const auto out = take_all(harness);
  REQUIRE(out.size() == 3);
  CHECK(out[0].pts == 3 * 40 * GST_MSECOND);
  CHECK((out[0].flags & GST_BUFFER_FLAG_DELTA_UNIT) == 0);
  CHECK((out[1].flags & GST_BUFFER_FLAG_DELTA_UNIT) != 0);
}

TEST_CASE("throughput: a frame that is too late keeps its place among the others") {
  for (const std::string mode : kModes) {
    CAPTURE(mode);
    Harness harness(encoder("qos=true " + mode));
    harness.src_caps(raw_caps("I420", kWidth, kHeight));
    push_frames(harness, 0, 3);
    gst_harness_push_upstream_event(harness.get(), gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 1.0, 100 * GST_MSECOND, 0));
    ask_for_key(harness);
    push_frames(harness, 3, 1);
    CHECK(harness.count("frames-skipped") == 1);
    push_frames(harness, 25, 2);
    gst_harness_push_event(harness.get(), gst_event_new_eos());
    const auto out = take_all(harness);
    REQUIRE(out.size() == 5);
    for (std::size_t i = 1; i < out.size(); ++i) CHECK(out[i].pts > out[i - 1].pts);
    CHECK((out[3].flags & GST_BUFFER_FLAG_DELTA_UNIT) == 0);
  }
}

TEST_CASE("throughput: a buffer that cannot be read is one error, also while others are underway") {
  Harness harness(encoder("latency=throughput threads=4"));
  harness.src_caps(raw_caps("I420", kWidth, kHeight));
  push_frames(harness, 0, 3);
  CHECK(harness.push(buffer_of("short", 120 * GST_MSECOND)) == GST_FLOW_ERROR);
  CHECK(BusMessages(harness).errors.size() == 1);
}

TEST_CASE("throughput: elements stop while frames are underway, and start again") {
  for (int i = 0; i < 3; ++i) {
    Harness encodes(encoder("latency=throughput threads=4")), decodes(decoder("latency=throughput threads=4"));
    encodes.src_caps(raw_caps("I420", kWidth, kHeight));
    push_frames(encodes, 0, 3);
    Sender sender(kWidth, kHeight);
    decodes.src_caps(sender.caps());
    for (int frame = 0; frame < 3; ++frame) REQUIRE(decodes.push(sender.next()) == GST_FLOW_OK);
    for (Harness* harness : {&encodes, &decodes}) {
      CHECK(gst_element_set_state(harness->element(), GST_STATE_NULL) == GST_STATE_CHANGE_SUCCESS);
      CHECK(gst_element_set_state(harness->element(), GST_STATE_PAUSED) == GST_STATE_CHANGE_SUCCESS);
    }
  }
}

TEST_CASE("throughput: the latency query counts the wait for the next frame") {
  Sender sender;
  const auto latency_of = [&](const std::string& launch, const std::string& caps) {
    Harness harness(launch);
    harness.src_caps(caps);
    return gst_harness_query_latency(harness.get());
  };
  const std::string raw = raw_caps("I420", 64, 48);  // 25 frames a second
  CHECK(latency_of(encoder("threads=2"), raw) < 40 * GST_MSECOND);
  CHECK(latency_of(encoder("threads=2 latency=throughput"), raw) >= 40 * GST_MSECOND);
  CHECK(latency_of(decoder("threads=2"), sender.caps()) < 40 * GST_MSECOND);
  CHECK(latency_of(decoder("threads=2 latency=throughput"), sender.caps()) >= 40 * GST_MSECOND);
}

TEST_CASE("throughput: the same pictures leave aedecode, in order, with damaged and missing frames among them") {
  const auto frames = coded(20);
  const std::string caps = Sender(kWidth, kHeight).caps();
  for (const std::string on_loss : {"repeat", "drop"}) {
    CAPTURE(on_loss);
    const Feed feed = [&](Harness& harness, std::vector<Out>&) {
      harness.src_caps(caps);
      for (std::size_t i = 0; i < frames.size(); ++i) {
        if (i == 6) continue;  // an anchor
        auto frame = copy_of(frames[i]);
        if (i == 3 || i == 4 || i == 14) frame = buffer_of(bytes_of(frame.get()).substr(0, 20), GST_BUFFER_PTS(frame.get()));
        REQUIRE(harness.push(std::move(frame)) == GST_FLOW_OK);
      }
    };
    const auto live = run(decoder("on-loss=" + on_loss), feed);
    CHECK(live.size() == (on_loss == "repeat" ? 19u : live.size()));
    CHECK(live.size() > 10);
    for (const std::string mode : kModes) {
      CAPTURE(mode);
      expect_same(run(decoder(fmt::format("on-loss={} {}", on_loss, mode)), feed), live);
    }
  }
}

TEST_CASE("throughput: frames before the segment are not shown by aedecode, those after it in order") {
  const auto frames = coded(10);
  const std::string caps = Sender(kWidth, kHeight).caps();
  const Feed feed = [&](Harness& harness, std::vector<Out>&) {
    harness.src_caps(caps);
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    segment.start = segment.position = 5 * 40 * GST_MSECOND;
    gst_harness_push_event(harness.get(), gst_event_new_segment(&segment));
    for (const auto& frame : frames) {
      auto copy = copy_of(frame);
      GST_BUFFER_DURATION(copy.get()) = 40 * GST_MSECOND;
      REQUIRE(harness.push(std::move(copy)) == GST_FLOW_OK);
    }
  };
  const auto live = run(decoder(""), feed);
  REQUIRE(live.size() == 5);
  for (const std::string mode : kModes) expect_same(run(decoder(mode), feed), live);
}

TEST_CASE("throughput: with new caps, aedecode shows what it has first; a flush drops it") {
  const Feed feed = [](Harness& harness, std::vector<Out>& out) {
    Sender large(kWidth, kHeight), small(48, 32);
    harness.src_caps(large.caps());
    for (int i = 0; i < 5; ++i) REQUIRE(harness.push(large.next()) == GST_FLOW_OK);
    harness.src_caps(small.caps());
    for (int i = 0; i < 4; ++i) REQUIRE(harness.push(small.next()) == GST_FLOW_OK);
    append(out, take_all(harness));
  };
  const auto live = run(decoder(""), feed);
  REQUIRE(live.size() == 9);
  for (const std::string mode : kModes) expect_same(run(decoder(mode), feed), live);

  Sender sender(kWidth, kHeight);
  Harness harness(decoder("latency=throughput threads=4"));
  harness.src_caps(sender.caps());
  for (int i = 0; i < 3; ++i) REQUIRE(harness.push(sender.next()) == GST_FLOW_OK);
  flush(harness);
  take_all(harness);
  REQUIRE(harness.push(sender.next()) == GST_FLOW_OK);  // its reference is forgotten
  REQUIRE(harness.push(sender.next(true)) == GST_FLOW_OK);
  gst_harness_push_event(harness.get(), gst_event_new_eos());
  const auto out = take_all(harness);
  REQUIRE(out.size() == 1);
  CHECK(out[0].pts == 4 * 40 * GST_MSECOND);
}
