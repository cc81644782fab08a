// Between the network's floats and the integers on the wire.
#pragma once

#include <span>

#include "codec/entropy_model.h"
#include "codec/latent.h"

namespace lc::codec {

// y * forward gain, in steps of the quantiser.
//   y       [rows][columns][channels], channels in the order of the networks
//   out     the same by rank
//   marked  [rows][columns]: only of these positions; empty: of all
void scale(std::span<const float> y, const EntropyModel& model, int quality, std::span<float> out,
           std::span<const std::uint8_t> marked = {});

// Rounds, halves away from zero, clamped to +-32767; NaN becomes 0.
//   exact  of scale()
void quantise(std::span<const float> exact, Latent& out);

// The same, but sensor noise changes nothing:
//   a latent keeps the reference's integer r while |exact - r| <= 0.5 + stickiness;
//   a position keeps all its integers unless the squared error, in steps, that new ones save is worth
//   their bits.
// Stickiness 0 is plain rounding.
//   reference  of the shape of `out`
void quantise_sticky(std::span<const float> exact, const Latent& reference, float stickiness, Latent& out);

// The integers that a latent of quality `from` has at quality `to`, for a frame of another quality than its reference.
// Integer arithmetic, the same on every machine (FORMAT.md).
void requantise(const Latent& latent, const EntropyModel& model, int from, int to, Latent& out);

// q * inverse gain, back in the order of the networks.
//   y       [rows][columns][channels]
//   marked  [rows][columns]: only of these positions; empty: of all
void dequantise(const Latent& latent, const EntropyModel& model, int quality, std::span<float> y,
                std::span<const std::uint8_t> marked = {});

}  // namespace lc::codec
