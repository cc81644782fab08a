#include "seal/keyring.h"

#include <sys/stat.h>

#include <fstream>

#include "base/file.h"
#include "fixture.h"

using namespace lc;
using namespace lc::seal;
using seal::test::kNow;
using seal::test::must;
using seal::test::Pair;
using seal::test::TempDir;

namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }
constexpr std::int64_t kNowSeconds = kNow / 1000;

}  // namespace

TEST_CASE("key ring: a list that is looked at again is parsed when it changed, and days pass all the same") {
  seal::test::Pair pair;
  ParsedList<PinnedReceiver> last;
  const auto names = [&](std::int64_t now_s) {
    std::string all;
    const auto receivers = pair.device_ring.receivers(now_s, &last);
    if (!receivers) return std::string(to_string(receivers.error().code));
    for (const auto& receiver : *receivers) all += receiver.name + " ";
    return all;
  };
  CHECK(names(0) == "desk ");
  CHECK(last.entries.size() == 1);
  const KeyRing other = must(KeyRing::create(pair.dir / "other"));
  must(pair.device_ring.pin(must(other.generate(Role::receiver, "other")), "not-after=2026-11-21").map([](bool) {}));
  const auto now_s = static_cast<std::int64_t>(seal::test::kNow / 1000);
  CHECK(names(now_s) == "desk other ");
  CHECK(names(now_s + 24 * 3600) == "desk ");  // of the same text
  must(pair.device_ring.revoke(Role::receiver, "desk"));
  CHECK(names(now_s) == "other ");
  must(save_file(pair.device_ring.list_file(Role::receiver), as_bytes("nonsense\n")));
  CHECK(names(now_s) == std::string(to_string(Errc::bad_format)));
}

TEST_CASE("key ring: two sides pin each other, once") {
  Pair pair;
  const auto receivers = must(pair.device_ring.receivers(kNowSeconds));
  REQUIRE(receivers.size() == 1);
  CHECK(receivers[0].name == "desk");
  CHECK(receivers[0].key == pair.receiver.key);
  const auto devices = must(pair.receiver_ring.devices());
  REQUIRE(devices.size() == 1);
  CHECK(devices[0].id == device_id(pair.device.key));
  CHECK_FALSE(must(pair.device_ring.pin(pair.receiver)));  // there already
  CHECK(must(pair.device_ring.receivers(kNowSeconds)).size() == 1);

  PublicIdentity impostor = must(ReceiverIdentity::generate("desk")).identity();
  const auto refused = pair.device_ring.pin(impostor);
  REQUIRE_FALSE(refused);
  CHECK(contains(refused.error().text, "another key of the name 'desk'"));
}

TEST_CASE("key ring: whatever is missing is named with the command that makes it") {
  TempDir dir;
  const auto none = KeyRing::open(dir / "none");
  REQUIRE_FALSE(none);
  CHECK(contains(none.error().text, "latentcast keygen --device NAME --keyring " + (dir / "none").string()));
  const KeyRing ring = must(KeyRing::create(dir / "keys"));
  const std::string keyring = " --keyring " + (dir / "keys").string();
  CHECK(contains(ring.device().error().text, "latentcast keygen --device NAME" + keyring));
  CHECK(contains(ring.receiver().error().text, "latentcast keygen --receiver NAME" + keyring));
  CHECK(contains(ring.receivers(kNowSeconds).error().text, "latentcast keygen --pin RECEIVER.pub" + keyring));
  CHECK(contains(ring.devices().error().text, "latentcast keygen --pin DEVICE.pub" + keyring));
  CHECK(ring.devices().error().code == Errc::no_key);
}

TEST_CASE("key ring: a folder or list that others may write to is refused") {
  Pair pair;
  const auto list = pair.receiver_ring.folder() / "devices.list";
  ::chmod(list.c_str(), 0666);
  CHECK(contains(pair.receiver_ring.devices().error().text, "chmod go-w " + list.string()));
  ::chmod(list.c_str(), 0644);
  CHECK(pair.receiver_ring.devices());
  ::chmod(pair.receiver_ring.folder().c_str(), 0777);
  CHECK(contains(KeyRing::open(pair.receiver_ring.folder()).error().text, "chmod go-w"));
}

