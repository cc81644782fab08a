// All published ciphers: known answers, there and back, and what they refuse.
#include <algorithm>
#include <fstream>
#include <map>

#include "base/file.h"
#include "seal/digest.h"
#include "study/additive_square.h"
#include "study/logistic_chaos.h"
#include "study/logistic_map.h"
#include "study/lsb.h"
#include "study/published.h"
#include "study/rsa_key.h"
#include "support.h"

using namespace lc;
using namespace lc::study;

namespace {

constexpr std::string_view kSecret = "latentcast study secret 32 bytes";  // of known_answers.py, as all below
constexpr std::string_view kMessage = "record 17";
const Shape kShape{24, 17, 1, Sample::u8};

Bytes plain_bytes() {
  Bytes out(kShape.bytes());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>((7 * i + i * i / 11) % 251);
  return out;
}

Bytes plain_floats() {
  Bytes out;
  for (int i = 0; i < 20; ++i) Writer(out).little(std::bit_cast<std::uint32_t>(static_cast<float>(i / 7.0)));
  return out;
}

const std::map<std::string, Bytes>& answers() {
  static const auto all = [] {
    std::map<std::string, Bytes> out;
    std::ifstream in(test::source_root() / "tests/golden/study.txt");
    std::string name, hex;
    while (in >> name >> hex) out[name] = from_hex(hex).value();
    return out;
  }();
  return all;
}

Bytes rsa_pem() { return load_file(test::source_root() / "tests/golden/study-rsa.pem").value(); }

std::unique_ptr<Cipher> cipher_of(const std::string& name, const std::string& variant,
                                  const std::string& message = "") {
  auto made = name == "rsa-lsb" ? make_cipher({name, variant, message}, rsa_pem())
                                : make_cipher({name, variant, message}, as_bytes(kSecret));
  REQUIRE(made);
  return *std::move(made);
}

}  // namespace

TEST_CASE("ciphers: the deterministic ones encrypt to the known answers") {
  REQUIRE(answers().size() == 15);
  const Bytes plain = plain_bytes(), floats = plain_floats();
  int seen = 0;
  for (const auto& [name, variant] : {std::pair{"xor-mask", "fixed"},
                                      {"additive-square", "figure"},
                                      {"additive-square", "text"},
                                      {"logistic-chaos", "double"},
                                      {"logistic-chaos", "single"},
                                      {"aes-features", "ecb"},
                                      {"aes-features", "cbc-fixed-iv"},
                                      {"aes-features", "ctr-fixed-nonce"}}) {
    CAPTURE(std::string(name) + "." + variant);
    Bytes out;
    REQUIRE(cipher_of(name, variant)->encrypt({kShape, plain}, out));
    CHECK(out == answers().at(std::string(name) + "." + variant));
    ++seen;
  }
  for (const char* variant : {"figure", "text"}) {
    Bytes out;
    REQUIRE(cipher_of("additive-square", variant)->encrypt({{5, 4, 1, Sample::f32}, floats}, out));
    CHECK(out == answers().at(std::string("additive-square.") + variant + ".f32"));
    ++seen;
  }
  CHECK(seen == 10);
}

TEST_CASE("ciphers: those with a random part decrypt what was made elsewhere") {
  for (const auto& [name, variant] : {std::pair{"logistic-chaos", "probabilistic"},
                                      {"aes-features", "cbc"},
                                      {"aes-features", "ctr"},
                                      {"rsa-lsb", "oaep"}}) {
    CAPTURE(std::string(name) + "." + variant);
    Bytes out;
    REQUIRE(cipher_of(name, variant)->decrypt(answers().at(std::string(name) + "." + variant), kShape, out));
    CHECK(out == plain_bytes());
  }
}

TEST_CASE("ciphers: textbook RSA of the picture with its message has the known digest") {
  Bytes out;
  const Bytes plain = plain_bytes();
  const auto cipher = cipher_of("rsa-lsb", "textbook", std::string(kMessage));
  REQUIRE(cipher->encrypt({kShape, plain}, out));
  CHECK(out.size() == 128 * kShape.bytes());
  const seal::Digest256 digest = seal::blake2b_256(out);
  CHECK(Bytes(digest.begin(), digest.end()) == answers().at("rsa-lsb.textbook.blake2b"));
  Bytes back;
  REQUIRE(cipher->decrypt(out, kShape, back));
  CHECK(as_text(read_message(back).value()) == kMessage);
  for (std::size_t i = 0; i < back.size(); ++i) CHECK((back[i] | std::byte{1}) == (plain[i] | std::byte{1}));
}

TEST_CASE("ciphers: every variant takes gray and colour there and back, and shows what its key space is") {
  int variants = 0;
  for (const PublishedCipher& row : published_ciphers())
    for (const std::string& variant : row.variants)
      for (const PixelFormat format : {PixelFormat::gray8, PixelFormat::rgb}) {
        CAPTURE(row.name + "." + variant);
        const auto cipher = cipher_of(row.name, variant);
        CHECK(cipher->name() == row.name);
        const Image picture = test::scene(33, 21, 0, 1, format), other = test::scene(40, 16, 3, 2, format);
        for (const Image* image : {&picture, &other, &picture}) {
          const Frame frame = frame_of(*image);
          Bytes sealed, back;
          REQUIRE(cipher->encrypt(frame, sealed));
          REQUIRE(cipher->decrypt(sealed, frame.shape, back));
          CHECK(std::equal(back.begin(), back.end(), frame.bytes.begin(), frame.bytes.end()));
          CHECK((row.name == "none") == (sealed == Bytes(frame.bytes.begin(), frame.bytes.end())));
        }
        CHECK((cipher->key_space(frame_of(picture).shape).bits >= 80) == (row.name != "none"));
        ++variants;
      }
  CHECK(variants == 2 * 14);
}

