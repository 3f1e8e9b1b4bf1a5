/**
 * Why bytes from outside were dropped: one name and one counter per cause.
 *
 * Each worker owns one drop_counts; metrics read it by message.
 */
#ifndef BASE_DROP_H
#define BASE_DROP_H

#include <stdint.h>

/** name, help text for the metrics page */
#define DROP_REASONS(X)                                                                            \
    X(NONE, "not dropped")                                                                         \
    X(EMPTY, "datagram without bytes")                                                             \
    X(TOO_LONG, "longer than a packet buffer")                                                     \
    X(UNKNOWN_FIRST_BYTE, "first byte in no range of RFC 7983")                                    \
    X(STUN_MALFORMED, "not a well-formed STUN message")                                            \
    X(STUN_NOT_REQUEST, "STUN class or method that we do not take")                                \
    X(STUN_UNKNOWN_UFRAG, "check for a ufrag that nobody has")                                     \
    X(STUN_BAD_INTEGRITY, "check with wrong MESSAGE-INTEGRITY")                                    \
    X(STUN_RATE, "too many failed checks from one source")                                         \
    X(STUN_UNEXPECTED_RESPONSE, "STUN response to nothing we asked")                               \
    X(NO_TUPLE, "DTLS or media from an address without a valid check")                             \
    X(DTLS_MALFORMED, "not a DTLS record")                                                         \
    X(DTLS_STATE, "DTLS where none is wanted")                                                     \
    X(DTLS_BUSY, "too many handshakes at once")                                                    \
    X(NOT_SECURE, "media before the DTLS handshake ended")                                         \
    X(SRTP_AUTH, "SRTP or SRTCP that does not authenticate")                                       \
    X(SRTP_REPLAY, "SRTP or SRTCP seen before or too old")                                         \
    X(SRTP_ERROR, "SRTP library refused the packet")                                               \
    X(SSRC_LIMIT, "more SSRCs than a participant may have")                                        \
    X(RTP_MALFORMED, "not a well-formed RTP packet")                                               \
    X(RTP_NO_TRACK, "RTP that belongs to no track")                                                \
    X(RTP_PAYLOAD_TYPE, "RTP with a payload type that was not negotiated")                         \
    X(RTP_PADDING_ONLY, "RTP probe without payload")                                               \
    X(RTP_DUPLICATE, "RTP number seen before")                                                     \
    X(RTP_TOO_OLD, "RTP number older than the cache")                                              \
    X(RTX_MALFORMED, "RTX without original sequence number")                                       \
    X(VP8_MALFORMED, "VP8 payload descriptor cut short")                                           \
    X(RTCP_MALFORMED, "not a well-formed RTCP compound")                                           \
    X(RTCP_FOREIGN, "feedback for a stream that this participant does not get")                    \
    X(RATE, "participant above its packet rate")                                                   \
    X(TCP_FRAME, "RFC 4571 frame that is empty or too long")                                       \
    X(OUT_OF_PACKETS, "no free packet buffer")                                                     \
    X(SEND_QUEUE_FULL, "TCP or socket queue full")                                                 \
    X(SEND_ERROR, "the operating system refused to send")

enum drop_reason {
#define DROP_ENUM(name, help) DROP_##name,
    DROP_REASONS(DROP_ENUM)
#undef DROP_ENUM
    DROP_REASON_COUNT
};

struct drop_counts {
    uint64_t n[DROP_REASON_COUNT];
};

/** Lower-case name for logs and metrics, e.g. "srtp_auth". */
const char *drop_name(enum drop_reason reason);

/** One sentence for the metrics page. */
const char *drop_help(enum drop_reason reason);

static inline void drop_count(struct drop_counts *counts, enum drop_reason reason)
{
    counts->n[reason]++;
}

#endif
