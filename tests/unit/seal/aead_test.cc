// libsodium and OpenSSL: the same sealed bytes, the same refusals.
#include "seal/aead.h"

#include <algorithm>
#include <random>

#include "vectors.h"

using namespace lc;
using namespace lc::seal;
using seal::test::hex_of;

namespace {

constexpr struct {
  const char* name;
  Result<std::unique_ptr<Aead>> (*make)(Suite, ByteSpan, ByteSpan);
} kLibraries[] = {{"libsodium", make_sodium_aead}, {"OpenSSL", make_openssl_aead}};

struct Cases {
  int valid = 0, invalid = 0;
};

// The salt is the nonce where the counter is 0.
Cases agree_with(const nlohmann::json& file, Suite suite, decltype(kLibraries[0].make) make) {
  Cases cases;
  for (const auto& group : file["testGroups"]) {
    if (group["ivSize"] != 96 || group["keySize"] != 256 || group["tagSize"] != 128) continue;
    for (const auto& test : group["tests"]) {
      CAPTURE(test["tcId"].get<int>());
      const Bytes plain = hex_of(test["msg"]), aad = hex_of(test["aad"]), tag = hex_of(test["tag"]);
      Bytes sealed = hex_of(test["ct"]);
      const std::size_t size = sealed.size();
      sealed.insert(sealed.end(), tag.begin(), tag.end());
      const auto aead = make(suite, hex_of(test["key"]), hex_of(test["iv"])).value();
      Bytes out(size + 1, std::byte{0});
      const bool good = aead->decrypt(0, {}, aad, sealed.data(), size, out.data());
      CHECK(good == (test["result"] == "valid"));
      (good ? cases.valid : cases.invalid) += 1;
      if (!good) {
        CHECK(std::all_of(out.begin(), out.end(), [](std::byte b) { return b == std::byte{0}; }));
        continue;
      }
      CHECK(std::equal(plain.begin(), plain.end(), out.begin()));
      out.assign(plain.begin(), plain.end());
      out.resize(size + kTagBytes);
      CHECK(aead->encrypt(0, {}, aad, out.data(), size));
      CHECK(out == sealed);
    }
  }
  return cases;
}

Bytes random_bytes(std::mt19937_64& random, std::size_t size) {
  Bytes out(size);
  for (std::byte& b : out) b = std::byte(random());
  return out;
}

}  // namespace

TEST_CASE("aead: libsodium and OpenSSL agree with all applicable Wycheproof cases") {
  LC_VECTORS(aes, "wycheproof/aes_gcm_test.json");
  LC_VECTORS(chacha, "wycheproof/chacha20_poly1305_test.json");
  for (const auto& library : kLibraries) {
    CAPTURE(std::string(library.name));
    if (is_available(Suite::aes_256_gcm)) {
      const Cases cases = agree_with(aes, Suite::aes_256_gcm, library.make);
      CHECK(cases.valid == 39);
      CHECK(cases.invalid == 27);
    }
    const Cases cases = agree_with(chacha, Suite::chacha20_poly1305, library.make);
    CHECK(cases.valid + cases.invalid == 316);
  }
}

TEST_CASE("aead: what one of them sealed the other opens, byte for byte, and both refuse the same") {
  std::mt19937_64 random(51);
  for (const Suite suite : {Suite::aes_256_gcm, Suite::chacha20_poly1305, Suite::xchacha20_poly1305_hedged}) {
    if (!is_available(suite)) continue;
    CAPTURE(std::string(to_string(suite)));
    for (int round = 0; round < 400; ++round) {
      const std::size_t size = round < 300 ? static_cast<std::size_t>(round) : random() % 70'000;
      const Bytes key = random_bytes(random, kAeadKeyBytes), salt = random_bytes(random, nonce_bytes(suite)),
                  aad = random_bytes(random, 1 + random() % 300), hedge = random_bytes(random, hedge_bytes(suite)),
                  plain = random_bytes(random, size);
      const auto sodium = make_sodium_aead(suite, key, salt).value(),
                 openssl = make_openssl_aead(suite, key, salt).value();
      for (int message = 0; message < 3; ++message) {  // of one key
        const std::uint64_t ctr = random();
        Bytes one = plain, other = plain;
        one.resize(size + kTagBytes);
        other.resize(size + kTagBytes);
        REQUIRE(sodium->encrypt(ctr, hedge, aad, one.data(), size));
        REQUIRE(openssl->encrypt(ctr, hedge, aad, other.data(), size));
        REQUIRE(one == other);
        Bytes out(size + 1);
        for (Aead* aead : {sodium.get(), openssl.get()}) {
          REQUIRE(aead->decrypt(ctr, hedge, aad, one.data(), size, out.data()));
          REQUIRE(std::equal(plain.begin(), plain.end(), out.begin()));
          Bytes bad = one, bad_aad = aad;
          bad[random() % bad.size()] ^= std::byte(1u << (random() % 8));
          bad_aad[random() % aad.size()] ^= std::byte(1u << (random() % 8));
          out.assign(size + 1, std::byte{0});
          REQUIRE_FALSE(aead->decrypt(ctr, hedge, aad, bad.data(), size, out.data()));
          REQUIRE_FALSE(aead->decrypt(ctr, hedge, bad_aad, one.data(), size, out.data()));
          REQUIRE_FALSE(aead->decrypt(ctr + 1, hedge, aad, one.data(), size, out.data()));
          if (size > 0) REQUIRE_FALSE(aead->decrypt(ctr, hedge, aad, one.data(), size - 1, out.data()));
          REQUIRE(std::all_of(out.begin(), out.end(), [](std::byte b) { return b == std::byte{0}; }));
        }
      }
    }
  }
}
