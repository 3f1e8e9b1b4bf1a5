/**
 * What a peer's transport goes through, and the bounds that all parts of it know.
 */
#ifndef TRANSPORT_TRANSPORT_STATE_H
#define TRANSPORT_TRANSPORT_STATE_H

enum {
    TRANSPORT_MAX_SSRCS = 16, /**< inbound SSRCs per peer (SECURITY.md 2) */
    TRANSPORT_MAX_TUPLES =
        4, /**< validated five-tuples per peer; the oldest unselected is replaced */
    TRANSPORT_MAX_HANDSHAKES = 256, /**< DTLS handshakes in progress per hub */
    TRANSPORT_MAX_PACKETS_PER_S =
        3000 /**< RTP and RTCP from one peer, dropped above it before decryption; one second's worth
                may come at once (a link that woke up) */
};

enum transport_state {
    TRANSPORT_NEW,       /**< no valid check yet; fails after 15 s */
    TRANSPORT_CHECKED,   /**< a tuple is validated, DTLS under way; fails 10 s after */
    TRANSPORT_CONNECTED, /**< keys agreed, fingerprint verified */
    TRANSPORT_SILENT,    /**< consent expired (30 s, RFC 7675 5.1): nothing is sent; a valid check
                            brings CONNECTED back */
    TRANSPORT_CLOSED /**< close_notify, failure, or grace period after SILENT over; the owner frees
                        it */
};

const char *transport_state_name(enum transport_state state);

#endif
