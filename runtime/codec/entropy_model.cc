#include "codec/entropy_model.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

namespace lc::codec {
namespace {

// Of a predictor: 32 * 1024 * 32767 fits into 31 bits.
constexpr int kMaxTerms = 32, kMaxTermWeight = 1024;

// Four sets for scenes from nearly still to restless; rows by the number of changed neighbours; same, fresh,
// delta. Printed in FORMAT.md.
constexpr std::uint16_t kDefaultModes[] = {
    4084, 3,   9,    3600, 96,   400,  3000, 336,  760,  2300, 696,  1100, 1400, 1296, 1400,  //
    4000, 24,  72,   3300, 196,  600,  2600, 546,  950,  1900, 946,  1250, 1000, 1646, 1450,  //
    3600, 146, 350,  2700, 496,  900,  2000, 896,  1200, 1300, 1346, 1450, 500,  2096, 1500,  //
    2400, 696, 1000, 1700, 1096, 1300, 1100, 1546, 1450, 700,  1896, 1500, 200,  2696, 1200,
};

template <class Signed, class Unsigned>
Result<std::vector<Signed>> integers(Reader& reader, std::size_t count) {
  std::vector<Signed> values;
  auto bytes = LC_TRY(reader.take(count * sizeof(Signed)));
  Reader part(bytes);
  values.reserve(count);
  for (std::size_t i = 0; i < count; ++i) values.push_back(static_cast<Signed>(*part.little<Unsigned>()));
  return values;
}

Result<std::vector<std::int32_t>> thresholds(Reader& reader, std::size_t count) {
  auto values = LC_TRY((integers<std::int32_t, std::uint32_t>(reader, count)));
  std::int32_t last = 0;
  for (std::int32_t value : values) {
    if (value < last || value > kMaxExpectation + 1)
      return fail(Errc::corrupt, "thresholds must ascend within 0..2^24, {} follows {}", value, last);
    last = value;
  }
  return values;
}

}  // namespace

// Each section's payload is read by one function, and must be used up.
class EntropyModelParser {
 public:
  Result<EntropyModel> parse(ByteSpan bytes) {
    LC_TRY(split(bytes));
    LC_TRY(section("HEAD", &EntropyModelParser::head));
    LC_TRY(section("GAIN", &EntropyModelParser::gains));
    LC_TRY(section("ORDR", &EntropyModelParser::order));
    LC_TRY(section("LEVL", &EntropyModelParser::levels));
    LC_TRY(section("CTXW", &EntropyModelParser::fresh_weights));
    LC_TRY(section("DPCM", &EntropyModelParser::predictors));
    LC_TRY(section("TABL", &EntropyModelParser::tables));
    LC_TRY(section("FLAG", &EntropyModelParser::flags));
    if (sections_.count("mode") != 0)
      LC_TRY(section("mode", &EntropyModelParser::modes));
    else
      model_.modes_ = LC_TRY(entropy::CdfTables::create(kDefaultModes, kModes));
    if (sections_.count("ctxd") != 0) LC_TRY(section("ctxd", &EntropyModelParser::delta_weights));
    return std::move(model_);
  }

 private:
  using Section = Result<> (EntropyModelParser::*)(Reader&);

  Result<> split(ByteSpan bytes) {
    Reader reader(bytes);
    auto magic = LC_TRY(reader.take(4));
    if (as_text(magic) != "LCE1") return fail(Errc::bad_format, "not entropy tables: they begin with LCE1");
    while (reader.remaining() > 0) {
      const std::string_view tag = as_text(LC_TRY(reader.take(4)));
      const auto length = LC_TRY(reader.little<std::uint32_t>());
      auto payload = reader.take(length);
      if (!payload) return within(fmt::format("section {}", to_hex(as_bytes(tag))), payload.error());
      static constexpr std::string_view kKnown[] = {"HEAD", "GAIN", "ORDR", "LEVL",
                                                    "CTXW", "DPCM", "TABL", "FLAG"};
      const bool known = std::find(std::begin(kKnown), std::end(kKnown), tag) != std::end(kKnown);
      if (!known && (tag[0] < 'a' || tag[0] > 'z'))
        return fail(Errc::unsupported, "section {} (hex) is not known to this version and may not be skipped",
                    to_hex(as_bytes(tag)));
      if (!known && tag != "mode" && tag != "ctxd") continue;
      if (!sections_.emplace(tag, *payload).second)
        return fail(Errc::corrupt, "section {} stands twice", tag);
    }
    return {};
  }

