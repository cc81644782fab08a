// studyencrypt and studydecrypt: there and back, never by accident, and never into the sealed path.
#include <thread>

#include "base/file.h"
#include "elements/codec_support.h"
#include "elements/glue/raii.h"
#include "elements/harness.h"
#include "elements/seal_rings.h"
#include "study/packet.h"
#include "support/toy_bundle.h"
#include "unit/transport/support.h"

using namespace lc;
using namespace lc::elements;
using test::Alone;
using test::buffer_of;
using test::BusMessages;
using test::bytes_of;
using test::Harness;
using test::SealRings;

namespace {

constexpr char kGray[] = "video/x-raw, format=(string)GRAY8, width=(int)33, height=(int)17, framerate=(fraction)5/1";
constexpr char kStudy[] = "application/x-latentcast-study";

struct Keys {
  Keys() {
    REQUIRE(save_file(dir / "study.key", as_bytes("32 secret bytes for the studies.")));
    REQUIRE(save_file(dir / "other.key", as_bytes("another 32 secret bytes: no use.")));
  }
  std::string rsa() const { return (test::source_root() / "tests/golden/study-rsa.pem").string(); }
  std::string encrypt(const std::string& cipher, const std::string& variant = "") const {
    const std::string key = cipher == "rsa-lsb" ? rsa() : (dir / "study.key").string();
    return "studyencrypt allow-insecure=true key-file=" + key + " cipher=" + cipher +
           (variant.empty() ? "" : " variant=" + variant);
  }
  std::string decrypt(const std::string& cipher = "") const {
    return "studydecrypt allow-insecure=true key-file=" + (cipher == "rsa-lsb" ? rsa() : (dir / "study.key").string());
  }
  test::TempDir dir;
};

// 33 GRAY8 samples in rows of 36 bytes, as GStreamer lays them out.
std::string picture(unsigned number) {
  std::string out(36 * 17, '\0');
  for (std::size_t y = 0; y < 17; ++y)
    for (std::size_t x = 0; x < 33; ++x) out[36 * y + x] = static_cast<char>(5 * x + 11 * y + number * 3);
  return out;
}

std::string packet_of(Harness& encrypt, const std::string& plain, GstClockTime pts = 0) {
  CHECK(encrypt.push(buffer_of(plain, pts)) == GST_FLOW_OK);
  const auto packet = encrypt.try_pull();
  REQUIRE(packet);
  return bytes_of(packet.get());
}

// As somebody on the way may change it.
template <class Change>
std::string changed(const std::string& bytes, const Change& change) {
  study::Packet packet = study::unpack_packet(as_bytes(bytes)).value();
  change(packet);
  Bytes out;
  study::pack_packet(packet, out);
  return std::string(as_text(out));
}

// What another thread counts, within a minute.
bool counts_to(const Harness& harness, const char* field, std::uint64_t wanted) {
  const auto deadline = gst_util_get_timestamp() + 60 * GST_SECOND;
  while (harness.count(field) < wanted && gst_util_get_timestamp() < deadline) std::this_thread::yield();
  return harness.count(field) == wanted;
}

bool links(const char* from, const char* to) {
  const Ptr<GstElement> bin{GST_ELEMENT_CAST(gst_object_ref_sink(gst_bin_new(nullptr)))};
  GstElement* a = gst_element_factory_make(from, nullptr);
  GstElement* b = gst_element_factory_make(to, nullptr);
  REQUIRE(a);
  REQUIRE(b);
  gst_bin_add_many(GST_BIN(bin.get()), a, b, nullptr);
  return gst_element_link(a, b) != FALSE;
}

}  // namespace

