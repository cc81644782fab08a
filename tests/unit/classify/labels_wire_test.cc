#include "classify/labels_wire.h"

#include "support/test.h"

using namespace lc;
using namespace lc::classify;

namespace {

constexpr std::size_t kRoom = 1024;

Labels example() {
  Labels labels;
  labels.model = "xray-latent";
  labels.best = {{1, "PNEUMONIA", 0.75f}, {0, "Größe", 0.25f}};
  labels.is_confident = true;
  labels.age = 3;
  labels.looked_at = 1'000;
  labels.width = 640;
  labels.height = 480;
  labels.region = {160, 120, 320, 240};
  labels.evidence = {.rows = 2, .columns = 3, .values = {0, 1, 2, 3, 4, 255}, .area = {160, 120, 320, 240}};
  return labels;
}

Bytes packed(const Labels& labels, std::uint64_t pts = 5'000, std::size_t limit = kRoom) {
  Bytes out{std::byte{9}};
  pack_labels(labels, pts, limit, out);
  return out;
}

}  // namespace

TEST_CASE("labels wire: all of them comes back, with the time of the look by the receiver's reckoning") {
  const Labels labels = example();
  const Bytes bytes = packed(labels);
  const auto back = unpack_labels(bytes, 105'000);
  REQUIRE(back);
  CHECK(back->model == labels.model);
  REQUIRE(back->best.size() == 2);
  CHECK(back->best[0].index == 1);
  CHECK(back->best[0].name == "PNEUMONIA");
  CHECK(back->best[0].confidence == doctest::Approx(0.75).epsilon(1e-4));
  CHECK(back->best[1].name == "Größe");
  CHECK(back->is_confident);
  CHECK(back->age == 3);
  CHECK(back->looked_at == 101'000);
  CHECK(back->width == 640);
  CHECK(back->height == 480);
  CHECK(back->region == labels.region);
  CHECK(back->evidence.rows == 2);
  CHECK(back->evidence.columns == 3);
  CHECK(back->evidence.values == labels.evidence.values);
  CHECK(back->evidence.area == labels.evidence.area);
  CHECK(unpack_labels(bytes, 10)->looked_at == kNoTime);
  CHECK(unpack_labels(packed(labels, kNoTime), 10'000)->looked_at == kNoTime);
}

TEST_CASE("labels wire: what does not fit is left out, evidence first, then the least likely labels") {
  Labels labels = example();
  labels.evidence.rows = labels.evidence.columns = 40;
  labels.evidence.values.assign(1600, 7);
  const auto without = unpack_labels(packed(labels), 0);
  REQUIRE(without);
  CHECK(without->evidence.empty());
  CHECK(without->best.size() == 2);
  labels.best.assign(300, {1, std::string(300, 'x'), 0.5f});
  const Bytes bytes = packed(labels);
  CHECK(bytes.size() <= kRoom);
  const auto few = unpack_labels(bytes, 0);
  REQUIRE(few);
  CHECK(few->best.size() == 3);
  CHECK(few->best[0].name == std::string(255, 'x'));
  CHECK(packed(labels, 0, 20).empty());
  labels.best.clear();
  CHECK(packed(labels).empty());
}

TEST_CASE("labels wire: a long name is cut between code points") {
  Labels labels = example();
  labels.best = {{0, std::string(254, 'x') + "ß", 1}};
  const auto back = unpack_labels(packed(labels), 0);
  REQUIRE(back);
  CHECK(back->best[0].name == std::string(254, 'x'));
}

TEST_CASE("labels wire: every prefix, anything more, and each wrong part is refused") {
  Bytes bytes = packed(example());
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) CHECK_FALSE(unpack_labels(ByteSpan(bytes).first(cut), 0));
  const auto with = [&](std::size_t at, int value) {
    Bytes other = bytes;
    other[at] = static_cast<std::byte>(value);
    return unpack_labels(other, 0).has_value();
  };
  CHECK(with(0, 1));
  CHECK_FALSE(with(0, 2));              // version
  CHECK_FALSE(with(1, 0x0f));           // a flag that is none
  CHECK_FALSE(with(2, 0x80));           // an age below zero
  CHECK_FALSE(with(19, 0x1b));          // a control character in the model's name
  CHECK_FALSE(with(19, 0xff));          // no UTF-8
  CHECK_FALSE(with(19 + 11, 0));        // no labels
  bytes.push_back(std::byte{0});
  CHECK_FALSE(unpack_labels(bytes, 0));
}
