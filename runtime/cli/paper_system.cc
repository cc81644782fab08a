#include "cli/paper_system.h"

#include <algorithm>

#include "base/suggest.h"

namespace lc::cli {
namespace {

constexpr char kOurs[] = "trained here, on the pictures that we have";

std::vector<PaperSystem> all_systems() {
  std::vector<PaperSystem> out;
  const auto add = [&](PaperSystem system) { out.push_back(std::move(system)); };

  const std::vector<PaperFigure> p1{
      {"retrieved_mse", "reported for each loss and optimizer", kOurs},
      {"retrieved_accuracy", "reported for each loss and optimizer", "480 pictures to train on; the paper had more"}};
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
    const std::vector<PaperFigure> p2{
        {"latent_bytes", std::string(data) == "mnist" ? "784" : "1024", ""},
        {"transfer_25_raw", std::string(data) == "mnist" ? "" : "6.144 ms for 25 pictures", ""},
        {"transfer_25_latent", std::string(data) == "mnist" ? "" : "2.048 ms for 25 pictures", ""},
        {"cipher_entropy", "close to uniformly distributed", "see random_entropy: what bytes at random would have"}};
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
                      "AES takes as long as its bytes are many: see picture_bytes and latent_bytes"},
                     {"retrieved_accuracy", "83 %", "366 pictures to train on, and two classes"}}});

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
       .model = "paper-4-gray",
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
  };
  constexpr char kSealed[] = "lc5, entropy coded, SFrame";
  constexpr char kMedical[] = "trained for such pictures, at a quarter of a bit a pixel; entropy coded, SFrame";
  for (const auto& [name, data, model, quality, reading, latent_classifier] : {
           Sealed{"sealed-xray", "xray", "lc5", 40, kSealed, ""},
           {"sealed-fundus", "fundus", "lc5", 40, kSealed, "fundus-latent"},
           {"sealed-cifar10", "cifar10", "lc5", 40, kSealed, ""},
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
                       .pictures = is_medical ? 160 : 1200,
                       .model = model,
                       .cipher = "sealed",
                       .variant = "",
                       .quality = quality,
                       .classifier = set == "mnist" ? "paper-2-digits" : "cifar10",
                       .latent_classifier = latent_classifier};
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
    std::vector<std::string> known;
    for (const PaperSystem& s : all) known.push_back(s.name);
    return fail(Errc::invalid_config, "no published system '{}'; known: {}{}", name, list_of(known),
                did_you_mean(name, known));
  }
  return out;
}

}  // namespace lc::cli
