// What became of a message. An enum and nothing else, because strangers decide how often it is made.
#pragma once

#include <cstdint>
#include <string_view>

namespace lc::seal {

enum class [[nodiscard]] Verdict : std::uint8_t{
    // good
    opened,        // a frame, heartbeat or end
    new_session,   // an announcement that we accepted: the session's key is here
    new_key,       // an announcement with another key for the session that we have
    announcement,  // an announcement that says what we know already
    // not (yet) ours to open
    unknown_key,   // no announcement for this session and key has arrived: keep it for a moment and try again
    other_device,  // from a device that is not pinned here
    other_stream,  // from a pinned device, but not the stream that we open
    not_a_receiver,  // the announcement holds no box that our key opens
    // refused
    malformed,       // not a message of ours, or one that contradicts itself
    bad_tag,         // altered on the way, or sealed with another key
    bad_signature,   // an announcement or frame that the pinned device did not sign
    bad_commitment,  // an announcement whose box and outside disagree
    replayed,        // accepted before
    too_old,         // behind the window, or of a session that a newer one replaced
    old_session,     // an announcement of a session older than one that we have seen
    wrong_time,      // first contact, and the announcement is not of now
    other_suite,     // a cipher that is not allowed for this device, or that this machine lacks
    busy,            // too many signatures to check in this second
    count_           // how many there are
};

inline constexpr bool is_good(Verdict verdict) { return verdict <= Verdict::announcement; }

// One word for counters: "bad-tag".
std::string_view name(Verdict verdict);

// One sentence for people: what it means and what to do.
std::string_view explain(Verdict verdict);

}  // namespace lc::seal
