#include "cli/demo_classify.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iostream>
#include <map>

#include "cli/commands.h"
#include "cli/demo_session.h"
#include "cli/target.h"
#include "classify/resample.h"
#include "quality/png.h"
#include "tensor/draw.h"

namespace lc::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kSide = 256;            // pictures are sent as squares of this size
constexpr int kPicturesPerSecond = 5;
constexpr std::uint8_t kBackdrop = 200;

struct Known {
  fs::path file;
  std::string label;
};

// Photographs among the stamps of Tux Paint whose content is one of the ten classes of the bundle cifar10.
constexpr std::array<std::array<const char*, 2>, 28> kStamps{{
    {"vehicles/flight/planes/747.png", "airplane"},      {"vehicles/auto/beetle.png", "automobile"},
    {"vehicles/auto/sedan.png", "automobile"},           {"vehicles/auto/sportscar2.png", "automobile"},
    {"animals/birds/lark.png", "bird"},                  {"animals/birds/blackbird.png", "bird"},
    {"animals/birds/ostrich.png", "bird"},               {"animals/birds/pigeon.png", "bird"},
    {"animals/birds/cuckoo.png", "bird"},                {"animals/birds/seagull.png", "bird"},
    {"animals/birds/magpie.png", "bird"},                {"animals/birds/crow.png", "bird"},
    {"animals/mammals/deer/deer.png", "deer"},           {"animals/mammals/deer/doe.png", "deer"},
    {"animals/mammals/deer/caribou.png", "deer"},        {"animals/mammals/deer/wapiti.png", "deer"},
    {"animals/mammals/dogs/dog.png", "dog"},             {"animals/mammals/dogs/dingo.png", "dog"},
    {"animals/amphibians/frog.png", "frog"},             {"animals/amphibians/frog-1.png", "frog"},
    {"animals/mammals/equines/horse.png", "horse"},      {"animals/mammals/equines/donkey.png", "horse"},
    {"vehicles/ship/chineseJunk.png", "ship"},           {"vehicles/ship/walnutBoat.png", "ship"},
    {"vehicles/auto/truck.png", "truck"},                {"vehicles/garbagetruck.png", "truck"},
    {"vehicles/emergency/firetruck.png", "truck"},       {"vehicles/construction/dumper.png", "truck"},
}};

// The stamps above that exist; else every picture in a folder that is named after what its pictures show.
std::vector<Known> known_pictures(const fs::path& folder) {
  std::vector<Known> found;
  for (const auto& [path, label] : kStamps)
    if (fs::exists(folder / path)) found.push_back({folder / path, label});
  if (!found.empty()) return found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const auto extension = entry.path().extension();
    if (entry.is_regular_file() && (extension == ".png" || extension == ".jpg"))
      found.push_back({entry.path(), entry.path().parent_path().filename().string()});
  }
  std::sort(found.begin(), found.end(), [](const Known& a, const Known& b) { return a.file < b.file; });
  return found;
}

// The picture in the middle of a grey square, a tenth of the side free around it.
Image in_square(const Image& picture) {
  const double scale = 0.9 * kSide / std::max(picture.width(), picture.height());
  const int width = std::max(1, static_cast<int>(picture.width() * scale));
  const int height = std::max(1, static_cast<int>(picture.height() * scale));
  const int channels = picture.view().format == PixelFormat::gray8 ? 1 : 3;
  const auto axis = [](int from, int to) { return classify::Axis{.length = double(from), .result = to, .samples = from}; };
  classify::PlaneResampler resampler(axis(picture.width(), width), axis(picture.height(), height), channels);
  std::vector<float> samples(static_cast<std::size_t>(width) * static_cast<std::size_t>(height * channels));
  resampler.run(picture.view().planes[0], picture.view().strides[0], samples);

  Image square = Image::make(PixelFormat::rgb, kSide, kSide);
  const auto target = square.mutable_view();
  for (int y = 0; y < kSide; ++y) std::fill_n(target.row(0, y), 3 * kSide, kBackdrop);
  const int left = (kSide - width) / 2, top = (kSide - height) / 2;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c) {
        const float value = samples[static_cast<std::size_t>((y * width + x) * channels + (channels == 3 ? c : 0))];
        target.row(0, top + y)[3 * (left + x) + c] = static_cast<std::uint8_t>(std::clamp(value + 0.5f, 0.0f, 255.0f));
      }
  return square;
}

struct Answer {
  std::string label;  // "" for none
  double confidence = 0;
};

