// A signer and a receiver who knows it, and a small model between them.
#pragma once

#include "fixture.h"
#include "seal/model/sealed_model.h"

namespace lc::seal::test {

inline ModelFiles small_model(std::size_t encoder_bytes = 40) {
  Bytes encoder(encoder_bytes);
  for (std::size_t i = 0; i < encoder.size(); ++i) encoder[i] = static_cast<std::byte>(i * 7 + i / 251);
  const auto text = [](std::string_view words) { return Bytes(as_bytes(words).begin(), as_bytes(words).end()); };
  return {{"manifest.yaml", text("bundle: small\n")},
          {"entropy.bin", text("tables")},
          {"encoder.onnx", std::move(encoder)}};
}

struct ModelParties {
  TempDir dir;
  KeyRing maker = must(KeyRing::create(dir / "maker"));
  KeyRing user = must(KeyRing::create(dir / "user"));
  PublicIdentity signer = must(maker.generate(Role::signer, "lab"));
  PublicIdentity receiver = must(user.generate(Role::receiver, "desk"));

  ModelParties() {
    must(user.pin(signer).map([](bool) {}));
  }

  ModelManifest what(std::uint64_t version = 5) const {
    return {.model = model_id(signer.key, "small"), .version = version};
  }
  Bytes sign(const ModelFiles& files, const ModelManifest& manifest) const {
    return must(sign_model(must(maker.signer()), manifest, files));
  }
  Bytes seal(const ModelFiles& files, std::uint64_t version = 5) const {
    return must(seal_model(sign(files, what(version)), files, {receiver}, kNow));
  }
  ModelTrust trust(std::uint64_t now_ms = kNow) const { return must(ModelTrust::of(user, now_ms)); }
  Result<OpenedModel> open(ByteSpan sealed) const { return open_model(sealed, must(user.receiver()), trust()); }
};

}  // namespace lc::seal::test
