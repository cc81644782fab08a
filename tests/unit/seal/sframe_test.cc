#include "seal/sframe.h"

#include <sodium.h>

#include <algorithm>
#include <set>

#include "vectors.h"

using namespace lc;
using namespace lc::seal;
using seal::test::hex_of;

namespace {

// The inputs of the RFC's vectors for whole packets.
const Bytes kBaseKey = from_hex("000102030405060708090a0b0c0d0e0f").value();
constexpr std::string_view kMetadata = "IETF SFrame WG", kPlain = "draft-ietf-sframe-enc";
constexpr std::uint64_t kKid = 0x123, kCtr = 0x4567;
constexpr const char* kSuite5 =
    "990123456794f509d36e9beacb0e261d99c7d1e972f1fed787d4049f17ca21353c1cc24d56ceabced279";

std::string sealed_with(Suite suite) {
  if (hedge_bytes(suite) > 0) return "9901234567a1a728d27cfb85700494ece00975a95df5f0b5e4ff48cd3023b2ccdf7b1baf1a3e3012e0cf";
  SealingKey key = SealingKey::create(suite, kKid, kBaseKey).value();
  FrameCounter counter(kCtr);
  Bytes out(SealingKey::sealed_size_limit(kPlain.size()));
  // In two parts, as frames are.
  out.resize(key.seal(counter, {}, as_bytes(kMetadata),
                      {as_bytes(kPlain.substr(0, 5)), as_bytes(kPlain.substr(5))}, 0, out)
                 .value());
  return to_hex(out);
}

std::optional<std::string> opened_with(Suite suite, ByteSpan sealed, std::string_view metadata = kMetadata,
                                       std::uint64_t kid = kKid) {
  const auto header = unpack_sframe_header(sealed);
  if (!header) return std::nullopt;
  const OpeningKey key = OpeningKey::create(suite, kid, kBaseKey).value();
  Bytes out(sealed.size());
  const auto size = key.open(sealed, *header, Bytes(hedge_bytes(suite)), as_bytes(metadata), out);
  if (!size) return std::nullopt;
  return std::string(as_text(ByteSpan(out).first(*size)));
}

unsigned char* u(Bytes& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
const unsigned char* u(const Bytes& bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

}  // namespace

TEST_CASE("sframe: the RFC's packet of suite 0x0005, kept here") {
  if (!is_available(Suite::aes_256_gcm)) LC_SKIP("this CPU has no AES instructions");
  CHECK(sealed_with(Suite::aes_256_gcm) == kSuite5);
  CHECK(opened_with(Suite::aes_256_gcm, from_hex(kSuite5).value()) == std::string(kPlain));
}

TEST_CASE("sframe: the known answer of suite 0xF001, on which two implementations agreed") {
  const char* answer = "99012345670a171c32a2f5655098978b61d3175aa0bea36e1212a2e24a70bc0fe127b4828e537b248a80";
  CHECK(sealed_with(Suite::chacha20_poly1305) == answer);
  CHECK(opened_with(Suite::chacha20_poly1305, from_hex(answer).value()) == std::string(kPlain));
}

// The known answer has a hedge of zeros, which nobody can ask a sender for; so it is opened only.
TEST_CASE("sframe: the known answer of suite 0xF002, and a round trip whose nonce is new each time") {
  const char* answer = "9901234567a1a728d27cfb85700494ece00975a95df5f0b5e4ff48cd3023b2ccdf7b1baf1a3e3012e0cf";
  constexpr Suite kHedged = Suite::xchacha20_poly1305_hedged;
  const Bytes packet = from_hex(answer).value();
  CHECK(opened_with(kHedged, packet) == std::string(kPlain));
  const OpeningKey opening = OpeningKey::create(kHedged, kKid, kBaseKey).value();
  std::set<std::string> packets;
  for (int i = 0; i < 16; ++i) {
    SealingKey key = SealingKey::create(kHedged, kKid, kBaseKey).value();  // memory that came back
    FrameCounter counter(kCtr);
    Bytes hedge(kHedgeBytes), out(SealingKey::sealed_size_limit(kPlain.size())), plain(out.size());
    out.resize(key.seal(counter, hedge, as_bytes(kMetadata), {as_bytes(kPlain)}, 0, out).value());
    packets.insert(to_hex(out));
    const auto header = unpack_sframe_header(out);
    const auto size = opening.open(out, *header, hedge, as_bytes(kMetadata), plain);
    REQUIRE(size);
    CHECK(as_text(ByteSpan(plain).first(*size)) == kPlain);
    CHECK_FALSE(opening.open(out, *header, Bytes(kHedgeBytes), as_bytes(kMetadata), plain));
    CHECK_FALSE(opening.open(out, *header, {}, as_bytes(kMetadata), plain));
  }
  CHECK(packets.size() == 16);
}

TEST_CASE("sframe: XChaCha20-Poly1305 agrees with the 306 applicable Wycheproof cases") {
  LC_VECTORS(file, "wycheproof/xchacha20_poly1305_test.json");
  int valid = 0, invalid = 0, other_nonce = 0;
  for (const auto& group : file["testGroups"]) {
    for (const auto& test : group["tests"]) {
      if (group["ivSize"] != 192) {
        ++other_nonce;
        continue;
      }
      CAPTURE(test["tcId"].get<int>());
      const Bytes key = hex_of(test["key"]), iv = hex_of(test["iv"]), aad = hex_of(test["aad"]),
                  plain = hex_of(test["msg"]), sealed = hex_of(test["ct"]), tag = hex_of(test["tag"]);
      Bytes out(sealed.size() + 1);
      const bool good = crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
                            u(out), nullptr, u(sealed.empty() ? tag : sealed), sealed.size(), u(tag), u(aad),
                            aad.size(), u(iv), u(key)) == 0;
      CHECK(good == (test["result"] == "valid"));
      (good ? valid : invalid) += 1;
      if (good) CHECK(std::equal(plain.begin(), plain.end(), out.begin()));
    }
  }
  CHECK(valid + invalid == 306);
  CHECK(other_nonce == 9);
}

TEST_CASE("sframe: the vector file's packet of suite 0x0005") {
  LC_VECTORS(file, "sframe-rfc9605.json");
  if (!is_available(Suite::aes_256_gcm)) LC_SKIP("this CPU has no AES instructions");
  int executed = 0;
  for (const auto& entry : file["sframe"]) {
    if (entry["cipher_suite"] != 5) continue;
    SealingKey key =
        SealingKey::create(Suite::aes_256_gcm, entry["kid"].get<std::uint64_t>(), hex_of(entry["base_key"]))
            .value();
    FrameCounter counter(entry["ctr"].get<std::uint64_t>());
    const Bytes plain = hex_of(entry["pt"]);
    Bytes out(SealingKey::sealed_size_limit(plain.size()));
    out.resize(key.seal(counter, {}, hex_of(entry["metadata"]), {plain}, 0, out).value());
    CHECK(out == hex_of(entry["ct"]));
    ++executed;
  }
  CHECK(executed == 1);
}

TEST_CASE("sframe: every flipped bit, every truncation, other metadata and another KID are refused") {
  for (const Suite suite : {Suite::aes_256_gcm, Suite::chacha20_poly1305, Suite::xchacha20_poly1305_hedged}) {
    if (!is_available(suite)) continue;
    const Bytes packet = from_hex(sealed_with(suite)).value();
    REQUIRE(opened_with(suite, packet));
    for (std::size_t bit = 0; bit < 8 * packet.size(); ++bit) {
      Bytes bad = packet;
      bad[bit / 8] ^= std::byte(1u << (bit % 8));
      if (opened_with(suite, bad)) FAIL("bit " << bit << " may be flipped");
    }
    for (std::size_t size = 0; size < packet.size(); ++size)
      CHECK_FALSE(opened_with(suite, ByteSpan(packet).first(size)));
    for (std::size_t more = 1; more <= 64; ++more) {
      Bytes longer = packet;
      longer.resize(packet.size() + more);
      CHECK_FALSE(opened_with(suite, longer));
    }
    CHECK_FALSE(opened_with(suite, packet, "IETF SFrame Wg"));
    CHECK_FALSE(opened_with(suite, packet, ""));
    CHECK_FALSE(opened_with(suite, packet, kMetadata, 0x124));
  }
}

TEST_CASE("sframe: a counter is used once, also by a seal that fails, and never wraps") {
  SealingKey key =
      SealingKey::create(Suite::chacha20_poly1305, 0, kBaseKey, {.frames = 3, .bytes = 10}).value();
  FrameCounter counter;
  Bytes out(200);
  REQUIRE(key.seal(counter, {}, {}, {as_bytes("12345")}, 0, out));
  const auto too_much = key.seal(counter, {}, {}, {as_bytes("123456")}, 0, out);  // 11 bytes in all
  REQUIRE_FALSE(too_much);
  CHECK(too_much.error().code == Errc::refused);
  REQUIRE(key.seal(counter, {}, {}, {as_bytes("12")}, 0, out));
  CHECK(unpack_sframe_header(out)->header.ctr == 2);
  REQUIRE(key.seal(counter, {}, {}, {as_bytes("3")}, 0, out));
  CHECK_FALSE(key.seal(counter, {}, {}, {as_bytes("")}, 0, out));  // the fourth frame

  SealingKey fresh = SealingKey::create(Suite::chacha20_poly1305, 0, kBaseKey).value();
  FrameCounter last(~0ull - 1);
  REQUIRE(fresh.seal(last, {}, {}, {as_bytes("x")}, 0, out));
  CHECK(unpack_sframe_header(out)->header.ctr == ~0ull - 1);
  for (int i = 0; i < 5; ++i) CHECK_FALSE(fresh.seal(last, {}, {}, {as_bytes("x")}, 0, out));
}

TEST_CASE("sframe: a base key of the wrong size is refused") {
  CHECK_FALSE(SealingKey::create(Suite::chacha20_poly1305, 0, ByteSpan(kBaseKey).first(15)));
  CHECK_FALSE(OpeningKey::create(Suite::chacha20_poly1305, 0, Bytes(65)));
}

// The primitives as sframe.cc calls them.
TEST_CASE("sframe: AES-256-GCM agrees with the 66 applicable Wycheproof cases") {
  LC_VECTORS(file, "wycheproof/aes_gcm_test.json");
  if (!is_available(Suite::aes_256_gcm)) LC_SKIP("this CPU has no AES instructions");
  int valid = 0, invalid = 0;
  for (const auto& group : file["testGroups"]) {
    if (group["ivSize"] != 96 || group["keySize"] != 256 || group["tagSize"] != 128) continue;
    for (const auto& test : group["tests"]) {
      CAPTURE(test["tcId"].get<int>());
      const Bytes key = hex_of(test["key"]), iv = hex_of(test["iv"]), aad = hex_of(test["aad"]),
                  plain = hex_of(test["msg"]), sealed = hex_of(test["ct"]), tag = hex_of(test["tag"]);
      crypto_aead_aes256gcm_state state;
      crypto_aead_aes256gcm_beforenm(&state, u(key));
      Bytes out(sealed.size() + 1);
      const bool good = crypto_aead_aes256gcm_decrypt_detached_afternm(
                            u(out), nullptr, u(sealed.empty() ? tag : sealed), sealed.size(), u(tag), u(aad),
                            aad.size(), u(iv), &state) == 0;
      CHECK(good == (test["result"] == "valid"));
      (good ? valid : invalid) += 1;
      if (!good) continue;
      Bytes again(plain), new_tag(16);
      again.resize(plain.size() + 1);
      crypto_aead_aes256gcm_encrypt_detached_afternm(u(again), u(new_tag), nullptr, u(again), plain.size(),
                                                     u(aad), aad.size(), nullptr, u(iv), &state);
      again.resize(plain.size());
      CHECK(again == sealed);
      CHECK(new_tag == tag);
    }
  }
  CHECK(valid == 39);
  CHECK(invalid == 27);
}

TEST_CASE("sframe: ChaCha20-Poly1305 agrees with the 316 applicable Wycheproof cases") {
  LC_VECTORS(file, "wycheproof/chacha20_poly1305_test.json");
  int valid = 0, invalid = 0, other_nonce = 0;
  for (const auto& group : file["testGroups"]) {
    for (const auto& test : group["tests"]) {
      if (group["ivSize"] != 96) {
        ++other_nonce;
        continue;
      }
      CAPTURE(test["tcId"].get<int>());
      const Bytes key = hex_of(test["key"]), iv = hex_of(test["iv"]), aad = hex_of(test["aad"]),
                  plain = hex_of(test["msg"]), sealed = hex_of(test["ct"]), tag = hex_of(test["tag"]);
      Bytes out(sealed.size() + 1);
      const bool good = crypto_aead_chacha20poly1305_ietf_decrypt_detached(
                            u(out), nullptr, u(sealed.empty() ? tag : sealed), sealed.size(), u(tag), u(aad),
                            aad.size(), u(iv), u(key)) == 0;
      CHECK(good == (test["result"] == "valid"));
      (good ? valid : invalid) += 1;
      if (!good) continue;
      Bytes again(plain), new_tag(16);
      again.resize(plain.size() + 1);
      crypto_aead_chacha20poly1305_ietf_encrypt_detached(
          u(again), u(new_tag), nullptr, u(again), plain.size(), u(aad), aad.size(), nullptr, u(iv), u(key));
      again.resize(plain.size());
      CHECK(again == sealed);
      CHECK(new_tag == tag);
    }
  }
  CHECK(valid == 256);
  CHECK(invalid == 60);
  CHECK(other_nonce == 9);
}
