#include "nn/wire_scan.h"

#include <iterator>

namespace lc::nn {
namespace {

enum Kind {
  scalar,
  text,
  model,
  graph,
  node,
  attribute,
  tensor,
  value,
  type,
  tensor_type,
  shape,
  dimension,
  opset,
  annotation,
  pair
};

struct Field {
  Kind in;
  unsigned number;
  Kind what;
};

// The fields of onnx_schema.proto that hold messages or texts; anything else is skipped without a look
// inside.
constexpr Field kFields[] = {
    {model, 7, graph},       {model, 8, opset},     {opset, 1, text},     {graph, 1, node},
    {graph, 5, tensor},      {graph, 11, value},    {graph, 12, value},   {graph, 15, tensor},
    {graph, 14, annotation}, {annotation, 1, text}, {annotation, 2, pair}, {pair, 1, text},
    {pair, 2, text},
    {node, 1, text},         {node, 2, text},       {node, 5, attribute}, {attribute, 1, text},
    {attribute, 5, tensor},  {attribute, 9, text},  {value, 2, type},     {type, 1, tensor_type},
    {tensor_type, 2, shape}, {shape, 1, dimension},
};

Result<std::uint64_t> varint(Reader& in) {
  std::uint64_t out = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto b = std::to_integer<std::uint64_t>(LC_TRY(in.take(1))[0]);
    out |= (b & 127) << shift;
    if (b < 128) return out;
  }
  return fail(Errc::bad_format, "not a protobuf: a number of more than ten bytes at offset {}", in.offset());
}

Result<> scan(ByteSpan bytes, Kind kind, std::size_t& parts) {
  for (Reader in(bytes); in.remaining() > 0;) {
    const std::uint64_t key = LC_TRY(varint(in));
    switch (key & 7) {
      case 0:
        LC_TRY(varint(in));
        break;
      case 1:
        LC_TRY(in.take(8));
        break;
      case 5:
        LC_TRY(in.take(4));
        break;
      case 2: {
        const ByteSpan part = LC_TRY(in.take(static_cast<std::size_t>(LC_TRY(varint(in)))));
        for (const Field& f : kFields) {
          if (f.in != kind || f.number != key >> 3) continue;
          if (++parts > kMaxModelParts)
            return fail(Errc::unsupported, "a model of more than {} parts", kMaxModelParts);
          if (f.what != text) LC_TRY(scan(part, f.what, parts));  // the table has no cycle: depth is bounded
        }
        break;
      }
      default:
        return fail(Errc::bad_format, "not a protobuf: wire type {} at offset {}", key & 7, in.offset());
    }
  }
  return {};
}

}  // namespace

Result<> scan_wire(ByteSpan bytes) {
  std::size_t parts = 0;
  return scan(bytes, model, parts);
}

}  // namespace lc::nn
