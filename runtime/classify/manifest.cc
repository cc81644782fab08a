#include "classify/manifest.h"

#include "classify/label_file.h"
#include "codec/bitstream.h"

namespace lc::classify {
namespace {

Result<LatentSpec> read_latents(const config::Node& input) {
  LC_TRY(input.only_keys({"source", "latent-space", "width", "height", "channels"}));
  const auto number = [&](std::string_view key, int max) -> Result<int> {
    return static_cast<int>(LC_TRY(LC_TRY(input.get(key)).integer(1, max)));
  };
  LatentSpec spec;
  const auto id = LC_TRY(input.get("latent-space"));
  const auto bytes = from_hex(LC_TRY(id.text()));
  if (!bytes || bytes->size() != codec::LatentSpaceId{}.size())
    return id.fault("expected the autoencoder's id, 64 hexadecimal digits: `latentcast models list` tells it");
  spec.latent_space = to_hex(*bytes);
  spec.width = LC_TRY(number("width", codec::latent_size(codec::kMaxSide)));
  spec.height = LC_TRY(number("height", codec::latent_size(codec::kMaxSide)));
  spec.channels = LC_TRY(number("channels", codec::kMaxChannels));
  return spec;
}

}  // namespace

Result<Manifest> Manifest::read(const codec::Bundle& bundle) {
  LC_TRY(bundle.need(codec::BundleKind::classifier));
  const config::Node& root = bundle.manifest();
  Manifest manifest;
  manifest.name = bundle.name();
  const auto input = LC_TRY(root.get("input"));
  const auto source = input.find("source");
  if (source && LC_TRY(source->text()) == "latents")
    manifest.latents = LC_TRY(read_latents(input));
  else
    manifest.pictures = LC_TRY(InputSpec::read(input));
  if (const auto node = root.find("output")) {
    const std::string word = LC_TRY(node->text());
    if (word != "logits" && word != "probabilities")
      return node->fault(fmt::format("expected 'logits' or 'probabilities', found {}", node->shown()));
    manifest.output = word == "logits" ? Output::logits : Output::probabilities;
  }
  if (const auto node = root.find("threshold")) manifest.threshold = LC_TRY(node->number(0, 1));
  if (const auto node = root.find("evidence")) manifest.evidence = LC_TRY(node->text());
  std::string file = "labels.txt";
  if (const auto node = root.find("labels")) file = LC_TRY(node->text());
  manifest.labels = LC_TRY(parse_labels(LC_TRY(bundle.file(file)), (bundle.path() / file).string()));
  return manifest;
}

}  // namespace lc::classify
