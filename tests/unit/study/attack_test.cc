// Each attack breaks its cipher at least as far as research/security.md measured it; on made pictures, and on Kodak's
// where they are.
#include <algorithm>
#include <random>

#include "base/file.h"
#include "quality/png.h"
#include "study/attacks.h"
#include "study/logistic_map.h"
#include "study/logistic_narrow.h"
#include "study/steganalysis.h"
#include "support.h"
#include "tensor/convert.h"

using namespace lc;
using namespace lc::study;

namespace {

Bytes secret_for(const std::string& name) {
  return name == "rsa-lsb" ? load_file(test::source_root() / "tests/golden/study-rsa.pem").value() : test::secret();
}

std::vector<Image> made_pictures() { return {test::scene(256, 192, 0, 1), test::scene(256, 192, 9, 2)}; }

std::vector<Image> kodak(std::initializer_list<int> numbers) {
  std::vector<Image> out;
  for (const int n : numbers) {
    const auto path = test::shared(fmt::format("data/kodak/kodim{:02}.png", n));
    if (!path) return {};
    out.push_back(convert(quality::load_png(*path).value().view(), PixelFormat::gray8));
  }
  return out;
}

struct Expected {
  const char* attack;
  double recovered;  // at least
  Verdict shows;
};

void check_attacks(const std::string& name, const std::string& variant, std::span<const Image> pictures,
                   std::initializer_list<Expected> expected, Verdict verdict) {
  CAPTURE(name + " " + variant);
  const auto results = attack({name, variant}, secret_for(name), pictures);
  REQUIRE(results);
  for (const Expected& e : expected) {
    const auto found =
        std::find_if(results->begin(), results->end(), [&](const AttackResult& r) { return r.name == e.attack; });
    REQUIRE_MESSAGE(found != results->end(), std::string(e.attack));
    CAPTURE(found->name + ": " + found->result);
    CHECK(found->recovered >= e.recovered);
    CHECK(to_string(found->shows) == to_string(e.shows));
    CHECK(found->seconds < 60);
    CHECK_FALSE(found->needs.empty());
  }
  CHECK(to_string(verdict_of(*results)) == to_string(verdict));
}

constexpr Verdict kBroken = Verdict::broken, kOpen = Verdict::no_integrity, kNone = Verdict::none;

void check_all(std::span<const Image> pictures) {
  check_attacks("xor-mask", "fixed", pictures,
                {{"mask used twice", 1, kBroken},
                 {"known picture", 1, kBroken},
                 {"chosen bits", 1, kOpen},
                 {"flipped bit", 1, kOpen}},
                kBroken);
  for (const char* reading : {"figure", "text"})
    check_attacks("additive-square", reading, pictures,
                  {{"key used twice", 1, kBroken},
                   {"known picture", 1, kBroken},
                   {"one ciphertext", 0, kBroken},
                   {"static scene", 0, kBroken},
                   {"signed latents", 0, kNone},
                   {"flipped bit", 1, kOpen}},
                  kBroken);
  for (const char* precision : {"double", "single"})
    check_attacks("logistic-chaos", precision, pictures,
                  {{"chosen pictures", 1, kBroken},
                   {"key used twice", 1, kBroken},
                   {"short cycles", 0, kNone},
                   {"bias", 0, kNone},
                   {"flipped bit", 1, kOpen}},
                  kBroken);
  check_attacks("logistic-chaos", "probabilistic", pictures,
                {{"static scene", 0.95, kBroken}, {"flipped bit", 1, kOpen}}, kBroken);
  check_attacks("aes-features", "ecb", pictures, {{"codebook", 0.9, kBroken}, {"flipped bit", 1, kOpen}}, kBroken);
  check_attacks("aes-features", "cbc-fixed-iv", pictures,
                {{"equal beginnings", 1, kNone}, {"chosen bit", 1, kOpen}, {"flipped bit", 1, kOpen}}, kOpen);
  check_attacks("aes-features", "ctr-fixed-nonce", pictures,
                {{"nonce used twice", 1, kBroken}, {"chosen bit", 1, kOpen}}, kBroken);
  for (const char* mode : {"cbc", "ctr"})
    check_attacks("aes-features", mode, pictures, {{"chosen bit", 1, kOpen}, {"flipped bit", 1, kOpen}}, kOpen);
  check_attacks("rsa-lsb", "textbook", pictures,
                {{"codebook", 1, kBroken},
                 {"arithmetic", 1, kOpen},
                 {"forgery", 1, kOpen},
                 {"hidden message found", 0.75, kNone},
                 {"message lost", 0.3, kNone}},
                kBroken);
  check_attacks("rsa-lsb", "oaep", pictures, {{"forgery", 1, kOpen}, {"flipped bit", 0, kNone}}, kOpen);
}

}  // namespace

