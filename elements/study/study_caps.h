// Caps of the studied ciphers. Nothing of the sealed path takes them, and what these elements give is nothing that
// latentzmqsink, latentmux or latentdecrypt take: a study cannot become part of a secure pipeline by accident.
#pragma once

namespace lc::elements {

inline constexpr char kStudyMediaType[] = "application/x-latentcast-study";
inline constexpr char kStudyCaps[] = "application/x-latentcast-study";

// Pictures whose samples stand in one plane, or coded frames as they are. 8192 is codec::kMaxSide.
inline constexpr char kStudyPlainCaps[] =
    "video/x-raw, format=(string){ GRAY8, RGB }, "
    "width=(int)[ 1, 8192 ], height=(int)[ 1, 8192 ], framerate=(fraction)[ 0/1, 2147483647/1 ]; "
    "video/x-latent, "
    "width=(int)[ 1, 8192 ], height=(int)[ 1, 8192 ], framerate=(fraction)[ 0/1, 2147483647/1 ]";

}  // namespace lc::elements
