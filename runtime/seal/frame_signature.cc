#include "seal/frame_signature.h"

#include <sodium.h>

#include <array>
#include <cstring>
#include <string_view>

#include "seal/raw.h"

namespace lc::seal {
namespace {

constexpr std::string_view kLabel{"latentcast frame v1\0", 20};

// label || header || SHA-512(sframe)
struct Signed {
  std::array<std::byte, kLabel.size() + kMaxWireHeaderBytes + crypto_hash_sha512_BYTES> bytes;
  std::size_t size;
  Signed(ByteSpan header, ByteSpan sframe) : size(kLabel.size() + header.size() + crypto_hash_sha512_BYTES) {
    LC_EXPECT(header.size() <= kMaxWireHeaderBytes, "a message header has at most 256 bytes");
    std::memcpy(bytes.data(), kLabel.data(), kLabel.size());
    std::memcpy(bytes.data() + kLabel.size(), header.data(), header.size());
    crypto_hash_sha512(raw(bytes.data() + kLabel.size() + header.size()), raw(sframe.data()), sframe.size());
  }
  ByteSpan span() const { return ByteSpan(bytes).first(size); }
};

}  // namespace

void sign_frame(const SigningIdentity& device, ByteSpan header, ByteSpan sframe,
                std::span<std::byte, kSignatureBytes> out) {
  device.sign(Signed(header, sframe).span(), out);
}

bool is_frame_signed_by(const PublicKey& device, ByteSpan header, ByteSpan sframe, ByteSpan signature) {
  return is_signed_by(device, Signed(header, sframe).span(), signature);
}

}  // namespace lc::seal
