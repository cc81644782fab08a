// libFuzzer: sealed models. The first byte says what the others are: a signed list, whose signature nobody looks at; a
// file, which never opens, since the fuzzer cannot seal; or the files of a model that is signed, sealed and opened.
#include <cstdlib>
#include <filesystem>
#include <string>

#include "seal/model/sealed_model.h"

namespace {

using namespace lc;
using namespace lc::seal;

void expect(bool good) {
  if (!good) std::abort();
}

std::filesystem::path make_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "latentcast-fuzz-XXXXXX").string();
  expect(::mkdtemp(name.data()) != nullptr);
  return name;
}

// One who signs, seals and opens.
struct Party {
  Party() { expect(ring.pin(signer.identity()).has_value()); }
  ~Party() {
    std::error_code ignored;
    std::filesystem::remove_all(dir, ignored);
  }
  std::filesystem::path dir = make_folder();
  KeyRing ring = *KeyRing::create(dir / "keys");
  SigningIdentity signer = *SigningIdentity::generate(Role::signer, "fuzz");
  ReceiverIdentity receiver = *ReceiverIdentity::generate("fuzz");
};

void list(ByteSpan bytes) {
  const auto unpacked = unpack_manifest(bytes);
  if (!unpacked) return;
  expect(!unpacked->manifest.files.empty() && unpacked->manifest.bytes() <= kMaxModelBytes);
  expect(!has_good_signature(*unpacked));
}

void file(const Party& party, ByteSpan bytes) {
  static const ModelTrust trust = *ModelTrust::of(party.ring, 1);
  expect(!open_model(bytes, party.receiver, trust));
}

// Pieces of the bytes as files, there and back.
void round_trip(const Party& party, ByteSpan bytes) {
  static const ModelTrust trust = *ModelTrust::of(party.ring, 1);
  ModelFiles files;
  for (std::size_t at = 0; at < bytes.size(); at += 97) {
    const ByteSpan part = bytes.subspan(at, std::min<std::size_t>(97, bytes.size() - at));
    files[std::string(as_text(part.first(part.size() / 8)))] = Bytes(part.begin(), part.end());
  }
  const auto signed_list = sign_model(party.signer, {.version = 1}, files);
  if (!signed_list) return;
  const auto opened =
      open_model(*seal_model(*signed_list, files, {party.receiver.identity()}, 1), party.receiver, trust);
  expect(opened && opened->files == files);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Party party;
  if (size == 0) return 0;
  const ByteSpan bytes(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      list(bytes);
      break;
    case 1:
      file(party, bytes);
      break;
    default:
      round_trip(party, bytes);
      break;
  }
  return 0;
}