TEST_CASE("key ring: a second key of a kind is not made over the first") {
  Pair pair;
  CHECK_FALSE(pair.device_ring.generate(Role::device, "again"));
  CHECK(must(pair.device_ring.identity(Role::device)).name == "camera");
}

TEST_CASE("key ring: the default is under the user's configuration") {
  const char* home = std::getenv("HOME");
  const char* config = std::getenv("XDG_CONFIG_HOME");
  const std::string old_home = home ? home : "", old_config = config ? config : "";
  ::setenv("XDG_CONFIG_HOME", "/somewhere", 1);
  CHECK(KeyRing::default_folder() == "/somewhere/latentcast/keys");
  ::setenv("XDG_CONFIG_HOME", "relative is to be ignored", 1);
  ::setenv("HOME", "/home/user", 1);
  CHECK(KeyRing::default_folder() == "/home/user/.config/latentcast/keys");
  home ? ::setenv("HOME", old_home.c_str(), 1) : ::unsetenv("HOME");
  config ? ::setenv("XDG_CONFIG_HOME", old_config.c_str(), 1) : ::unsetenv("XDG_CONFIG_HOME");
}

TEST_CASE("lists: options, comments and blank lines") {
  const std::string key = to_base64(must(ReceiverIdentity::generate("a")).identity().key);
  const auto list = must(parse_receivers("# who may look\n\n  receiver desk " + key +
                                         " suites=f001 not-after=2026-12-31 # mine\r\n"));
  REQUIRE(list.size() == 1);
  CHECK(list[0].suites == SuiteSet::only(Suite::chacha20_poly1305));
  CHECK(list[0].not_after_s == 1'798'761'599);  // 2026-12-31T23:59:59Z
  const std::string device = to_base64(must(SigningIdentity::generate(Role::device, "a")).identity().key);
  CHECK(must(parse_devices("device cam " + device + " streams=0,65535"))[0].streams ==
        std::vector<std::uint16_t>{0, 65535});
}

TEST_CASE("lists: each mistake is refused with its line") {
  const std::string key = to_base64(must(ReceiverIdentity::generate("a")).identity().key);
  const std::string good = "receiver desk " + key + "\n";
  REQUIRE(parse_receivers(good));
  const struct {
    std::string line, says;
  } table[] = {
      {"device desk2 " + key, "begins with 'device'"},
      {"receiver desk " + to_base64(must(ReceiverIdentity::generate("b")).identity().key), "there already"},
      {"receiver other " + key, "there already, as 'desk'"},
      {"receiver a/b " + key, "is not a name"},
      {"receiver b " + key.substr(1), "is not the base64 form"},
      {"receiver b", "is not the base64 form"},
      {"receiver b AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "low order"},
      {"receiver b " + to_base64(must(ReceiverIdentity::generate("c")).identity().key) + " suite=0005",
       "unknown word"},
      {"receiver b " + to_base64(must(ReceiverIdentity::generate("c")).identity().key) + " suites=0006",
       "unknown cipher"},
      {"receiver b " + to_base64(must(ReceiverIdentity::generate("c")).identity().key) +
           " not-after=2026-02-30",
       "is not a day"},
      {"receiver b " + to_base64(must(ReceiverIdentity::generate("c")).identity().key) + " streams=1",
       "unknown word"}};
  for (const auto& each : table) {
    CAPTURE(each.line);
    const auto list = parse_receivers(good + each.line + "\n");
    REQUIRE_FALSE(list);
    CHECK(contains(list.error().text, "line 2: "));
    CHECK_MESSAGE(contains(list.error().text, each.says), list.error().text);
  }
}

TEST_CASE("key ring: receivers past their day are left out, and none left is an error") {
  Pair pair;
  const auto path = pair.device_ring.folder() / "receivers.list";
  const std::string line = "receiver desk " + to_base64(pair.receiver.key) + " not-after=2026-11-21\n";
  must(save_file(path, as_bytes(line)));
  CHECK(pair.device_ring.receivers(kNowSeconds));
  const auto tomorrow = pair.device_ring.receivers(kNowSeconds + 24 * 3600);
  REQUIRE_FALSE(tomorrow);
  CHECK(contains(tomorrow.error().text, "past its not-after day"));
}
