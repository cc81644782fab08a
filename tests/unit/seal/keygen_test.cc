// latentcast keygen, as it is typed.
#include "cli/keygen.h"

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

Ran run(const std::string& arguments) {
  CLI::App app;
  Ran ran;
  cli::add_keygen(app, ran.exit_code);
  std::ostringstream out, err;
  auto* old_out = std::cout.rdbuf(out.rdbuf());
  auto* old_err = std::cerr.rdbuf(err.rdbuf());
  try {
    app.parse("keygen " + arguments);
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
  CHECK(contains(ran.out, "device key 'camera1'"));
  CHECK(contains(ran.out, "trusts receiver 'desk'"));
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
