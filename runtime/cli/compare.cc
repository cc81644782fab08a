// latentcast compare: how alike two pictures are, in numbers, and beside each other.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/side_by_side.h"
#include "cli/target.h"
#include "quality/png.h"
#include "quality/psnr.h"
#include "quality/ssim.h"

namespace lc::cli {
namespace {

struct CompareArguments {
  std::string first, second, out;
  bool as_json = false;
};

int compare(const CompareArguments& arguments) {
  const auto a = quality::load_picture(arguments.first), b = quality::load_picture(arguments.second);
  if (!a) return complain(a.error()), kUsage;
  if (!b) return complain(b.error()), kUsage;
  if (a->width() != b->width() || a->height() != b->height())
    return complain({Errc::invalid_config,
                     fmt::format("{} has {} x {} pixels, {} has {} x {}: pictures of one size are compared",
                                 arguments.first, a->width(), a->height(), arguments.second, b->width(),
                                 b->height())}),
           kUsage;
  const double psnr = quality::psnr_rgb(a->view(), b->view()),
               psnr_611 = quality::psnr_611(a->view(), b->view());
  const auto similarity = quality::similarity(a->view(), b->view());
  if (arguments.as_json)
    std::cout << nlohmann::json{{"psnr_rgb", psnr},
                                {"psnr_611", psnr_611},
                                {"ssim", similarity.ssim},
                                {"ms_ssim", similarity.ms_ssim}}
              << "\n";
  else
    std::cout << fmt::format(
        "PSNR (RGB)  {:.2f} dB\nPSNR 6:1:1  {:.2f} dB\nSSIM        {:.4f}\nMS-SSIM     {:.4f}\n", psnr,
        psnr_611, similarity.ssim, similarity.ms_ssim);
  if (arguments.out.empty()) return kOk;
  const std::string numbers = fmt::format("PSNR {:.2f} dB  MS-SSIM {:.4f}", psnr, similarity.ms_ssim);
  const Image both =
      side_by_side(a->view(), b->view(), fmt::format("{} x {}", a->width(), a->height()), numbers);
  if (const auto saved = quality::save_png(arguments.out, both.view()); !saved)
    return complain(saved.error()), kFailed;
  return kOk;
}

}  // namespace

void add_compare(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<CompareArguments>();
  CLI::App* command = app.add_subcommand("compare", "PSNR, SSIM and MS-SSIM of two pictures");
  command->add_option("first", arguments->first, "a picture: PNG, JPEG, PPM or PGM")->required();
  command->add_option("second", arguments->second, "another one of the same size")->required();
  command->add_flag("--json", arguments->as_json, "one JSON object");
  command->add_option("--out", arguments->out, "write both beside each other to this PNG file");
  command->callback([arguments, &exit_code] { exit_code = compare(*arguments); });
}

}  // namespace lc::cli