// What `latentcast run --labels` wrote, by number of the picture.
std::map<std::size_t, Answer> read_answers(const fs::path& file) {
  std::map<std::size_t, Answer> answers;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto note = nlohmann::json::parse(line, nullptr, false);
    if (!note.is_object()) continue;
    const double seconds = note.value("pts_ns", std::uint64_t{0}) * 1e-9;
    answers[static_cast<std::size_t>(std::lround(seconds * kPicturesPerSecond))] = {note.value("label", ""),
                                                                                   note.value("confidence", 0.0)};
  }
  return answers;
}

struct Score {
  int right = 0, wrong = 0, silent = 0, missing = 0;
};

class Sheet {
 public:
  explicit Sheet(std::size_t pictures)
      : image_(Image::make(PixelFormat::rgb, kColumns * kSide, static_cast<int>((pictures + kColumns - 1) / kColumns) *
                                                                   (kSide + kTextHeight))) {}
  void add(const Image& picture, std::string_view words) {
    const int x = count_ % kColumns * kSide, y = count_ / kColumns * (kSide + kTextHeight);
    ++count_;
    const auto target = image_.mutable_view();
    draw_text(target, x + 4, y + 8, 2, words);
    for (int row = 0; row < kSide; ++row)
      std::copy_n(picture.view().row(0, row), 3 * kSide, target.row(0, y + kTextHeight + row) + 3 * x);
  }
  Result<> save(const fs::path& file) const { return quality::save_png(file, image_.view()); }

 private:
  static constexpr int kColumns = 7, kTextHeight = 32;
  Image image_;
  int count_ = 0;
};

}  // namespace

Result<int> run_demo_classify(const DemoClassifyArguments& arguments) {
  const auto pictures = known_pictures(arguments.stamps);
  if (pictures.empty())
    return fail(Errc::not_found, "{}: no pictures of known content; put some into folders named airplane, automobile, "
                "bird, cat, deer, dog, frog, horse, ship or truck", arguments.stamps);
  const fs::path out = arguments.out;
  auto session = LC_TRY(DemoSession::create(arguments.config, out));
  std::vector<Image> squares;
  for (const auto& known : pictures) {
    squares.push_back(in_square(LC_TRY(quality::load_picture(known.file))));
    LC_TRY(quality::save_png(session.folder() / fmt::format("{:03}.png", squares.size() - 1), squares.back().view()));
  }
  const std::string source = fmt::format("imagesequence://{}/%2503d.png?framerate={}/1", session.folder().string(),
                                         kPicturesPerSecond);
  const fs::path labels = session.folder() / "labels";
  if (!arguments.json) std::cout << "Sending " << pictures.size() << " pictures of known content ..." << std::endl;
  LC_TRY(session.run({"--set", "source=" + source, "--set", "mode=push", "--set", "live=false", "--set", "key_interval=1"},
                     {"--set", "mode=pull", "--set", "post_labels=all", "--labels", labels.string()}, [](double) {}));

  const auto answers = read_answers(labels);
  Score score;
  Sheet sheet(pictures.size());
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const auto found = answers.find(i);
    const bool is_there = found != answers.end();
    const Answer answer = is_there ? found->second : Answer{};
    int& counter = !is_there ? score.missing : answer.label.empty() ? score.silent
                   : answer.label == pictures[i].label ? score.right : score.wrong;
    ++counter;
    const std::string said = !is_there ? "did not arrive" : answer.label.empty() ? "no confident label" : answer.label;
    sheet.add(squares[i], fmt::format("{} {:.0f} %", said, 100 * answer.confidence));
    if (!arguments.json)
      std::cout << fmt::format("  {:<22} shows: {:<11} named: {} ({:.0f} %)\n", pictures[i].file.filename().string(),
                               pictures[i].label, said, 100 * answer.confidence);
  }
  LC_TRY(sheet.save(out / "classify.png"));
  const std::string wrong = verdict(session.ends());
  if (arguments.json) {
    auto summary = summary_json(session.ends());
    summary["pictures"] = pictures.size();
    summary["right"] = score.right;
    summary["wrong"] = score.wrong;
    summary["no_confident_label"] = score.silent;
    std::cout << summary.dump() << std::endl;
  } else {
    std::cout << fmt::format("{} pictures: {} named rightly, {} wrongly, {} without a confident label; {}\n",
                             pictures.size(), score.right, score.wrong, score.silent, (out / "classify.png").string());
  }
  if (!wrong.empty()) return fail(Errc::unavailable, "{}; see {}", wrong, session.logs());
  if (score.missing > 0) return fail(Errc::unavailable, "{} pictures did not arrive", score.missing);
  return score.right > score.wrong ? kOk : kFailed;
}

}  // namespace lc::cli
