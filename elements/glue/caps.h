// All caps of our pads, written once.
//
//   video/x-latent               between aeencode and latentencrypt, and between latentdecrypt and aedecode;
//                                one codec frame in each buffer. `format` is the pixel format of the camera,
//                                a hint; `latent-space` is the bundle's id, 64 hex digits.
//   application/x-latent-sealed  one wire message in each buffer; nothing about the stream is in clear. With
//                                recorded=(boolean)true they come from a file of this machine: their age is no reason
//                                to refuse them.
//   application/x-latent-recording  the bytes of a .lcr file, cut anywhere.
//
// What takes sealed streams takes nothing else: a pipeline that forgets latentencrypt does not negotiate.
#pragma once

namespace lc::elements {

// 8192 is codec::kMaxSide.
inline constexpr char kRawCaps[] =
    "video/x-raw, format=(string){ I420, NV12, RGB, GRAY8 }, "
    "width=(int)[ 1, 8192 ], height=(int)[ 1, 8192 ], framerate=(fraction)[ 0/1, 2147483647/1 ]";

inline constexpr char kLatentMediaType[] = "video/x-latent";
inline constexpr char kLatentCaps[] =
    "video/x-latent, "
    "width=(int)[ 1, 8192 ], height=(int)[ 1, 8192 ], framerate=(fraction)[ 0/1, 2147483647/1 ]";

inline constexpr char kSealedMediaType[] = "application/x-latent-sealed";
inline constexpr char kSealedCaps[] = "application/x-latent-sealed";
inline constexpr char kRecordedSealedCaps[] = "application/x-latent-sealed, recorded=(boolean)true";

inline constexpr char kRecordingCaps[] = "application/x-latent-recording";

}  // namespace lc::elements
