// The worked example of runtime/seal/FORMAT.md, read out of the page.
#include <sys/stat.h>

#include <algorithm>

#include "base/file.h"
#include "fixture.h"
#include "seal/announcement.h"
#include "seal/sframe.h"
#include "support/format_page.h"

using namespace lc;
using namespace lc::seal;
using seal::test::must;

namespace {

constexpr char kPage[] = "runtime/seal/FORMAT.md";

std::string block(const std::string& name) { return lc::test::page_block(kPage, name); }
Bytes hex_block(const std::string& name) { return lc::test::page_hex(kPage, name); }

struct Example {
  lc::test::TempDir dir;
  std::filesystem::path write(const std::string& name) const {
    const auto path = dir / name;
    must(save_file(path, as_bytes(block(name))));
    ::chmod(path.c_str(), 0600);
    return path;
  }
  SigningIdentity device = must(SigningIdentity::load(Role::device, write("device.key")));
  ReceiverIdentity receiver = must(ReceiverIdentity::load(write("receiver.key")));
  Bytes announcement = hex_block("announcement"), frame = hex_block("frame"),
        plaintext = hex_block("plaintext");
};

}  // namespace

TEST_CASE("FORMAT.md: the announcement says what the page says, is signed, and its box opens") {
  Example example;
  const auto unpacked = unpack_announcement(example.announcement);
  REQUIRE(unpacked);
  const Announcement& what = unpacked->announcement;
  CHECK(what.header.stream == 7);
  CHECK(to_hex(what.header.session) == "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");
  CHECK(what.epoch == 1'795'248'000'000);
  CHECK(what.time_ms == 1'795'248'000'000);
  CHECK(what.suite == 0x0005);
  CHECK(what.kid == 0);
  CHECK(what.first_ctr == 0);
  CHECK(what.receivers == 1);
  CHECK(what.device == example.device.identity().key);
  CHECK(what.header.device == device_id(what.device));
  CHECK(has_good_signature(*unpacked));
  std::array<std::byte, kBaseKeyBytes> base_key;
  REQUIRE(open_boxes(*unpacked, example.receiver, base_key) == Verdict::new_session);
  for (std::size_t i = 0; i < base_key.size(); ++i) CHECK(base_key[i] == std::byte(0x40 + i));
}

TEST_CASE(
    "FORMAT.md: the frame opens to the plaintext of the page, and sealing it again gives the same bytes") {
  if (!is_available(Suite::aes_256_gcm)) LC_SKIP("this CPU has no AES instructions");
  Example example;
  Bytes base_key(kBaseKeyBytes);
  for (std::size_t i = 0; i < base_key.size(); ++i) base_key[i] = std::byte(0x40 + i);
  const auto header = unpack_wire_header(example.frame);
  REQUIRE(header);
  CHECK(header->is_key_frame);
  CHECK(header->capture_ns == 1'795'248'000'040'000'000);
  const ByteSpan clear = ByteSpan(example.frame).first(header->size),
                 sframe = ByteSpan(example.frame).subspan(header->size);
  const auto sframe_header = unpack_sframe_header(sframe);
  REQUIRE(sframe_header);
  CHECK(sframe_header->header == SframeHeader{0, 300});

  Bytes plain(sframe.size());
  const auto size =
      must(OpeningKey::create(Suite::aes_256_gcm, 0, base_key)).open(sframe, *sframe_header, {}, clear, plain);
  REQUIRE(size);
  plain.resize(*size);
  CHECK(plain == example.plaintext);
  const auto fields = unpack_fields(plain);
  REQUIRE(fields);
  CHECK(fields->fields.pts_ns == 40'000'000u);
  CHECK(fields->fields.description == "video/x-latent, width=64");
  CHECK(as_text(ByteSpan(plain).subspan(fields->size)) == "latent");

  FrameCounter counter(300);
  SealingKey key = must(SealingKey::create(Suite::aes_256_gcm, 0, base_key));
  Bytes again(SealingKey::sealed_size_limit(plain.size()));
  again.resize(must(key.seal(counter, {}, clear, {plain}, 0, again)));
  CHECK(std::equal(again.begin(), again.end(), sframe.begin(), sframe.end()));
}
