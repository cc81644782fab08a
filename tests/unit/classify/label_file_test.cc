#include "classify/label_file.h"

#include "base/text.h"

#include "support/test.h"

using namespace lc;
using namespace lc::classify;

TEST_CASE("label file: one name a line; blanks, CRLF and a missing last line end do not count") {
  const auto labels = parse_labels(as_bytes("cat\r\n dog \nsea lion"), "labels.txt");
  REQUIRE(labels);
  CHECK(*labels == std::vector<std::string>{"cat", "dog", "sea lion"});
}

TEST_CASE("label file: what is wrong has its line") {
  const auto text_of = [](std::string_view text) {
    const auto labels = parse_labels(as_bytes(text), "labels.txt");
    return labels ? std::string("fine") : labels.error().text;
  };
  CHECK(text_of("") == "labels.txt: no labels");
  CHECK(text_of("cat\n\ndog\n") == "labels.txt:2: an empty line; each line names one output of the network");
  CHECK(text_of("cat\nd\x01og\n") == "labels.txt:2: not text in UTF-8");
  CHECK(text_of("cat\n\xff\n") == "labels.txt:2: not text in UTF-8");
  CHECK(text_of(std::string(257, 'x')) == "labels.txt:1: a name of more than 256 bytes");
  std::string many;
  for (std::size_t i = 0; i <= kMaxLabels; ++i) many += "x\n";
  CHECK(text_of(many) == "labels.txt:65537: more than 65536 labels");
}

TEST_CASE("label file: UTF-8 is checked to the letter") {
  CHECK(is_utf8("Kätzchen 猫 🐈"));
  CHECK_FALSE(is_utf8("\xc3"));              // ends early
  CHECK_FALSE(is_utf8("\xc0\xaf"));          // overlong '/'
  CHECK_FALSE(is_utf8("\xe0\x80\xaf"));      // overlong
  CHECK_FALSE(is_utf8("\xed\xa0\x80"));      // surrogate
  CHECK_FALSE(is_utf8("\xf4\x90\x80\x80"));  // above U+10FFFF
  CHECK_FALSE(is_utf8("\x80"));              // continuation alone
  CHECK_FALSE(is_utf8("\xf8\x88\x80\x80\x80"));
}
