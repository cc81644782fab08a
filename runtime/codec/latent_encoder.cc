#include "codec/latent_encoder.h"

#include <algorithm>

namespace lc::codec {

LatentEncoder::LatentEncoder(std::shared_ptr<const EntropyModel> model, std::uint32_t latent_space, int width,
                             int height, int slice_rows)
    : model_(std::move(model)), coder_(model_) {
  header_.latent_space = latent_space;
  header_.width = width;
  header_.height = height;
  header_.slice_rows = slice_rows == 0 ? header_.rows() : std::min(slice_rows, header_.rows());
}

ModeCounts LatentEncoder::encode(Latent& latent, std::span<const float> exact, int quality, FrameKind kind,
                                 Reference* reference, std::uint32_t frame_id, Bytes& out) {
  LC_EXPECT(latent.rows() == header_.rows() && latent.columns() == header_.columns(),
            "latent and picture sizes agree");
  LC_EXPECT(exact.empty() || exact.size() == latent.values().size(), "what was rounded is of the same size");
  LC_EXPECT((kind == FrameKind::key) == (reference == nullptr), "all but key frames have a reference");
  header_.kind = kind;
  header_.quality = quality;
  header_.frame_id = frame_id;
  if (reference) {
    header_.reference_id = reference->frame_id();
    header_.reference_fingerprint = reference->fingerprint();
  }
  Writer writer(out);
  pack(header_, writer);
  const std::size_t table = out.size();
  const int slices = header_.slices();
  out.resize(table + kSliceLengthBytes * static_cast<std::size_t>(slices - 1));

  ModeCounts all;
  SliceTask task;
  task.exact = exact;
  task.level = model_->level(quality);
  task.reference = reference ? &reference->at(quality, *model_) : nullptr;
  for (int slice = 0; slice < slices; ++slice) {
    task.first_row = slice * header_.slice_rows;
    task.rows = std::min(header_.slice_rows, header_.rows() - task.first_row);
    const std::size_t begin = out.size();
    const ModeCounts counts = coder_.encode(latent, task, out);
    all.same += counts.same;
    all.fresh += counts.fresh;
    all.delta += counts.delta;
    const std::size_t length = out.size() - begin;
    if (slice + 1 == slices) break;
    LC_EXPECT(length <= kMaxSliceBytes, "a slice is below 16 MiB");
    for (std::size_t i = 0; i < kSliceLengthBytes; ++i)
      out[table + kSliceLengthBytes * static_cast<std::size_t>(slice) + i] =
          static_cast<std::byte>(length >> (8 * (kSliceLengthBytes - 1 - i)));
  }
  return all;
}

}  // namespace lc::codec
