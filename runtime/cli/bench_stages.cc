#include "cli/bench_stages.h"

#include <algorithm>

#include "cli/clocks.h"
#include "cli/private_folder.h"
#include "codec/frame_decoder.h"
#include "codec/frame_encoder.h"
#include "codec/latent_decoder.h"
#include "seal/keyring.h"
#include "seal/opener.h"
#include "seal/sealer.h"
#include "transport/publisher.h"
#include "transport/subscriber.h"

namespace lc::cli {
namespace {

constexpr std::chrono::seconds kPatience{5};  // for a message over loopback

// Two ends that know each other, with keys made for the occasion.
struct Wire {
  PrivateFolder folder;
  seal::Sealer sealer;
  seal::Opener opener;
  std::unique_ptr<transport::Publisher> publisher;
  std::unique_ptr<transport::Subscriber> subscriber;

  static Result<Wire> create() {
    auto folder = LC_TRY(PrivateFolder::create());
    const auto ring = LC_TRY(seal::KeyRing::create(folder.path() / "keys"));
    LC_TRY(ring.pin(LC_TRY(ring.generate(seal::Role::device, "bench"))));
    LC_TRY(ring.pin(LC_TRY(ring.generate(seal::Role::receiver, "bench"))));
    auto sealer = LC_TRY(seal::Sealer::create(ring));
    auto opener = LC_TRY(seal::Opener::create(ring));
    transport::PublisherOptions out;
    out.endpoint = "tcp://127.0.0.1:*";
    out.attach = transport::Attach::bind;
    out.pattern = transport::Pattern::push_pull;  // nothing is dropped
    auto publisher = LC_TRY(transport::Publisher::create(std::move(out)));
    transport::SubscriberOptions in;
    in.endpoint = publisher->bound_endpoint();
    in.pattern = transport::Pattern::push_pull;
    auto subscriber = LC_TRY(transport::Subscriber::create(std::move(in)));
    Wire wire{std::move(folder), std::move(sealer), std::move(opener), std::move(publisher), std::move(subscriber)};
    Bytes message;
    LC_TRY(wire.carry(LC_TRY(wire.sealer.announcement()), message));
    Bytes plain(message.size());
    seal::Opened opened;
    if (const auto verdict = wire.opener.open(message, plain, opened); !is_good(verdict))
      return fail(Errc::backend, "the announcement was refused: {}", seal::explain(verdict));
    return wire;
  }

  Result<> carry(ByteSpan message, Bytes& arrived) const {
    bool is_there = publisher->publish(message) == transport::Publish::queued;
    do {  // the publisher repeats the announcement for who joins
      is_there = is_there && subscriber->receive(arrived, kPatience) == transport::Receive::message;
    } while (is_there && !std::equal(message.begin(), message.end(), arrived.begin(), arrived.end()));
    if (!is_there)
      return fail(Errc::unavailable, "a message over TCP on loopback did not arrive within {} s", kPatience.count());
    return {};
  }
};

}  // namespace

const char* name(Part part) {
  constexpr std::array kNames{"front_end",      "network",  "quantise", "entropy",        "encode",
                              "seal",           "send",     "open",     "entropy_decode", "dequantise",
                              "network_decode", "back_end", "decode"};
  static_assert(kNames.size() == kParts);
  return kNames[static_cast<std::size_t>(part)];
}

double FrameTimes::unaccounted() const {
  double parts = 0, whole = 0;
  for (std::size_t i = 0; i < kParts; ++i) {
    const auto part = static_cast<Part>(i);
    if (part == Part::encode || part == Part::decode)
      whole += ms[i].mean();
    else if (part != Part::seal && part != Part::send && part != Part::open)
      parts += ms[i].mean();
  }
  return whole > 0 ? (whole - parts) / whole : 0;
}

struct StageBench::State {
  StageSettings settings;
  double (*now)();
  codec::StageClock clock;
  std::optional<codec::FrameEncoder> encoder;
  std::optional<codec::FrameDecoder> painter;
  std::optional<codec::LatentDecoder> decoder;
  std::optional<Wire> wire;
  Image painted;
  Bytes coded, sealed, arrived, plain;
  FrameTimes key, other;