TEST_CASE("study: every cipher takes pictures there and back, with their caps and times") {
  const Keys keys;
  for (const auto& [cipher, variant] : {std::pair{"xor-mask", ""},
                                        {"additive-square", "text"},
                                        {"logistic-chaos", ""},
                                        {"logistic-chaos", "probabilistic"},
                                        {"aes-features", "cbc"},
                                        {"aes-features", "ecb"},
                                        {"rsa-lsb", "textbook"},
                                        {"rsa-lsb", "oaep"}}) {
    CAPTURE(std::string(cipher) + " " + variant);
    Harness encrypt(keys.encrypt(cipher, variant)), decrypt(keys.decrypt(cipher));
    encrypt.src_caps(kGray);
    decrypt.src_caps(kStudy);
    for (unsigned i = 0; i < 3; ++i) {
      const std::string packet = packet_of(encrypt, picture(i), i * GST_SECOND);
      CHECK(packet.substr(0, 4) == "LCX1");
      CHECK(packet.find(picture(i).substr(0, 33)) == std::string::npos);
      CHECK(decrypt.push(buffer_of(packet, i * GST_SECOND)) == GST_FLOW_OK);
      const auto out = decrypt.try_pull();
      REQUIRE(out);
      const std::string back = bytes_of(out.get());
      REQUIRE(back.size() == picture(i).size());
      for (std::size_t y = 0; y < 17; ++y) CHECK(back.substr(36 * y, 33) == picture(i).substr(36 * y, 33));
      CHECK(GST_BUFFER_PTS(out.get()) == i * GST_SECOND);
    }
    CHECK(decrypt.output_caps().find("width=(int)33") != std::string::npos);
    CHECK(encrypt.count("frames") == 3);
    CHECK(encrypt.count("bytes-in") == 3 * 33 * 17);
    CHECK(decrypt.count("frames") == 3);
    CHECK(decrypt.count("refused") == 0);
  }
}

TEST_CASE("study: latents of a published autoencoder, encrypted as they are shaped, and back to the picture") {
  const Keys keys;
  const auto bundle = test::make_raw_bundle(keys.dir.path(), "raw", "f32").string();
  for (const auto& [cipher, variant] : {std::pair{"additive-square", "figure"}, {"aes-features", "ctr"}, {"none", ""}}) {
    CAPTURE(std::string(cipher));
    Harness encode("studyencode model=" + bundle), encrypt(keys.encrypt(cipher, variant)), decrypt(keys.decrypt()),
        decode("studydecode model=" + bundle);
    encode.src_caps("video/x-raw, format=(string)GRAY8, width=(int)32, height=(int)24, framerate=(fraction)5/1");
    decrypt.src_caps(kStudy);
    std::string source(32 * 24, '\0');
    for (std::size_t i = 0; i < source.size(); ++i) source[i] = static_cast<char>(3 * i);
    CHECK(encode.push(buffer_of(source, GST_SECOND)) == GST_FLOW_OK);
    const auto latent = encode.try_pull();
    REQUIRE(latent);
    const std::string caps = encode.output_caps();
    CHECK(caps.find("latent-channels=(int)4") != std::string::npos);
    encrypt.src_caps(caps.c_str());
    const std::string packet = packet_of(encrypt, bytes_of(latent.get()), GST_SECOND);
    CHECK(study::unpack_packet(as_bytes(packet)).value().shape == study::Shape{16, 12, 4, study::Sample::f32});
    CHECK(decrypt.push(buffer_of(packet, GST_SECOND)) == GST_FLOW_OK);
    decode.src_caps(decrypt.output_caps().c_str());
    CHECK(decode.push(decrypt.try_pull()) == GST_FLOW_OK);
    const auto back = decode.try_pull();
    REQUIRE(back);
    CHECK(GST_BUFFER_PTS(back.get()) == GST_SECOND);
    CHECK(decode.output_caps().find("framerate=(fraction)5/1") != std::string::npos);
    CHECK(bytes_of(back.get()).substr(0, source.size()) == source);
    CHECK(encode.count("frames-encoded") == 1);
    CHECK(decode.count("frames-decoded") == 1);
  }
}

