#include "seal/model/sealed_model.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "base/file.h"
#include "seal/announcement.h"
#include "seal/clock.h"
#include "seal/key_file.h"
#include "seal/raw.h"

namespace lc::seal {
namespace {

constexpr std::string_view kMagic = "LCMODEL1";
constexpr std::size_t kFixedBytes = 30;   // bundle id 16, flags 2, chunk size 4, time 8
constexpr std::size_t kSealedBytes = 80;  // bundle id 16, file key 32, digest of the fixed part 32
constexpr std::size_t kEntryBytes = sizeof(ReceiverHint) + kSealedBytes + kBoxOverhead;
constexpr std::size_t kKeyBytes = crypto_secretstream_xchacha20poly1305_KEYBYTES;
constexpr std::size_t kStreamHeaderBytes = crypto_secretstream_xchacha20poly1305_HEADERBYTES;
constexpr std::size_t kChunkOverhead = crypto_secretstream_xchacha20poly1305_ABYTES;
static_assert(kEntryBytes == 136 && kKeyBytes == 32 && kStreamHeaderBytes == 24 && kChunkOverhead == 17);

Digest256 digest_of_fixed(ByteSpan fixed) { return Digest().update(as_bytes(kMagic)).update(fixed).finish(); }

// The cipher's state, which holds the key.
struct Stream {
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { sodium_memzero(&state, sizeof state); }
  crypto_secretstream_xchacha20poly1305_state state;
};

// The parts of a file, measured and not yet believed.
struct Parts {
  ByteSpan fixed, entries, stream_header, chunks;
};

Result<Parts> split(ByteSpan sealed) {
  Reader in(sealed);
  if (as_text(sealed.first(std::min(sealed.size(), kMagic.size()))) != kMagic)
    return fail(Errc::bad_format, "is not a sealed model: it does not begin with '{}'", kMagic);
  LC_TRY(in.take(kMagic.size()));
  const auto header_size = LC_TRY(in.big<std::uint32_t>());
  Parts parts;
  parts.fixed = LC_TRY(in.take(kFixedBytes));
  Reader fixed(parts.fixed.subspan(16));
  const auto flags = LC_TRY(fixed.big<std::uint16_t>());
  const auto chunk = LC_TRY(fixed.big<std::uint32_t>());
  const auto count = LC_TRY(in.big<std::uint16_t>());
  if (flags != 0 || chunk != kModelChunkBytes)
    return fail(Errc::unsupported, "was sealed in another way than this program knows (flags {}, chunks of {} bytes)",
                flags, chunk);
  if (count == 0 || count > kMaxModelReceivers || header_size != kFixedBytes + 2 + count * kEntryBytes)
    return fail(Errc::bad_format, "its header has {} bytes, which {} receivers do not have", header_size, count);
  parts.entries = LC_TRY(in.take(count * kEntryBytes));
  parts.stream_header = LC_TRY(in.take(kStreamHeaderBytes));
  parts.chunks = in.rest();
  return parts;
}

// The key of the file, from the box for this receiver.
Result<Secret> file_key(const Parts& parts, const ReceiverIdentity& receiver) {
  const ReceiverHint hint = receiver_hint(receiver.identity().key), anonymous{};
  const Digest256 fixed_digest = digest_of_fixed(parts.fixed);
  bool is_open = false, is_bound = false;
  Secret key = LC_TRY(Secret::make(kKeyBytes, [&](std::span<std::byte> out) {
    std::array<std::byte, kSealedBytes> plain;
    for (std::size_t at = 0; at < parts.entries.size() && !is_open; at += kEntryBytes) {
      const ByteSpan entry = parts.entries.subspan(at, kEntryBytes), for_whom = entry.first(hint.size());
      is_open = (std::equal(hint.begin(), hint.end(), for_whom.begin()) ||
                 std::equal(anonymous.begin(), anonymous.end(), for_whom.begin())) &&
                receiver.open_box(entry.subspan(hint.size()), plain);
    }
    if (!is_open) return;
    is_bound = std::equal(plain.begin(), plain.begin() + 16, parts.fixed.begin()) &&
               std::equal(fixed_digest.begin(), fixed_digest.end(), plain.begin() + 48);
    std::memcpy(out.data(), plain.data() + 16, out.size());
    wipe(plain);
  }));
  if (!is_open)
    return fail(Errc::no_key, "is not sealed for '{}' ({}); give receiver.pub to whoever seals it",
                receiver.identity().name, fingerprint(Role::receiver, receiver.identity().key));
  if (!is_bound) return fail(Errc::corrupt, "its header was damaged or altered; fetch it anew");
  return key;
}

// All chunks into `plain`. After the first one `check` is asked.
template <class Check>
Result<> pull_chunks(const Parts& parts, ByteSpan key, Bytes& plain, Check check) {
  constexpr std::size_t kFull = kModelChunkBytes + kChunkOverhead;
  const std::size_t size = parts.chunks.size(), count = (size + kFull - 1) / kFull;
  if (count == 0 || size <= (count - 1) * kFull + kChunkOverhead)
    return fail(Errc::truncated, "ends early; fetch it anew");
  plain.resize(size - count * kChunkOverhead);
  Stream stream;
  if (crypto_secretstream_xchacha20poly1305_init_pull(&stream.state, raw(parts.stream_header.data()),
                                                      raw(key.data())) != 0)
    return fail(Errc::corrupt, "its header was damaged or altered; fetch it anew");
  const Digest256 fixed_digest = digest_of_fixed(parts.fixed);
  for (std::size_t i = 0; i < count; ++i) {
    const ByteSpan chunk = parts.chunks.subspan(i * kFull, std::min(kFull, size - i * kFull));
    unsigned char tag = 0;
    const bool is_good =
        crypto_secretstream_xchacha20poly1305_pull(
            &stream.state, raw(plain.data() + i * kModelChunkBytes), nullptr, &tag, raw(chunk.data()), chunk.size(),
            i == 0 ? raw(fixed_digest.data()) : nullptr, i == 0 ? fixed_digest.size() : 0) == 0;
    const bool is_last = i + 1 == count;
    if (!is_good) return fail(Errc::corrupt, "chunk {} of {} was damaged or altered; fetch it anew", i + 1, count);
    if (tag == crypto_secretstream_xchacha20poly1305_TAG_MESSAGE && is_last)
      return fail(Errc::truncated, "ends early; fetch it anew");
    if (tag !=
        (is_last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE))
      return fail(Errc::corrupt, "chunk {} of {} says that it is the last; fetch it anew", i + 1, count);
    if (i == 0) LC_TRY(check(ByteSpan(plain).first(chunk.size() - kChunkOverhead)));
  }
  return {};
}

}  // namespace

Result<Bytes> seal_model(ByteSpan signed_list, const ModelFiles& files, const std::vector<PublicIdentity>& receivers,
                         std::uint64_t created_ms) {
  LC_TRY(ready());
  const auto unpacked = LC_TRY(unpack_signed_list(signed_list));
  const std::uint64_t not_after_ms = unpacked.manifest.not_after_ms;
  if (!has_good_signature(unpacked))
    return fail(Errc::refused, "the signature of the list is false, so nobody would open the model; sign it again");
  if (not_after_ms != 0 && not_after_ms < created_ms)
    return fail(Errc::refused, "the list says that the model could be used until {}; sign it again",
                utc_text(static_cast<std::int64_t>(not_after_ms / 1000)));
  LC_TRY(compare(unpacked.manifest, files));
  Bytes plain(signed_list.begin(), signed_list.end());
  for (const auto& [name, content] : files) Writer(plain).bytes(content);
  return seal_plain(plain, receivers, created_ms);
}

std::size_t sealed_bytes(std::size_t plain, std::size_t receivers) {
  const std::size_t chunks = (plain + kModelChunkBytes - 1) / kModelChunkBytes;
  return kMagic.size() + 4 + kFixedBytes + 2 + receivers * kEntryBytes + kStreamHeaderBytes + plain +
         chunks * kChunkOverhead;
}

Result<Bytes> seal_plain(ByteSpan plain, const std::vector<PublicIdentity>& receivers, std::uint64_t created_ms) {
  if (receivers.empty() || receivers.size() > kMaxModelReceivers)
    return fail(Errc::invalid_config, "a model is sealed for 1 to {} receivers, not for {}", kMaxModelReceivers,
                receivers.size());
  for (auto one = receivers.begin(); one != receivers.end(); ++one)
    if (std::any_of(receivers.begin(), one, [&](const PublicIdentity& other) { return other.key == one->key; }))
      return fail(Errc::invalid_config, "'{}' has the key of a receiver that was named before; name it once",
                  one->name);
  Bytes out;
  out.reserve(sealed_bytes(plain.size(), receivers.size()));
  Writer to(out);
  to.text(kMagic);
  to.big(static_cast<std::uint32_t>(kFixedBytes + 2 + receivers.size() * kEntryBytes));
  std::array<std::byte, 16> bundle_id;
  fill_random(bundle_id);
  to.bytes(bundle_id);
  to.big(std::uint16_t{0});
  to.big(static_cast<std::uint32_t>(kModelChunkBytes));
  to.big(created_ms);
  const Digest256 fixed_digest = digest_of_fixed(ByteSpan(out).last(kFixedBytes));
  to.big(static_cast<std::uint16_t>(receivers.size()));

  const Secret key = LC_TRY(Secret::random(kKeyBytes));
  const Secret boxed = LC_TRY(Secret::make(kSealedBytes, [&](std::span<std::byte> box) {
    std::memcpy(box.data(), bundle_id.data(), 16);
    std::memcpy(box.data() + 16, key.reveal().data(), kKeyBytes);
    std::memcpy(box.data() + 48, fixed_digest.data(), 32);
  }));
  for (const PublicIdentity& receiver : receivers) {
    std::array<std::byte, kSealedBytes + kBoxOverhead> box;
    if (receiver.role != Role::receiver || !seal_box(receiver.key, boxed.reveal(), box))
      return fail(Errc::refused, "'{}' has no key of a receiver; give its receiver.pub", receiver.name);
    to.bytes(receiver_hint(receiver.key));
    to.bytes(box);
  }

  Stream stream;
  const std::size_t header_at = out.size();
  out.resize(header_at + kStreamHeaderBytes);
  crypto_secretstream_xchacha20poly1305_init_push(&stream.state, raw(out.data() + header_at), raw(key.reveal().data()));
  for (std::size_t at = 0; at < plain.size(); at += kModelChunkBytes) {
    const ByteSpan part = plain.subspan(at, std::min(kModelChunkBytes, plain.size() - at));
    const bool is_last = at + part.size() == plain.size();
    const std::size_t chunk_at = out.size();
    out.resize(chunk_at + part.size() + kChunkOverhead);
    crypto_secretstream_xchacha20poly1305_push(
        &stream.state, raw(out.data() + chunk_at), nullptr, raw(part.data()), part.size(),
        at == 0 ? raw(fixed_digest.data()) : nullptr, at == 0 ? fixed_digest.size() : 0,
        is_last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
  }
  return out;
}

Result<OpenedModel> open_model(ByteSpan sealed, const ReceiverIdentity& receiver, const ModelTrust& trust,
                               Versions versions) {
  const Parts parts = LC_TRY(split(sealed));
  const Secret key = LC_TRY(file_key(parts, receiver));
  OpenedModel out;
  Bytes plain;
  LC_TRY(pull_chunks(parts, key.reveal(), plain, [&](ByteSpan first) -> Result<> {
    auto unpacked = LC_TRY(unpack_manifest(first));
    out.signer = LC_TRY(trust.check(unpacked, versions));
    const std::uint64_t size = unpacked.bytes.size() + unpacked.manifest.bytes();
    if (size != plain.size())
      return fail(size > plain.size() ? Errc::truncated : Errc::corrupt,
                  "has {} bytes inside, its list says {}; fetch it anew", plain.size(), size);
    out.signed_list.assign(unpacked.bytes.begin(), unpacked.bytes.end());
    out.manifest = std::move(unpacked.manifest);
    return {};
  }));
  Reader rest(ByteSpan(plain).subspan(out.signed_list.size()));
  for (const ListedFile& listed : out.manifest.files) {
    const ByteSpan content = LC_TRY(rest.take(listed.size));
    if (blake2b_256(content) != listed.digest)
      return fail(Errc::refused, "{} in it differs from what '{}' signed; fetch it anew", listed.name, out.signer);
    out.files.emplace(listed.name, Bytes(content.begin(), content.end()));
  }
  return out;
}

Result<OpenedModel> load_model(const std::filesystem::path& path, const KeyRing& ring, Versions versions) {
  const ReceiverIdentity receiver = LC_TRY(ring.receiver());
  const ModelTrust trust = LC_TRY(ModelTrust::of(ring, Clock::system().wall_ms()));
  const std::size_t limit = sealed_bytes(kMaxSignedListBytes + kMaxModelBytes, kMaxModelReceivers);
  auto model = open_model(LC_TRY(load_file(path, limit)), receiver, trust, versions);
  if (!model) return within(path.string(), std::move(model).error());
  return model;
}

}  // namespace lc::seal
