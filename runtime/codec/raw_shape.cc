#include "codec/raw_shape.h"

#include "seal/digest.h"

namespace lc::codec {
namespace {

Result<int> integer(const config::Node& map, std::string_view key, int high) {
  return static_cast<int>(LC_TRY(LC_TRY(map.get(key)).integer(1, high)));
}

Result<Bytes> read_study_key(const config::Node& manifest) {
  const auto study = manifest.find("study");
  const auto key = study ? study->find("key") : std::nullopt;
  if (!key) return Bytes{};
  auto bytes = from_hex(LC_TRY(key->text()));
  if (!bytes || bytes->size() < 16 || bytes->size() > 64)
    return key->fault("expected 16 to 64 bytes in hexadecimal digits");
  return *std::move(bytes);
}

}  // namespace

Result<RawShape> RawShape::read(const config::Node& manifest) {
  RawShape out;
  const auto input = LC_TRY(manifest.get("input"));
  LC_TRY(input.only_keys({"channels", "width", "height"}));
  out.input_channels = LC_TRY(LC_TRY(input.get("channels")).choice({"rgb", "gray"})) == "rgb" ? 3 : 1;
  out.width = LC_TRY(integer(input, "width", kMaxRawSide));
  out.height = LC_TRY(integer(input, "height", kMaxRawSide));

  const auto latent = LC_TRY(manifest.get("latent"));
  LC_TRY(latent.only_keys({"channels", "width", "height", "sample", "step"}));
  out.latent_channels = LC_TRY(integer(latent, "channels", kMaxRawChannels));
  out.latent_width = LC_TRY(integer(latent, "width", kMaxRawSide));
  out.latent_height = LC_TRY(integer(latent, "height", kMaxRawSide));
  out.is_f32 = LC_TRY(LC_TRY(latent.get("sample")).choice({"u8", "f32"})) == "f32";
  const auto step = latent.find("step");
  if (out.is_f32 && step) return step->fault("goes with 'sample: u8' only");
  if (!out.is_f32) out.step = static_cast<float>(LC_TRY(LC_TRY(latent.get("step")).number(1e-6, 1e6)));
  out.study_key = LC_TRY(read_study_key(manifest));
  return out;
}

std::string RawShape::description() const {
  return fmt::format("raw {}x{}x{} {}x{}x{} {} {:.9g} {}", input_channels, width, height, latent_channels, latent_width,
                     latent_height, is_f32 ? "f32" : "u8", step, to_hex(seal::blake2b_256(study_key)));
}

}  // namespace lc::codec
