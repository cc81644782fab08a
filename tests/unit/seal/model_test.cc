#include "model_support.h"

#include <algorithm>

#include "base/file.h"

using namespace lc;
using namespace lc::seal;
using seal::test::kNow;
using seal::test::ModelParties;
using seal::test::must;
using seal::test::small_model;

namespace {

bool says(const Error& error, std::string_view words) { return error.text.find(words) != std::string::npos; }

}  // namespace

TEST_CASE("sealed model: opens for its receiver, file by file, whatever its size does to the chunks") {
  const ModelParties parties;
  const std::size_t rest = parties.seal(small_model(0)).size();
  for (const std::size_t around : {kModelChunkBytes, 2 * kModelChunkBytes})
    for (int more = -2; more <= 2; ++more) {
      // The plain text, list included, has `around` and `more` bytes.
      const std::size_t list = parties.sign(small_model(0), parties.what()).size();
      const std::size_t encoder = around - list - 20 + static_cast<std::size_t>(more + 2) - 2;
      CAPTURE(around);
      CAPTURE(more);
      const ModelFiles files = small_model(encoder);
      const Bytes sealed = parties.seal(files);
      CHECK(sealed.size() > rest);
      const auto opened = parties.open(sealed);
      REQUIRE(opened);
      CHECK(opened->files == files);
      CHECK(opened->signer == "lab");
      CHECK(opened->manifest.version == 5);
      CHECK(opened->manifest.has(FileRole::encoder));
      CHECK_FALSE(opened->manifest.has(FileRole::decoder));
    }
}

TEST_CASE("sealed model: no bit may change, nowhere, and no file comes out") {
  const ModelParties parties;
  const ModelFiles files = small_model();
  const Bytes good = parties.seal(files);
  const ReceiverIdentity receiver = must(parties.user.receiver());
  const ModelTrust trust = parties.trust();
  Bytes bad = good;
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    bad[bit / 8] ^= std::byte{1} << (bit % 8);
    const auto opened = open_model(bad, receiver, trust);
    CAPTURE(bit);
    REQUIRE_FALSE(opened);
    REQUIRE_FALSE(opened.error().text.empty());
    bad[bit / 8] = good[bit / 8];
  }
  CHECK(open_model(good, receiver, trust));
}

TEST_CASE("sealed model: no length but its own is accepted") {
  const ModelParties parties;
  const Bytes good = parties.seal(small_model(kModelChunkBytes));  // two chunks
  const ReceiverIdentity receiver = must(parties.user.receiver());
  const ModelTrust trust = parties.trust();
  const std::size_t edge = 8 + 4 + 30 + 2 + 136 + 24 + kModelChunkBytes + 17;
  const auto is_tried = [&](std::size_t size) {
    return size < 500 || (size + 20 > edge && size < edge + 20) || size + 100 > good.size() || size % 4099 == 0;
  };
  for (std::size_t size = 0; size < good.size(); ++size) {
    if (!is_tried(size)) continue;
    CAPTURE(size);
    REQUIRE_FALSE(open_model(ByteSpan(good).first(size), receiver, trust));
  }
  for (std::size_t more = 1; more <= 64; ++more) {
    Bytes longer = good;
    longer.resize(good.size() + more);
    REQUIRE_FALSE(open_model(longer, receiver, trust));
  }
  REQUIRE(open_model(good, receiver, trust));
}

