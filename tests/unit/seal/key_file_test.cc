// Key files and the folder rules: what is refused, and whether the refusal names the remedy.
#include "seal/key_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "fixture.h"
#include "seal/checked_file.h"

using namespace lc;
using namespace lc::seal;
using seal::test::must;
using seal::test::TempDir;

namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string text_of(const std::filesystem::path& path) {
  return std::string(as_text(load_file(path).value()));
}

void write(const std::filesystem::path& path, std::string_view text, mode_t mode) {
  must(save_file(path, as_bytes(text)));
  ::chmod(path.c_str(), mode);
}

}  // namespace

TEST_CASE("key file: a device key comes back and signs the same, a receiver key opens the same") {
  TempDir dir;
  const auto device = must(SigningIdentity::generate(Role::device, "camera-1"));
  must(device.save(dir / "device.key"));
  const auto again = must(SigningIdentity::load(Role::device, dir / "device.key"));
  CHECK(again.identity().name == "camera-1");
  CHECK(again.identity().key == device.identity().key);
  std::array<std::byte, kSignatureBytes> signature;
  again.sign(as_bytes("hello"), signature);
  CHECK(is_signed_by(device.identity().key, as_bytes("hello"), signature));
  CHECK_FALSE(is_signed_by(device.identity().key, as_bytes("hellp"), signature));

  const auto receiver = must(ReceiverIdentity::generate("desk"));
  must(receiver.save(dir / "receiver.key"));
  const auto same = must(ReceiverIdentity::load(dir / "receiver.key"));
  Bytes box(5 + kBoxOverhead), plain(5);
  REQUIRE(seal_box(receiver.identity().key, as_bytes("hello"), box));
  REQUIRE(same.open_box(box, plain));
  CHECK(as_text(plain) == "hello");
}

TEST_CASE("key file: is made for its owner only, and never over another") {
  TempDir dir;
  const auto device = must(SigningIdentity::generate(Role::device, "camera"));
  must(device.save(dir / "device.key"));
  struct stat info {};
  REQUIRE(::stat((dir / "device.key").c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0600);
  const auto second = device.save(dir / "device.key");
  REQUIRE_FALSE(second);
  CHECK(contains(second.error().text, "exists already"));
}

TEST_CASE("key file: modes, links, folders and sizes that put a key at risk are refused with the remedy") {
  TempDir dir;
  const auto path = dir / "device.key";
  must(must(SigningIdentity::generate(Role::device, "camera")).save(path));
  REQUIRE(SigningIdentity::load(Role::device, path));
  for (const mode_t mode : {0644, 0640, 0604, 0620, 0610, 0601, 0660, 0777}) {
    CAPTURE(mode);
    ::chmod(path.c_str(), mode);
    const auto refused = SigningIdentity::load(Role::device, path);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::refused);
    CHECK(contains(refused.error().text, "chmod 600 " + path.string()));
  }
  ::chmod(path.c_str(), 0400);
  CHECK(SigningIdentity::load(Role::device, path));
  ::chmod(path.c_str(), 0600);

  std::filesystem::create_symlink(path, dir / "link.key");
  CHECK(contains(SigningIdentity::load(Role::device, dir / "link.key").error().text, "symbolic link"));

  std::filesystem::create_hard_link(path, dir / "second.key");
  CHECK(contains(SigningIdentity::load(Role::device, path).error().text, "2 names"));
  std::filesystem::remove(dir / "second.key");

  ::chmod(dir.path().c_str(), 0770);
  const auto open_folder = SigningIdentity::load(Role::device, path);
  REQUIRE_FALSE(open_folder);
  CHECK(contains(open_folder.error().text, "chmod go-w " + dir.path().string()));
  ::chmod(dir.path().c_str(), 01777);  // sticky, as /tmp: nobody else can exchange the file
  CHECK(SigningIdentity::load(Role::device, path));
  ::chmod(dir.path().c_str(), 0700);

  std::filesystem::create_directory(dir / "folder.key");
  CHECK(contains(SigningIdentity::load(Role::device, dir / "folder.key").error().text, "not a regular file"));
  REQUIRE(::mkfifo((dir / "pipe.key").c_str(), 0600) == 0);  // does not hang
  CHECK(contains(SigningIdentity::load(Role::device, dir / "pipe.key").error().text, "not a regular file"));
  CHECK(SigningIdentity::load(Role::device, dir / "none.key").error().code == Errc::not_found);
  write(dir / "empty.key", "", 0600);
  CHECK(contains(SigningIdentity::load(Role::device, dir / "empty.key").error().text, "is empty"));
  write(dir / "large.key", std::string(kMaxKeyFileBytes + 1, 'x'), 0600);
  CHECK(SigningIdentity::load(Role::device, dir / "large.key").error().code == Errc::unsupported);
}

