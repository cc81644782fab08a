// libFuzzer: any bytes as a study packet, decrypted with every cipher that its names fit.
#include "study/packet.h"
#include "study/published.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lc;
  const auto packet = study::unpack_packet(std::as_bytes(std::span(data, size)));
  if (!packet || packet->shape.bytes() > 1 << 20) return 0;
  const auto cipher = study::make_cipher({std::string(packet->cipher), std::string(packet->variant), {}},
                                         as_bytes("32 secret bytes for the studies."));
  Bytes out;
  if (cipher) (void)(*cipher)->decrypt(packet->payload, packet->shape, out);
  return 0;
}