  Result<> section(std::string_view tag, Section read) {
    const auto found = sections_.find(tag);
    if (found == sections_.end()) return fail(Errc::corrupt, "section {} is missing", tag);
    Reader reader(found->second);
    if (auto done = (this->*read)(reader); !done) return within(fmt::format("section {}", tag), done.error());
    if (reader.remaining() > 0)
      return fail(Errc::corrupt, "section {}: {} bytes too many", tag, reader.remaining());
    return {};
  }

  Result<int> byte(Reader& reader, std::string_view what, int low, int high) {
    const int value = LC_TRY(reader.little<std::uint8_t>());
    if (value < low || value > high)
      return fail(Errc::corrupt, "{} is {}, allowed are {}..{}", what, value, low, high);
    return value;
  }

  Result<> head(Reader& reader) {
    const int channels = LC_TRY(reader.little<std::uint16_t>());
    if (channels < 1 || channels > kMaxChannels)
      return fail(Errc::corrupt, "{} channels, allowed are 1..{}", channels, kMaxChannels);
    model_.channels_ = channels;
    model_.stride_ = (channels + kLanePadding - 1) / kLanePadding * kLanePadding;
    model_.qualities_ = LC_TRY(byte(reader, "number of qualities", 1, kMaxQualities));
    levels_ = LC_TRY(byte(reader, "number of levels", 1, 16));
    model_.clip_ = LC_TRY(byte(reader, "clip", 1, 63));
    LC_TRY(byte(reader, "flag size", kGroupChannels, kGroupChannels));
    tables_ = LC_TRY(byte(reader, "number of tables", 1, 64));
    flags_ = LC_TRY(byte(reader, "number of flag classes", 1, 64));
    const auto reserved = LC_TRY(reader.little<std::uint32_t>());
    if (reserved != 0) return fail(Errc::corrupt, "reserved field is {}, not 0", reserved);
    return {};
  }

  Result<> gains(Reader& reader) {
    const auto count =
        static_cast<std::size_t>(model_.qualities_) * static_cast<std::size_t>(model_.channels_);
    for (std::vector<float>* gain : {&model_.forward_, &model_.inverse_}) {
      const auto bits = LC_TRY((integers<std::uint32_t, std::uint32_t>(reader, count)));
      gain->reserve(count);
      for (std::uint32_t word : bits) {
        const auto value = std::bit_cast<float>(word);
        if (!(value >= 0.0f && value <= 1e6f)) return fail(Errc::corrupt, "gain {} is outside 0..1e6", value);
        gain->push_back(value);
      }
    }
    return {};
  }

  Result<> order(Reader& reader) {
    model_.order_ = LC_TRY((integers<std::uint16_t, std::uint16_t>(reader, channels())));
    std::vector<bool> seen(channels(), false);
    for (std::uint16_t channel : model_.order_) {
      if (channel >= channels() || seen[channel])
        return fail(Errc::corrupt, "channel {} is out of range or stands twice", channel);
      seen[channel] = true;
    }
    return {};
  }

  Result<> levels(Reader& reader) {
    model_.level_ =
        LC_TRY((integers<std::uint8_t, std::uint8_t>(reader, static_cast<std::size_t>(model_.qualities_))));
    for (int level : model_.level_)
      if (level >= levels_) return fail(Errc::corrupt, "level {}, there are {}", level, levels_);
    return {};
  }

  Result<> fresh_weights(Reader& reader) { return weights(reader, model_.fresh_); }
  Result<> delta_weights(Reader& reader) { return weights(reader, model_.delta_); }

  Result<> weights(Reader& reader, std::vector<ContextWeights>& out) {
    const auto stride = static_cast<std::size_t>(model_.stride_);
    for (int level = 0; level < levels_; ++level) {
      ContextWeights& made = out.emplace_back();
      for (auto& near : made.near) {
        near = LC_TRY((integers<std::int16_t, std::uint16_t>(reader, channels())));
        near.resize(stride, 0);
      }
      made.bias = LC_TRY((integers<std::int32_t, std::uint32_t>(reader, channels())));
      for (std::int32_t bias : made.bias)
        if (bias < -(1 << 28) || bias > 1 << 28) return fail(Errc::corrupt, "bias {} is beyond 2^28", bias);
      made.bias.resize(stride, 0);
      const auto packed =
          LC_TRY((integers<std::int16_t, std::uint16_t>(reader, channels() * (channels() - 1) / 2)));
      made.earlier.assign(channels() * stride, 0);
      std::size_t next = 0;
      for (std::size_t j = 0; j < channels(); ++j)
        for (std::size_t k = j + 1; k < channels(); ++k) made.earlier[j * stride + k] = packed[next++];
    }
    return {};
  }

