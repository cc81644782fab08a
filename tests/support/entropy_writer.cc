#include "support/entropy_writer.h"

#include <bit>

namespace lc::test {
namespace {

template <class T>
void put(Writer& writer, const std::vector<T>& values) {
  for (T value : values) {
    if constexpr (std::is_same_v<T, float>)
      writer.little(std::bit_cast<std::uint32_t>(value));
    else
      writer.little(static_cast<std::make_unsigned_t<T>>(value));
  }
}

template <class Fill>
void section(Bytes& out, std::string_view tag, Fill fill) {
  Bytes payload;
  Writer writer(payload);
  fill(writer);
  append_section(out, tag, payload);
}

void put_weights(Writer& writer, const std::vector<EntropyTables::Weights>& levels) {
  for (const auto& one : levels) {
    for (const auto& near : one.near) put(writer, near);
    put(writer, one.bias);
    put(writer, one.earlier);
  }
}

}  // namespace

void append_section(Bytes& out, std::string_view tag, ByteSpan payload) {
  Writer writer(out);
  writer.text(tag);
  writer.little(static_cast<std::uint32_t>(payload.size()));
  writer.bytes(payload);
}

Bytes pack(const EntropyTables& t) {
  Bytes out(as_bytes("LCE1").begin(), as_bytes("LCE1").end());
  section(out, "HEAD", [&](Writer& w) {
    w.little(static_cast<std::uint16_t>(t.channels));
    for (std::size_t field :
         {static_cast<std::size_t>(t.qualities), t.weights.size(), static_cast<std::size_t>(t.clip),
          std::size_t{8}, t.tables.size(), t.flags.size()})
      w.little(static_cast<std::uint8_t>(field));
    w.little(std::uint32_t{0});
  });
  section(out, "GAIN", [&](Writer& w) { put(w, t.forward), put(w, t.inverse); });
  section(out, "ORDR", [&](Writer& w) { put(w, t.order); });
  section(out, "LEVL", [&](Writer& w) { put(w, t.level); });
  section(out, "CTXW", [&](Writer& w) { put_weights(w, t.weights); });
  section(out, "DPCM", [&](Writer& w) {
    for (const auto& level : t.predictors) {
      w.little(static_cast<std::uint16_t>(level.size()));
      for (const auto& one : level) {
        w.little(one.rank);
        w.little(static_cast<std::uint8_t>(one.terms.size()));
        for (const auto& term : one.terms) {
          w.little(term.place);
          w.little(term.rank);
          w.little(static_cast<std::uint16_t>(term.weight));
        }
      }
    }
  });
  section(out, "TABL", [&](Writer& w) {
    put(w, t.table_thresholds);
    for (const auto& table : t.tables) {
      for (std::uint16_t frequency : table.frequency) w.little(frequency);
      w.little(table.escape_order);
    }
  });
  section(out, "FLAG", [&](Writer& w) {
    put(w, t.flag_thresholds);
    for (const auto& flag : t.flags) w.little(flag.zero), w.little(flag.boost);
  });
  if (!t.modes.empty()) section(out, "mode", [&](Writer& w) { put(w, t.modes); });
  if (!t.delta_weights.empty()) section(out, "ctxd", [&](Writer& w) { put_weights(w, t.delta_weights); });
  return out;
}

}  // namespace lc::test
