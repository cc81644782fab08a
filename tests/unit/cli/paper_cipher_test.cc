// A whole system measured as a cipher on pictures, and what encryption costs beside it.
#include "cli/paper_cipher.h"

#include <algorithm>

#include "cli/paper_encryption.h"
#include "cli/sealed_cipher.h"
#include "study/published.h"
#include "support/test.h"

using namespace lc;
using namespace lc::cli;

namespace {

Image slope(int number) {
  Image picture = Image::make(PixelFormat::gray8, 128, 128);
  for (int y = 0; y < 128; ++y)
    for (int x = 0; x < 128; ++x)
      picture.mutable_view().row(0, y)[x] = static_cast<std::uint8_t>(x + y / 2 + 7 * number);
  return picture;
}

// Every fourth row.
const PictureCoder& quarter() {
  static const PictureCoder coder{
      [](const ImageView& picture, Bytes& coded) -> Result<> {
        coded.clear();
        for (int y = 0; y < picture.height; y += 4) {
          const auto row = std::as_bytes(std::span(picture.row(0, y), static_cast<std::size_t>(picture.width)));
          coded.insert(coded.end(), row.begin(), row.end());
        }
        return {};
      },
      [](ByteSpan coded, const MutableImageView& picture) -> Result<> {
        for (int y = 0; y < picture.height; ++y)
          std::copy_n(reinterpret_cast<const std::uint8_t*>(coded.data()) + y / 4 * picture.width, picture.width,
                      picture.row(0, y));
        return {};
      },
      study::Shape{128, 32}};
  return coder;
}

study::MakeCipher system_of(const std::string& cipher, const std::string& variant, const std::string& mask = "") {
  return [=](ByteSpan secret) -> Result<std::unique_ptr<study::Cipher>> {
    auto inner = LC_TRY(study::make_cipher({cipher, variant, ""}, secret));
    if (mask.empty()) return std::make_unique<PaperCipher>(quarter(), std::move(inner));
    return std::make_unique<PaperCipher>(quarter(), std::move(inner), LC_TRY(study::PixelCipher::create(mask, secret)),
                                         true, study::KeySpace{8.0 * 128 * 128, "the mask"});
  };
}

const StudiedMetric& metric(const StudiedStatistics& statistics, const std::string& name) {
  for (const auto& m : statistics.metrics)
    if (m.metric == name) return m;
  FAIL("no metric ", name);
  return statistics.metrics[0];
}

}  // namespace

TEST_CASE("paper cipher: what is sent opens with its key, mask over the pixels and all") {
  const Image picture = slope(0);
  const auto secret = as_bytes("a secret of 32 bytes and no more");
  for (const char* mask : {"", "xor-mask"}) {
    const auto system = system_of("aes-features", "ctr", mask)(secret).value();
    Bytes sent, back;
    REQUIRE(system->encrypt(study::frame_of(picture), sent));
    CHECK(sent.size() == 16 + 128 * 32);
    REQUIRE(system->decrypt(sent, study::frame_of(picture).shape, back));
    const auto view = picture.view();
    for (int y = 0; y < 128; ++y)
      for (int x = 0; x < 128; ++x)
        // A mask is of each row its own: it opens those rows that were sent.
        if (std::string_view(mask).empty() || y % 4 == 0)
          REQUIRE(std::to_integer<int>(back[static_cast<std::size_t>(128 * y + x)]) == view.row(0, y / 4 * 4)[x]);
  }
}

TEST_CASE("paper cipher: a latent that no decoder takes is a black picture, and not refused") {
  PictureCoder broken = quarter();
  broken.decode = [](ByteSpan, const MutableImageView&) -> Result<> { return fail(Errc::corrupt, "no numbers"); };
  PaperCipher system(broken, study::make_cipher({"none"}, {}).value());
  const Image picture = slope(3);
  Bytes sent, back;
  REQUIRE(system.encrypt(study::frame_of(picture), sent));
  REQUIRE(system.decrypt(sent, study::frame_of(picture).shape, back));
  CHECK(back == Bytes(128 * 128));
}

TEST_CASE("paper cipher: statistics are of what is sent") {
  std::vector<Image> pictures;
  for (int i = 0; i < 12; ++i) pictures.push_back(slope(i));
  const auto secret = as_bytes("a secret of 32 bytes and no more");
  const StudiedStatistics clear = stream_study(system_of("none", ""), secret, pictures, 128, 8).value();
  CHECK(metric(clear, "correlation across").mean > 0.9);
  CHECK(metric(clear, "chi-square of the histogram").passed == 0);
  CHECK(metric(clear, "chi-square of the histogram").judged == 8);
  // The middle of the picture is in row 64, which is sent.
  CHECK(metric(clear, "NPCR in %, as used").mean == doctest::Approx(100.0 / (128 * 32)));
  CHECK(clear.key_sensitivity->least_npcr == 0);
  CHECK(clear.key_space.bits == 0);
  const StudiedStatistics masked = stream_study(system_of("none", "", "xor-mask"), secret, pictures, 128, 8).value();
  CHECK(masked.key_space.bits == 8 * 128 * 128);
  CHECK(masked.key_sensitivity->least_npcr > 99);
  CHECK(masked.key_sensitivity->refused == 0);
  const StudiedStatistics sound = stream_study(system_of("aes-features", "ctr"), secret, pictures, 128, 8).value();
  CHECK(metric(sound, "entropy in bits").passed >= 4);  // of 8, each of which random bytes fail one time in twenty
  CHECK(std::abs(metric(sound, "correlation down").mean) < 0.05);
  CHECK(statistics_table(sound).rows.back()[0] == "key space");
  CHECK(sound.metrics.size() == 9);  // too few bytes for local entropy
}

TEST_CASE("paper encryption: what is saved is told of the printed times, and a quarter of the bytes saves more than all") {
  const std::vector<Image> pictures{slope(1), slope(2)};
  const auto make = [] {
    return study::make_cipher({"aes-features", "ecb", ""}, as_bytes("a secret of 32 bytes and no more"));
  };
  const auto saved = [&](int rows) {
    std::vector<study::Frame> coded;
    for (const Image& picture : pictures)
      coded.push_back({{128, rows}, study::frame_of(picture).bytes.first(static_cast<std::size_t>(128 * rows))});
    Measures measures;
    REQUIRE(measure_encryption(make, coded, pictures, measures));
    const double share = measures.find("encryption_saved")->value;
    CHECK(share == 100 * (1 - measures.find("encrypt_ms")->value / measures.find("encrypt_picture_ms")->value));
    return share;
  };
  const double of_all = saved(128);
  CHECK(saved(32) > of_all);
  Measures sealed;
  const std::vector<study::Frame> coded{{{128, 64}, study::frame_of(pictures[0]).bytes.first(128 * 64)}};
  REQUIRE(measure_encryption([] { return SealedCipher::create(Bytes(32)); }, coded, pictures, sealed));
  CHECK(sealed.find("encryption_saved"));
  CHECK_FALSE(sealed.find("saved_against_sealing"));
}
