#include "base/line_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string>

#include "support/test.h"

using namespace lc;

namespace {

using Written = LineWriter::Written;

struct Pipe {
  Pipe() { REQUIRE(::pipe2(ends, O_CLOEXEC) == 0); }
  ~Pipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  int ends[2]{};
};

}  // namespace

TEST_CASE("line writer: a pipe gets lines whole, and none once it is full") {
  const Pipe pipe;
  const auto writer = LineWriter::create(pipe.ends[1]);
  REQUIRE(writer);
  const std::string line = std::string(LineWriter::kMaxLine - 1, 'x') + "\n";
  std::size_t written = 0;
  while (writer->write(line) == Written::whole) written += line.size();
  CHECK(writer->write(line) == Written::busy);
  std::string back(written + 1, ' ');
  std::size_t read = 0;
  while (read < written) read += static_cast<std::size_t>(::read(pipe.ends[0], back.data() + read, written - read));
  CHECK(written > 0);
  CHECK(std::count(back.begin(), back.end(), '\n') == static_cast<std::ptrdiff_t>(written / line.size()));
  CHECK(writer->write("short\n") == Written::whole);
}

TEST_CASE("line writer: a closed pipe is an answer, not the end of the process") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const auto writer = LineWriter::create(ends[1]);
  REQUIRE(writer);
  CHECK(writer->write("one\n") == Written::whole);
  ::close(ends[0]);
  CHECK(writer->write("two\n") == Written::gone);
  CHECK(writer->write("three\n") == Written::gone);
  sigset_t pending;
  sigpending(&pending);
  CHECK(sigismember(&pending, SIGPIPE) == 0);
  ::close(ends[1]);
}

TEST_CASE("line writer: a file takes lines; what is not open for writing is refused") {
  const test::TempDir folder;
  const int file = ::open((folder / "lines").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  REQUIRE(file >= 0);
  const auto writer = LineWriter::create(file);
  REQUIRE(writer);
  CHECK(writer->write("one\n") == Written::whole);
  CHECK(writer->write("two\n") == Written::whole);
  std::string back(8, ' ');
  CHECK(::pread(file, back.data(), 8, 0) == 8);
  CHECK(back == "one\ntwo\n");
  ::close(file);
  const Pipe pipe;
  const auto reader = LineWriter::create(pipe.ends[0]), nothing = LineWriter::create(1'000'000);
  REQUIRE_FALSE(reader);
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().text == "the descriptor 1000000 is not open for writing");
}
