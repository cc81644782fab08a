#include "cli/paper_system.h"

#include <algorithm>

#include "base/suggest.h"

namespace lc::cli {
namespace {

constexpr char kOurs[] = "trained here, on the pictures that we have";
constexpr char kStudied[] = "docs/paper-1-study.md: sixteen points, of pictures shrunk to 48 x 48";

std::vector<PaperSystem> all_systems() {
  std::vector<PaperSystem> out;
  const auto add = [&](PaperSystem system) { out.push_back(std::move(system)); };

  const std::vector<PaperFigure> p1{
      {"retrieved_mse", "reported for each loss and optimizer",
       "other X-rays, one loss and optimizer for each model; docs/paper-1-study.md compares them"},
      {"retrieved_accuracy", "reported for each loss and optimizer",
       "other X-rays; where blur moves answers over the classifier's threshold, their order stays: see retrieved_auc "
       "beside original_auc"},
      {"best reconstruction", "MSLE, Adam, relu, 3 layers (the abstract: MSLE, Adagrad, 2 layers)", kStudied},
      {"best classification", "MSE, RMSprop, 3 layers", kStudied},
      {"best ROC", "MSLE, Adagrad, 2 layers", kStudied},
      {"seconds an epoch", "9 to 16", "other pictures, sizes and machines: docs/paper-1-study.md has ours"}};
  for (const auto& [model, reading] : {std::pair{"3layers-2pools", "3 layers, two poolings"},
                                       {"3layers-1pool", "3 layers, one pooling"},
                                       {"2layers-2pools", "2 layers, two poolings"},
                                       {"2layers-1pool", "2 layers, one pooling"}})
    for (const char* variant : {"figure", "text"}) {
      if (std::string_view(variant) == "text" && std::string_view(model) != "3layers-2pools")
        continue;  // the cipher is the same
      add({.name = std::string("P1-") + model + (std::string_view(variant) == "text" ? "-text" : ""),
           .paper = "P1",
           .reading =
               std::string(reading) + (std::string_view(variant) == "text" ? "; c = x^2 + k" : "; c = (x + k)^2"),
           .data = "xray",
           .pictures = 160,
           .model = std::string("paper-1-") + model,
           .cipher = "additive-square",
           .variant = variant,
           .classifier = "paper-1-diagnosis",
           .positive = {1},
           .figures = p1});
    }

  for (const auto& [data, classifier] : {std::pair{"mnist", "paper-2-digits"}, {"cifar10", "cifar10"}}) {
    std::vector<PaperFigure> p2{
        {"cipher_entropy", "close to uniformly distributed", "see random_entropy: what bytes at random would have"}};
    constexpr char kSame[] = "they agree: bytes over 100 Mbit/s, whose units the paper slips in";
    if (std::string_view(data) == "mnist")
      p2.insert(p2.end(), {{"picture_bytes", "2352", "the paper counts three channels, MNIST has one"},
                           {"latent_bytes", "784", "they agree: as many as gray pictures have"},
                           {"transfer_gain", "3", "the paper counts three channels for a picture, MNIST has one"}});
    else
      p2.insert(p2.end(), {{"picture_bytes", "3072", "they agree"},
                           {"latent_bytes", "1024", "they agree: 8 x 8 x 16 in bytes"},
                           {"transfer_25_raw", "6.144 ms for 25 pictures", kSame},
                           {"transfer_25_latent", "2.048 ms for 25 pictures", kSame},
                           {"transfer_gain", "3", "they agree"},
                           {"key_space", "2^24576",
                            "a mask as long as what it is over: of pictures 3072 bytes, of latents 1024; a key that is "
                            "expanded to it has no more than its own bits"}});
    const PaperSystem base{
        .paper = "P2", .data = data, .pictures = 1200, .variant = "", .classifier = classifier, .figures = p2};
    PaperSystem masked = base, unmasking = base, after = base;
    masked.name = fmt::format("P2-{}-masked", data);
    masked.reading = "masked, encoded; decoded to the masked picture, unmasked";
    masked.model = fmt::format("paper-2-{}-masked", data);
    masked.cipher = "none", masked.pixel_cipher = "xor-mask", masked.unmasks_pixels = true;
    unmasking.name = fmt::format("P2-{}-unmasking", data);
    unmasking.reading = "masked, encoded; the decoder gives the picture unmasked";
    unmasking.model = fmt::format("paper-2-{}-unmasking", data);
    unmasking.cipher = "none", unmasking.pixel_cipher = "xor-mask";
    after.name = fmt::format("P2-{}-mask-after", data);
    after.reading = "our remark: encoded, then the latent masked";
    after.model = fmt::format("paper-2-{}-plain", data);
    after.cipher = "xor-mask";
    for (PaperSystem* system : {&masked, &unmasking, &after}) add(std::move(*system));
  }

  constexpr char kAes[] = "another machine and program: here the processor's AES instructions";
  for (const char* variant : {"cbc", "ctr", "ecb"})
    add({.name = std::string("P3-") + variant,
         .paper = "P3",
         .reading = std::string("AES-256 in ") + variant + ", which the paper leaves open",
         .data = "fundus",
         .pictures = std::string_view(variant) == "cbc" ? 78 : 24,
         .model = "paper-3-fundus",
         .cipher = "aes-features",
         .variant = variant,
         .classifier = "paper-3-grade",
         .positive = {2, 3, 4},
         .figures = {{"retrieved_ssim", "0.9528 without noise", kOurs},
                     {"encryption_saved", "72 % (its own figures give 68 %)",
                      "AES takes as long as its bytes and rows are many, each row with a key of its own; a latent of "
                      "floats has as many bytes as its picture, in half the rows"},
                     {"encrypt_picture_ms", "0.05 s", kAes},
                     {"encrypt_ms", "0.016 s", kAes},
                     {"decrypt_ms", "0.017 s", kAes},
                     {"retrieved_accuracy", "83 %",
                      "other pictures, and a small network trained from scratch; 366 pictures for its 200 and two "
                      "classes for its five make it easier"}},
         .noise = {{"none", "0.9528 after", "0.19 after"},
                   {"salt-pepper", "0.93, 0.94", "0, 0"},
                   {"speckle", "0.06, 0.23", "87, 15"},
                   {"poisson", "0.79, 0.90", "1, 0"},
                   {"gaussian", "0.13, 0.41", "30, 5"}}});

  for (const char* variant : {"double", "probabilistic"})
    add({.name = std::string("P4-") + variant,
         .paper = "P4",
         .reading =
             std::string_view(variant) == "double" ? "CNN first, then chaos" : "the same, a fresh key for each picture",
         .data = "photos",
         .pictures = 24,
         .model = "paper-4-gray",
         .cipher = "logistic-chaos",
         .variant = variant,
         .classifier = "paper-4-encrypted",
         .figures = {{"plain_accuracy", "confusion matrices, without numbers", "encrypted pictures look like noise"}}});

  add({.name = "P4-chaos-first",
       .paper = "P4",
       .reading = "chaos first, then CNN",
       .data = "photos",
       .pictures = 24,
       .model = "paper-4-chaos",
       .cipher = "none",
       .variant = "",
       .pixel_cipher = "logistic-chaos",
       .unmasks_pixels = true,
       .classifier = "",
       .figures = {{"retrieved_psnr", "pictures only", "what is noise to the CNN does not fit through it"}}});

  add({.name = "P5-restored",
       .paper = "P5",
       .reading = "message, RSA-OAEP, decrypted, restored; pictures coded with loss before",
       .data = "xray",
       .pictures = 40,
       .model = "paper-5-restore",
       .cipher = "rsa-lsb",
       .variant = "oaep",
       .classifier = "paper-1-diagnosis",
       .positive = {1},
       .message = "patient 17, born 1961",
       .lossy_quality = 20,
       .figures = {{"restoration_gain", "pictures only", kOurs}}});
  add({.name = "P5-region",
       .paper = "P5",
       .reading = "region of interest from opened latents, without pixels; sealed in the place of RSA",
       .data = "xray",
       .pictures = 160,
       .model = "lc5",
       .cipher = "sealed",
       .variant = "",
       .quality = 35,
       .classifier = "paper-1-diagnosis",
       .latent_classifier = "xray-latent",
       .positive = {1},
       .figures = {{"region_drop", "pictures only", "see random_drop: what as many positions anywhere are worth"}}});
  struct Sealed {
    const char *name, *data, *model;
    int quality;
    const char *reading, *latent_classifier;
    int enlarged = 0;
  };
  constexpr char kSealed[] = "lc5, entropy coded, SFrame";
  constexpr char kEnlarged[] = "pictures enlarged to 128 x 128; lc5, entropy coded, SFrame";
  constexpr char kMedical[] = "trained for such pictures, at a quarter of a bit a pixel; entropy coded, SFrame";
  for (const auto& [name, data, model, quality, reading, latent_classifier, enlarged] : {
           Sealed{"sealed-xray", "xray", "lc5", 40, kSealed, ""},
           {"sealed-fundus", "fundus", "lc5", 40, kSealed, "fundus-latent"},
           {"sealed-cifar10", "cifar10", "lc5", 40, kSealed, ""},
           {"sealed-cifar10-latents", "cifar10", "lc5", 35, kEnlarged, "cifar10-latent", 128},
           {"sealed-mnist", "mnist", "lc5", 40, kSealed, ""},
           {"sealed-xray-medical", "xray", "lc5-xray", 20, kMedical, ""},
           {"sealed-fundus-medical", "fundus", "lc5-fundus", 45, kMedical, ""},
       }) {
    const std::string_view set = data;
    const bool is_medical = set == "xray" || set == "fundus";
    PaperSystem system{.name = name,
                       .paper = "latentcast",
                       .reading = reading,
                       .data = data,
                       .pictures = is_medical     ? 160
                                   : enlarged > 0 ? 1000
                                                  : 1200,
                       .model = model,
                       .cipher = "sealed",
                       .variant = "",
                       .quality = quality,
                       .classifier = set == "mnist" ? "paper-2-digits" : "cifar10",
                       .latent_classifier = latent_classifier,
                       .enlarged = enlarged};
    if (set == "xray") system.classifier = "paper-1-diagnosis", system.positive = {1};
    if (set == "fundus") system.classifier = "paper-3-grade", system.positive = {2, 3, 4};
    add(std::move(system));
  }
  return out;
}

}  // namespace

const std::vector<PaperSystem>& paper_systems() {
  static const auto all = all_systems();
  return all;
}

Result<std::vector<PaperSystem>> paper_systems(const std::vector<std::string>& names) {
  const auto& all = paper_systems();
  if (names.empty()) return all;
  std::vector<PaperSystem> out;
  for (const std::string& name : names) {
    const std::size_t before = out.size();
    for (const PaperSystem& s : all)
      if (s.name == name || s.paper == name) out.push_back(s);
    if (out.size() > before) continue;
    std::vector<std::string> known, longer;
    for (const PaperSystem& s : all) {
      known.push_back(s.name);
      if (s.name.starts_with(name)) longer.push_back(s.name);
    }
    if (!name.empty() && !longer.empty())
      return fail(Errc::invalid_config, "no published system '{}'; did you mean one of {}?", name, list_of(longer));
    return fail(Errc::invalid_config, "no published system '{}'; known: {}{}", name, list_of(known),
                did_you_mean(name, known));
  }
  return out;
}

}  // namespace lc::cli
