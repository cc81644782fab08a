// Elements that load sealed models (.lcm) with the keys of a key ring.
#include "seal/model/sealed_model.h"

#include <unistd.h>

#include "base/file.h"
#include "elements/codec_support.h"
#include "elements/open_model.h"
#include "seal/passphrase.h"
#include "support/classifier_bundle.h"
#include "support/toy_bundle.h"
#include "support/test.h"

using namespace lc;
using namespace lc::elements;
using namespace lc::test;

namespace {

template <class T>
T must(Result<T> result) {
  REQUIRE_MESSAGE(result.has_value(), (result ? std::string() : result.error().text));
  return *std::move(result);
}

// A maker of models, and a user that trusts it.
struct Parties {
  TempDir dir;
  seal::KeyRing maker = must(seal::KeyRing::create(dir / "maker")), user = must(seal::KeyRing::create(dir / "user"));
  seal::PublicIdentity signer = must(maker.generate(seal::Role::signer, "lab"));
  seal::PublicIdentity receiver = must(user.generate(seal::Role::receiver, "desk"));

  Parties() { must(user.pin(signer)); }

  // Everything in the folder but what is named.
  std::string seal(const std::string& folder, const std::string& name, const std::string& without = "",
                   std::uint64_t version = 1) const {
    seal::ModelFiles files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.path().filename() != without) files[entry.path().filename().string()] = must(load_file(entry.path()));
    const seal::ModelManifest what{.model = seal::model_id(signer.key, name), .version = version};
    const Bytes list = must(seal::sign_model(must(maker.signer()), what, files));
    const auto path = dir / (name + without + std::to_string(version) + ".lcm");
    REQUIRE(save_file(path, must(seal::seal_model(list, files, {receiver}, 1))));
    return path.string();
  }
  std::string settings(const std::string& model) const {
    return fmt::format("model={} keyring={}", model, user.folder().string());
  }
};

