// Caps of the studied systems. Nothing of the sealed path takes their ciphertexts, and what these elements give is
// nothing that latentzmqsink, latentmux or latentdecrypt take: a study cannot become part of a secure pipeline by
// accident. Raw latents are latents: latentencrypt seals them like any other.
#pragma once

namespace lc::elements {

inline constexpr char kStudyMediaType[] = "application/x-latentcast-study";
inline constexpr char kStudyCaps[] = "application/x-latentcast-study";

// Pictures whose samples stand in one plane. 8192 is codec::kMaxSide.
#define LC_STUDY_PICTURE_CAPS                    \
  "video/x-raw, format=(string){ GRAY8, RGB }, " \
  "width=(int)[ 1, 8192 ], height=(int)[ 1, 8192 ], framerate=(fraction)[ 0/1, 2147483647/1 ]"
inline constexpr char kStudyPictureCaps[] = LC_STUDY_PICTURE_CAPS;

// Latents of a published autoencoder (codec/raw_shape.h), as studyencode makes them. width and height are the
// picture's.
#define LC_RAW_LATENT_CAPS                                                                           \
  "video/x-latent, coding=(string)raw, "                                                             \
  "width=(int)[ 1, 8192 ], height=(int)[ 1, 8192 ], framerate=(fraction)[ 0/1, 2147483647/1 ], "     \
  "latent-width=(int)[ 1, 1024 ], latent-height=(int)[ 1, 1024 ], latent-channels=(int)[ 1, 255 ], " \
  "sample=(string){ u8, f32 }"
inline constexpr char kRawLatentCaps[] = LC_RAW_LATENT_CAPS;

// What is encrypted: pictures, latents of published autoencoders, or coded frames as they are.
inline constexpr char kStudyPlainCaps[] =
    LC_STUDY_PICTURE_CAPS "; " LC_RAW_LATENT_CAPS
                          "; video/x-latent, "
                          "width=(int)[ 1, 8192 ], height=(int)[ 1, 8192 ], framerate=(fraction)[ 0/1, 2147483647/1 ]";

}  // namespace lc::elements
