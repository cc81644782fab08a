// latentcast keygen, as it is typed.
#include "cli/keygen.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <sstream>

#include "cli/commands.h"
#include "fixture.h"

using namespace lc;
using seal::KeyRing;
using seal::Role;
using seal::test::must;

namespace {

struct Ran {
  int exit_code = -1;
  std::string out, err;
};

Ran run_line(void (*add)(CLI::App&, int&), const std::string& line) {
  CLI::App app;
  Ran ran;
  add(app, ran.exit_code);
  std::ostringstream out, err;
  auto* old_out = std::cout.rdbuf(out.rdbuf());
  auto* old_err = std::cerr.rdbuf(err.rdbuf());
  try {
    app.parse(line);
  } catch (const CLI::ParseError& error) {
    ran.exit_code = cli::kUsage;
    err << error.what();
  }
  std::cout.rdbuf(old_out);
  std::cerr.rdbuf(old_err);
  ran.out = out.str();
  ran.err = err.str();
  return ran;
}

Ran run(const std::string& arguments) { return run_line(cli::add_keygen, "keygen " + arguments); }

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("keygen: the three commands of its help make two sides that trust each other") {
  lc::test::TempDir dir;
  const std::string device = (dir / "device").string(), receiver = (dir / "receiver").string();
  Ran ran = run("--device camera1 --keyring " + device);
  REQUIRE_MESSAGE(ran.exit_code == cli::kOk, ran.err);
  const auto identity = must(must(KeyRing::open(device)).identity(Role::device));
  CHECK(contains(ran.out, seal::fingerprint(Role::device, identity.key)));
  CHECK(contains(ran.out, "latentcast keygen --pin device.pub"));
  CHECK(run("--receiver desk --keyring " + receiver + " --pin " + device + "/device.pub").exit_code ==
        cli::kOk);
  CHECK(run("--keyring " + device + " --pin " + receiver + "/receiver.pub").exit_code == cli::kOk);
  CHECK(must(must(KeyRing::open(device)).receivers(0))[0].name == "desk");
  CHECK(must(must(KeyRing::open(receiver)).devices())[0].name == "camera1");
  // Without a task it shows what is there, and no secret.
  ran = run("--keyring " + device);
  CHECK(ran.exit_code == cli::kOk);
  CHECK(contains(ran.out, "own device    camera1"));
  CHECK(contains(ran.out, "receiver  desk"));
}

TEST_CASE("keygen: both ends of one machine pin each other") {
  lc::test::TempDir dir;
  const std::string keys = (dir / "keys").string();
  CHECK(run("--device a --receiver b --keyring " + keys).exit_code == cli::kOk);
  const KeyRing ring = must(KeyRing::open(keys));
  CHECK(must(ring.receivers(0))[0].name == "b");
  CHECK(must(ring.devices())[0].name == "a");
}

TEST_CASE("keygen: mistakes change nothing and say what to do") {
  lc::test::TempDir dir;
  const std::string keys = (dir / "keys").string();
  Ran ran = run("--device a/b --keyring " + keys);
  CHECK(ran.exit_code == cli::kUsage);
  CHECK(contains(ran.err, "is not a name"));
  ran = run("--device a --keyring " + keys + " --pin " + (dir / "none.pub").string());
  CHECK(ran.exit_code == cli::kUsage);
  CHECK_FALSE(std::filesystem::exists(dir / "keys" / "device.key"));
  REQUIRE(run("--device a --keyring " + keys).exit_code == cli::kOk);
  ran = run("--device a --keyring " + keys);
  CHECK(ran.exit_code == cli::kFailed);
  CHECK(contains(ran.err, "exists already"));
  ran = run("--keyring " + keys + " --pin " + keys + "/device.key");
  CHECK(ran.exit_code == cli::kFailed);
  CHECK(contains(ran.err, "must not leave its machine"));
  ran = run("--keyring " + (dir / "nowhere").string());
  CHECK(ran.exit_code == cli::kFailed);
  CHECK(contains(ran.err, "no key ring here"));
}

namespace {

// `latentcast keys ...`
Ran keys(const std::string& arguments) { return run_line(cli::add_keys, "keys " + arguments); }

// A descriptor from which that can be read.
int reading(const std::string& text) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  ::close(ends[1]);
  return ends[0];
}

}  // namespace

