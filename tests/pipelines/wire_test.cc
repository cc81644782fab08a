// A device and its receivers over ZeroMQ: whatever happens to one side, the other goes on.
#include "codec/bundle.h"
#include "pipelines/streams.h"
#include "support/classifier_bundle.h"
#include "unit/transport/support.h"

using namespace lc;
using namespace lc::test;

namespace {

std::string ipc(const TempDir& dir) { return "ipc://" + (dir / "s").string(); }

std::string size_of(GstSample* sample) {
  const GstStructure* caps = gst_caps_get_structure(gst_sample_get_caps(sample), 0);
  int width = 0, height = 0;
  gst_structure_get_int(caps, "width", &width);
  gst_structure_get_int(caps, "height", &height);
  return fmt::format("{} {}x{}", gst_structure_get_string(caps, "format"), width, height);
}

}  // namespace

TEST_CASE("wire: pictures cross, whichever side starts first") {
  const TempDir dir;
  const SealRings rings;
  for (const bool receiver_first : {true, false}) {
    CAPTURE(receiver_first);
    Stream device(launch_line(DeviceLine{rings, ipc(dir)})),
        receiver(launch_line(ReceiverLine{rings, ipc(dir)}));
    (receiver_first ? receiver : device).play();
    (receiver_first ? device : receiver).play();
    const auto sample = receiver.pull();
    REQUIRE(sample);
    CHECK(size_of(sample.get()) == "I420 64x48");
    CHECK(receiver.pull(10) == 10);
    CHECK(receiver.stat("open", "malformed") == 0);
    CHECK(receiver.stat("open", "bad-tag") == 0);
    CHECK(receiver.stat("decode", "corrupt") == 0);
    CHECK(device.stat("sink", "subscribers") == 1);
    CHECK(device.errors().empty());
    CHECK(receiver.errors().empty());
  }
}

TEST_CASE("wire: who joins late gets a key frame at once, though none was due") {
  const TempDir dir;
  const SealRings rings;
  Stream device(launch_line(DeviceLine{rings, ipc(dir)})), first(launch_line(ReceiverLine{rings, ipc(dir)}));
  device.play();
  first.play();
  REQUIRE(first.pull(20) == 20);
  const auto key_frames = device.stat("encode", "key-frames");
  Stream late(launch_line(ReceiverLine{rings, ipc(dir)}));
  late.play();
  CHECK(late.pull(3) == 3);
  CHECK(device.stat("encode", "key-frames") > key_frames);
  CHECK(device.stat("sink", "subscribers") == 2);
  CHECK(first.pull(3) == 3);
}

TEST_CASE("wire: a device that dies and comes back is a new session, and the picture goes on") {
  const TempDir dir;
  const SealRings rings;
  Stream receiver(launch_line(ReceiverLine{rings, ipc(dir), "timeout=200"}));
  receiver.play();
  Stream reused(launch_line(DeviceLine{rings, ipc(dir)}));
  for (int life = 0; life < 2; ++life) {
    reused.play();
    CHECK(receiver.waits_for("latentcast-session"));
    CHECK(receiver.pull(5) == 5);
    reused.stop();
    CHECK(receiver.waits_for("latentcast-silent"));
  }
  Stream other(launch_line(DeviceLine{rings, ipc(dir)}));
  other.play();
  CHECK(receiver.waits_for("latentcast-resumed"));
  CHECK(receiver.pull(5) == 5);
  CHECK(receiver.stat("source", "reconnects") == 2);
  CHECK(receiver.stat("open", "sessions") == 3);
  CHECK(receiver.errors().empty());
}

TEST_CASE("wire: a receiver that restarts finds the device again") {
  const TempDir dir;
  const SealRings rings;
  Stream device(launch_line(DeviceLine{rings, ipc(dir)})),
      receiver(launch_line(ReceiverLine{rings, ipc(dir)}));
  device.play();
  for (int life = 0; life < 3; ++life) {
    receiver.play();
    CHECK(receiver.pull(3) == 3);
    receiver.stop();
  }
  CHECK(device.errors().empty());
}

TEST_CASE("wire: a stranger in the device's place is not shown, and counted by reason") {
  const TempDir dir;
  const SealRings rings, strangers;
  Stream receiver(launch_line(ReceiverLine{rings, ipc(dir)}));
  receiver.play();
  {
    Stream stranger(launch_line(DeviceLine{strangers, ipc(dir)}));
    stranger.play();
    const auto refused = receiver.waits_for("latentcast-refused");
    REQUIRE(refused);
    CHECK(std::string(gst_structure_get_string(refused.get(), "reason")) == "other-device");
    CHECK(receiver.stat("open", "frames-opened") == 0);
  }
  Stream device(launch_line(DeviceLine{rings, ipc(dir)}));
  device.play();
  CHECK(receiver.pull(5) == 5);
  CHECK(receiver.errors().empty());
}

