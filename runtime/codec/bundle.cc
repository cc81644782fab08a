#include "codec/bundle.h"

#include <algorithm>

#include "base/file.h"
#include "base/shared.h"
#include "codec/bitstream.h"
#include "seal/digest.h"

namespace lc::codec {
namespace {

constexpr std::size_t kMaxFiles = 63;  // with the manifest as many as a sealed file holds
constexpr char kManifestFile[] = "manifest.yaml";

// Names of files are plain: no folders, nothing hidden.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 100 && name[0] != '.' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
             std::string_view::npos;
}

Result<int> integer(const config::Node& map, std::string_view key, int low, int high) {
  const auto node = LC_TRY(map.get(key));
  return static_cast<int>(LC_TRY(node.integer(low, high)));
}

}  // namespace

BundleSource BundleSource::folder(std::filesystem::path path) {
  auto read = [path](std::string_view name, std::size_t limit) { return load_file(path / name, limit); };
  return {std::move(path), std::move(read)};
}

Result<std::shared_ptr<const Bundle>> Bundle::load(const std::filesystem::path& path_or_name) {
  const auto path = LC_TRY(find_bundle(path_or_name));
  if (is_sealed(path)) return fail(Errc::no_key, "{}: is sealed; open it first: latentcast models open", path.string());
  return load(BundleSource::folder(path));
}

Result<std::shared_ptr<const Bundle>> Bundle::load(const BundleSource& source) {
  const Bytes text = LC_TRY(source.read(kManifestFile, config::kMaxDocumentBytes));
  Bundle bundle(text, LC_TRY(config::Node::parse(as_text(text), (source.path / kManifestFile).string())));
  bundle.path_ = source.path;
  LC_TRY(bundle.read_manifest());
  LC_TRY(bundle.read_precision());
  LC_TRY(bundle.read_files(source));
  if (bundle.kind_ == BundleKind::autoencoder) LC_TRY(bundle.read_autoencoder());
  return share(std::move(bundle));
}

Result<> Bundle::read_manifest() {
  LC_TRY(manifest_.only_keys({"bundle", "kind", "format", "summary", "input", "latent", "coding", "qualities",
                              "licence", "terms", "measured", "files", "threshold", "labels", "output", "evidence",
                              "precision", "study"}));
  name_ = LC_TRY(LC_TRY(manifest_.get("bundle")).text());
  if (!is_plain_name(name_))
    return LC_TRY(manifest_.get("bundle")).fault("expected a plain word as the bundle's name");
  LC_TRY(integer(manifest_, "format", 1, 1));
  if (const auto summary = manifest_.find("summary")) summary_ = LC_TRY(summary->text());
  const auto kind = LC_TRY(LC_TRY(manifest_.get("kind")).choice({"autoencoder", "classifier"}));
  if (kind == "classifier") {
    kind_ = BundleKind::classifier;
  } else if (LC_TRY(LC_TRY(manifest_.get("coding")).choice({"rans", "raw"})) == "raw") {
    kind_ = BundleKind::raw_autoencoder;
    raw_ = LC_TRY(RawShape::read(manifest_));
  }
  return {};
}

// Every listed file against its digest; the latent-space id from the list.
Result<> Bundle::read_files(const BundleSource& source) {
  const auto files = LC_TRY(manifest_.get("files"));
  auto entries = LC_TRY(files.entries());
  if (entries.empty() || entries.size() > kMaxFiles)
    return files.fault(fmt::format("expected 1..{} files", kMaxFiles));
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  seal::Digest list;
  std::size_t left = kMaxFileBytes;  // for all files of a bundle together
  for (const config::Entry& entry : entries) {
    if (!is_plain_name(entry.key))
      return entry.key_node.fault("expected the plain name of a file in this folder");
    const auto text = LC_TRY(entry.value.text());
    const auto digest = from_hex(text);
    if (!digest || digest->size() != seal::kDigestBytes)
      return entry.value.fault("expected a digest, 64 hexadecimal digits");
    list.update(as_bytes(entry.key))
        .update(as_bytes(" "))
        .update(as_bytes(to_hex(*digest)))
        .update(as_bytes("\n"));
    auto content = source.read(entry.key, left);
    if (!content && content.error().code == Errc::not_found) {
      absent_.push_back(entry.key);
      continue;
    }
    if (!content) return tl::unexpected<Error>(content.error());
    const auto actual = seal::blake2b_256(*content);
    if (!std::equal(actual.begin(), actual.end(), digest->begin()))
      return fail(Errc::refused, "{}: differs from its digest in manifest.yaml; fetch the bundle '{}' anew",
                  (path_ / entry.key).string(), name_);
    left -= content->size();
    files_.emplace(entry.key, std::move(*content));
  }
  if (kind_ == BundleKind::raw_autoencoder) list.update(as_bytes(raw_.description()));
  latent_space_ = list.finish();
  return {};
}

