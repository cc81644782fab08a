#include "seal/secret.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

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

TEST_CASE("secret: memory of one that is gone holds zeros for the next of its size, and for no other") {
  const auto make = [](std::size_t size, std::byte with) {
    bool is_zero = false;
    Secret secret = Secret::make(size, [&](std::span<std::byte> out) {
                      is_zero = std::all_of(out.begin(), out.end(), [](std::byte b) { return b == std::byte{0}; });
                      std::fill(out.begin(), out.end(), with);
                    }).value();
    CHECK(is_zero);
    return secret;
  };
  const std::byte* where = nullptr;
  {
    const Secret first = make(48, std::byte{0x5a});
    where = first.reveal().data();
  }
  const Secret other = make(40, std::byte{1}), next = make(48, std::byte{2}), third = make(48, std::byte{3});
  CHECK(next.reveal().data() == where);
  CHECK(third.reveal().data() != where);
  CHECK(other.reveal()[39] == std::byte{1});
  for (int i = 0; i < 3; ++i) {  // more at once than may wait
    std::vector<Secret> many;
    for (std::size_t k = 0; k < 2 * Secret::kSpares; ++k) many.push_back(make(32, std::byte(k)));
    for (std::size_t k = 0; k < many.size(); ++k) CHECK(many[k].reveal()[31] == std::byte(k));
  }
  CHECK(next.reveal()[0] == std::byte{2});
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
