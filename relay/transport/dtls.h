/**
 * One peer's DTLS association for DTLS-SRTP (RFC 5764, RFC 8827 6.5), on OpenSSL, without sockets
 * and without its clock.
 *
 * One datagram goes in per call and one comes out per poll; record boundaries are kept and no
 * datagram is longer than DTLS_MTU. The peer's certificate is held against the fingerprints of the
 * SDP inside the handshake, so keys of another peer never come out.
 *
 * As server a later ClientHello (another client random) before completion starts afresh, because
 * the first may have been a stranger's; a repeated one gets our flight again. Attempts that fail
 * are forgotten without an alert, except a wrong fingerprint, which is told to the peer. The owner
 * ends an association that does not complete (10 s).
 *
 * Retransmission: OpenSSL's timer runs on the system's clock, which a machine driven by now_us must
 * not depend on. Its callback lets the timer expire at once DTLS_MAX_COPIES times after a flight
 * has been written, and so OpenSSL writes the copies (with record numbers of their own) in advance;
 * they are kept here and sent at our deadlines, or thrown away when the peer has answered. A flight
 * goes out three times at most unless something is heard from the peer.
 */
#ifndef RELAY_TRANSPORT_DTLS_H
#define RELAY_TRANSPORT_DTLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/drop.h"
#include "srtp_session.h"
#include "transport/certificate.h"
#include "transport/dtls_srtp.h"

enum {
    DTLS_MTU = 1200,
    DTLS_MAX_COPIES = 6,     /**< of one flight, the first not counted */
    DTLS_MAX_UNANSWERED = 2, /**< copies sent since the peer was last heard (SECURITY.md 2) */
    DTLS_MAX_HANDSHAKE_BYTES = 20000, /**< from the peer, per attempt */
    DTLS_RTO_MIN_US = 100000, /**< first retransmission: twice the RTT within these bounds */
    DTLS_RTO_UNKNOWN_US = 250000,
    DTLS_RTO_MAX_US = 400000,
    DTLS_RESTART_SPACING_US = 20000 /**< between attempts as server */
};

enum dtls_state {
    DTLS_IDLE,      /**< server: no hello yet, or the last attempt failed; client: not started */
    DTLS_HANDSHAKE, /**< an attempt is under way */
    DTLS_CONNECTED, /**< keys are out, the fingerprint was right */
    DTLS_CLOSED,    /**< the peer sent close_notify or a fatal alert after completion, or dtls_close
                       was called */
    DTLS_FAILED     /**< client: the attempt failed */
};

/** What all associations of one hub share. */
struct dtls_context;
struct dtls;

/** @param certificate borrowed for the context's life. @return 0, ERR_NO_MEMORY or ERR_CRYPTO */
int dtls_context_new(struct dtls_context **out, const struct certificate *certificate);
void dtls_context_free(struct dtls_context **context);

/**
 * @param context borrowed
 * @param fingerprints copied; hashes below SHA-256 never match; hash names in any case
 * @return 0 or ERR_NO_MEMORY
 */
int dtls_new(struct dtls **out, struct dtls_context *context, bool client,
             const struct transport_fingerprint *fingerprints, size_t count);

/** Client: writes the first ClientHello. @return 0, ERR_BAD_STATE, ERR_NO_MEMORY or ERR_CRYPTO */
int dtls_start(struct dtls *dtls, int64_t now_us);

/** Round trip time as ICE knows it, for the retransmission timer; 0 = unknown. */
void dtls_set_rtt(struct dtls *dtls, int64_t rtt_us);

/**
 * Takes one datagram.
 * @return DROP_NONE, DROP_DTLS_MALFORMED or DROP_DTLS_STATE
 */
enum drop_reason dtls_receive(struct dtls *dtls, const uint8_t *data, size_t len, int64_t now_us);

/** True when data holds a piece of a ClientHello, so that dtls_receive would begin an attempt in
 * DTLS_IDLE. */
bool dtls_is_client_hello(const uint8_t *data, size_t len);

/** The next datagram to send, valid until the next call on this association; NULL when there is
 * none. */
const uint8_t *dtls_poll(struct dtls *dtls, size_t *len);

void dtls_timeout(struct dtls *dtls, int64_t now_us);
int64_t dtls_next_deadline(const struct dtls *dtls);

enum dtls_state dtls_state(const struct dtls *dtls);

/** Why the last attempt failed, e.g. "fingerprint mismatch"; "" when none did. */
const char *dtls_failure(const struct dtls *dtls);

/**
 * Keys of a connected association, as srtp_session_new takes them.
 * @return the profile, or SRTP_PROFILE_NONE when not connected
 */
enum srtp_profile dtls_keys(const struct dtls *dtls, uint8_t send_key[static SRTP_SESSION_MAX_KEY],
                            uint8_t receive_key[static SRTP_SESSION_MAX_KEY]);

/** Queues close_notify when connected; the state becomes DTLS_CLOSED. */
void dtls_close(struct dtls *dtls);

void dtls_free(struct dtls **dtls);

#endif
