// The primitives behind identities, against Wycheproof.
#include <algorithm>

#include "seal/identity.h"

#include <sodium.h>

#include "vectors.h"

using namespace lc;
using namespace lc::seal;
using seal::test::hex_of;

namespace {

PublicKey key_of(const Bytes& bytes) {
  PublicKey key{};
  if (bytes.size() == key.size()) std::copy(bytes.begin(), bytes.end(), key.begin());
  return key;
}

}  // namespace

TEST_CASE("identity: Ed25519 agrees with all 151 Wycheproof cases") {
  LC_VECTORS(file, "wycheproof/ed25519_test.json");
  int executed = 0, valid = 0;
  for (const auto& group : file["testGroups"]) {
    const PublicKey key = key_of(hex_of(group["publicKey"]["pk"]));
    for (const auto& test : group["tests"]) {
      CAPTURE(test["tcId"].get<int>());
      const bool good = is_signed_by(key, hex_of(test["msg"]), hex_of(test["sig"]));
      CHECK(good == (test["result"] == "valid"));
      valid += good ? 1 : 0;
      ++executed;
    }
  }
  CHECK(executed == 151);
  CHECK(valid == 88);
}

TEST_CASE("identity: X25519 agrees with all 518 Wycheproof cases, and refuses the 31 of low order") {
  LC_VECTORS(file, "wycheproof/x25519_test.json");
  int executed = 0, refused = 0, refused_by_check = 0;
  for (const auto& group : file["testGroups"]) {
    for (const auto& test : group["tests"]) {
      CAPTURE(test["tcId"].get<int>());
      const Bytes point = hex_of(test["public"]), scalar = hex_of(test["private"]),
                  shared = hex_of(test["shared"]);
      const bool is_zero =
          std::all_of(shared.begin(), shared.end(), [](std::byte b) { return b == std::byte{0}; });
      Bytes out(32);
      const int answer = crypto_scalarmult(reinterpret_cast<unsigned char*>(out.data()),
                                           reinterpret_cast<const unsigned char*>(scalar.data()),
                                           reinterpret_cast<const unsigned char*>(point.data()));
      CHECK(answer == (is_zero ? -1 : 0));
      if (answer == 0) CHECK(out == shared);
      refused += answer == 0 ? 0 : 1;
      refused_by_check += check_key(Role::receiver, key_of(point)) ? 0 : 1;
      ++executed;
    }
  }
  CHECK(executed == 518);
  CHECK(refused == 31);
  CHECK(refused_by_check == 31);
}
