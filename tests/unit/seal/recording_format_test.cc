// The worked example of runtime/seal/recording/FORMAT.md, read out of the page.
#include <algorithm>

#include "support/format_page.h"
#include "unit/seal/recording_support.h"

using namespace lc;
using namespace lc::recording;
using namespace lc::recording::test;

namespace {

constexpr char kPage[] = "runtime/seal/recording/FORMAT.md";
constexpr std::uint64_t kArrival = 1'795'248'000'040'000'000;

Bytes example() {
  Bytes out;
  for (const char* block : {"section", "message", "index", "end"}) {
    const Bytes part = lc::test::page_hex(kPage, block);
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

}  // namespace

TEST_CASE("recording FORMAT.md: the example is read as the page says") {
  const Bytes bytes = example();
  const Found found = scan(bytes);
  REQUIRE(found.messages.size() == 1);
  CHECK(found.messages[0] == lc::test::page_hex("runtime/seal/FORMAT.md", "frame"));
  CHECK(found.records[0].arrival_ns == kArrival);
  CHECK(found.indexes == 1);
  CHECK(found.footers == 1);
  CHECK(found.damaged == 0);
  RecordingFile file = file_of(bytes);
  CHECK(file.ended_early() == 0);
  CHECK(file.frames() == 1);
  CHECK(file.duration() == 40'000'000);
  CHECK(must(file.find(0)).frame == 64);
  CHECK(to_hex(unpack_section_header(bytes)->id) == "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf");
}

TEST_CASE("recording FORMAT.md: the writer writes the example, but for the random id") {
  const Bytes expected = example();
  SectionWriter writer;
  Bytes written;
  must(writer.add(lc::test::page_hex("runtime/seal/FORMAT.md", "frame"), kArrival, written));
  writer.finish(kArrival, written);
  REQUIRE(written.size() == expected.size());
  std::copy_n(expected.begin() + 16, 16, written.begin() + 16);
  std::copy_n(expected.begin() + 60, 4, written.begin() + 60);  // the sum over it
  CHECK(to_hex(written) == to_hex(expected));
}