TEST_CASE("study: a latent that is none is dropped and counted, and a size that is not the model's refused") {
  const Keys keys;
  const auto bundle = test::make_raw_bundle(keys.dir.path()).string();
  Harness encode("studyencode model=" + bundle), decode("studydecode model=" + bundle);
  encode.src_caps("video/x-raw, format=(string)GRAY8, width=(int)32, height=(int)24, framerate=(fraction)5/1");
  CHECK(encode.push(buffer_of(std::string(32 * 24, 'a'))) == GST_FLOW_OK);
  const auto latent = encode.try_pull();
  decode.src_caps(encode.output_caps().c_str());
  CHECK(decode.push(buffer_of("short")) == GST_FLOW_OK);
  CHECK_FALSE(decode.try_pull());
  CHECK(decode.count("corrupt") == 1);
  CHECK(decode.push(buffer_of(bytes_of(latent.get()))) == GST_FLOW_OK);
  CHECK(decode.try_pull());

  Harness wide("studyencode model=" + bundle);
  wide.src_caps("video/x-raw, format=(string)GRAY8, width=(int)64, height=(int)24, framerate=(fraction)5/1");
  CHECK(wide.push(buffer_of(std::string(64 * 24, 'a'))) != GST_FLOW_OK);
  BusMessages told(wide);
  REQUIRE(told.errors.size() == 1);
  CHECK(told.errors[0].text == "pictures of 64 x 24, and the model takes 32 x 24: put videoscale before studyencode");
  // Who only asks whether they fit, as a camera of one size does, is told too; of another format another element is.
  for (const auto& [caps, errors] : {std::pair{"video/x-raw, format=(string)GRAY8, width=(int)64, height=(int)24", 1u},
                                     {"video/x-raw, format=(string)GRAY8", 0u},
                                     {"video/x-raw, format=(string)BGRx, width=(int)64, height=(int)24", 0u}}) {
    CAPTURE(caps);
    Harness asked("studyencode model=" + bundle);
    const Ptr<GstPad> pad{gst_element_get_static_pad(asked.element(), "sink")};
    const Ptr<GstCaps> offered{gst_caps_from_string(caps)};
    for (int i = 0; i < 2; ++i) Ptr<GstCaps>{gst_pad_query_caps(pad.get(), offered.get())};
    CHECK(BusMessages(asked).errors.size() == errors);
  }
  const auto coded = test::make_toy_bundle(keys.dir.path()).string();
  for (const std::string& launch : {std::string("studyencode"), "studyencode model=" + coded}) {
    Alone refused(launch);
    CHECK(refused.to(GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
    REQUIRE(refused.messages().errors.size() == 1);
  }
}

TEST_CASE("study: masked pixels stay a picture, and come back with the same key") {
  const Keys keys;
  for (const std::string cipher : {"xor-mask", "logistic-chaos"}) {
    CAPTURE(cipher);
    const std::string launch =
        fmt::format("studymask cipher={} allow-insecure=true key-file={}", cipher, (keys.dir / "study.key").string());
    Harness there(launch), back(launch + " inverse=true");
    there.src_caps(kGray);
    back.src_caps(kGray);
    CHECK(there.push(buffer_of(picture(1))) == GST_FLOW_OK);
    const auto masked = there.try_pull();
    REQUIRE(masked);
    CHECK(bytes_of(masked.get()).substr(0, 33) != picture(1).substr(0, 33));
    CHECK(back.push(buffer_of(bytes_of(masked.get()))) == GST_FLOW_OK);
    const std::string out = bytes_of(back.try_pull().get());
    for (std::size_t y = 0; y < 17; ++y) CHECK(out.substr(36 * y, 33) == picture(1).substr(36 * y, 33));
  }
  Alone other("studymask cipher=aes-features allow-insecure=true key-file=" + (keys.dir / "study.key").string());
  CHECK(other.to(GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
  CHECK(other.messages().errors.at(0).text.find("known: xor-mask, logistic-chaos") != std::string::npos);
  Alone unasked("studymask");
  CHECK(unasked.to(GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
  CHECK(unasked.messages().errors.at(0).text.find("allow-insecure=true") != std::string::npos);
}

TEST_CASE("study: coded frames pass as they are") {
  const Keys keys;
  Harness encrypt(keys.encrypt("aes-features", "ctr")), decrypt(keys.decrypt());
  encrypt.src_caps(test::kLatentTestCaps);
  decrypt.src_caps(kStudy);
  for (const std::string latent : {"a coded frame", "another, longer coded frame"}) {
    CHECK(decrypt.push(buffer_of(packet_of(encrypt, latent))) == GST_FLOW_OK);
    CHECK(bytes_of(decrypt.try_pull().get()) == latent);
  }
  CHECK(decrypt.output_caps().find("latent-space=(string)3f9a1c2d") != std::string::npos);
}

TEST_CASE("study: starts only when allowed, and warns each time") {
  const Keys keys;
  for (const std::string name : {"studyencrypt cipher=xor-mask", "studydecrypt"}) {
    Alone refused(name + " key-file=" + (keys.dir / "study.key").string());
    CHECK(refused.to(GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
    BusMessages messages = refused.messages();
    REQUIRE(messages.errors.size() == 1);
    CHECK(messages.errors[0].domain == GST_RESOURCE_ERROR);
    CHECK(messages.errors[0].code == GST_RESOURCE_ERROR_NOT_AUTHORIZED);
    CHECK(messages.errors[0].text.find("allow-insecure=true") != std::string::npos);
    CHECK(messages.errors[0].text.find("latentencrypt") != std::string::npos);

    Alone allowed(name + " allow-insecure=true key-file=" + (keys.dir / "study.key").string());
    for (int i = 0; i < 2; ++i) {
      CHECK(allowed.to(GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE);
      messages = allowed.messages();
      CHECK(messages.errors.empty());
      REQUIRE(messages.warnings.size() == 1);
      CHECK(messages.warnings[0].text.find("INSECURE") != std::string::npos);
      CHECK(allowed.to(GST_STATE_NULL) == GST_STATE_CHANGE_SUCCESS);
    }
  }
}

TEST_CASE("study: wrong settings are refused with one error that says what to do") {
  const Keys keys;
  const auto fault = [](const std::string& launch) {
    Alone element(launch);
    CHECK(element.to(GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
    const BusMessages messages = element.messages();
    REQUIRE(messages.errors.size() == 1);
    return messages.errors[0].text;
  };
  CHECK(fault(keys.encrypt("rot13")).find("known: xor-mask") != std::string::npos);
  CHECK(fault(keys.encrypt("aes-features", "gcm")).find("known: cbc") != std::string::npos);
  CHECK(fault("studyencrypt allow-insecure=true cipher=xor-mask").find("head -c 32 /dev/urandom") != std::string::npos);
  CHECK(fault("studydecrypt allow-insecure=true key-file=/nowhere/key").find("/nowhere/key") != std::string::npos);
  CHECK(fault("studyencrypt allow-insecure=true cipher=rsa-lsb key-file=" + (keys.dir / "study.key").string())
            .find("openssl genrsa") != std::string::npos);
}

TEST_CASE("study: nothing of it links with the sealed path, in either direction") {
  for (const char* sealed : {"latentzmqsink", "latentdecrypt", "latentmux"}) CHECK_FALSE(links("studyencrypt", sealed));
  for (const char* sealed : {"latentencrypt", "latentzmqsrc", "latentdemux"})
    CHECK_FALSE(links(sealed, "studydecrypt"));
  for (const char* sealed : {"latentzmqsink", "latentdecrypt", "latentmux"}) CHECK_FALSE(links("studydecrypt", sealed));
  for (const char* sealed : {"latentencrypt", "latentzmqsrc", "latentdemux"})
    CHECK_FALSE(links(sealed, "studyzmqsink"));
  for (const char* sealed : {"latentzmqsink", "latentdecrypt", "latentmux"}) CHECK_FALSE(links("studyzmqsrc", sealed));
  CHECK(links("studyencrypt", "studyzmqsink"));
  CHECK(links("studyzmqsrc", "studydecrypt"));
  CHECK(links("studyencrypt", "studydecrypt"));
  CHECK(links("studydecrypt", "aedecode"));
}

TEST_CASE("study: the secure receiver accepts no study packet, whatever its caps say") {
  const Keys keys;
  const SealRings rings;
  Harness secure(rings.decrypt());
  secure.src_caps("application/x-latent-sealed");
  std::uint64_t sent = 0;
  for (const auto& [cipher, variant] : {std::pair{"xor-mask", "fixed"},
                                        {"additive-square", "figure"},
                                        {"logistic-chaos", "double"},
                                        {"aes-features", "cbc"},
                                        {"rsa-lsb", "oaep"}}) {
    Harness encrypt(keys.encrypt(cipher, variant));
    encrypt.src_caps(kGray);
    for (unsigned i = 0; i < 20; ++i, ++sent)
      CHECK(secure.push(buffer_of(packet_of(encrypt, picture(i)))) == GST_FLOW_OK);
  }
  CHECK(sent == 100);
  CHECK(secure.count("frames-opened") == 0);
  CHECK(secure.count("malformed") == sent);
  CHECK_FALSE(secure.try_pull());

  Harness sink("latentzmqsink bind=true endpoint=ipc://" + (keys.dir / "s").string());
  sink.src_caps("application/x-latent-sealed");
  gst_harness_play(sink.get());
  Harness encrypt(keys.encrypt("xor-mask"));
  encrypt.src_caps(kGray);
  CHECK(sink.push(buffer_of(packet_of(encrypt, picture(0)))) == GST_FLOW_ERROR);
}

TEST_CASE("study: what cannot be read is dropped and counted, and the stream goes on") {
  const Keys keys;
  Harness encrypt(keys.encrypt("aes-features", "cbc")), decrypt(keys.decrypt());
  encrypt.src_caps(kGray);
  decrypt.src_caps(kStudy);
  const std::string good = packet_of(encrypt, picture(0));
  const auto with = [&](auto change) { return changed(good, change); };
  for (const std::string& bad : {std::string("LC1F not ours"), good.substr(0, 20),
                                 with([](auto& p) { p.description = "video/x-raw, format=I420, width=2, height=2"; }),
                                 with([](auto& p) { p.description = "nonsense"; }),
                                 with([](auto& p) { p.shape.width = 34; }), with([](auto& p) { p.cipher = "rot13"; })})
    CHECK(decrypt.push(buffer_of(bad)) == GST_FLOW_OK);
  CHECK(decrypt.count("malformed") == 6);
  CHECK(decrypt.push(buffer_of(good.substr(0, good.size() - 1))) == GST_FLOW_OK);
  CHECK(decrypt.count("refused") == 1);
  CHECK_FALSE(decrypt.try_pull());
  CHECK(decrypt.push(buffer_of(good)) == GST_FLOW_OK);
  CHECK(decrypt.try_pull());
  CHECK(BusMessages(decrypt).errors.empty());
}

TEST_CASE("study: no forged packet ends the receiver; it is dropped, counted and told, and the stream goes on") {
  const Keys keys;
  Harness encrypt(keys.encrypt("aes-features", "cbc")), decrypt(keys.decrypt());
  encrypt.src_caps(kGray);
  decrypt.src_caps(kStudy);
  const std::string good = packet_of(encrypt, picture(0));
  const auto with = [&](auto change) { return changed(good, change); };
  const Bytes nine(9), latent(100);
  const std::string forged[] = {
      with([](auto& p) { p.cipher = "rsa-lsb", p.variant = "textbook"; }),  // which the key file is no key for
      with([&](auto& p) {                                                    // other pictures, in clear
        p.cipher = "none", p.variant = "clear", p.payload = nine, p.shape = {3, 3, 1};
        p.description = "video/x-raw, format=(string)GRAY8, width=(int)3, height=(int)3, framerate=(fraction)5/1";
      }),
      with([&](auto& p) {  // latents where pictures are
        p.cipher = "none", p.variant = "clear", p.payload = latent, p.shape = {100, 1, 1};
        p.description = test::kLatentTestCaps;
      })};
  CHECK(decrypt.push(buffer_of(forged[0])) == GST_FLOW_OK);  // also before anything else came
  BusMessages messages(decrypt);
  CHECK(messages.errors.empty());
  REQUIRE(messages.warnings.size() == 2);  // of the start, and this one
  CHECK(messages.warnings[1].text.find("openssl genrsa") != std::string::npos);
  REQUIRE(messages.element_messages.size() == 1);
  const GstStructure* told = messages.element_messages[0].get();
  CHECK(gst_structure_has_name(told, "latentcast-refused"));
  CHECK(std::string(gst_structure_get_string(told, "reason")) == "refused");
  for (int i = 0; i < 50; ++i) {
    CHECK(decrypt.push(buffer_of(good)) == GST_FLOW_OK);
    CHECK(decrypt.try_pull());
    for (const std::string& packet : forged) CHECK(decrypt.push(buffer_of(packet)) == GST_FLOW_OK);
    CHECK_FALSE(decrypt.try_pull());
  }
  CHECK(decrypt.count("frames") == 50);
  CHECK(decrypt.count("refused") == 151);
  CHECK(decrypt.output_caps().find("width=(int)33") != std::string::npos);
  messages = BusMessages(decrypt);
  CHECK(messages.errors.empty());
  CHECK(messages.warnings.empty());
  CHECK(messages.element_messages.size() < 50);  // one a second
}

TEST_CASE("study: studylabel writes above each picture what it is, with the cipher, and leaves the rest") {
  const Keys keys;
  constexpr int kHeight = 64, kLine = 8, kLabel = 10;
  const auto shown = [&](const std::string& cipher, int width) {
    Harness encrypt(keys.encrypt(cipher)), labelled(keys.decrypt() + " ! studylabel");
    encrypt.src_caps(fmt::format("video/x-raw,format=GRAY8,width={},height={},framerate=5/1", width, kHeight));
    labelled.src_caps(kStudy);
    CHECK(labelled.push(buffer_of(packet_of(encrypt, std::string(width * kHeight, 'g')))) == GST_FLOW_OK);
    const auto out = labelled.try_pull();
    REQUIRE(out);
    return bytes_of(out.get());
  };
  const std::string one = shown("xor-mask", 256), other = shown("aes-features", 256), plain(256 * kHeight, 'g');
  CHECK(one.substr(kLabel * 256) == plain.substr(kLabel * 256));
  for (int y = 0; y < kLabel; ++y) CHECK(one.substr(y * 256, 160) != plain.substr(y * 256, 160));
  CHECK(one.substr(0, kLabel * 256) != other.substr(0, kLabel * 256));
  // "NOT SECURE:" stands whole on the first line of a narrow picture, and the cipher on the last of three.
  constexpr int kNarrow = 80;
  const std::string narrow = shown("xor-mask", kNarrow), narrow_other = shown("logistic-chaos", kNarrow);
  for (int y = 0; y < 3 * kLine; ++y) CHECK(narrow.substr(y * kNarrow, 48) != plain.substr(0, 48));
  CHECK(narrow.substr(0, kLine * kNarrow) == narrow_other.substr(0, kLine * kNarrow));
  for (int y = 1; y < kLine; ++y) {
    const std::string line = one.substr(y * 256, 11 * 6);
    CHECK(narrow.substr(y * kNarrow, 11 * 6) == line);
  }
  CHECK(narrow.substr(2 * kLine * kNarrow) != narrow_other.substr(2 * kLine * kNarrow));
  for (const std::string format : {"I420", "NV12", "RGB", "GRAY8"}) {
    CAPTURE(format);
    Harness label("studylabel");
    label.src_caps(test::raw_caps(format, 32, 24));
    CHECK(label.push(test::raw_frame(format, 32, 24, 0)) == GST_FLOW_OK);
    CHECK(bytes_of(label.pull().get()) != bytes_of(test::raw_frame(format, 32, 24, 0).get()));
    CHECK(label.count("frames-drawn") == 1);
  }
}

TEST_CASE("study: what rsa-lsb hides is told when it comes, when it changes, and once only; and only if it is text") {
  const Keys keys;
  Harness decrypt(keys.decrypt("rsa-lsb"));
  decrypt.src_caps(kStudy);
  const auto packets_with = [&](const std::string& message) {
    Harness encrypt(keys.encrypt("rsa-lsb") + (message.empty() ? "" : " message=\"" + message + "\""));
    encrypt.src_caps(kGray);
    return packet_of(encrypt, picture(0));
  };
  const auto next = [&](const std::string& packet) {
    CHECK(decrypt.push(buffer_of(packet)) == GST_FLOW_OK);
    CHECK(decrypt.try_pull());
    std::vector<std::string> records;
    for (const auto& message : BusMessages(decrypt).element_messages)
      if (gst_structure_has_name(message.get(), "latentcast-study-message"))
        records.emplace_back(gst_structure_get_string(message.get(), "record"));
    return records;
  };
  using Records = std::vector<std::string>;
  const std::string without = packets_with(""), terminal = packets_with("\033[2J"),
                    first = packets_with("Müller, 1961"), second = packets_with("Meier, 1970");
  CHECK(next(without).empty());
  CHECK(next(terminal).empty());
  CHECK(next(first) == Records{"Müller, 1961"});
  CHECK(next(first).empty());
  // At most one a second, whatever comes in between.
  const auto later = [&](const std::string& packet) {
    const auto deadline = gst_util_get_timestamp() + 60 * GST_SECOND;
    for (;;)
      if (auto told = next(packet); !told.empty() || gst_util_get_timestamp() > deadline) return told;
  };
  CHECK(later(second) == Records{"Meier, 1970"});
  const auto began = gst_util_get_timestamp();
  std::uint64_t told = 0;
  for (int i = 0; i < 50; ++i) told += next(i % 2 == 0 ? first : second).size();
  CHECK(told <= 1 + (gst_util_get_timestamp() - began) / GST_SECOND);
  CHECK(later(without) == Records{""});
}

TEST_CASE("study: a forged packet of latents that the model does not take does not end the receiver behind it") {
  const Keys keys;
  const auto bundle = test::make_raw_bundle(keys.dir.path(), "raw", "f32").string();
  const std::string caps = "video/x-raw, format=(string)GRAY8, width=(int)32, height=(int)24, framerate=(fraction)5/1";
  Harness encode("studyencode model=" + bundle), encrypt("studyencrypt allow-insecure=true cipher=none"),
      receiver("studydecrypt allow-insecure=true ! studydecode model=" + bundle);
  encode.src_caps(caps);
  receiver.src_caps(kStudy);
  CHECK(encode.push(buffer_of(std::string(32 * 24, 'a'))) == GST_FLOW_OK);
  encrypt.src_caps(encode.output_caps());
  const std::string good = packet_of(encrypt, bytes_of(encode.try_pull().get()));
  study::Packet parts = study::unpack_packet(as_bytes(good)).value();
  std::string other(parts.description);
  const auto at = other.find("latent-space=(string)");
  REQUIRE(at != std::string::npos);
  other[at + 21] = other[at + 21] == '0' ? '1' : '0';
  parts.description = other;
  Bytes forged;
  study::pack_packet(parts, forged);
  for (int i = 0; i < 3; ++i) {
    CHECK(receiver.push(buffer_of(std::string(as_text(forged)))) == GST_FLOW_OK);
    CHECK_FALSE(receiver.try_pull());
    CHECK(receiver.push(buffer_of(good)) == GST_FLOW_OK);
    CHECK(receiver.try_pull());
  }
  CHECK(BusMessages(receiver).errors.empty());
}

TEST_CASE("study: latents in clear need no key file") {
  Harness encrypt("studyencrypt allow-insecure=true cipher=none"), decrypt("studydecrypt allow-insecure=true");
  encrypt.src_caps(test::kLatentTestCaps);
  decrypt.src_caps(kStudy);
  CHECK(decrypt.push(buffer_of(packet_of(encrypt, "a coded frame"))) == GST_FLOW_OK);
  CHECK(bytes_of(decrypt.try_pull().get()) == "a coded frame");
}

TEST_CASE("study: with another key the picture is noise, and nothing says so") {
  const Keys keys;
  Harness encrypt(keys.encrypt("xor-mask")),
      decrypt("studydecrypt allow-insecure=true key-file=" + (keys.dir / "other.key").string());
  encrypt.src_caps(kGray);
  decrypt.src_caps(kStudy);
  CHECK(decrypt.push(buffer_of(packet_of(encrypt, picture(0)))) == GST_FLOW_OK);
  CHECK(bytes_of(decrypt.try_pull().get()) != picture(0));
}

TEST_CASE("study: packets cross ZeroMQ in order, and end with the stream") {
  const Keys keys;
  const std::string endpoint = " allow-insecure=true endpoint=ipc://" + (keys.dir / "s").string();
  Harness sink("studyzmqsink" + endpoint), source("studyzmqsrc" + endpoint), encrypt(keys.encrypt("xor-mask"));
  sink.src_caps(kStudy);
  gst_harness_play(source.get());
  encrypt.src_caps(kGray);
  for (unsigned i = 0; i < 20; ++i) {
    const std::string packet = packet_of(encrypt, picture(i));
    CHECK(sink.push(buffer_of(packet)) == GST_FLOW_OK);
    const auto received = source.pull();
    REQUIRE(received);
    CHECK(bytes_of(received.get()) == packet);
  }
  CHECK(sink.count("messages-sent") == 20);
  CHECK(source.count("messages-received") == 20);
  CHECK(gst_harness_push_event(sink.get(), gst_event_new_eos()));
  for (;;) {
    const Ptr<GstEvent> event{gst_harness_pull_event(source.get())};
    REQUIRE(event);
    if (GST_EVENT_TYPE(event.get()) == GST_EVENT_EOS) break;
  }
}

TEST_CASE("study: neither network takes what belongs to the other") {
  const Keys keys;
  const std::string ipc = "ipc://" + (keys.dir / "s").string();
  // Both ends speak PUSH/PULL here, so that only the magic tells them apart.
  Harness study_sink("studyzmqsink allow-insecure=true endpoint=" + ipc + "1");
  Harness sealed_source("latentzmqsrc mode=pull endpoint=" + ipc + "1");
  study_sink.src_caps(kStudy);
  gst_harness_play(sealed_source.get());
  Harness encrypt(keys.encrypt("xor-mask"));
  encrypt.src_caps(kGray);
  for (unsigned i = 0; i < 5; ++i) CHECK(study_sink.push(buffer_of(packet_of(encrypt, picture(i)))) == GST_FLOW_OK);
  CHECK(counts_to(sealed_source, "malformed", 5));
  CHECK(sealed_source.count("messages-received") == 0);

  Harness sealed_sink("latentzmqsink mode=push endpoint=" + ipc + "2");
  Harness study_source("studyzmqsrc allow-insecure=true endpoint=" + ipc + "2");
  sealed_sink.src_caps("application/x-latent-sealed");
  gst_harness_play(study_source.get());
  for (std::uint32_t i = 0; i < 5; ++i)
    CHECK(sealed_sink.push(buffer_of(std::string(as_text(test::make_message({.number = i}))))) == GST_FLOW_OK);
  CHECK(counts_to(study_source, "malformed", 5));
  CHECK(study_source.count("messages-received") == 0);
  const auto warnings = BusMessages(study_source).warnings;  // of the start, and one for the five
  REQUIRE(warnings.size() == 2);
  CHECK(warnings[1].text.find("no study packet") != std::string::npos);
  CHECK(study_sink.push(buffer_of("LC1F and so on, as if it were sealed, 48 bytes and more of it")) == GST_FLOW_ERROR);
}

TEST_CASE("study: a sink that nobody listens to stops at once, and starts only when allowed") {
  const Keys keys;
  const std::string ipc = "ipc://" + (keys.dir / "s").string();
  Alone refused("studyzmqsink endpoint=" + ipc);
  CHECK(refused.to(GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
  CHECK(refused.messages().errors.size() == 1);
  Alone source("studyzmqsrc allow-insecure=true endpoint=" + ipc);
  for (int i = 0; i < 2; ++i) {
    CHECK(source.to(GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE);
    CHECK(source.to(GST_STATE_NULL) == GST_STATE_CHANGE_SUCCESS);
  }
  CHECK(source.messages().warnings.size() == 2);
}