TEST_CASE("attacks: each breaks its cipher on made pictures") { check_all(made_pictures()); }

TEST_CASE("attacks: each breaks its cipher on photographs") {
  const auto pictures = kodak({23, 5});
  if (pictures.empty()) LC_SKIP("no data/kodak in the shared data");
  check_all(pictures);
}

TEST_CASE("attacks: chaos breaks under every key, weak ones too") {
  const auto pictures = made_pictures();
  for (unsigned key = 0; key < 12; ++key)
    for (const char* variant : {"double", "single", "probabilistic"}) {
      CAPTURE(fmt::format("{} {}", variant, key));
      const auto results = attack({"logistic-chaos", variant}, test::secret(key), pictures);
      REQUIRE(results);
      CAPTURE(results->front().result);
      CHECK(results->front().shows == kBroken);
    }
}

TEST_CASE("attacks: colour pictures are broken alike, and unlike ones refused") {
  const std::vector<Image> colour{test::scene(96, 80, 0, 1, PixelFormat::rgb),
                                  test::scene(96, 80, 5, 2, PixelFormat::rgb)};
  check_attacks("logistic-chaos", "double", colour, {{"chosen pictures", 1, kBroken}}, kBroken);
  check_attacks("additive-square", "figure", colour, {{"known picture", 1, kBroken}}, kBroken);
  check_attacks("aes-features", "ecb", colour, {{"codebook", 0.8, kBroken}}, kBroken);
  const std::vector<Image> unlike{test::scene(96, 80), test::scene(80, 96)},
      small{test::scene(32, 32), test::scene(32, 32)};
  CHECK(attack({"xor-mask"}, test::secret(), unlike).error().code == Errc::unsupported);
  CHECK(attack({"aes-features"}, test::secret(), small).error().code == Errc::unsupported);
  check_attacks("xor-mask", "fixed", small, {{"known picture", 1, kBroken}}, kBroken);
  CHECK(attack({"xor-mask"}, test::secret(), {}).error().code == Errc::unsupported);
}

TEST_CASE("steganalysis: sequential messages are found, and their share is estimated") {
  const Image picture = test::scene(512, 384);
  std::mt19937_64 random(4);
  CHECK(pair_chance(frame_of(picture).bytes) < 0.05);
  CHECK(std::abs(rs_rate(picture)) < 0.1);
  for (const double share : {0.1, 0.25, 0.5}) {
    Image stego = picture;
    const auto bytes = static_cast<std::size_t>(share * static_cast<double>(stego.samples().size()));
    for (std::size_t i = 0; i < bytes; ++i) {
      std::uint8_t& sample = stego.mutable_view().planes[0][i];
      sample = static_cast<std::uint8_t>((sample & 254) | (random() & 1));
    }
    CHECK(pair_chance(frame_of(stego).bytes.first(bytes)) > 0.05);
    CHECK(std::abs(rs_rate(stego) - share) < 0.08);
  }
}

TEST_CASE("attacks: known bytes of a logistic stream narrow its key, and never past it") {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> r_of(3.6, 3.999), x_of(0.01, 0.99);
  double widest = 0;
  for (int i = 0; i < 12; ++i) {
    const double r = r_of(random), x0 = x_of(random);
    CAPTURE(r);
    CAPTURE(x0);
    const auto narrowed = [&](std::size_t known) {
      Bytes stream(known);
      logistic_bytes(r, x0, 255, stream);
      const auto found = narrow_key(stream, 255);
      REQUIRE(found);
      CHECK(found->r.holds(r));
      CHECK(found->x1.holds(logistic_step(r, x0)));
      return *found;
    };
    const NarrowedKey some = narrowed(80), more = narrowed(2000);
    CHECK(more.r.width() <= some.r.width());
    widest = std::max(widest, more.r.width());
  }
  CHECK(widest < 1e-4);
  CHECK_FALSE(narrow_key(as_bytes("no stream of this map at all"), 255));
}
