#include <algorithm>

#include "seal/kdf.h"

#include "seal/ratchet.h"
#include "vectors.h"

using namespace lc;
using namespace lc::seal;
using seal::test::hex_of;

TEST_CASE("kdf: HMAC-SHA-512 of RFC 4231, test case 2, in parts") {
  std::array<std::byte, kHashBytes> out;
  const std::array<ByteSpan, 2> parts{as_bytes("what do ya want "), as_bytes("for nothing?")};
  hmac_sha512(as_bytes("Jefe"), parts, out);
  CHECK(to_hex(out) ==
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaea"
        "b1a34d4a6b4b636e070a38bce737");
}

TEST_CASE("kdf: HMAC-SHA-512 agrees with all 174 Wycheproof cases") {
  LC_VECTORS(file, "wycheproof/hmac_sha512_test.json");
  int executed = 0;
  for (const auto& group : file["testGroups"]) {
    for (const auto& test : group["tests"]) {
      CAPTURE(test["tcId"].get<int>());
      std::array<std::byte, kHashBytes> out;
      const Bytes message = hex_of(test["msg"]), key = hex_of(test["key"]), tag = hex_of(test["tag"]);
      const ByteSpan part = message;
      hmac_sha512(key, {&part, 1}, out);
      const bool equal = tag.size() <= out.size() && std::equal(tag.begin(), tag.end(), out.begin());
      CHECK(equal == (test["result"] == "valid"));
      ++executed;
    }
  }
  CHECK(executed == 174);
}

TEST_CASE("kdf: HKDF-SHA-512 agrees with all 83 Wycheproof cases") {
  LC_VECTORS(file, "wycheproof/hkdf_sha512_test.json");
  int executed = 0, refused = 0;
  for (const auto& group : file["testGroups"]) {
    for (const auto& test : group["tests"]) {
      CAPTURE(test["tcId"].get<int>());
      std::array<std::byte, kHashBytes> key;
      hkdf_extract(hex_of(test["salt"]), hex_of(test["ikm"]), key);
      Bytes out(test["size"].get<std::size_t>());
      const bool good = hkdf_expand(key, hex_of(test["info"]), out);
      CHECK(good == (test["result"] == "valid"));
      if (good) CHECK(out == hex_of(test["okm"]));
      if (!good) ++refused;
      ++executed;
    }
  }
  CHECK(executed == 83);
  CHECK(refused == 3);
}

// Known answers on which two implementations agreed.
TEST_CASE("kdf: two steps of the SFrame ratchet") {
  Secret base_key =
      Secret::copy_of(from_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").value()).value();
  for (const char* expected : {"bfb9f8aab9aacc7cad670563bcb29181af952b8e279a8673ded8b2dea3249e05"
                               "12e38ae7d77aa9d85851602358b2968d9a81b34aa33deedf4f95d5edf0660d67",
                               "6131f1e1272b84e4588f1996c20cd253b80588d91511575fa2fd96f5cd7dfb54"
                               "056eedf13f03ea974764ad819bbab338dded88bbe6048e50971dba80157929ef"}) {
    base_key = ratchet(base_key).value();
    CHECK(to_hex(base_key.reveal()) == expected);
  }
}
