#include "codec/latent_decoder.h"

#include <algorithm>
#include <array>

#include "codec/reference.h"
#include "codec/slice_coder.h"

namespace lc::codec {
namespace {

DecodeError error_of(const Error& error) {
  return {error.code == Errc::truncated ? DecodeFault::truncated : DecodeFault::corrupt, error.text};
}

template <class... Args>
tl::unexpected<DecodeError> refuse(DecodeFault fault, fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<DecodeError>(DecodeError{fault, fmt::format(format, std::forward<Args>(args)...)});
}

using SliceTable = std::array<ByteSpan, kMaxSlices>;

// Cuts what follows the header into slices.
Result<> split(Reader& reader, int slices, SliceTable& out) {
  std::array<std::size_t, kMaxSlices> length;
  for (int i = 0; i + 1 < slices; ++i) {
    const auto bytes = LC_TRY(reader.take(kSliceLengthBytes));
    length[static_cast<std::size_t>(i)] = std::to_integer<std::size_t>(bytes[0]) << 16 |
                                          std::to_integer<std::size_t>(bytes[1]) << 8 |
                                          std::to_integer<std::size_t>(bytes[2]);
  }
  for (int i = 0; i < slices; ++i) {
    const auto at = static_cast<std::size_t>(i);
    out[at] = i + 1 < slices ? LC_TRY(reader.take(length[at])) : reader.rest();
  }
  return {};
}

}  // namespace

std::string_view to_string(DecodeFault fault) {
  switch (fault) {
    case DecodeFault::truncated:
      return "truncated";
    case DecodeFault::corrupt:
      return "corrupt";
    case DecodeFault::too_large:
      return "too large";
    case DecodeFault::other_model:
      return "other model";
    case DecodeFault::missing_reference:
      return "missing reference";
  }
  return "unknown";
}

struct LatentDecoder::State {
  State(std::shared_ptr<const EntropyModel> entropy, std::uint32_t id, const DecoderLimits& allowed)
      : model(std::move(entropy)), latent_space(id), limits(allowed), coder(model) {}

  tl::expected<void, DecodeError> check(const FrameHeader& header) const;
  tl::expected<Reference*, DecodeError> reference_of(const FrameHeader& header);

  std::shared_ptr<const EntropyModel> model;
  std::uint32_t latent_space;
  DecoderLimits limits;
  SliceCoder coder;
  LatentFrame frame;
  References references;
  int reference_width = 0, reference_height = 0;
};

tl::expected<void, DecodeError> LatentDecoder::State::check(const FrameHeader& header) const {
  if (header.latent_space != latent_space)
    return refuse(DecodeFault::other_model, "the stream needs the model {}..., this receiver has {}...",
                  short_hex(header.latent_space), short_hex(latent_space));
  if (header.quality >= model->qualities())
    return refuse(DecodeFault::corrupt, "quality {}, the model has {}", header.quality, model->qualities());
  if (header.width > limits.max_width || header.height > limits.max_height)
    return refuse(DecodeFault::too_large, "a picture of {} x {}, allowed are {} x {}", header.width, header.height,
                  limits.max_width, limits.max_height);
  const std::int64_t latents = std::int64_t{header.rows()} * header.columns() * model->channels();
  if (latents > kMaxLatents)
    return refuse(DecodeFault::too_large, "a picture of {} x {} has {} latents, allowed are {}", header.width,
                  header.height, latents, kMaxLatents);
  return {};
}

// Null for a key frame.
tl::expected<Reference*, DecodeError> LatentDecoder::State::reference_of(const FrameHeader& header) {
  if (header.kind == FrameKind::key) return nullptr;
  if (references.empty())
    return refuse(DecodeFault::missing_reference, "frame {} needs frame {}; no key frame has come yet", header.frame_id,
                  header.reference_id);
  Reference* const reference = references.find(header.reference_id, header.reference_fingerprint);
  if (!reference) {
    const std::uint32_t key = references.key().frame_id(), last = references.last().frame_id();
    if (header.reference_id == key || header.reference_id == last)
      return refuse(DecodeFault::missing_reference, "frame {} needs another frame {} than the one that came",
                    header.frame_id, header.reference_id);
    return refuse(DecodeFault::missing_reference, "frame {} needs frame {}; here are the key frame {} and frame {}",
                  header.frame_id, header.reference_id, key, last);
  }
  if (reference_width != header.width || reference_height != header.height)
    return refuse(DecodeFault::corrupt, "frame {} and its reference differ in size", header.frame_id);
  return reference;
}

LatentDecoder::LatentDecoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
LatentDecoder::LatentDecoder(LatentDecoder&&) noexcept = default;
LatentDecoder& LatentDecoder::operator=(LatentDecoder&&) noexcept = default;
LatentDecoder::~LatentDecoder() = default;

Result<LatentDecoder> LatentDecoder::create(std::shared_ptr<const Bundle> bundle, const DecoderLimits& limits) {
  LC_TRY(bundle->need(BundleKind::autoencoder));
  return create(bundle->shared_entropy(), bundle->latent_space_short(), limits);
}

LatentDecoder LatentDecoder::create(std::shared_ptr<const EntropyModel> model, std::uint32_t latent_space,
                                    const DecoderLimits& limits) {
  return LatentDecoder(std::make_unique<State>(std::move(model), latent_space, limits));
}

tl::expected<const LatentFrame*, DecodeError> LatentDecoder::decode(ByteSpan bytes) {
  State& s = *state_;
  Reader reader(bytes);
  const auto header = unpack(reader);
  if (!header) return tl::unexpected<DecodeError>(error_of(header.error()));
  if (auto good = s.check(*header); !good) return tl::unexpected<DecodeError>(good.error());
  const auto reference = s.reference_of(*header);
  if (!reference) return tl::unexpected<DecodeError>(reference.error());
  SliceTable slices;
  if (auto cut = split(reader, header->slices(), slices); !cut)
    return tl::unexpected<DecodeError>(error_of(cut.error()));

  s.frame.header = *header;
  s.frame.latent.reset(header->rows(), header->columns(), s.model->channels());
  SliceTask task;
  task.level = s.model->level(header->quality);
  task.reference = *reference ? &(*reference)->at(header->quality, *s.model) : nullptr;
  for (int i = 0; i < header->slices(); ++i) {
    task.first_row = i * header->slice_rows;
    task.rows = std::min(header->slice_rows, header->rows() - task.first_row);
    if (auto done = s.coder.decode(slices[static_cast<std::size_t>(i)], task, s.frame.latent); !done)
      return tl::unexpected<DecodeError>(error_of(done.error()));
  }
  if (header->kind != FrameKind::ordinary) {
    s.references.keep(s.frame.latent, header->quality, header->frame_id, header->kind == FrameKind::key);
    s.reference_width = header->width;
    s.reference_height = header->height;
  }
  return &s.frame;
}

Result<FrameHeader> LatentDecoder::peek(ByteSpan bytes) {
  Reader reader(bytes);
  return unpack(reader);
}

void LatentDecoder::reset() { state_->references.forget(); }

}  // namespace lc::codec