TEST_CASE("wire: a peer that sends garbage is counted, and the device is found when it is there again") {
  const SealRings rings;
  auto server = std::make_unique<RawSocket>(RawSocket::listen_anywhere());
  const std::string endpoint = fmt::format("tcp://127.0.0.1:{}", server->port());
  Stream receiver(launch_line(ReceiverLine{rings, endpoint}));
  receiver.play();
  {
    RawSocket peer = server->accept();
    shake_hands(peer, "XPUB");
    std::uint32_t random = 1;
    for (int i = 0; i < 300; ++i) {
      Bytes message = make_message({.number = random, .size = 48 + random % 700});
      for (std::size_t at = i % 3 == 0 ? 3 : 14; at < message.size(); ++at)
        message[at] = static_cast<std::byte>((random = random * 1664525 + 1013904223) >> 24);
      peer.write(zmtp_frame(message));
    }
    peer.write(zmtp_frame(as_bytes("not one of ours")));
    CHECK(receiver.waits_for("latentcast-refused"));
  }
  server.reset();
  Stream device(launch_line(DeviceLine{rings, endpoint}));
  device.play();
  CHECK(receiver.pull(5) == 5);
  CHECK(receiver.stat("source", "malformed") > 0);
  CHECK(receiver.errors().empty());
}

TEST_CASE("wire: the end of the device's stream ends the receiver that wants it so") {
  const TempDir dir;
  const SealRings rings;
  Stream device(launch_line(DeviceLine{rings, ipc(dir)}));
  Stream receiver(launch_line(ReceiverLine{rings, ipc(dir), "", "eos-on-end=true"}));
  receiver.play();
  device.play();
  REQUIRE(receiver.pull(3) == 3);
  gst_element_send_event(device.pipeline(), gst_event_new_eos());
  CHECK(device.ends());
  CHECK(receiver.ends());
}

TEST_CASE("wire: push and pull bring every frame and then the end, to a slow receiver too") {
  const TempDir dir;
  const SealRings rings;
  constexpr int kFrames = 60;
  DeviceLine device_line{rings, ipc(dir)};
  device_line.camera = fmt::format(
      "videotestsrc num-buffers={} ! video/x-raw,format=I420,width=64,height=48,framerate=50/1", kFrames);
  device_line.sink = "mode=push max-queue=2";
  Stream device(launch_line(device_line));
  Stream receiver(launch_line(
      ReceiverLine{rings, ipc(dir), "mode=pull max-queue=2", "eos-on-end=true", "max-buffers=1"}));
  device.play();
  receiver.play();
  CHECK(receiver.pull(kFrames + 1) == kFrames);
  CHECK(device.ends());
  CHECK(receiver.ends());
  CHECK(receiver.stat("open", "frames-lost") == 0);
}

TEST_CASE("wire: either side stops at any moment, at once") {
  const TempDir dir;
  const SealRings rings;
  for (int frames = 0; frames < 6; ++frames) {
    CAPTURE(frames);
    Stream device(launch_line(DeviceLine{rings, ipc(dir)})),
        receiver(launch_line(ReceiverLine{rings, ipc(dir)}));
    receiver.play();
    device.play();
    CHECK(receiver.pull(frames) == frames);
    Stream& first = frames % 2 == 0 ? device : receiver;
    Stream& second = frames % 2 == 0 ? receiver : device;
    first.stop();
    second.stop();
    CHECK(device.errors().empty());
    CHECK(receiver.errors().empty());
  }
}

TEST_CASE("wire: a recording whose receiver is stuck stops at once on both sides") {
  const TempDir dir;
  const SealRings rings;
  DeviceLine device_line{rings, ipc(dir)};
  device_line.sink = "mode=push max-queue=1";
  for (const bool has_receiver : {true, false}) {
    Stream device(launch_line(device_line));
    Stream receiver(launch_line(ReceiverLine{rings, ipc(dir), "mode=pull max-queue=1", "", "max-buffers=1"}));
    device.play();
    if (has_receiver) {
      receiver.play();
      REQUIRE(receiver.pull(1) == 1);  // and then nobody takes any more
    }
    device.stop();
    receiver.stop();
  }
}

TEST_CASE("wire: a flush on either side is followed by new pictures") {
  const TempDir dir;
  const SealRings rings;
  Stream device(launch_line(DeviceLine{rings, ipc(dir)})),
      receiver(launch_line(ReceiverLine{rings, ipc(dir)}));
  receiver.play();
  device.play();
  for (int round = 0; round < 3; ++round) {
    REQUIRE(receiver.pull(2) == 2);
    for (GstElement* flushed : {receiver.element("source").get(), device.element("camera").get()}) {
      CHECK(gst_element_send_event(flushed, gst_event_new_flush_start()));
      CHECK(gst_element_send_event(flushed, gst_event_new_flush_stop(TRUE)));
      CHECK(receiver.pull(4) == 4);
    }
  }
  CHECK(device.errors().empty());
  CHECK(receiver.errors().empty());
}