Result<> Bundle::read_autoencoder() {
  const auto input = LC_TRY(manifest_.get("input"));
  LC_TRY(input.only_keys({"channels", "stride"}));
  input_channels_ = LC_TRY(LC_TRY(input.get("channels")).choice({"rgb", "gray"})) == "rgb" ? 3 : 1;
  LC_TRY(integer(input, "stride", kLatentStride, kLatentStride));
  const auto latent = LC_TRY(manifest_.get("latent"));
  LC_TRY(latent.only_keys({"channels", "stride"}));
  latent_channels_ = LC_TRY(integer(latent, "channels", 1, kMaxChannels));
  LC_TRY(integer(latent, "stride", kLatentStride, kLatentStride));
  qualities_ = LC_TRY(integer(manifest_, "qualities", 1, kMaxQualities));

  auto model = EntropyModel::parse(LC_TRY(file("entropy.bin")));
  if (!model) return within((path_ / "entropy.bin").string(), model.error());
  if (model->channels() != latent_channels_ || model->qualities() != qualities_)
    return fail(Errc::corrupt, "{}: {} channels and {} qualities, the manifest says {} and {}",
                (path_ / "entropy.bin").string(), model->channels(), model->qualities(), latent_channels_,
                qualities_);
  entropy_ = std::make_shared<const EntropyModel>(std::move(*model));
  return {};
}

Result<> Bundle::read_precision() {
  const auto section = manifest_.find("precision");
  if (!section) return {};
  LC_TRY(section->only_keys({"bound_db", "bf16_db", "int8_db"}));
  const auto read = [&](std::string_view key) -> Result<std::optional<Loss>> {
    const auto node = section->find(key);
    if (!node) return std::nullopt;
    const auto both = LC_TRY(node->items());
    if (both.size() != 2) return node->fault("expected two numbers: dB at 35 dB and at 40 dB of PSNR");
    return Loss{LC_TRY(both[0].number(-10, 100)), LC_TRY(both[1].number(-10, 100))};
  };
  bound_ = (LC_TRY(read("bound_db"))).value_or(bound_);
  bf16_loss_ = LC_TRY(read("bf16_db"));
  int8_loss_ = LC_TRY(read("int8_db"));
  return {};
}

std::string_view to_string(BundleKind kind) {
  if (kind == BundleKind::classifier) return "classifier";
  return kind == BundleKind::autoencoder ? "autoencoder" : "raw autoencoder";
}

Result<> Bundle::need(BundleKind kind) const {
  if (kind_ == kind) return {};
  return fail(Errc::invalid_config, "the bundle '{}' is of the kind '{}', and '{}' is needed; `latentcast models list` shows all{}", name_,
              to_string(kind_), to_string(kind),
              kind_ == BundleKind::raw_autoencoder ? "; studyencode and studydecode run published systems" : "");
}

std::optional<Bundle::Loss> Bundle::loss(nn::Precision precision) const {
  if (precision == nn::Precision::f32) return Loss{0, 0};
  return precision == nn::Precision::bf16 ? bf16_loss_ : int8_loss_;
}

std::uint32_t Bundle::latent_space_short() const {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(latent_space_[i]);
  return value;
}

std::size_t Bundle::bytes() const {
  std::size_t sum = 0;
  for (const auto& [name, content] : files_) sum += content.size();
  return sum;
}

Result<ByteSpan> Bundle::file(std::string_view name) const {
  if (const auto found = files_.find(name); found != files_.end()) return ByteSpan(found->second);
  if (std::find(absent_.begin(), absent_.end(), name) != absent_.end())
    return fail(Errc::not_found, "{}: this copy of the bundle '{}' lacks the file; fetch the whole bundle",
                (path_ / std::string(name)).string(), name_);
  return fail(Errc::not_found, "{}: the bundle '{}' has no such file in its list",
              (path_ / std::string(name)).string(), name_);
}

Result<nn::Graph> Bundle::graph(std::string_view name) const {
  return nn::Graph::load(LC_TRY(file(name)), (path_ / std::string(name)).string());
}

std::string short_hex(std::uint32_t latent_space) { return fmt::format("{:08x}", latent_space); }

}  // namespace lc::codec
