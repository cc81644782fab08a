#include "codec/frame_encoder.h"

#include "codec/latent_encoder.h"
#include "codec/picture_analysis.h"
#include "codec/quantiser.h"
#include "codec/rate_control.h"

namespace lc::codec {
namespace {

// Of all positions, how many may be coded afresh before the frame becomes a key frame: after a scene cut
// references help nobody.
constexpr double kSceneCut = 0.8;

// An anchor refers to the key frame only where that adds no more than this to the bytes since the last one that did.
constexpr double kRepairShare = 0.4;

Result<> check(const Bundle& bundle, const FrameGeometry& geometry, const EncoderOptions& options) {
  LC_TRY(bundle.need(BundleKind::autoencoder));
  if (geometry.width < 1 || geometry.width > kMaxSide || geometry.height < 1 || geometry.height > kMaxSide)
    return fail(Errc::invalid_config, "pictures of {} x {}: sides are 1..{}", geometry.width, geometry.height,
                kMaxSide);
  const std::int64_t latents =
      std::int64_t{latent_size(geometry.width)} * latent_size(geometry.height) * bundle.latent_channels();
  if (latents > kMaxLatents)
    return fail(Errc::invalid_config, "pictures of {} x {} have {} latents, allowed are {}", geometry.width,
                geometry.height, latents, kMaxLatents);
  if (options.key_interval < 0 || options.anchor_interval < 1 || options.repair_interval < 0 || options.slice_rows < 0)
    return fail(Errc::invalid_config,
                "key interval, repair interval and slice rows are 0 or more, the anchor interval 1 or more");
  if (!(options.stickiness >= 0.0f && options.stickiness <= 10.0f))
    return fail(Errc::invalid_config, "stickiness is 0..10 steps");
  if (options.frames < 1 || options.frames > OrderedWorkers::kMost)
    return fail(Errc::invalid_config, "frames in work at once are 1..{}", OrderedWorkers::kMost);
  return {};
}

}  // namespace

struct FrameEncoder::State {
  State(std::shared_ptr<const Bundle> b, const FrameGeometry& g, const EncoderOptions& o,
        std::unique_ptr<PictureAnalysis> a)
      : bundle(std::move(b)),
        geometry(g),
        options(o),
        analysis(std::move(a)),
        coder(bundle->shared_entropy(), bundle->latent_space_short(), g.width, g.height, o.slice_rows),
        control(o.limits, o.quality, bundle->qualities()) {
    latent.reset(latent_size(g.height), latent_size(g.width), bundle->latent_channels());
    exact.resize(latent.values().size());
  }

  void begin(Stage stage) const {
    if (options.clock) options.clock->begin(stage);
  }
  FrameKind next_kind();
  void scale_at(int quality);
  bool code_at(int quality, FrameKind kind, Reference* reference, Bytes& out);
  bool code_repair(EncodedFrame& frame, Bytes& out);
  void code_within_limits(EncodedFrame& frame, Bytes& out);
  void code(EncodedFrame& frame, std::uint64_t time_ns, Bytes& out);
  void keep(const EncodedFrame& frame);