TEST_CASE("wire: size and format change in the middle of the stream, and the receiver follows") {
  const TempDir dir;
  const SealRings rings;
  DeviceLine line{rings, ipc(dir)};
  line.camera =
      "videotestsrc name=camera is-live=true ! capsfilter name=size "
      "caps=video/x-raw,format=I420,width=64,height=48,framerate=50/1";
  Stream device(launch_line(line)), receiver(launch_line(ReceiverLine{rings, ipc(dir)}));
  receiver.play();
  device.play();
  for (const std::string& wanted :
       {std::string("I420 64x48"), std::string("I420 35x99"), std::string("RGB 160x120")}) {
    CAPTURE(wanted);
    const auto gap = wanted.find(' '), cross = wanted.find('x');
    const Ptr<GstCaps> caps{gst_caps_from_string(
        fmt::format("video/x-raw,format={},width={},height={},framerate=50/1", wanted.substr(0, gap),
                    wanted.substr(gap + 1, cross - gap - 1), wanted.substr(cross + 1))
            .c_str())};
    g_object_set(device.element("size").get(), "caps", caps.get(), nullptr);
    const std::string size = wanted.substr(gap + 1);
    bool is_seen = false;
    for (int i = 0; i < 500 && !is_seen; ++i) {
      const auto sample = receiver.pull();
      REQUIRE(sample);
      is_seen = size_of(sample.get()).ends_with(size);
    }
    CHECK(is_seen);
  }
  CHECK(device.errors().empty());
  CHECK(receiver.errors().empty());
}

TEST_CASE("wire: one pixel, odd sizes and 4096x2160 cross, in every format, and look like what was sent") {
  const SealRings rings;
  const struct {
    const char* format;
    int width, height;
  } frames[] = {{"I420", 1, 1},    {"RGB", 1, 1},        {"NV12", 1, 1},  {"GRAY8", 1, 1},
                {"I420", 3, 5},    {"NV12", 17, 9},      {"RGB", 65, 1},  {"GRAY8", 1, 33},
                {"I420", 101, 67}, {"I420", 4096, 2160}, {"RGB", 16, 16}, {"I420", 15, 15}};
  for (const auto& frame : frames) {
    const std::string caps = fmt::format("video/x-raw,format={},width={},height={},framerate=50/1",
                                         frame.format, frame.width, frame.height);
    CAPTURE(caps);
    const std::string camera =
        "videotestsrc num-buffers=1 pattern=solid-color foreground-color=0xff606060 ! " + caps;
    Stream plain(camera + " ! appsink name=out sync=false");
    plain.play();
    const auto expected = plain.pull();
    REQUIRE(expected);

    const TempDir dir;
    const bool is_gray = std::string(frame.format) == "GRAY8";
    DeviceLine device_line{rings, ipc(dir), camera, "quality=63", "mode=push", toy(is_gray)};
    Stream device(launch_line(device_line));
    ReceiverLine receiver_line{rings, ipc(dir), "mode=pull", "eos-on-end=true", "", toy(is_gray)};
    Stream receiver(launch_line(receiver_line));
    receiver.play();
    device.play();
    const auto sample = receiver.pull();
    REQUIRE(sample);
    CHECK(size_of(sample.get()).ends_with(fmt::format(" {}x{}", frame.width, frame.height)));
    // A uniform picture; the first plane's first row tells.
    const auto first_row = [&](GstSample* from) {
      GstMapInfo map;
      REQUIRE(gst_buffer_map(gst_sample_get_buffer(from), &map, GST_MAP_READ));
      std::vector<int> row(map.data, map.data + frame.width);
      gst_buffer_unmap(gst_sample_get_buffer(from), &map);
      return row;
    };
    if (size_of(sample.get()) == size_of(expected.get())) {
      const auto sent = first_row(expected.get()), shown = first_row(sample.get());
      int worst = 0;
      for (std::size_t x = 0; x < sent.size(); ++x) worst = std::max(worst, std::abs(sent[x] - shown[x]));
      CHECK(worst <= 12);
    }
    CHECK(device.ends());
    CHECK(receiver.ends());
  }
}

TEST_CASE("wire: a receiver without pixels tells labels, also where it joined late") {
  const TempDir dir;
  const SealRings rings;
  const auto codec = codec::Bundle::load(toy()).value();
  const std::string classifier =
      make_classifier_bundle(dir.path(), {.name = "on-latents",
                                          .manifest = latents_manifest(codec->latent_space_hex()),
                                          .onnx = latents_onnx()})
          .string();
  Stream device(launch_line(DeviceLine{rings, ipc(dir)}));
  device.play();
  for (int i = 0; i < 2; ++i) {
    Stream receiver("latentzmqsrc endpoint=" + ipc(dir) + " ! " + rings.decrypt("name=open") +
                    " ! cnnclassify name=classify post-messages=all threshold=0 model=" + classifier +
                    " autoencoder=" + toy() + " ! appsink name=out sync=false max-buffers=2 drop=true");
    receiver.play();
    const auto message = receiver.waits_for("latentcast-label");
    REQUIRE(message);
    CHECK(std::string(gst_structure_get_string(message.get(), "model")) == "on-latents");
    const auto sample = receiver.pull();
    REQUIRE(sample);
    CHECK(gst_structure_has_name(gst_caps_get_structure(gst_sample_get_caps(sample.get()), 0), "video/x-latent"));
    CHECK(receiver.errors().empty());
  }
}