TEST_CASE("sealed model: around the edges of chunks nothing may change, and chunks cannot be exchanged or left out") {
  const ModelParties parties;
  const Bytes good = parties.seal(small_model(3 * kModelChunkBytes));
  const std::size_t header = 8 + 4 + 30 + 2 + 136 + 24, chunk = kModelChunkBytes + 17;
  const ReceiverIdentity receiver = must(parties.user.receiver());
  const ModelTrust trust = parties.trust();
  REQUIRE(good.size() > header + 3 * chunk);
  Bytes bad = good;
  for (std::size_t edge = header; edge < good.size(); edge += chunk)
    for (std::size_t at = edge - 1; at <= edge + 1; ++at)
      for (int bit = 0; bit < 8; ++bit) {
        bad[at] ^= std::byte{1} << bit;
        REQUIRE_FALSE(open_model(bad, receiver, trust));
        bad[at] = good[at];
      }
  const auto at = [&](std::size_t i) { return good.begin() + static_cast<std::ptrdiff_t>(header + i * chunk); };
  std::swap_ranges(bad.begin() + (at(1) - good.begin()), bad.begin() + (at(2) - good.begin()),
                   bad.begin() + (at(2) - good.begin()));
  CHECK_FALSE(open_model(bad, receiver, trust));
  for (std::size_t count = 1; count <= 3; ++count) {  // the first `count` chunks, whole
    const auto cut = open_model(ByteSpan(good).first(header + count * chunk), receiver, trust);
    REQUIRE_FALSE(cut);
    CHECK(cut.error().code == Errc::truncated);
  }
  Bytes without(good.begin(), at(1));
  without.insert(without.end(), at(2), good.end());
  CHECK_FALSE(open_model(without, receiver, trust));
  // Two files of one receiver: the header of one before the chunks of the other.
  const Bytes other = parties.seal(small_model(3 * kModelChunkBytes));
  Bytes spliced(good.begin(), at(0));
  spliced.insert(spliced.end(), other.begin() + static_cast<std::ptrdiff_t>(header), other.end());
  CHECK_FALSE(open_model(spliced, receiver, trust));
}

TEST_CASE("sealed model: only who it is sealed for opens it, and all of them do") {
  const ModelParties parties;
  const KeyRing third = must(KeyRing::create(parties.dir / "third"));
  const PublicIdentity other = must(third.generate(Role::receiver, "other"));
  must(third.pin(parties.signer).map([](bool) {}));
  const ModelFiles files = small_model();
  const auto stranger = open_model(parties.seal(files), must(third.receiver()), must(ModelTrust::of(third, kNow)));
  REQUIRE_FALSE(stranger);
  CHECK(stranger.error().code == Errc::no_key);
  CHECK(says(stranger.error(), "is not sealed for 'other'"));
  const Bytes both = must(seal_model(parties.sign(files, parties.what()), files, {parties.receiver, other}, kNow));
  CHECK(parties.open(both));
  CHECK(open_model(both, must(third.receiver()), must(ModelTrust::of(third, kNow))));
  // Keys that anybody could open, or that open nothing.
  CHECK_FALSE(seal_model(parties.sign(files, parties.what()), files, {}, kNow));
  CHECK_FALSE(seal_model(parties.sign(files, parties.what()), files, {parties.signer}, kNow));
  CHECK_FALSE(seal_model(parties.sign(files, parties.what()), files, {{.role = Role::receiver, .name = "zero"}}, kNow));
}

TEST_CASE("sealed model: the signer must be pinned, and its signature good, before anything is read on") {
  ModelParties parties;
  const ModelFiles files = small_model();
  const Bytes sealed = parties.seal(files);
  must(parties.user.revoke(Role::signer, "lab"));
  const auto unknown = parties.open(sealed);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == Errc::refused);
  CHECK(says(unknown.error(), fingerprint(Role::signer, parties.signer.key)));
  must(parties.user.pin(parties.signer).map([](bool) {}));

  // A list that was altered after it was signed, sealed by someone who may seal.
  Bytes list = parties.sign(files, parties.what());
  list[8 + 16 + 7] ^= std::byte{1};  // the version
  Bytes plain = list;
  for (const auto& [name, content] : files) plain.insert(plain.end(), content.begin(), content.end());
  const auto altered = parties.open(must(seal_plain(plain, {parties.receiver}, kNow)));
  REQUIRE_FALSE(altered);
  CHECK(says(altered.error(), "its signature is not that of 'lab'"));
}

