#include "seal/epoch.h"

#include <unistd.h>

#include "base/file.h"
#include "fixture.h"

using namespace lc;
using namespace lc::seal;
using seal::test::kNow;
using seal::test::must;
using seal::test::TempDir;

namespace {

const DeviceId kDevice{std::byte{1}};
const SessionId kSession{std::byte{2}};

}  // namespace

TEST_CASE("epoch: grows with the clock, and without it") {
  TempDir dir;
  EpochStore store = must(EpochStore::open(dir / "state"));
  CHECK(must(store.begin_session(kDevice, 0, kNow, kSession)) == kNow);
  CHECK(must(store.begin_session(kDevice, 0, kNow, kSession)) == kNow + 1);
  CHECK(must(store.begin_session(kDevice, 0, 0, kSession)) == kNow + 2);         // clock back to 1970
  CHECK(must(store.begin_session(kDevice, 0, 2 * kNow, kSession)) == 2 * kNow);  // clock far ahead
  CHECK(must(store.begin_session(kDevice, 0, kNow, kSession)) == 2 * kNow + 1);  // and back again
  CHECK(must(store.begin_session(kDevice, 1, kNow, kSession)) == kNow);          // another stream
}

TEST_CASE("epoch: without file and clock a device does not start") {
  TempDir dir;
  EpochStore store = must(EpochStore::open(dir / "state"));
  const auto refused = store.begin_session(kDevice, 0, 1000, kSession);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text.find("set the clock") != std::string::npos);
}

TEST_CASE("epoch: a receiver keeps the highest") {
  TempDir dir;
  EpochStore store = must(EpochStore::open(dir / "state"));
  CHECK_FALSE(must(store.seen(kDevice, 0)));
  must(store.remember(kDevice, 0, {7, kSession}));
  must(store.remember(kDevice, 0, {5, {}}));
  const auto seen = must(EpochStore::open(dir / "state")).seen(kDevice, 0).value();
  REQUIRE(seen);
  CHECK(seen->epoch == 7);
  CHECK(seen->session == kSession);
}

TEST_CASE("epoch: a damaged file counts as none, for any damage") {
  TempDir dir;
  EpochStore store = must(EpochStore::open(dir / "state"));
  must(store.remember(kDevice, 0, {7, kSession}));
  const auto path = dir / "state" / "seen-0100000000000000-0";
  const Bytes good = must(load_file(path));
  for (std::size_t size = 0; size < good.size(); ++size) {
    must(save_file(path, ByteSpan(good).first(size)));
    CHECK_FALSE(must(store.seen(kDevice, 0)));
  }
  must(save_file(path, good));
  CHECK(must(store.seen(kDevice, 0)));
}

TEST_CASE("epoch: a folder that cannot be written is an error at once") {
  if (::geteuid() == 0) LC_SKIP("root may write everywhere");
  TempDir dir;
  std::filesystem::create_directory(dir / "state");
  std::filesystem::permissions(dir / "state",
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  CHECK_FALSE(EpochStore::open(dir / "state"));
}
