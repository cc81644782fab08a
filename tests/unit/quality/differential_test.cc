#include "quality/differential.h"

#include "support.h"

using namespace lc;
using namespace lc::quality;
using doctest::Approx;

namespace {

ByteSpan bytes_of(const Image& image) { return std::as_bytes(std::span(image.samples())); }

}  // namespace

TEST_CASE("differential: counts what differs, and by how much") {
  const Bytes a = from_hex("00ff1020").value(), b = from_hex("0000101f").value();
  const Differential d = differential(a, b);
  CHECK(d.npcr == 50);
  CHECK(d.uaci == Approx(100.0 * 256 / (255 * 4)));
  CHECK(differential(a, a).npcr == 0);
  CHECK(differential(a, a).uaci == 0);
}

TEST_CASE("differential: ideal and critical values are those of the literature") {
  CHECK(kIdealNpcr == Approx(99.6094).epsilon(1e-6));
  CHECK(kIdealUaci == Approx(33.46354).epsilon(1e-6));
  struct Row {
    std::size_t bytes;
    double npcr05, npcr001, low05, high05, low001, high001;
  };
  for (const Row& row : {Row{1024, 99.2887, 99.0070, 32.0142, 34.9129, 31.0303, 35.8968},
                         Row{256 * 256, 99.5693, 99.5341, 33.2824, 33.6447, 33.1594, 33.7677},
                         Row{512 * 512, 99.5893, 99.5717, 33.3730, 33.5541, 33.3115, 33.6156},
                         Row{1920 * 1080, 99.6022, 99.5960, 33.4313, 33.4957, 33.4095, 33.5176}}) {
    CAPTURE(row.bytes);
    CHECK(std::abs(npcr_critical(row.bytes, 0.05) - row.npcr05) < 6e-5);
    CHECK(std::abs(npcr_critical(row.bytes, 0.001) - row.npcr001) < 6e-5);
    CHECK(std::abs(uaci_critical(row.bytes, 0.05).low - row.low05) < 6e-5);
    CHECK(std::abs(uaci_critical(row.bytes, 0.05).high - row.high05) < 6e-5);
    CHECK(std::abs(uaci_critical(row.bytes, 0.001).low - row.low001) < 6e-5);
    CHECK(std::abs(uaci_critical(row.bytes, 0.001).high - row.high001) < 6e-5);
  }
}

TEST_CASE("differential: random pictures are near the ideal, a picture beside itself plus one is not") {
  const Image a = test::random_image(PixelFormat::gray8, 512, 512, 1),
              b = test::random_image(PixelFormat::gray8, 512, 512, 2);
  const Differential d = differential(bytes_of(a), bytes_of(b));
  CHECK(d.npcr > npcr_critical(512 * 512, 0.001));
  CHECK(uaci_critical(512 * 512, 0.001).contains(d.uaci));
  Image next = a;
  for (std::size_t i = 0; i < a.samples().size(); ++i) next.mutable_view().planes[0][i] ^= 1;
  CHECK(differential(bytes_of(a), bytes_of(next)).npcr == 100);
  CHECK(differential(bytes_of(a), bytes_of(next)).uaci == Approx(100.0 / 255));
}