  std::shared_ptr<const Bundle> bundle;
  FrameGeometry geometry;
  EncoderOptions options;
  std::unique_ptr<PictureAnalysis> analysis;
  LatentEncoder coder;
  RateControl control;
  std::span<const float> said;  // of the picture at hand, by the network
  Latent latent;
  std::vector<float> exact;  // what it was rounded from,
  int exact_quality = -1;    // at this quality
  bool is_scaled = false;    // from what the network says now; else it is to be renewed where analysis says `fresh`
  std::span<const std::uint8_t> fresh;
  bool owes_key = false;  // a key frame was asked for, and none was sent since
  std::uint32_t next_id = 0;
  int since_key = 0, since_anchor = 0;  // frames from the last one to the next frame
  std::size_t bytes_since_repair = 0;  // of the key frame, or the last anchor that refers to it, and all since
  int anchors_since_repair = 0;        // from there or from the last attempt to the next frame
};

FrameEncoder::FrameEncoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
FrameEncoder::FrameEncoder(FrameEncoder&&) noexcept = default;
FrameEncoder& FrameEncoder::operator=(FrameEncoder&&) noexcept = default;
FrameEncoder::~FrameEncoder() = default;

Result<FrameEncoder> FrameEncoder::create(std::shared_ptr<const Bundle> bundle, const FrameGeometry& geometry,
                                          const EncoderOptions& options) {
  LC_TRY(check(*bundle, geometry, options));
  AnalysisOptions with;
  with.plan.threads = options.threads;
  with.plan.precision = options.precision;
  with.plan.picture = nn::PictureFormat{geometry.format, geometry.colour};
  with.frames = options.frames;
  with.interval = options.key_interval;
  with.skip_unchanged = options.skip_unchanged;
  with.clock = options.clock;
  auto analysis = LC_TRY(PictureAnalysis::create(*bundle, geometry.width, geometry.height, with));
  FrameEncoder encoder(std::make_unique<State>(std::move(bundle), geometry, options, std::move(analysis)));
  LC_TRY(encoder.set_quality(options.quality));
  return encoder;
}

Result<> FrameEncoder::set_quality(int quality) {
  if (quality < 0 || quality >= state_->bundle->qualities())
    return fail(Errc::invalid_config, "quality {}: the model '{}' has 0..{}", quality, state_->bundle->name(),
                state_->bundle->qualities() - 1);
  state_->control.set_quality(quality);
  return {};
}

FrameKind FrameEncoder::State::next_kind() {
  if (owes_key || coder.references().empty()) return FrameKind::key;
  if (options.key_interval > 0 && since_key >= options.key_interval) return FrameKind::key;
  return since_anchor >= options.anchor_interval ? FrameKind::anchor : FrameKind::ordinary;
}

// Sets `exact`.
void FrameEncoder::State::scale_at(int quality) {
  const bool is_same = quality == exact_quality;
  if (is_scaled && is_same) return;
  const auto all = std::span<const std::uint8_t>();
  scale(said, bundle->entropy(), quality, exact, is_same ? fresh : all);
  exact_quality = quality;
  is_scaled = true;
}

// Quantises the network's output and codes it. False: hardly anything is like the reference, and nothing is appended.
bool FrameEncoder::State::code_at(int quality, FrameKind kind, Reference* reference, Bytes& out) {
  const EntropyModel& model = bundle->entropy();
  const std::size_t start = out.size();
  begin(Stage::quantise);
  scale_at(quality);
  if (reference)
    quantise_sticky(exact, reference->at(quality, model), options.stickiness, latent);
  else
    quantise(exact, latent);
  begin(Stage::entropy);
  const std::span<const float> weighed = options.optimise ? exact : std::span<const float>();
  const ModeCounts counts = coder.encode(latent, weighed, quality, kind, reference, next_id, out);
  if (!reference || counts.fresh <= kSceneCut * latent.rows() * latent.columns()) return true;
  out.resize(start);
  return false;
}

// An anchor against the key frame: whoever has that needs nothing that came since. False: it would cost too much now,
// and nothing is appended.
bool FrameEncoder::State::code_repair(EncodedFrame& frame, Bytes& out) {
  if (options.repair_interval == 0 || frame.kind != FrameKind::anchor || anchors_since_repair < options.repair_interval)
    return false;
  anchors_since_repair = 0;
  const std::size_t start = out.size();
  Reference& key = coder.references().key();
  if (!code_at(frame.quality, frame.kind, &key, out)) return false;
  frame.bytes = out.size() - start;
  const bool is_worth_it =
      static_cast<double>(frame.bytes) <= kRepairShare * static_cast<double>(bytes_since_repair);
  if (!is_worth_it || !control.has_room(frame.bytes)) {
    out.resize(start);
    return false;
  }
  frame.reference_id = key.frame_id();
  bytes_since_repair = 0;
  return true;
}

// Coarser until it fits, or skipped.
void FrameEncoder::State::code_within_limits(EncodedFrame& frame, Bytes& out) {
  const std::size_t start = out.size();
  for (;;) {
    Reference* const reference = frame.is_key() ? nullptr : &coder.references().last();
    if (reference) frame.reference_id = reference->frame_id();
    if (!code_at(frame.quality, frame.kind, reference, out)) {
      frame.kind = FrameKind::key;
      continue;
    }
    frame.bytes = out.size() - start;
    const auto [verdict, quality] = control.judge(frame.is_key(), frame.quality, frame.bytes);
    if (verdict == RateControl::Verdict::send) return;
    out.resize(start);
    frame.bytes = 0;
    if (verdict == RateControl::Verdict::skip) return;
    frame.quality = quality;
  }
}

// Fills in kind, reference, quality and bytes.
void FrameEncoder::State::code(EncodedFrame& frame, std::uint64_t time_ns, Bytes& out) {
  frame.quality = control.begin(time_ns, frame.is_key());
  if (!code_repair(frame, out)) code_within_limits(frame, out);
  control.end(frame.is_key(), frame.quality, frame.bytes);
}

// What the next frames refer to, and how long ago things were.
void FrameEncoder::State::keep(const EncodedFrame& frame) {
  if (frame.kind != FrameKind::ordinary) {
    coder.keep(latent, frame.quality, frame.kind, frame.frame_id);
    since_anchor = 0;
    ++anchors_since_repair;
  }
  if (frame.is_key()) {
    owes_key = false;
    since_key = 0;
    anchors_since_repair = 1;
    bytes_since_repair = 0;
  }
  bytes_since_repair += frame.bytes;
  ++since_key;
  ++since_anchor;
  ++next_id;
}

Result<EncodedFrame> FrameEncoder::encode(const ImageView& picture, bool force_key, Bytes& out, std::uint64_t time_ns) {
  LC_EXPECT(begun() == 0, "what was begun is finished first");
  begin(picture, force_key);
  return finish(out, time_ns);
}

void FrameEncoder::begin(const ImageView& picture, bool force_key) {
  const FrameGeometry& geometry = state_->geometry;
  LC_EXPECT(picture.format == geometry.format && picture.width == geometry.width && picture.height == geometry.height,
            "a picture has the geometry of its encoder");
  state_->analysis->begin(picture, force_key);
}

Result<EncodedFrame> FrameEncoder::finish(Bytes& out, std::uint64_t time_ns) {
  State& s = *state_;
  const auto said = LC_TRY(s.analysis->finish());
  s.said = said.values;
  s.fresh = said.fresh;
  s.is_scaled = false;
  s.owes_key = s.owes_key || said.is_whole;
  EncodedFrame frame;
  frame.frame_id = s.next_id;
  frame.kind = s.next_kind();
  s.code(frame, time_ns, out);
  if (s.options.clock) s.options.clock->end();
  if (!frame.is_skipped()) s.keep(frame);
  return frame;
}

std::size_t FrameEncoder::begun() const { return state_->analysis->begun(); }
bool FrameEncoder::is_full() const { return state_->analysis->is_full(); }
bool FrameEncoder::is_ready() const { return state_->analysis->is_ready(); }
void FrameEncoder::abandon() { state_->analysis->abandon(); }

void FrameEncoder::set_limits(const RateLimits& limits) { state_->control.set_limits(limits); }
bool FrameEncoder::is_out_of_reach() const { return state_->control.is_out_of_reach(); }

const Latent& FrameEncoder::last_latent() const { return state_->latent; }
const nn::Plan& FrameEncoder::plan() const { return state_->analysis->plan(); }

}  // namespace lc::codec
