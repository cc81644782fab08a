#include "seal/digest.h"

#include "support/test.h"

using namespace lc;

// RFC 7693 gives BLAKE2b-512; these two were computed with Python's hashlib.blake2b(digest_size=32).
TEST_CASE("digest: agrees with another implementation") {
  CHECK(to_hex(seal::blake2b_256({})) == "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
  CHECK(to_hex(seal::blake2b_256(as_bytes("abc"))) ==
        "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

TEST_CASE("digest: pieces give the same as the whole, and finish starts anew") {
  Bytes whole;
  for (int i = 0; i < 1000; ++i) whole.push_back(static_cast<std::byte>(i * 7));
  seal::Digest pieces;
  for (int round = 0; round < 2; ++round) {
    for (std::size_t at = 0; at < whole.size(); at += 13)
      pieces.update(ByteSpan(whole).subspan(at, std::min<std::size_t>(13, whole.size() - at)));
    CHECK(pieces.finish() == seal::blake2b_256(whole));
  }
}
