#include "cli/bench_set.h"

#include <algorithm>

#include "base/file.h"
#include "cli/bench_networks.h"
#include "cli/bench_pictures.h"
#include "cli/bench_rivals.h"
#include "elements/open_model.h"

namespace lc::cli {
namespace {

Result<std::vector<std::shared_ptr<const codec::Bundle>>> load_bundles(const BenchArguments& arguments) {
  LC_TRY(arguments.passphrase.offer());
  std::vector<std::shared_ptr<const codec::Bundle>> out;
  for (const auto& name : arguments.bundles) {
    auto bundle = LC_TRY(elements::open_model(name, arguments.keyring)).bundle;
    const auto is_same = [&](const auto& other) { return other->name() == bundle->name(); };
    if (std::any_of(out.begin(), out.end(), is_same))
      return fail(Errc::invalid_config, "{}: there is another bundle of that name; measure them one after the other",
                  name);
    LC_TRY(bundle->need(codec::BundleKind::autoencoder));
    if (arguments.quality >= bundle->qualities())
      return fail(Errc::invalid_config, "--quality: {} has 0 to {}, found {}", name, bundle->qualities() - 1,
                  arguments.quality);
    out.push_back(std::move(bundle));
  }
  return out;
}

Result<std::vector<PictureSize>> read_sizes(const BenchArguments& arguments) {
  // Each rival keeps copies of its own.
  const std::size_t copies = 1 + (arguments.without_rivals ? 0 : rivals().size());
  std::vector<PictureSize> out;
  for (const auto& text : arguments.sizes) {
    out.push_back(LC_TRY(parse_size(text, "--size")));
    LC_TRY(expect_memory(out.back(), arguments.pictures, copies));
  }
  return out;
}

std::string names_of(const std::vector<NetworkSource>& networks) {
  std::string out;
  for (const auto& network : networks) out += (out.empty() ? "" : ", ") + network.name();
  return out;
}

Result<std::vector<NetworkSource>> load_networks(const BenchArguments& arguments,
                                                 const std::vector<std::shared_ptr<const codec::Bundle>>& bundles) {
  std::vector<NetworkSource> all;
  for (const auto& bundle : bundles)
    for (NetworkSource& network : LC_TRY(NetworkSource::of_bundle(*bundle))) all.push_back(std::move(network));
  for (const auto& file : arguments.networks) all.push_back(LC_TRY(NetworkSource::of_file(file)));
  for (auto at = all.begin(); at != all.end(); ++at)
    if (std::any_of(all.begin(), at, [&](const NetworkSource& other) { return other.name() == at->name(); }))
      return fail(Errc::invalid_config, "--network: there are two networks with the name '{}'; rename one of the files",
                  at->name());
  if (arguments.only.empty()) return all;
  std::vector<NetworkSource> out;
  for (NetworkSource& network : all)
    if (std::any_of(arguments.only.begin(), arguments.only.end(),
                    [&](const std::string& word) { return network.name().find(word) != std::string::npos; }))
      out.push_back(std::move(network));
  if (out.empty()) return fail(Errc::invalid_config, "--only: no network has such a name; there are {}", names_of(all));
  return out;
}

Result<std::map<std::string, Bytes>> load_int8(const BenchArguments& arguments,
                                               const std::vector<NetworkSource>& networks) {
  std::map<std::string, Bytes> out;
  for (const auto& text : arguments.ort_int8) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos)
      return fail(Errc::invalid_config, "--ort-int8: expected NAME=FILE.onnx, found '{}'", text);
    const std::string name = text.substr(0, equals);
    if (arguments.ort.empty())
      return fail(Errc::invalid_config, "--ort-int8: only ONNX Runtime runs it; give --ort, too");
    if (std::none_of(networks.begin(), networks.end(), [&](const auto& network) { return network.name() == name; }))
      return fail(Errc::invalid_config, "--ort-int8: no network '{}' is measured; there are {}", name,
                  names_of(networks));
    auto onnx = load_file(text.substr(equals + 1));
    if (!onnx) return within("--ort-int8", std::move(onnx).error());
    out[name] = *std::move(onnx);
  }
  return out;
}

}  // namespace

Result<BenchSet> BenchSet::create(const BenchArguments& arguments) {
  BenchSet out;
  out.bundles = LC_TRY(load_bundles(arguments));
  LC_TRY(uris_of(arguments.source));
  out.source = arguments.source;
  out.sizes = LC_TRY(read_sizes(arguments));
  out.threads = arguments.threads;
  for (const nn::Precision precision : kPrecisions)
    if (std::count(arguments.precisions.begin(), arguments.precisions.end(), nn::to_string(precision)) > 0)
      out.precisions.push_back(precision);
  out.quality = arguments.quality;
  out.pictures = arguments.pictures;
  out.seconds = arguments.seconds;
  out.stages = !arguments.without_stages;
  out.rivals = !arguments.without_rivals;
  if (!arguments.without_networks) out.networks = LC_TRY(load_networks(arguments, out.bundles));
  if (!arguments.ort.empty()) out.runtime = LC_TRY(OnnxRuntime::open(arguments.ort));
  out.int8 = LC_TRY(load_int8(arguments, out.networks));
  return out;
}

}  // namespace lc::cli