TEST_CASE("keys: add, list, show and revoke, with what a line may say") {
  lc::test::TempDir dir;
  const std::string device = (dir / "device").string(), receiver = (dir / "receiver").string();
  REQUIRE(run("--device camera1 --keyring " + device).exit_code == cli::kOk);
  REQUIRE(run("--receiver desk --signer lab --keyring " + receiver).exit_code == cli::kOk);
  Ran ran = keys("add " + receiver + "/receiver.pub --name front --not-after 2099-12-31 --suites f001 --keyring " + device);
  REQUIRE_MESSAGE(ran.exit_code == cli::kOk, ran.err);
  const auto identity = must(must(KeyRing::open(receiver)).identity(Role::receiver));
  const std::string aloud = seal::fingerprint(Role::receiver, identity.key);
  CHECK(contains(ran.out, aloud));
  ran = keys("list --keyring " + device);
  CHECK(ran.exit_code == cli::kOk);
  CHECK(contains(ran.out, "receiver  front"));
  CHECK(contains(ran.out, aloud + "  suites f001  not after 2099-12-31"));
  CHECK(keys("add " + device + "/device.pub --streams 0,2 --keyring " + receiver).exit_code == cli::kOk);
  CHECK(keys("add " + receiver + "/signer.pub --keyring " + receiver).exit_code == cli::kOk);
  ran = keys("show --keyring " + receiver);
  for (const char* part : {"own receiver  desk", "own signer    lab", "streams 0,2", "signer    lab", "device    camera1"})
    CHECK_MESSAGE(contains(ran.out, part), part);
  ran = keys("show " + receiver + "/receiver.pub");
  CHECK(contains(ran.out, aloud));
  CHECK(ran.exit_code == cli::kOk);

  CHECK(keys("revoke front --keyring " + device).exit_code == cli::kOk);
  CHECK(must(KeyRing::open(device)).receivers(0).error().code == Errc::no_key);
  ran = keys("revoke front --keyring " + device);
  CHECK(ran.exit_code == cli::kFailed);
  CHECK(contains(ran.err, "trusts nobody of the name 'front'"));
  // One name in two lists: which one must be said.
  CHECK(keys("add " + receiver + "/receiver.pub --name camera1 --keyring " + receiver).exit_code == cli::kOk);
  CHECK(keys("revoke camera1 --keyring " + receiver).exit_code == cli::kUsage);
  CHECK(keys("revoke camera1 --role device --keyring " + receiver).exit_code == cli::kOk);
  CHECK(must(must(KeyRing::open(receiver)).receivers(0))[0].name == "camera1");
}

TEST_CASE("keys: mistakes change nothing and say what to do") {
  lc::test::TempDir dir;
  const std::string ring = (dir / "keys").string();
  REQUIRE(run("--device a --receiver b --keyring " + ring).exit_code == cli::kOk);
  Ran ran = keys("add " + ring + "/receiver.pub --name c --keyring " + ring + " --not-after 2027-02-30");
  CHECK(ran.exit_code == cli::kOk);  // the key is there already, under its name
  ran = keys("add " + ring + "/device.key --keyring " + ring);
  CHECK(contains(ran.err, "must not leave its machine"));
  REQUIRE(keys("revoke b --role receiver --keyring " + ring).exit_code == cli::kOk);
  ran = keys("add " + ring + "/receiver.pub --keyring " + ring + " --not-after 2027-02-30");
  CHECK(ran.exit_code == cli::kFailed);
  CHECK(contains(ran.err, "not-after"));
  CHECK(must(KeyRing::open(ring)).receivers(0).error().code == Errc::no_key);
  CHECK(keys("add " + ring + "/receiver.pub --suites 0006 --keyring " + ring).exit_code == cli::kFailed);
  CHECK(keys("frobnicate").exit_code == cli::kUsage);
  CHECK(keys("list --keyring " + (dir / "nowhere").string()).exit_code == cli::kFailed);
}

TEST_CASE("keys: comments of a list stay when a line is taken out") {
  const std::string list = "# whom we trust\nreceiver a AAAA suites=0005 # the lab\n\nreceiver b BBBB\n# end";
  CHECK(seal::without_line(Role::receiver, list, "a") == "# whom we trust\n\nreceiver b BBBB\n# end");
  CHECK(seal::without_line(Role::receiver, list, "b") ==
        "# whom we trust\nreceiver a AAAA suites=0005 # the lab\n\n# end");
  CHECK_FALSE(seal::without_line(Role::receiver, list, "c"));
  CHECK_FALSE(seal::without_line(Role::device, list, "a"));
  CHECK_FALSE(seal::without_line(Role::receiver, "# receiver a AAAA", "a"));
}

TEST_CASE("keys: rotate asks the senders of the key ring") {
  lc::test::TempDir dir;
  const std::string ring = (dir / "keys").string();
  REQUIRE(run("--device a --receiver b --keyring " + ring).exit_code == cli::kOk);
  const KeyRing opened = must(KeyRing::open(ring));
  CHECK(opened.rotation_token().empty());
  CHECK(keys("rotate --keyring " + ring).exit_code == cli::kOk);
  const std::string token = opened.rotation_token();
  CHECK_FALSE(token.empty());
  CHECK(keys("rotate --keyring " + ring).exit_code == cli::kOk);
  CHECK(opened.rotation_token() != token);
}

TEST_CASE("keygen: a passphrase comes through a descriptor, and is needed to use the key, not to show it") {
  lc::test::TempDir dir;
  const std::string ring = (dir / "keys").string();
  const int fd = reading("a good passphrase\n");
  Ran ran = run("--device a --receiver b --keyring " + ring + " --passphrase-fd " + std::to_string(fd));
  ::close(fd);
  REQUIRE_MESSAGE(ran.exit_code == cli::kOk, ran.err);
  const KeyRing opened = must(KeyRing::open(ring));
  CHECK(opened.device().error().code == Errc::no_key);
  ran = keys("show --keyring " + ring);
  CHECK(ran.exit_code == cli::kOk);
  CHECK(contains(ran.out, "own device"));
  seal::offer_passphrase(must(seal::Secret::copy_of(as_bytes("a good passphrase"))));
  CHECK(opened.device());
  CHECK(run("--device c --keyring " + (dir / "other").string() + " --passphrase-fd 987").exit_code == cli::kFailed);
  CHECK_FALSE(std::filesystem::exists(dir / "other" / "device.key"));
}