TEST_CASE("sealed model: a list and files that differ are not sealed") {
  const ModelParties parties;
  const Bytes list = parties.sign(small_model(), parties.what());
  ModelFiles files = small_model();
  files["encoder.onnx"][0] ^= std::byte{1};
  CHECK(seal_model(list, files, {parties.receiver}, kNow).error().text == "encoder.onnx: differs from what was signed");
  files.erase("encoder.onnx");
  CHECK(seal_model(list, files, {parties.receiver}, kNow).error().text ==
        "encoder.onnx: is in the signed list, but not there");
  files = small_model();
  files["more"] = Bytes(1);
  CHECK(seal_model(list, files, {parties.receiver}, kNow).error().text == "more: is not in the signed list");
}

TEST_CASE("sealed model: a list that nobody would believe is not sealed, nor what follows one, nor twice for one") {
  const ModelParties parties;
  const ModelFiles files = small_model();
  const Bytes good = parties.sign(files, parties.what());
  REQUIRE(seal_model(good, files, {parties.receiver}, kNow));
  Bytes altered = good;
  altered.back() ^= std::byte{1};
  CHECK(says(seal_model(altered, files, {parties.receiver}, kNow).error(), "the signature of the list is false"));
  Bytes longer = good;
  longer.push_back(std::byte{});
  CHECK(says(seal_model(longer, files, {parties.receiver}, kNow).error(), "1 bytes follow the signature"));
  ModelManifest late = parties.what();
  late.not_after_ms = kNow - 1;
  CHECK(says(seal_model(parties.sign(files, late), files, {parties.receiver}, kNow).error(),
             "could be used until 2026-11-21"));
  const auto twice = seal_model(good, files, {parties.receiver, parties.receiver}, kNow);
  REQUIRE_FALSE(twice);
  CHECK(twice.error().code == Errc::invalid_config);
  CHECK(says(twice.error(), "'desk' has the key of a receiver that was named before"));
}

TEST_CASE("sealed model: whatever can be made can be loaded, as far as its size goes") {
  const ModelParties parties;
  for (const std::size_t size : {std::size_t{1}, kModelChunkBytes - 300, 3 * kModelChunkBytes}) {
    const ModelFiles files = small_model(size);
    std::size_t plain = parties.sign(files, parties.what()).size();
    for (const auto& [name, content] : files) plain += content.size();
    CHECK(parties.seal(files).size() == sealed_bytes(plain, 1));
  }
  ModelFiles most;
  for (std::size_t i = 0; i < kMaxModelFiles; ++i) most[fmt::format("{:a>100}", i)] = Bytes(1);
  CHECK(parties.sign(most, parties.what()).size() == kMaxSignedListBytes);
  // Nobody made this one; but it is not its size that says so.
  const auto path = parties.dir / "large.lcm";
  must(save_file(path, Bytes(1)));
  std::filesystem::resize_file(path, sealed_bytes(kMaxModelBytes, 1));
  CHECK(says(load_model(path, parties.user).error(), "is not a sealed model"));
}

TEST_CASE("sealed model: past its last day, or for a newer engine, it is not used") {
  const ModelParties parties;
  const ModelFiles files = small_model();
  ModelManifest what = parties.what();
  what.not_after_ms = kNow - 1;
  const auto late = parties.open(must(seal_model(parties.sign(files, what), files, {parties.receiver}, kNow - 1)));
  REQUIRE_FALSE(late);
  CHECK(says(late.error(), "could be used until 2026-11-21"));
  what.not_after_ms = kNow;
  CHECK(parties.open(must(seal_model(parties.sign(files, what), files, {parties.receiver}, kNow))));
  what.min_engine = kModelEngine + 1;
  const auto newer = parties.open(must(seal_model(parties.sign(files, what), files, {parties.receiver}, kNow)));
  REQUIRE_FALSE(newer);
  CHECK(newer.error().code == Errc::unsupported);
}

