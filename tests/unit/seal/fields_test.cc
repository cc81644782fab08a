#include "seal/fields.h"

#include "support/test.h"

using namespace lc;
using namespace lc::seal;

namespace {

Bytes packed(const Fields& fields) {
  Bytes out(kMaxFieldsBytes);
  out.resize(pack(fields, std::span<std::byte, kMaxFieldsBytes>(out.data(), out.size())).value());
  return out;
}

}  // namespace

TEST_CASE("fields: all of them come back, and what follows is the payload") {
  const Bytes labels(7, std::byte{9});
  Fields fields;
  fields.pts_ns = 1'000'000;
  fields.duration_ns = 40;
  fields.description = "video/x-latent, width=1";
  fields.labels = labels;
  fields.is_discont = true;
  fields.record = "Müller, 1961\nleft knee";
  Bytes bytes = packed(fields);
  const std::size_t size = bytes.size();
  bytes.resize(size + 3);
  const auto unpacked = unpack_fields(bytes);
  REQUIRE(unpacked);
  CHECK(unpacked->size == size);
  CHECK(unpacked->fields.pts_ns == fields.pts_ns);
  CHECK(unpacked->fields.duration_ns == fields.duration_ns);
  CHECK(unpacked->fields.description == fields.description);
  CHECK(Bytes(unpacked->fields.labels.begin(), unpacked->fields.labels.end()) == labels);
  CHECK(unpacked->fields.is_discont);
  CHECK(unpacked->fields.record == fields.record);
  for (std::size_t cut = 0; cut < size; ++cut) CHECK_FALSE(unpack_fields(ByteSpan(bytes).first(cut)));
}

TEST_CASE("fields: the empty block has two bytes") {
  CHECK(to_hex(packed({})) == "0000");
  CHECK(unpack_fields(from_hex("0000").value())->size == 2);
}

TEST_CASE("fields: limits hold on both sides") {
  std::array<std::byte, kMaxFieldsBytes> out;
  const std::string longest(kMaxDescriptionBytes, 'a'), longer(kMaxDescriptionBytes + 1, 'a');
  const Bytes labels(kMaxLabelsBytes);
  const std::string record(kMaxRecordBytes, 'r'), longer_record(kMaxRecordBytes + 1, 'r');
  Fields fields{.pts_ns = 1,
                .duration_ns = 2,
                .description = longest,
                .record = record,
                .labels = labels,
                .is_discont = true};
  CHECK(pack(fields, out));
  for (const std::string& bad : {longer_record, std::string("\x1b[2J"), std::string("\xc2\x9b"), std::string("\xff")}) {
    fields.record = bad;
    CHECK_FALSE(pack(fields, out));
  }
  fields.record = {};
  fields.description = longer;
  CHECK_FALSE(pack(fields, out));
  Bytes block = from_hex(
                    "0804"
                    "03"
                    "0801")
                    .value();
  block.resize(block.size() + 0x801, std::byte{'a'});
  CHECK_FALSE(unpack_fields(block));
}

TEST_CASE("fields: each fault is refused, and an unknown field that may be skipped is skipped") {
  CHECK(unpack_fields(from_hex("0005"
                               "70"
                               "0002"
                               "ffff")
                          .value()));
  for (const char* hex : {"0005"
                          "80"
                          "0002"
                          "ffff",  // must be understood
                          "0003"
                          "00"
                          "0000",  // tag 0
                          "000a"
                          "01"
                          "0007"
                          "00000000000000",  // size of PTS
                          "0016"
                          "01"
                          "0008"
                          "0000000000000000"
                          "01"
                          "0008"
                          "0000000000000000",  // twice
                          "0003"
                          "03"
                          "0000",  // empty description
                          "0005"
                          "03"
                          "0002"
                          "6100",  // zero byte in text
                          "0005"
                          "05"
                          "0002"
                          "0000",  // size of flags
                          "0003"
                          "06"
                          "0000",  // empty record
                          "0005"
                          "06"
                          "0002"
                          "611b",  // control character in a record
                          "0004"
                          "06"
                          "0001"
                          "80",  // no UTF-8
                          "0002"
                          "0300",
                          "0004"
                          "03"
                          "0005"
                          "61",
                          "0001"}) {
    CAPTURE(std::string(hex));
    CHECK_FALSE(unpack_fields(from_hex(hex).value()));
  }
}