  State(const StageSettings& s, double (*n)()) : settings(s), now(n), clock(n) {}
};

StageBench::StageBench(std::unique_ptr<State> state) : state_(std::move(state)) {}
StageBench::~StageBench() = default;
const StageSettings& StageBench::settings() const { return state_->settings; }
const FrameTimes& StageBench::key_frames() const { return state_->key; }
const FrameTimes& StageBench::other_frames() const { return state_->other; }

Result<std::unique_ptr<StageBench>> StageBench::create(const StageSettings& settings) {
  auto state = std::make_unique<State>(settings, settings.threads == 1 ? thread_ms : wall_ms);
  State& s = *state;
  codec::EncoderOptions options;
  options.quality = settings.quality;
  options.key_interval = 0;
  options.threads = settings.threads;
  options.precision = settings.precision;
  options.clock = &s.clock;
  s.encoder.emplace(LC_TRY(codec::FrameEncoder::create(
      settings.bundle, {.format = PixelFormat::i420, .width = settings.width, .height = settings.height}, options)));
  s.painter.emplace(LC_TRY(
      codec::FrameDecoder::create(settings.bundle, settings.width, settings.height,
                                  {.threads = settings.threads, .precision = settings.precision, .format = {PixelFormat::i420, {}}, .clock = &s.clock})));
  s.decoder.emplace(LC_TRY(codec::LatentDecoder::create(settings.bundle)));
  s.wire.emplace(LC_TRY(Wire::create()));
  s.painted = Image::make(PixelFormat::i420, settings.width, settings.height);
  return std::unique_ptr<StageBench>(new StageBench(std::move(state)));
}

Result<> StageBench::run(const ImageView& picture, bool is_key, bool counts) {
  State& s = *state_;
  std::array<double, kParts> took{};
  const auto put = [&](Part part, double ms) { took[static_cast<std::size_t>(part)] = ms; };
  const auto at = [](const auto& stages, codec::Stage stage) { return stages[static_cast<std::size_t>(stage)]; };

  s.coded.clear();
  double begin = s.now();
  const auto frame = LC_TRY(s.encoder->encode(picture, is_key, s.coded));
  put(Part::encode, s.now() - begin);
  const auto encoding = s.clock.take();
  put(Part::front_end, at(encoding, codec::Stage::front_end));
  put(Part::network, at(encoding, codec::Stage::network));
  put(Part::quantise, at(encoding, codec::Stage::quantise));
  put(Part::entropy, at(encoding, codec::Stage::entropy));

  s.sealed.resize(s.wire->sealer.size_limit(s.coded.size()));
  begin = s.now();
  const auto size = LC_TRY(s.wire->sealer.seal_frame({.is_key_frame = frame.is_key()}, {}, s.coded, s.sealed));
  put(Part::seal, s.now() - begin);

  begin = process_ms();
  LC_TRY(s.wire->carry(ByteSpan(s.sealed).first(size), s.arrived));
  put(Part::send, process_ms() - begin);

  s.plain.resize(s.arrived.size());
  seal::Opened opened;
  begin = s.now();
  const auto verdict = s.wire->opener.open(s.arrived, s.plain, opened);
  put(Part::open, s.now() - begin);
  if (verdict != seal::Verdict::opened) return fail(Errc::corrupt, "a frame was refused: {}", seal::explain(verdict));

  begin = s.now();
  const auto decoded = s.decoder->decode(opened.payload);
  const double integers = s.now() - begin;
  if (!decoded) return fail(Errc::corrupt, "a frame was not decoded: {}", decoded.error().text);
  if (!((*decoded)->latent == s.encoder->last_latent()))
    return fail(Errc::corrupt, "the integers that were decoded are not those that were encoded");
  put(Part::entropy_decode, integers);

  if (is_key) s.painter->forget();
  begin = s.now();
  LC_TRY(s.painter->decode((*decoded)->latent, (*decoded)->header.quality, s.painted.mutable_view()));
  put(Part::decode, integers + s.now() - begin);
  const auto painting = s.clock.take();
  put(Part::dequantise, at(painting, codec::Stage::quantise));
  put(Part::network_decode, at(painting, codec::Stage::network));
  put(Part::back_end, at(painting, codec::Stage::back_end));

  // A frame that became a key frame by itself was coded twice: it is of neither kind.
  if (!counts || frame.is_key() != is_key) return {};
  FrameTimes& times = frame.is_key() ? s.key : s.other;
  for (std::size_t i = 0; i < kParts; ++i) times.ms[i].add(took[i]);
  times.bytes.add(static_cast<double>(s.coded.size()));
  return {};
}

}  // namespace lc::cli