namespace {

// Sealed files of versions and halves of one model, and who uses them.
struct Versioned : ModelParties {
  Result<OpenedModel> load(std::uint64_t version, const ModelFiles& model = small_model(),
                           Versions versions = Versions::latest) const {
    const auto path = dir / fmt::format("{}.lcm", version);
    must(save_file(path, seal(model, version)));
    return load_model(path, user, versions);
  }
  Result<> use(std::uint64_t version, const ModelFiles& model = small_model()) const {
    return ModelVersion::of(user, LC_TRY(load(version, model)).manifest).remember();
  }
  static ModelFiles half(const char* network) {
    ModelFiles out = small_model();
    out.erase("encoder.onnx");
    out[network] = Bytes(7);
    return out;
  }
};

}  // namespace

TEST_CASE("sealed model: an earlier version than the one that was used is refused, also after a restart") {
  const Versioned parties;
  CHECK(parties.use(4));
  CHECK(parties.load(5));  // looking at it changes nothing
  CHECK(parties.use(4));
  CHECK(parties.use(5));
  CHECK(parties.use(5));
  const auto refused = parties.load(4);
  REQUIRE_FALSE(refused);
  CHECK(says(refused.error(), "4.lcm: is version 4, and version 5 was used here before"));
  CHECK(parties.load(4, small_model(), Versions::any));  // for a recording that names it
  // Another model of the same signer has versions of its own.
  ModelManifest other = parties.what(1);
  other.model = model_id(parties.signer.key, "other");
  CHECK(parties.open(must(seal_model(parties.sign(small_model(), other), small_model(), {parties.receiver}, kNow))));

  // What is remembered fails closed.
  std::filesystem::path memory;
  for (const auto& entry : std::filesystem::directory_iterator(parties.user.folder() / "state"))
    if (entry.path().filename().string().starts_with("model-")) memory = entry.path();
  const Bytes good = must(load_file(memory));
  for (std::size_t size = 0; size < good.size(); ++size) {
    must(save_file(memory, ByteSpan(good).first(size)));
    const auto damaged = parties.use(5);
    CAPTURE(size);
    REQUIRE_FALSE(damaged);
    CHECK(damaged.error().code == Errc::corrupt);
  }
}

TEST_CASE("sealed model: halves that were signed apart do not shut each other out, and no list brings one back") {
  const Versioned parties;
  const ModelFiles encoder = Versioned::half("encoder.onnx"), decoder = Versioned::half("decoder.onnx");
  ModelFiles both = encoder;
  both["decoder.onnx"] = Bytes(7);
  CHECK(parties.use(10, encoder));
  CHECK(parties.use(11, decoder));
  CHECK(parties.use(10, encoder));
  CHECK_FALSE(parties.load(9, encoder));
  CHECK_FALSE(parties.load(10, decoder));
  CHECK_FALSE(parties.load(10, both));  // its decoder is an earlier one
  CHECK(parties.use(12, both));
  CHECK_FALSE(parties.load(11, encoder));
  CHECK_FALSE(parties.load(11, decoder));
}

TEST_CASE("sealed model: who was overtaken by another process with a later version does not use it") {
  const Versioned parties;
  const auto here = ModelVersion::of(parties.user, must(parties.load(5)).manifest);
  CHECK(here.check());
  CHECK(parties.use(6));
  const auto refused = here.remember();
  REQUIRE_FALSE(refused);
  CHECK(says(refused.error(), "is version 5, and version 6 was used here before"));
}

TEST_CASE("sealed model: a key ring that cannot be written serves what it remembers, and says why no other") {
  const Versioned parties;
  CHECK(parties.use(5));
  const auto lock = parties.user.folder() / "state" / "lock";
  std::filesystem::remove(lock);
  std::filesystem::create_directory(lock);  // stops root, too
  CHECK(parties.use(5));
  const auto refused = parties.use(6);
  REQUIRE_FALSE(refused);
  CHECK(says(refused.error(), "its version 6 cannot be remembered"));
  CHECK(says(refused.error(), "let this user write to"));
  CHECK(parties.use(5));
}

