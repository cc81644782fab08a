#include "base/file.h"

#include <sys/stat.h>

#include "support/test.h"

using namespace lc;

TEST_CASE("file: what is saved is loaded, and a second save replaces the first") {
  test::TempDir dir;
  const Bytes first(1000, std::byte{7}), second(3, std::byte{9});
  REQUIRE(save_file(dir / "a", first));
  CHECK(load_file(dir / "a").value() == first);
  REQUIRE(save_file(dir / "a", second));
  CHECK(load_file(dir / "a").value() == second);
  CHECK(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1);
}

TEST_CASE("file: a missing file, a folder and an oversized file are told apart") {
  test::TempDir dir;
  CHECK(load_file(dir / "none").error().code == Errc::not_found);
  CHECK(load_file(dir.path()).error().text.find("is a folder") != std::string::npos);
  REQUIRE(save_file(dir / "big", Bytes(100)));
  CHECK(load_file(dir / "big", 100));
  CHECK(load_file(dir / "big", 99).error().code == Errc::unsupported);
  CHECK(load_file("/proc/self/status"));  // claims size 0
  REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
  CHECK(load_file(dir / "pipe").error().code == Errc::unsupported);  // and does not wait for a writer
}

TEST_CASE("file: the umask says what others may do with what is saved, and a new file replaces none") {
  test::TempDir dir;
  const auto mode_of = [&](const char* name) {
    struct stat info {};
    REQUIRE(::stat((dir / name).c_str(), &info) == 0);
    return info.st_mode & 0777;
  };
  const mode_t before = ::umask(027);
  const auto saved = save_file(dir / "a", Bytes(1));
  const auto made = save_new_file(dir / "b", Bytes(2)), secret = save_new_file(dir / "c", Bytes(3), 0600);
  ::umask(before);
  REQUIRE(saved);
  REQUIRE(made);
  REQUIRE(secret);
  CHECK(mode_of("a") == 0640);
  CHECK(mode_of("b") == 0640);
  CHECK(mode_of("c") == 0600);
  const auto again = save_new_file(dir / "b", Bytes(9));
  REQUIRE_FALSE(again);
  CHECK(again.error().code == Errc::invalid_config);
  CHECK(again.error().text.find("b: exists already") != std::string::npos);
  CHECK(load_file(dir / "b").value().size() == 2);
  CHECK(save_file(dir / "none" / "a", Bytes(1)).error().code == Errc::unavailable);
}
