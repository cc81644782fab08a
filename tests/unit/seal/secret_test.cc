#include "seal/secret.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "support/test.h"

using namespace lc;
using seal::Secret;

TEST_CASE("secret: holds what it was given, and moving it empties the source") {
  Secret secret = Secret::copy_of(as_bytes("thirty-three bytes, not of 16 fit")).value();
  CHECK(as_text(secret.reveal()) == "thirty-three bytes, not of 16 fit");
  Secret other = std::move(secret);
  CHECK(secret.empty());
  CHECK(other.size() == 33);
  secret = std::move(other);
  CHECK(secret.size() == 33);
  CHECK(other.reveal().empty());
}

TEST_CASE("secret: random ones differ, and multiples of 16 are aligned for AES") {
  Secret a = Secret::random(512).value(), b = Secret::random(512).value();
  CHECK_FALSE(std::equal(a.reveal().begin(), a.reveal().end(), b.reveal().begin()));
  CHECK(reinterpret_cast<std::uintptr_t>(a.reveal().data()) % 16 == 0);
}

TEST_CASE("secret: a forked child sees zeros and can exit") {
  Secret secret = Secret::make(32, [](std::span<std::byte> out) {
                    std::fill(out.begin(), out.end(), std::byte{0x5a});
                  }).value();
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto bytes = secret.reveal();
    const bool wiped = std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
    { Secret gone = std::move(secret); }  // must not end the process
    ::_exit(wiped ? 7 : 8);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 7);
  CHECK(secret.reveal()[31] == std::byte{0x5a});
}