TEST_CASE("ciphers: a ciphertext of another length is refused") {
  for (const PublishedCipher& row : published_ciphers())
    for (const std::string& variant : row.variants) {
      CAPTURE(row.name + "." + variant);
      const auto cipher = cipher_of(row.name, variant);
      Bytes sealed, back;
      REQUIRE(cipher->encrypt({kShape, plain_bytes()}, sealed));
      for (const std::size_t size : {std::size_t{0}, std::size_t{1}, sealed.size() - 1}) {
        const auto cut = cipher->decrypt(ByteSpan(sealed).first(size), kShape, back);
        REQUIRE_FALSE(cut);
        CHECK(cut.error().code == Errc::truncated);
      }
      sealed.push_back(std::byte{0});
      CHECK(cipher->decrypt(sealed, kShape, back).error().code == Errc::corrupt);
    }
}

TEST_CASE("ciphers: floats come back from additive-square to the precision of floats, and others refuse them") {
  const Shape shape{5, 4, 1, Sample::f32};
  const Bytes floats = plain_floats();
  for (const char* variant : {"figure", "text"}) {
    const auto cipher = cipher_of("additive-square", variant);
    Bytes sealed, back;
    REQUIRE(cipher->encrypt({shape, floats}, sealed));
    REQUIRE(cipher->decrypt(sealed, shape, back));
    for (std::size_t i = 0; i < 20; ++i) {
      float value;
      std::memcpy(&value, back.data() + 4 * i, 4);
      CHECK(value == doctest::Approx(i / 7.0).epsilon(1e-4));
    }
  }
  Bytes out;
  CHECK(cipher_of("logistic-chaos", "double")->encrypt({shape, floats}, out).error().code == Errc::unsupported);
  CHECK(cipher_of("rsa-lsb", "oaep")->encrypt({shape, floats}, out).error().code == Errc::unsupported);
  Bytes aes, back;
  REQUIRE(cipher_of("aes-features", "cbc")->encrypt({shape, floats}, aes));
  REQUIRE(cipher_of("aes-features", "cbc")->decrypt(aes, shape, back));
  CHECK(back == floats);
}

TEST_CASE("ciphers: wrong names, variants and secrets are refused with what there is") {
  const auto text = [](const CipherChoice& choice, ByteSpan secret) {
    const auto made = make_cipher(choice, secret);
    REQUIRE_FALSE(made);
    CHECK((made.error().code == Errc::invalid_config || made.error().code == Errc::bad_format));
    return made.error().text;
  };
  CHECK(text({"xor-mas", ""}, as_bytes(kSecret)).find("did you mean 'xor-mask'?") != std::string::npos);
  CHECK(text({"aes-features", "gcm"}, as_bytes(kSecret)).find("cbc, cbc-fixed-iv") != std::string::npos);
  CHECK(text({"xor-mask", ""}, as_bytes("short")).find("16 or more") != std::string::npos);
  CHECK(text({"xor-mask", "", "hidden"}, as_bytes(kSecret)).find("rsa-lsb does") != std::string::npos);
  CHECK(text({"rsa-lsb", ""}, as_bytes(kSecret)).find("openssl genrsa") != std::string::npos);
}

TEST_CASE("rsa-lsb: the public half encrypts only, and a message that does not fit is refused") {
  const RsaKey key = RsaKey::create(rsa_pem(), RsaKey::Padding::textbook).value();
  const std::string public_pem = key.public_pem().value();
  auto sender = make_cipher({"rsa-lsb", "textbook"}, as_bytes(public_pem)).value();
  Bytes sealed, back;
  REQUIRE(sender->encrypt({kShape, plain_bytes()}, sealed));
  CHECK(sender->decrypt(sealed, kShape, back).error().code == Errc::no_key);
  REQUIRE(cipher_of("rsa-lsb", "textbook")->decrypt(sealed, kShape, back));
  CHECK(back == plain_bytes());
  const auto refused = cipher_of("rsa-lsb", "oaep", std::string(48, 'x'))->encrypt({kShape, plain_bytes()}, sealed);
  CHECK(refused.error().code == Errc::unsupported);
  CHECK(read_message(Bytes(3)).error().code == Errc::bad_format);
  CHECK(read_message(Bytes(32, std::byte{1})).error().code == Errc::bad_format);
  const std::string made = RsaKey::generate(1024).value();
  CHECK(RsaKey::create(as_bytes(made), RsaKey::Padding::oaep).value().room_bytes() == 62);
}

TEST_CASE("logistic map: cycles are found with their tail, and orbits are those of exact arithmetic") {
  // r = 3.2 is attracted to a cycle of 2, r = 3.83 to one of 3.
  CHECK(find_cycle(3.2, 0.3, 100000)->length == 2);
  CHECK(find_cycle(3.83F, 0.3F, 100000)->length == 3);
  const Cycle cycle = find_cycle(3.99F, 0.37F, 1 << 20).value();
  float ahead = 0.37F;
  for (std::uint64_t i = 0; i < cycle.tail; ++i) ahead = logistic_step(3.99F, ahead);
  float behind = ahead;
  for (std::uint64_t i = 0; i < cycle.length; ++i) ahead = logistic_step(3.99F, ahead);
  CHECK(ahead == behind);
  CHECK_FALSE(find_cycle(3.99, 0.37, 1000));
  CHECK(logistic_step(4.0, 0.25) == 0.75);
  const auto order = logistic_order(3.9, 0.4, 100);
  std::vector<bool> seen(100);
  for (const std::uint32_t i : order) seen.at(i) = true;
  CHECK(std::all_of(seen.begin(), seen.end(), [](bool b) { return b; }));
}
