// Key files that want a passphrase. Costs are the least that Argon2 has, so that the tests are quick.
#include <algorithm>

#include "seal/passphrase.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "fixture.h"

using namespace lc;
using namespace lc::seal;
using seal::test::must;
using seal::test::TempDir;

namespace {

Passphrase cheap(std::string_view text) {
  return Passphrase(must(Secret::copy_of(as_bytes(text))), {.passes = 1, .bytes = 8192});
}
void offer(std::string_view text) { offer_passphrase(must(Secret::copy_of(as_bytes(text)))); }
std::string text_of(const std::filesystem::path& path) { return std::string(as_text(load_file(path).value())); }

}  // namespace

TEST_CASE("passphrase: a key file that has one is opened with it only, then without asking again") {
  TempDir dir;
  const auto path = dir / "device.key";
  const auto device = must(SigningIdentity::generate(Role::device, "camera"));
  const Passphrase passphrase = cheap("correct horse 1");
  must(device.save(path, &passphrase));
  const std::string text = text_of(path);
  CHECK(text.find("passphrase: argon2id 1 8192 ") != std::string::npos);
  const auto locked = SigningIdentity::load(Role::device, path);
  REQUIRE_FALSE(locked);
  CHECK((locked.error().code == Errc::no_key || locked.error().code == Errc::refused));
  offer("wrong");
  const auto wrong = SigningIdentity::load(Role::device, path);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code == Errc::refused);
  offer("correct horse 1");
  for (int i = 0; i < 2; ++i) {
    const auto opened = SigningIdentity::load(Role::device, path);
    REQUIRE_MESSAGE(opened, opened.error().text);
    CHECK(opened->identity().key == device.identity().key);
  }
}

TEST_CASE("passphrase: the locked key belongs to its file: other type, other name, every change is refused") {
  TempDir dir;
  const Passphrase passphrase = cheap("correct horse 2");
  offer("correct horse 2");
  const Secret secret = must(Secret::random(32));
  const Locked locked = must(lock(secret, passphrase, "type: a\nname: b\n"));
  const Secret again = must(unlock(locked, "type: a\nname: b\n"));
  CHECK(std::equal(secret.reveal().begin(), secret.reveal().end(), again.reveal().begin()));
  CHECK_FALSE(unlock(locked, "type: a\nname: c\n"));
  for (std::size_t i = 0; i < locked.box.size(); ++i) {
    Locked bad = locked;
    bad.box[i] ^= std::byte{1};
    CHECK_FALSE(unlock(bad, "type: a\nname: b\n"));
  }
  // What would take hours or all memory is not even tried.
  for (const char* method : {"argon2id 17 8192 00112233445566778899aabbccddeeff", "scrypt 1 8192 00",
                             "argon2id 1 99999999999 00112233445566778899aabbccddeeff", "argon2id 1 8192 0011", "",
                             "argon2id 0 8192 00112233445566778899aabbccddeeff", "argon2id 1 8192"}) {
    Locked bad = locked;
    bad.method = method;
    CHECK_FALSE(unlock(bad, "type: a\nname: b\n"));
  }
}

TEST_CASE("passphrase: a key ring with locked keys shows their public halves, and seals and opens with it") {
  TempDir dir;
  const KeyRing ring = must(KeyRing::create(dir / "keys"));
  const Passphrase passphrase = cheap("correct horse 3");
  for (const Role role : {Role::device, Role::receiver, Role::signer})
    must(ring.generate(role, "me", &passphrase).map([](auto&&) {}));
  for (const Role role : {Role::device, Role::receiver, Role::signer}) {
    const auto identity = ring.identity(role);
    // Tests before this one offered other passphrases.
    if (!identity) CHECK(identity.error().code == Errc::refused);
  }
  offer("correct horse 3");
  for (const Role role : {Role::device, Role::receiver, Role::signer})
    must(ring.pin(must(ring.identity(role))).map([](bool) {}));
  Sealer sealer = must(Sealer::create(ring));
  Opener opener = must(Opener::create(ring));
  CHECK(seal::test::open_with(opener, seal::test::announcement_of(sealer)).verdict == Verdict::new_session);
  CHECK(must(ring.signers())[0].name == "me");
}

TEST_CASE("passphrase: one line of a descriptor is read, and no byte more") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const std::string text = "first line\nsecond\n\n" + std::string(kMaxPassphraseBytes + 1, 'x') + "\n";
  REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  ::close(ends[1]);
  CHECK(as_text(must(read_passphrase(ends[0])).reveal()) == "first line");
  CHECK(as_text(must(read_passphrase(ends[0])).reveal()) == "second");
  CHECK_FALSE(read_passphrase(ends[0]));  // empty
  CHECK_FALSE(read_passphrase(ends[0]));  // too long
  ::close(ends[0]);
  CHECK_FALSE(read_passphrase(ends[0]));  // closed
}
