// The worked example of runtime/seal/model/FORMAT.md, read out of the page.
#include <sys/stat.h>

#include "base/file.h"
#include "model_support.h"
#include "support/format_page.h"

using namespace lc;
using namespace lc::seal;
using seal::test::kNow;
using seal::test::must;

TEST_CASE("model/FORMAT.md: the example opens to what the page says, and its list is signed") {
  constexpr char kPage[] = "runtime/seal/model/FORMAT.md";
  const Bytes manifest = lc::test::page_hex(kPage, "manifest"), model = lc::test::page_hex(kPage, "model");
  const auto unpacked = must(unpack_manifest(manifest));
  CHECK(unpacked.bytes.size() == manifest.size());
  CHECK(has_good_signature(unpacked));

  lc::test::TempDir dir;
  const KeyRing ring = must(KeyRing::create(dir / "keys"));
  const auto key = ring.folder() / "receiver.key";
  must(save_file(key, as_bytes(lc::test::page_block("runtime/seal/FORMAT.md", "receiver.key"))));
  ::chmod(key.c_str(), 0600);
  must(ring.pin({.role = Role::signer, .name = "page", .key = unpacked.manifest.signer}).map([](bool) {}));
  const auto opened = must(open_model(model, must(ring.receiver()), must(ModelTrust::of(ring, kNow))));
  CHECK(opened.signed_list == manifest);
  CHECK(opened.signer == "page");
  CHECK(opened.manifest.model == model_id(unpacked.manifest.signer, "example"));
  CHECK(opened.manifest.version == 7);
  CHECK(utc_text(static_cast<std::int64_t>(opened.manifest.not_after_ms / 1000)) == "2029-12-31T23:59:59Z");
  REQUIRE(opened.files.size() == 2);
  CHECK(as_text(opened.files.at("encoder.onnx")) == "network");
  CHECK(as_text(opened.files.at("manifest.yaml")) == "bundle: example\n");
}
