/**
 * Why bytes from outside were dropped, or bytes of ours not sent: one name and one counter per
 * cause.
 *
 * Each worker owns one drop_counts; metrics read it by message.
 */
#ifndef BASE_DROP_H
#define BASE_DROP_H

#include <stdint.h>

/** constant, name, help text for the metrics page */
#define DROP_REASONS(X)                                                                            \
    X(NONE, none, "not dropped")                                                                   \
    X(EMPTY, empty, "datagram without bytes")                                                      \
    X(TOO_LONG, too_long, "longer than a packet buffer")                                           \
    X(UNKNOWN_FIRST_BYTE, unknown_first_byte, "first byte in no range of RFC 7983")                \
    X(STUN_MALFORMED, stun_malformed, "not a well-formed STUN message")                            \
    X(STUN_NOT_REQUEST, stun_not_request, "STUN class or method that we do not take")              \
    X(STUN_UNKNOWN_UFRAG, stun_unknown_ufrag, "check for a ufrag that nobody has")                 \
    X(STUN_BAD_INTEGRITY, stun_bad_integrity, "check with wrong MESSAGE-INTEGRITY")                \
    X(STUN_RATE, stun_rate, "too many failed checks from one source")                              \
    X(STUN_UNEXPECTED_RESPONSE, stun_unexpected_response, "STUN response to nothing we asked")     \
    X(NO_TUPLE, no_tuple, "DTLS or media from an address without a valid check")                   \
    X(DTLS_MALFORMED, dtls_malformed, "not a DTLS record")                                         \
    X(DTLS_STATE, dtls_state, "DTLS where none is wanted")                                         \
    X(DTLS_BUSY, dtls_busy, "too many handshakes at once")                                         \
    X(NOT_SECURE, not_secure, "media before the DTLS handshake ended")                             \
    X(SRTP_AUTH, srtp_auth, "SRTP or SRTCP that does not authenticate")                            \
    X(SRTP_REPLAY, srtp_replay, "SRTP or SRTCP seen before or too old")                            \
    X(SRTP_ERROR, srtp_error, "SRTP library refused the packet")                                   \
    X(SSRC_LIMIT, ssrc_limit, "more SSRCs than a participant may have")                            \
    X(RTP_MALFORMED, rtp_malformed, "not a well-formed RTP packet")                                \
    X(RTP_NO_TRACK, rtp_no_track, "RTP that belongs to no track")                                  \
    X(RTP_PAYLOAD_TYPE, rtp_payload_type, "RTP with a payload type that was not negotiated")       \
    X(RTP_PADDING_ONLY, rtp_padding_only, "RTP probe without payload")                             \
    X(RTP_DUPLICATE, rtp_duplicate, "RTP number seen before")                                      \
    X(RTP_TOO_OLD, rtp_too_old, "RTP number older than the cache")                                 \
    X(RTX_MALFORMED, rtx_malformed, "RTX without original sequence number")                        \
    X(VP8_MALFORMED, vp8_malformed, "VP8 payload descriptor cut short")                            \
    X(VIDEO_MALFORMED, video_malformed, "H.264, VP9 or AV1 payload cut short or of no known form") \
    X(RTCP_MALFORMED, rtcp_malformed, "not a well-formed RTCP compound")                           \
    X(RTCP_FOREIGN, rtcp_foreign, "feedback for a stream that this participant does not get")      \
    X(NACK_FLOOD, nack_flood, "numbers asked for again beyond the participant's rate")             \
    X(KEYFRAME_FLOOD, keyframe_flood, "keyframes asked for beyond the receiver's rate")            \
    X(RATE, rate, "participant above its packet rate")                                             \
    X(TCP_FRAME, tcp_frame, "RFC 4571 frame that is empty or too long")                            \
    X(OUT_OF_PACKETS, out_of_packets, "no free packet buffer")                                     \
    X(SRTP_SEND, srtp_send, "ours, not encrypted: a number too far back, or no memory")            \
    X(SEND_QUEUE_FULL, send_queue_full, "TCP or socket queue full")                                \
    X(SEND_ERROR, send_error, "the operating system refused to send")

enum drop_reason {
#define DROP_ENUM(constant, name, help) DROP_##constant,
    DROP_REASONS(DROP_ENUM)
#undef DROP_ENUM
        DROP_REASON_COUNT
};

struct drop_counts {
    uint64_t n[DROP_REASON_COUNT];
};

/** Name for logs and metrics, e.g. "srtp_auth"; never NULL. */
const char *drop_name(enum drop_reason reason);

/** One sentence for the metrics page. */
const char *drop_help(enum drop_reason reason);

static inline void drop_count(struct drop_counts *counts, enum drop_reason reason)
{
    counts->n[reason]++;
}

#endif