// What an element that cannot start says on the bus, once.
std::string refusal(const std::string& launch) {
  Alone element(launch);
  CHECK(element.to(GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
  const auto messages = element.messages();
  REQUIRE(messages.errors.size() == 1);
  return messages.errors[0].text;
}

void encode(const std::string& launch) {
  Harness encoder(launch);
  encoder.src_caps(raw_caps("I420", 64, 48));
  CHECK(encoder.push(raw_frame("I420", 64, 48, 0)) == GST_FLOW_OK);
  CHECK(encoder.pull());
  CHECK(BusMessages(encoder).errors.empty());
}

void decode(const std::string& launch, int variant = 0) {
  Sender sender(64, 48, variant);
  Harness decoder(launch);
  decoder.src_caps(sender.caps());
  CHECK(decoder.push(sender.next()) == GST_FLOW_OK);
  CHECK(decoder.pull());
  CHECK(BusMessages(decoder).errors.empty());
}

// A folder where models are looked for by name.
struct Zoo {
  explicit Zoo(const TempDir& dir) { ::setenv("LATENTCAST_MODELS", dir.path().c_str(), 1); }
  ~Zoo() { ::unsetenv("LATENTCAST_MODELS"); }
};

}  // namespace

TEST_CASE("sealed model: aeencode and aedecode work with their halves of it, as with the folder") {
  const Parties parties;
  Harness encoder("aeencode " + parties.settings(parties.seal(toy_model(), "toy", "decoder.onnx")));
  Harness plain(fmt::format("aeencode model={}", toy_model()));
  Harness decoder("aedecode " + parties.settings(parties.seal(toy_model(), "toy", "encoder.onnx")));
  for (Harness* one : {&encoder, &plain}) {
    one->src_caps(raw_caps("I420", 64, 48));
    REQUIRE(one->push(raw_frame("I420", 64, 48, 0)) == GST_FLOW_OK);
  }
  auto coded = encoder.pull(), same = plain.pull();
  REQUIRE(coded);
  REQUIRE(same);
  CHECK(bytes_of(coded.get()) == bytes_of(same.get()));
  decoder.src_caps(encoder.output_caps());
  REQUIRE(decoder.push(std::move(coded)) == GST_FLOW_OK);
  CHECK(decoder.pull());
  CHECK(BusMessages(decoder).errors.empty());
}

TEST_CASE("sealed model: aedecode finds it by the stream's latent space") {
  const Parties parties;
  parties.seal(toy_model(), "toy");
  const Zoo zoo(parties.dir);
  decode("aedecode keyring=" + parties.user.folder().string());
}

TEST_CASE("sealed model: a newer edition leaves streams and recordings of the older one their decoder") {
  const Parties parties;
  const std::string older = parties.seal(toy_model(0), "toy", "", 1), newer = parties.seal(toy_model(1), "toy", "", 2);
  const Zoo zoo(parties.dir);
  const std::string search = "aedecode keyring=" + parties.user.folder().string();
  decode(search, 0);  // looks at both
  encode("aeencode " + parties.settings(older));
  encode("aeencode " + parties.settings(newer));
  CHECK(refusal("aeencode " + parties.settings(older)).find("is version 1") != std::string::npos);
  for (const int variant : {0, 1, 0}) decode(search, variant);
  decode("aedecode " + parties.settings(older), 0);
}

TEST_CASE("sealed model: a release that is signed and broken leaves the one that works") {
  const Parties parties;
  const std::string good = parties.seal(toy_model(), "toy", "", 1);
  TempDir dir;
  std::filesystem::copy(toy_model(), dir / "broken");
  REQUIRE(save_file(dir / "broken" / "encoder.onnx", as_bytes("no network")));
  CHECK(refusal("aeencode " + parties.settings(parties.seal((dir / "broken").string(), "toy", "", 2)))
            .find("encoder.onnx") != std::string::npos);
  encode("aeencode " + parties.settings(good));
}

TEST_CASE("sealed model: a folder of the same name beside it is not taken in its place") {
  const Parties parties;
  std::filesystem::rename(parties.seal(toy_model(), "toy"), parties.dir / "toy.lcm");
  std::filesystem::copy(toy_model(), parties.dir / "toy");
  const Zoo zoo(parties.dir);
  CHECK(refusal("aeencode " + parties.settings("toy")).find("the two may differ; name one by its path") !=
        std::string::npos);
  encode("aeencode " + parties.settings((parties.dir / "toy.lcm").string()));
}

TEST_CASE("sealed model: with a receiver key that wants its passphrase, each element takes it from passphrase-fd") {
  TempDir dir;
  const auto classes = make_classifier_bundle(dir.path()).string();
  const auto published = make_raw_bundle(dir.path()).string();
  for (const std::string element : {"aeencode", "aedecode", "cnnclassify", "studyencode", "studydecode"}) {
    CAPTURE(element);
    Parties parties;
    const std::string words = "open sesame " + element;
    const auto secret = [&] { return must(seal::Secret::copy_of(as_bytes(words))); };
    const seal::Passphrase passphrase(secret(), {.passes = 1, .bytes = 8192});
    parties.user = must(seal::KeyRing::create(parties.dir / "locked"));
    parties.receiver = must(parties.user.generate(seal::Role::receiver, "locked", &passphrase));
    must(parties.user.pin(parties.signer));
    const std::string folder = element == "cnnclassify"          ? classes
                               : element.starts_with("study") ? published
                                                              : toy_model();
    const std::string model = parties.seal(folder, "model");
    const std::string launch = element + " " + parties.settings(model);
    refusal(launch);
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    REQUIRE(::write(ends[1], (words + "\n").c_str(), words.size() + 1) == static_cast<ssize_t>(words.size() + 1));
    Alone unlocked(fmt::format("{} passphrase-fd={}", launch, ends[0]));
    CHECK(unlocked.to(GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE);
    CHECK(unlocked.messages().errors.empty());
    ::close(ends[0]);
    ::close(ends[1]);
  }
}

TEST_CASE("sealed model: studyencode and studydecode work with their halves of a published one, as with the folder") {
  const Parties parties;
  TempDir dir;
  const auto folder = make_raw_bundle(dir.path()).string();
  const std::string half = parties.seal(folder, "raw", "decoder.onnx"),
                    other = parties.seal(folder, "raw", "encoder.onnx");
  Harness encoder("studyencode " + parties.settings(half)), plain("studyencode model=" + folder);
  for (Harness* one : {&encoder, &plain}) {
    one->src_caps(raw_caps("GRAY8", 32, 24));
    REQUIRE(one->push(raw_frame("GRAY8", 32, 24, 0)) == GST_FLOW_OK);
  }
  const std::string latent = bytes_of(encoder.pull().get());
  CHECK(latent == bytes_of(plain.pull().get()));
  const Zoo zoo(parties.dir);  // where the stream's latent space finds it
  for (const std::string& decoding : {"studydecode " + parties.settings(other),
                                      "studydecode keyring=" + parties.user.folder().string()}) {
    CAPTURE(decoding);
    if (decoding.find("model=") == std::string::npos) std::filesystem::remove(half);
    Harness decoder(decoding);
    decoder.src_caps(encoder.output_caps());
    REQUIRE(decoder.push(buffer_of(latent)) == GST_FLOW_OK);
    CHECK(decoder.pull());
    CHECK(BusMessages(decoder).errors.empty());
  }
  for (const char* element : {"studyencode", "studydecode"})
    CHECK(refusal(fmt::format("{} model={} keyring={}", element, other, (dir / "none").string())).find("keygen") !=
          std::string::npos);
}

TEST_CASE("sealed model: cnnclassify works with it") {
  const Parties parties;
  TempDir dir;
  const auto folder = make_classifier_bundle(dir.path());
  Harness classify("cnnclassify " + parties.settings(parties.seal(folder.string(), "classes")));
  classify.src_caps("video/x-raw,format=RGB,width=64,height=48,framerate=25/1");
  REQUIRE(classify.push(raw_frame("RGB", 64, 48, 0)) == GST_FLOW_OK);
  CHECK(classify.pull());
  CHECK(classify.count("frames-classified") == 1);
}

TEST_CASE("sealed model: an element that may not use it says why, once, and does not start") {
  Parties parties;
  const std::string model = parties.seal(toy_model(), "toy");
  TempDir other;
  const auto stranger = must(seal::KeyRing::create(other / "keys"));
  CHECK(refusal(fmt::format("aeencode model={} keyring={}", model, stranger.folder().string()))
            .find("no receiver key; make one") != std::string::npos);
  must(stranger.generate(seal::Role::receiver, "stranger"));
  CHECK(refusal(fmt::format("aeencode model={} keyring={}", model, stranger.folder().string()))
            .find("is not sealed for 'stranger'") != std::string::npos);
  const std::string half = parties.seal(toy_model(), "toy", "encoder.onnx");
  Harness encoder("aeencode " + parties.settings(half));
  encoder.src_caps(raw_caps("I420", 64, 48));
  CHECK(encoder.push(raw_frame("I420", 64, 48, 0)) != GST_FLOW_OK);
  const auto errors = BusMessages(encoder).errors;
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].text.find("lacks the file") != std::string::npos);

  const std::string newer = parties.seal(toy_model(), "toy", "", 2);
  { Harness looked_at("aeencode " + parties.settings(newer)); }  // no network was made
  encode("aeencode " + parties.settings(model));
  encode("aeencode " + parties.settings(newer));
  CHECK(refusal("aeencode " + parties.settings(model)).find("is version 1, and version 2 was used here before") !=
        std::string::npos);
  REQUIRE(parties.user.revoke(seal::Role::signer, "lab"));
  CHECK(refusal("aedecode " + parties.settings(newer)).find("is signed by a key that") != std::string::npos);
}

TEST_CASE("sealed model: of a file that was altered, no byte comes to the loader") {
  const Parties parties;
  const std::string model = parties.seal(toy_model(), "toy");
  const Bytes good = must(load_file(model));
  // Some bytes of each chunk and of everything before them; the unit tests do all.
  for (std::size_t at = 0; at < good.size(); at += at < 300 ? 7 : 9973) {
    Bytes bad = good;
    bad[at] ^= std::byte{4};
    REQUIRE(save_file(model, bad));
    const auto bundle = open_model(model, parties.user.folder().string());
    CAPTURE(at);
    REQUIRE_FALSE(bundle);
    CHECK(bundle.error().text.find(model) == 0);
  }
}
