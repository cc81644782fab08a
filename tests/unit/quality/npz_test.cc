// Arrays of numpy: a file that it wrote, and bytes that it did not.
#include "quality/npz.h"

#include "base/file.h"
#include "support/test.h"

using namespace lc;
using namespace lc::quality;

namespace {

// numpy 1.24: np.savez_compressed(file, a=uint8 [3, 1, 4, 1, 5], b=int64 [-1, 2**40], t=['one', 'twelve'],
// f=float32 [[0.5, -2]])
constexpr std::string_view kArchive =
    "504b030414000000080000002100a4162341490000008500000005001400612e6e707901001000850000000000000049000000000000"
    "009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a05e536aa8aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416"
    "a402f91aa63a9a3a0ab50a14002e664616465600504b030414000000080000002100ed8dfd934c0000009000000005001400622e6e70"
    "790100100090000000000000004c000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9369a1aea3a09e965f5452"
    "9498179f5f94920a12774bcc294e058a17672416a402f91a463a9a3a0ab50a1400aeff50c000028c0c0c00504b030414000000080000"
    "00210009fae05a59000000b000000005001400742e6e707901001000b00000000000000059000000000000009bec17ea1b10c9c850c6"
    "50ad9e925a9c5ca46ea5a06e136aa6aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a463a9a3a0ab50a"
    "1400ae7c0606863c204e65400525405c0e15cf01e232281b00504b03041400000008000000210049d14d194d00000088000000050014"
    "00662e6e70790100100088000000000000004d000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a2aea3a0"
    "9e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a863a0a469a3a0ab50a64032e0606067b203e0000504b010214"
    "0314000000080000002100a41623414900000085000000050000000000000000000000800100000000612e6e7079504b010214031400"
    "0000080000002100ed8dfd934c00000090000000050000000000000000000000800180000000622e6e7079504b010214031400000008"
    "000000210009fae05a59000000b0000000050000000000000000000000800103010000742e6e7079504b010214031400000008000000"
    "210049d14d194d00000088000000050000000000000000000000800193010000662e6e7079504b05060000000004000400cc00000017"
    "0200000000";

std::string npy(const std::string& header, const std::string& elements) {
  std::string out = "\x93NUMPY\x01";
  out += '\0';
  out += static_cast<char>(header.size() & 255);
  out += static_cast<char>(header.size() >> 8);
  return out + header + elements;
}

std::string header(const std::string& type, const std::string& shape, const std::string& order = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
}

Errc fault(const std::string& file) {
  const auto array = parse_npy(as_bytes(file));
  REQUIRE_FALSE(array);
  return array.error().code;
}

}  // namespace

TEST_CASE("npz: the arrays of a compressed archive") {
  const test::TempDir dir;
  REQUIRE(save_file(dir / "c.npz", from_hex(kArchive).value()));
  CHECK(load_npz(dir / "c.npz", "a").value().integers().value() == std::vector<std::int64_t>{3, 1, 4, 1, 5});
  CHECK(load_npz(dir / "c.npz", "b").value().integers().value() ==
        std::vector<std::int64_t>{-1, std::int64_t{1} << 40});
  CHECK(load_npz(dir / "c.npz", "t").value().texts().value() == std::vector<std::string>{"one", "twelve"});
  const auto floats = load_npz(dir / "c.npz", "f").value();
  CHECK(floats.shape == std::vector<std::int64_t>{1, 2});
  CHECK(floats.floats().value() == std::vector<float>{0.5f, -2});
  CHECK(floats.integers().error().code == Errc::unsupported);
  CHECK(load_npz(dir / "c.npz", "z").error().code == Errc::not_found);
  CHECK(load_npz(dir / "none.npz", "a").error().code == Errc::not_found);
  REQUIRE(save_file(dir / "c.npz", as_bytes("no archive at all")));
  CHECK(load_npz(dir / "c.npz", "a").error().code == Errc::bad_format);
}

TEST_CASE("npz: every length but the right one is refused") {
  const std::string good = npy(header("|u1", "(3,)"), "abc");
  CHECK(parse_npy(as_bytes(good)).value().integers().value() == std::vector<std::int64_t>{'a', 'b', 'c'});
  for (std::size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(parse_npy(as_bytes(good.substr(0, size))));
  }
  CHECK(fault(good + "d") == Errc::truncated);
}

TEST_CASE("npz: what is not an array of numbers or text in C order is refused") {
  CHECK(fault(npy(header("<f4", "(1,)", "True"), "abcd")) == Errc::unsupported);
  for (const char* type : {">f4", ">U1", "|O", "<c16", "<U99999999999", "|V8"})
    CHECK(fault(npy(header(type, "(1,)"), "abcd")) == Errc::unsupported);
  CHECK(fault(npy(header("<f4", "(-1,)"), "")) == Errc::bad_format);
  CHECK(fault(npy(header("<f4", "(1, x)"), "abcd")) == Errc::bad_format);
  CHECK(fault(npy(header("<f4", "(9999999999, 9999999999)"), "")) == Errc::unsupported);
  CHECK(fault(npy("{'descr': '<f4'}", "abcd")) == Errc::bad_format);
  CHECK(parse_npy(as_bytes(npy(header("<f4", "(0, 9999999999)"), ""))).value().floats().value().empty());
  CHECK(parse_npy(as_bytes(npy(header("<f4", "()"), "abcd"))).value().floats().value().size() == 1);
}
