// A model: manifest, networks, tables, card, in a folder or in one sealed file. Shared by autoencoders and classifiers.
//
// Every file that the manifest lists is read and compared with its digest when the bundle is loaded. A listed
// file may be absent (a receiver needs no encoder.onnx): asking for it later says so. Who loads a bundle that is
// alive already, and is the same on disk still, gets that one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "codec/entropy_model.h"
#include "codec/raw_shape.h"
#include "config/document.h"
#include "nn/graph.h"
#include "nn/plan.h"

namespace lc::codec {

enum class BundleKind {
  autoencoder,      // coding: rans, what latentcast streams
  raw_autoencoder,  // coding: raw, a published system: raw_shape.h
  classifier,
};
std::string_view to_string(BundleKind kind);

using LatentSpaceId = std::array<std::byte, 32>;

// Where the files of a bundle come from.
struct BundleSource {
  std::filesystem::path path;  // the folder or the sealed file; in messages, a file is path / name
  // The whole file of that name.  errors  not_found: it is not here; unsupported: larger than `limit`
  std::function<Result<Bytes>(std::string_view name, std::size_t limit)> read;

  static BundleSource folder(std::filesystem::path path);
};

class Bundle {
 public:
  //   errors  not_found (no manifest),
  //           invalid_config (manifest, with file, line and column),
  //           refused (a file differs from its digest), whatever the entropy tables say
  static Result<std::shared_ptr<const Bundle>> load(const BundleSource& source);
  // A folder, or a name that find_bundle() knows.
  //   errors  not_found (no such bundle: lists what there is); no_key (a sealed one: elements/open_model.h opens it)
  static Result<std::shared_ptr<const Bundle>> load(const std::filesystem::path& folder_or_name);

  BundleKind kind() const { return kind_; }
  //   errors  invalid_config: it is of another kind
  Result<> need(BundleKind kind) const;
  const std::string& name() const { return name_; }
  const std::string& summary() const { return summary_; }
  const std::filesystem::path& path() const { return path_; }  // its folder, or the sealed file
  // The whole manifest, for keys that this class does not know (a classifier's `input`, `labels`,
  // `threshold`).
  const config::Node& manifest() const { return manifest_; }

  // BLAKE2b-256 over the sorted lines "name digest\n" of the manifest's `files`; of a raw autoencoder, over the
  // description of its shape as well, which its networks do not tell.
  const LatentSpaceId& latent_space() const { return latent_space_; }
  std::string latent_space_hex() const { return to_hex(latent_space_); }
  std::uint32_t latent_space_short() const;  // first four bytes, big-endian, as in frame headers

  // What pictures lose in fewer bits, both ends together, as `latentcast models quantize` measured it: dB at 35 dB
  // and at 40 dB of PSNR. None where it was not measured.
  struct Loss {
    double low_db, high_db;
  };
  std::optional<Loss> loss(nn::Precision precision) const;
  // The same kind of number: what automatic choice allows.
  Loss bound() const { return bound_; }

  // Autoencoders only; latents coded raw have a shape instead.
  int input_channels() const { return input_channels_; }  // 3 (rgb) or 1 (gray)
  int latent_channels() const { return latent_channels_; }
  int qualities() const { return qualities_; }
  const EntropyModel& entropy() const { return *entropy_; }
  std::shared_ptr<const EntropyModel> shared_entropy() const { return entropy_; }
  const RawShape& raw() const { return raw_; }

  // The manifest itself, and every listed file that is here.
  ByteSpan manifest_text() const { return text_; }
  const std::map<std::string, Bytes, std::less<>>& files() const { return files_; }
  // The bytes of a listed file.  errors  not_found
  Result<ByteSpan> file(std::string_view name) const;
  // A listed ONNX file, parsed and checked.
  Result<nn::Graph> graph(std::string_view name) const;

  // For base/shared.h. The manifest has the digests of all files, which were compared.
  std::uint32_t fingerprint() const { return latent_space_short(); }
  std::size_t bytes() const;  // of the files
  bool operator==(const Bundle& other) const {
    return path_ == other.path_ && text_ == other.text_ && absent_ == other.absent_;
  }

 private:
  Bundle(Bytes text, config::Node manifest) : text_(std::move(text)), manifest_(std::move(manifest)) {}
  Result<> read_manifest();
  Result<> read_files(const BundleSource& source);
  Result<> read_autoencoder();

  Bytes text_;  // of the manifest
  config::Node manifest_;
  std::filesystem::path path_;
  BundleKind kind_ = BundleKind::autoencoder;
  std::string name_, summary_;
  LatentSpaceId latent_space_{};
  std::map<std::string, Bytes, std::less<>> files_;
  std::vector<std::string> absent_;
  Result<> read_precision();

  Loss bound_{0.1, 0.2};
  std::optional<Loss> bf16_loss_, int8_loss_;
  int input_channels_ = 3, latent_channels_ = 0, qualities_ = 0;
  std::shared_ptr<const EntropyModel> entropy_;
  RawShape raw_;
};

// Where a bundle is: its folder, or its sealed file (NAME.lcm). A word with a '/' is the path itself; otherwise each
// folder of $LATENTCAST_MODELS (':' between them) is looked into, then the folder of installed models.
//   errors  not_found, with what there is and what was perhaps meant; refused: a folder has both
Result<std::filesystem::path> find_bundle(const std::filesystem::path& name);
bool is_sealed(const std::filesystem::path& bundle);  // by its name

// Every bundle that find_bundle() would find.
std::vector<std::filesystem::path> list_bundles();

// "3f9a12c0": how messages name a latent space.
std::string short_hex(std::uint32_t latent_space);

}  // namespace lc::codec