TEST_CASE("model manifest: every prefix is refused, and so is each list that no signer would make") {
  const ModelParties parties;
  const Bytes good = parties.sign(small_model(), parties.what());
  REQUIRE(unpack_manifest(good));
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto cut = unpack_manifest(ByteSpan(good).first(size));
    REQUIRE_FALSE(cut);
    CHECK(cut.error().code == Errc::truncated);
  }
  constexpr std::size_t kCountAt = 8 + 16 + 8 + 32 + 8 + 4, kFirst = kCountAt + 2, kNameAt = kFirst + 2,
                        kSizeAt = kNameAt + 12;
  const auto refusal = [&](auto change) {
    Bytes bytes = good;
    change(bytes);
    const auto unpacked = unpack_manifest(bytes);
    return unpacked ? std::string("accepted") : unpacked.error().text;
  };
  const auto put = [](std::size_t at, std::string_view text) {
    return [=](Bytes& bytes) {
      std::copy(as_bytes(text).begin(), as_bytes(text).end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
    };
  };
  CHECK(refusal(put(0, "LCMANIF2")).find("does not begin with 'LCMANIF1'") != std::string::npos);
  CHECK(refusal([](Bytes& b) { b[kCountAt + 1] = std::byte{0}; }).find("has 0 files") != std::string::npos);
  CHECK(refusal([](Bytes& b) { b[kCountAt + 1] = std::byte{65}; }).find("has 65 files") != std::string::npos);
  CHECK(refusal([](Bytes& b) { b[kFirst] = std::byte{2}; }) ==
        "the model's list has 'encoder.onnx' in role 2, which it cannot be");
  CHECK(refusal([](Bytes& b) { b[kFirst] = std::byte{9}; }).find("in role 9") != std::string::npos);
  CHECK(refusal(put(kNameAt, "../code.onnx")).find("a name that no file may have") != std::string::npos);
  CHECK(refusal(put(kNameAt, "encoder\n.on")).find("a name that no file may have") != std::string::npos);
  CHECK(refusal(put(kNameAt, "encoder.zzzz")) == "accepted");  // its signature says no, later
  CHECK(refusal([](Bytes& b) { b[kSizeAt] = std::byte{0xff}; }).find("larger than") != std::string::npos);
  // The same name twice: the second file gets the first one's.
  ModelFiles twins{{"a", Bytes(1)}, {"b", Bytes(1)}};
  Bytes list = parties.sign(twins, parties.what());
  list[kFirst + 2 + 1 + 8 + 32 + 2] = std::byte{'a'};
  CHECK(unpack_manifest(list).error().text == "the model's list has 'a' twice, or not in order");
}

TEST_CASE("model manifest: names, numbers and sizes that cannot be are not signed") {
  const ModelParties parties;
  const SigningIdentity signer = must(parties.maker.signer());
  CHECK_FALSE(sign_model(signer, parties.what(), {}));
  CHECK_FALSE(sign_model(signer, parties.what(), {{"../up", Bytes(1)}}));
  CHECK_FALSE(sign_model(signer, parties.what(), {{".hidden", Bytes(1)}}));
  CHECK_FALSE(sign_model(signer, parties.what(), {{std::string(101, 'a'), Bytes(1)}}));
  CHECK_FALSE(sign_model(signer, parties.what(), {{"empty", Bytes()}}));
  ModelFiles many;
  for (std::size_t i = 0; i <= kMaxModelFiles; ++i) many[fmt::format("file{}", i)] = Bytes(1);
  CHECK_FALSE(sign_model(signer, parties.what(), many));
  many.erase("file0");
  const Bytes list = must(sign_model(signer, parties.what(), many));
  CHECK(list.size() < kModelChunkBytes);
  CHECK(unpack_manifest(list)->manifest.files.size() == kMaxModelFiles);
}
