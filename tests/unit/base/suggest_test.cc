#include "base/suggest.h"

#include "support/test.h"

using namespace lc;

TEST_CASE("suggest: the distance counts edits and swaps, not case or dashes") {
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("quality", "qualty") == 1);
  CHECK(edit_distance("quality", "qaulity") == 1);
  CHECK(edit_distance("key-interval", "Key_Interval") == 0);
}

TEST_CASE("suggest: offers the nearest word, and none when nothing is near") {
  CHECK(nearest("aencode", {"aedecode", "aeencode", "queue"}) == "aeencode");
  CHECK(nearest("zebra", {"aedecode", "aeencode", "queue"}).empty());
  CHECK(did_you_mean("queu", {"queue"}) == "; did you mean 'queue'?");
  CHECK(did_you_mean("x", {}).empty());
}

TEST_CASE("suggest: a very long word costs little") {
  const std::string word(1'000'000, 'a');
  CHECK(edit_distance(word, word) == 0);
}