  Result<> predictors(Reader& reader) {
    for (int level = 0; level < levels_; ++level) {
      auto& made = model_.predictors_.emplace_back();
      const int count = LC_TRY(reader.little<std::uint16_t>());
      if (count > model_.channels_)
        return fail(Errc::corrupt, "{} predictors for {} channels", count, channels());
      int last = -1;
      for (int i = 0; i < count; ++i) {
        SignedPredictor& predictor = made.emplace_back();
        predictor.rank = LC_TRY(reader.little<std::uint16_t>());
        if (predictor.rank <= last || predictor.rank >= model_.channels_)
          return fail(Errc::corrupt, "predicted rank {} follows {}: ranks ascend below {}", predictor.rank, last,
                      channels());
        last = predictor.rank;
        const int terms = LC_TRY(byte(reader, "number of terms", 1, kMaxTerms));
        for (int n = 0; n < terms; ++n) predictor.terms.push_back(LC_TRY(term(reader, predictor.rank)));
      }
    }
    return {};
  }

  Result<SignedPredictor::Term> term(Reader& reader, int predicted) {
    SignedPredictor::Term out{};
    out.place = static_cast<std::uint8_t>(LC_TRY(byte(reader, "place", 0, SignedPredictor::kHere)));
    out.rank = LC_TRY(reader.little<std::uint16_t>());
    out.weight = static_cast<std::int16_t>(LC_TRY(reader.little<std::uint16_t>()));
    const int below = out.place == SignedPredictor::kHere ? std::min(predicted, SignedPredictor::kMaxHere)
                                                          : model_.channels_;
    if (out.rank >= below)
      return fail(Errc::corrupt, "rank {} predicts rank {} from place {}: it must be below {}", out.rank, predicted,
                  out.place, below);
    if (std::abs(out.weight) > kMaxTermWeight)
      return fail(Errc::corrupt, "weight {} of a predictor is beyond {}", out.weight, kMaxTermWeight);
    return out;
  }

  Result<> tables(Reader& reader) {
    const auto count = static_cast<std::size_t>(tables_);
    model_.table_classes_ = MagnitudeClasses(LC_TRY(thresholds(reader, count - 1)));
    std::vector<std::uint16_t> frequencies;
    for (std::size_t table = 0; table < count; ++table) {
      const auto row = LC_TRY((integers<std::uint16_t, std::uint16_t>(reader, kTableSymbols)));
      frequencies.insert(frequencies.end(), row.begin(), row.end());
      model_.escape_order_.push_back(static_cast<std::uint8_t>(LC_TRY(byte(reader, "escape_k", 0, 12))));
    }
    model_.tables_ = LC_TRY(entropy::CdfTables::create(frequencies, kTableSymbols));
    return {};
  }

  Result<> flags(Reader& reader) {
    const auto count = static_cast<std::size_t>(flags_);
    model_.flag_classes_ = MagnitudeClasses(LC_TRY(thresholds(reader, count - 1)));
    for (std::size_t i = 0; i < count; ++i) {
      const auto zero = LC_TRY(reader.little<std::uint16_t>());
      if (zero < 1 || zero > 4095)
        return fail(Errc::corrupt, "frequency {} of class {} is outside 1..4095", zero, i);
      model_.flag_zero_.push_back(zero);
      model_.boost_.push_back(LC_TRY(reader.little<std::uint16_t>()));
    }
    return {};
  }

  Result<> modes(Reader& reader) {
    constexpr std::size_t kSetBytes = 2 * kModes * kModeContexts;
    const std::size_t sets = reader.remaining() / kSetBytes;
    if (sets < 1 || sets > 8) return fail(Errc::corrupt, "{} sets, allowed are 1..8", sets);
    const auto rows = LC_TRY((integers<std::uint16_t, std::uint16_t>(reader, sets * kModes * kModeContexts)));
    model_.modes_ = LC_TRY(entropy::CdfTables::create(rows, kModes));
    return {};
  }

  std::size_t channels() const { return static_cast<std::size_t>(model_.channels_); }

  std::map<std::string_view, ByteSpan> sections_;
  EntropyModel model_;
  int levels_ = 0, tables_ = 0, flags_ = 0;
};

Result<EntropyModel> EntropyModel::parse(ByteSpan bytes) { return EntropyModelParser().parse(bytes); }

}  // namespace lc::codec
