// Two key rings that have pinned each other, for the tests of the sealing elements.
#pragma once

#include <string>

#include "seal/keyring.h"
#include "support/test.h"

namespace lc::test {

class SealRings {
 public:
  SealRings() {
    for (const auto* ring : {&device_, &receiver_})
      REQUIRE_MESSAGE(ring->has_value(), (*ring ? "" : ring->error().text));
    const auto device = device_->generate(seal::Role::device, "camera"),
               receiver = receiver_->generate(seal::Role::receiver, "desk");
    REQUIRE(device);
    REQUIRE(receiver);
    REQUIRE(device_->pin(*receiver));
    REQUIRE(receiver_->pin(*device));
  }
  std::string encrypt(const std::string& more = "") const { return element("latentencrypt", *device_, more); }
  std::string decrypt(const std::string& more = "") const {
    return element("latentdecrypt", *receiver_, more);
  }
  const seal::KeyRing& device() const { return *device_; }
  const seal::KeyRing& receiver() const { return *receiver_; }

 private:
  static std::string element(const char* name, const seal::KeyRing& ring, const std::string& more) {
    return std::string(name) + " keyring=" + ring.folder().string() + " " + more;
  }
  TempDir dir_;
  Result<seal::KeyRing> device_ = seal::KeyRing::create(dir_ / "device"),
                        receiver_ = seal::KeyRing::create(dir_ / "receiver");
};

inline constexpr char kLatentTestCaps[] =
    "video/x-latent, format=(string)I420, width=(int)64, height=(int)48, framerate=(fraction)25/1, "
    "latent-space=(string)3f9a1c2d00000000000000000000000000000000000000000000000000000000";

}  // namespace lc::test
