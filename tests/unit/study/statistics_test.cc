// AES-256-GCM passes what random bytes pass, as often as they should; the published ciphers show what they are.
#include "study/statistics.h"

#include <map>

#include "cli/sealed_cipher.h"
#include "study/packet.h"
#include "study/published.h"
#include "support.h"

using namespace lc;
using namespace lc::study;

namespace {

MakeCipher maker(const std::string& name, const std::string& variant) {
  return [=](ByteSpan secret) { return make_cipher({name, variant}, secret); };
}

const Statistic& row(const std::vector<Statistic>& rows, const std::string& metric) {
  for (const Statistic& r : rows)
    if (r.metric.starts_with(metric)) return r;
  FAIL("no metric ", metric);
  return rows[0];
}

}  // namespace

TEST_CASE("statistics: AES-256-GCM passes each in 92 to 98 % of 500 runs, but for the nonce used twice") {
  constexpr int kRuns = 500;
  const Image picture = test::scene(256, 256);
  std::map<std::string, int> passed;
  for (int run = 0; run < kRuns; ++run) {
    const auto rows = statistics(cli::SealedCipher::create, test::secret(static_cast<unsigned>(run)), picture).value();
    for (const Statistic& r : rows)
      if (r.outcome != Outcome::told) passed[r.metric] += r.outcome == Outcome::passed;
  }
  REQUIRE(passed.size() == 19);
  for (const auto& [metric, count] : passed) {
    CAPTURE(metric);
    if (metric.find("same key and nonce") != std::string::npos) {
      CHECK(count == 0);
    } else {
      CHECK(count >= 0.92 * kRuns);
      CHECK(count <= 0.98 * kRuns);
    }
  }
}

TEST_CASE("statistics: one mask looks perfect and moves one byte for one byte") {
  const Image picture = test::scene(256, 256);
  const auto rows = statistics(maker("xor-mask", "fixed"), test::secret(3), picture).value();
  CHECK(row(rows, "entropy").outcome == Outcome::passed);
  CHECK(row(rows, "chi-square").outcome == Outcome::passed);
  CHECK(std::abs(row(rows, "correlation across").value) < 0.02);
  for (const char* when : {"same key and nonce", "as used"}) {
    CHECK(row(rows, std::string("NPCR in %, ") + when).value == doctest::Approx(100.0 / (256 * 256)));
    CHECK(row(rows, std::string("UACI in %, ") + when).outcome == Outcome::failed);
  }
  CHECK(row(rows, "PSNR").value < 12);
  CHECK(row(rows, "SSIM").value < 0.1);
}

TEST_CASE("statistics: a stream that is longer or wider than its picture is measured whole") {
  const Image picture = test::scene(300, 256);
  for (const int columns : {64, 300, Image::kMaxSide + 1000, 300 * 256 * 3}) {
    CAPTURE(columns);
    const auto rows = stream_statistics(maker("additive-square", "figure"), test::secret(3), picture, columns).value();
    CHECK(row(rows, "chi-square").outcome == Outcome::failed);
    CHECK(row(rows, "local entropy").outcome == Outcome::failed);
    CHECK(row(rows, "NPCR in %, as used").value < 1);
    CHECK(row(rows, "correlation down").metric == "correlation down");
  }
}

TEST_CASE("statistics: chaos and squares fail where random bytes pass") {
  const Image picture = test::scene(256, 256);
  for (const auto& [name, variant] : {std::pair{"logistic-chaos", "double"},
                                      {"logistic-chaos", "single"},
                                      {"additive-square", "figure"},
                                      {"additive-square", "text"}}) {
    CAPTURE(std::string(name) + variant);
    const auto rows = statistics(maker(name, variant), test::secret(3), picture).value();
    CHECK(row(rows, "entropy").outcome == Outcome::failed);
    CHECK(row(rows, "chi-square").outcome == Outcome::failed);
    CHECK(row(rows, "NPCR in %, as used").outcome == Outcome::failed);
  }
}

TEST_CASE("statistics: a wrong key is refused where there is a tag, and shows noise elsewhere") {
  const Image picture = test::scene(64, 64);
  const KeySensitivity sealed = key_sensitivity(cli::SealedCipher::create, test::secret(), picture).value();
  CHECK(sealed.keys == 256);
  CHECK(sealed.refused == 256);
  CHECK(sealed.most_psnr == 0);
  CHECK(sealed.least_npcr > 99);
  const KeySensitivity mask = key_sensitivity(maker("xor-mask", "fixed"), test::secret(), picture, 16).value();
  CHECK(mask.keys == 16);
  CHECK(mask.refused == 0);
  CHECK(mask.most_psnr > 5);
  CHECK(mask.most_psnr < 12);
  CHECK(mask.mean_uaci == doctest::Approx(33.46).epsilon(0.02));
}

TEST_CASE("packets: come back as they were; every prefix and every flipped byte of the head is refused or read") {
  const std::string payload = "some bytes of ciphertext";
  const Packet packet{"aes-features", "cbc", "video/x-raw, format=GRAY8", {6, 4, 1, Sample::u8}, as_bytes(payload)};
  Bytes out;
  pack_packet(packet, out);
  const Packet back = unpack_packet(out).value();
  CHECK(back.cipher == packet.cipher);
  CHECK(back.variant == packet.variant);
  CHECK(back.description == packet.description);
  CHECK(back.shape == packet.shape);
  CHECK(as_text(back.payload) == payload);
  const std::size_t head = out.size() - payload.size();
  for (std::size_t n = 0; n < head; ++n) CHECK_FALSE(unpack_packet(ByteSpan(out).first(n)));
  CHECK(unpack_packet(ByteSpan(out).first(head))->payload.empty());
  for (std::size_t bit = 0; bit < 8 * head; ++bit) {
    Bytes altered = out;
    altered[bit / 8] ^= std::byte{1} << (bit % 8);
    if (const auto read = unpack_packet(altered)) CHECK(read->shape.bytes() <= kMaxPlainBytes);
  }
  CHECK(unpack_packet(as_bytes("LC1F and so on")).error().code == Errc::bad_format);
  Shape shape{1 << 20, 1 << 20, 1, Sample::u8};
  pack_packet({"x", "y", "z", shape, {}}, out);
  CHECK(unpack_packet(out).error().code == Errc::corrupt);
}
