#include "cli/samples.h"

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "support/test.h"

using namespace lc;

namespace {

engine::TappedFrame tapped(const Image& image, std::uint64_t pts, std::uint64_t capture) {
  const ImageView view = image.view();
  return {.pts_ns = pts,
          .capture_ns = capture,
          .format = to_string(view.format),
          .width = view.width,
          .height = view.height,
          .is_bt709 = false,
          .is_full_range = false,
          .planes = view.planes,
          .strides = view.strides};
}

Image flat(int value, int side = 8) {
  Image image = Image::make(PixelFormat::rgb, side, side);
  auto view = image.mutable_view();
  for (int y = 0; y < side; ++y) std::fill_n(view.row(0, y), 3 * side, static_cast<std::uint8_t>(value));
  return image;
}

// One picture through the device's taps.
void keep(const engine::Taps& taps, const Image& image, std::uint64_t pts, std::uint64_t capture) {
  if (taps.wants_source(pts)) taps.source(tapped(image, pts, 0));
  taps.encoded(pts, capture);
}

void decode(const engine::Taps& taps, const Image& image, std::uint64_t capture) {
  if (taps.wants_decoded(capture)) taps.decoded(tapped(image, 0, capture));
}

}  // namespace

TEST_CASE("samples: every n-th picture is kept, and compared with the decoded one of its capture time") {
  test::TempDir folder;
  auto keeper = cli::SampleKeeper::create(folder / "kept", 3);
  REQUIRE(keeper);
  engine::Taps device, receiver;
  (*keeper)->add_taps(device);
  cli::SampleComparer comparer(folder / "kept");
  comparer.add_taps(receiver);
  for (std::uint64_t i = 0; i < 6; ++i) {
    keep(device, flat(100), i * 40, 1000 + i);
    decode(receiver, flat(i == 0 ? 110 : 101), 1000 + i);
  }
  comparer.finish();
  engine::Status status;
  (*keeper)->add_to(status);
  comparer.add_to(status);
  CHECK(status.frames_sampled == 2);
  CHECK(status.psnr_samples == 2);
  const double ten = 20 * std::log10(255.0 / 10), one = 20 * std::log10(255.0);
  CHECK(status.psnr_db.value() == doctest::Approx((ten + one) / 2).epsilon(1e-6));
  CHECK(status.psnr_now_db.value() == doctest::Approx(one).epsilon(1e-6));
  REQUIRE(comparer.last());
  CHECK(comparer.last()->decoded.samples()[0] == 101);
}

TEST_CASE("samples: the oldest files go, so that the folder stays bounded") {
  test::TempDir folder;
  auto keeper = cli::SampleKeeper::create(folder.path(), 1);
  REQUIRE(keeper);
  engine::Taps device;
  (*keeper)->add_taps(device);
  for (std::uint64_t i = 0; i < 2 * cli::SampleKeeper::kKeptFrames; ++i) keep(device, flat(1), i, i + 1);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == cli::SampleKeeper::kKeptFrames);
  CHECK_FALSE(std::filesystem::exists(folder / "1.frame"));
}

TEST_CASE("samples: a picture of another size, a broken file and a missing one are left out") {
  test::TempDir folder;
  auto keeper = cli::SampleKeeper::create(folder.path(), 1);
  engine::Taps device, receiver;
  (*keeper)->add_taps(device);
  keep(device, flat(1), 0, 1);
  REQUIRE(save_file(folder / "2.frame", as_bytes("nonsense")));
  cli::SampleComparer comparer(folder.path());
  comparer.add_taps(receiver);
  decode(receiver, flat(1, 9), 1);
  decode(receiver, flat(1), 2);
  decode(receiver, flat(1), 3);
  comparer.finish();
  engine::Status status;
  comparer.add_to(status);
  CHECK(status.psnr_samples == 0);
  CHECK_FALSE(status.psnr_db);
}