TEST_CASE("key file: a file of somebody else is refused") {
  if (::geteuid() != 0) LC_SKIP("only root can give a file away");
  TempDir dir;
  const auto path = dir / "device.key";
  must(must(SigningIdentity::generate(Role::device, "camera")).save(path));
  REQUIRE(::chown(path.c_str(), 12345, 12345) == 0);
  const auto refused = SigningIdentity::load(Role::device, path);
  REQUIRE_FALSE(refused);
  CHECK(contains(refused.error().text, "belongs to another user (uid 12345)"));
}

TEST_CASE("key file: every truncation and every changed byte is refused") {
  TempDir dir;
  must(must(SigningIdentity::generate(Role::device, "camera")).save(dir / "device.key"));
  const std::string good = text_of(dir / "device.key");
  for (std::size_t size = 1; size < good.size(); ++size) {
    write(dir / "bad.key", good.substr(0, size), 0600);
    if (SigningIdentity::load(Role::device, dir / "bad.key")) FAIL("cut to " << size << " bytes");
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    write(dir / "bad.key", bad, 0600);
    if (SigningIdentity::load(Role::device, dir / "bad.key")) FAIL("byte " << at << " changed");
  }
  write(dir / "bad.key", good + "\n", 0600);
  CHECK_FALSE(SigningIdentity::load(Role::device, dir / "bad.key"));
}

TEST_CASE("key file: a key of the other kind is named as such") {
  TempDir dir;
  must(must(SigningIdentity::generate(Role::device, "camera")).save(dir / "device.key"));
  const auto refused = ReceiverIdentity::load(dir / "device.key");
  REQUIRE_FALSE(refused);
  CHECK(contains(refused.error().text, "holds a key of type 'device-ed25519', not of a receiver"));
}

TEST_CASE("public key: comes back, and a secret key in its place is refused") {
  const auto receiver = must(ReceiverIdentity::generate("desk"));
  const std::string text = public_key_text(receiver.identity());
  const auto again = must(parse_public_key(text));
  CHECK(again.role == Role::receiver);
  CHECK(again.name == "desk");
  CHECK(again.key == receiver.identity().key);
  CHECK(again.suites == SuiteSet::available());
  for (std::size_t size = 0; size < text.size(); ++size) CHECK_FALSE(parse_public_key(text.substr(0, size)));

  TempDir dir;
  must(receiver.save(dir / "receiver.key"));
  const auto refused = load_public_key(dir / "receiver.key");
  REQUIRE_FALSE(refused);
  CHECK(contains(refused.error().text, "must not leave its machine"));
}

TEST_CASE("fingerprint: agrees with another implementation, and differs by role") {
  PublicKey key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = std::byte(i);
  // Python: hashlib.blake2b(b"device-ed25519" + bytes(range(32)), digest_size=20)
  CHECK(fingerprint(Role::device, key) == "df1d dd2a 25e1 5470 ceee f2bc dd78 30b2 df61 9ffa");
  CHECK(fingerprint(Role::receiver, key) == "1ec4 5387 bcde fc26 4e16 d625 8715 e814 204d 1e55");
  CHECK(to_hex(device_id(key)) == "cb2f5160fc1f7e05");
}

TEST_CASE("keys: those of low order are refused") {
  PublicKey zero{}, one{};
  one[0] = std::byte{1};
  for (const PublicKey& key : {zero, one}) {
    CHECK_FALSE(check_key(Role::receiver, key));
    CHECK_FALSE(check_key(Role::device, key));
  }
  CHECK(check_key(Role::receiver, must(ReceiverIdentity::generate("a")).identity().key));
  CHECK(check_key(Role::device, must(SigningIdentity::generate(Role::device, "a")).identity().key));
}

TEST_CASE("names: what would confuse a list or a path is refused") {
  for (const char* name : {"", "a b", "../x", ".hidden", "-x", "a/b", "a\nb", "ä"})
    CHECK_FALSE(check_name(name));
  CHECK_FALSE(check_name(std::string(65, 'a')));
  for (const char* name : {"a", "camera-1", "Desk_2.lab"}) CHECK(check_name(name));
}
