/**
 * One peer's SRTP and SRTCP, both directions (RFC 3711, RFC 7714): RTP by srtp_sender and
 * srtp_receiver, RTCP by libsrtp.
 *
 * Replay window 1024; the same packet may be sent again as it is (RTX of plain NACK) while it is
 * one of the newest TRANSPORT_REPEAT_WINDOW. A stream is made for an SSRC only after one of its
 * packets has authenticated, and only while the bounds below allow.
 *
 * A peer that keeps starting new streams gets the place of the one that has been silent longest.
 * RTP of an SSRC that lost its place so is refused for good, since its replay list has gone with
 * it; its RTCP is taken, since libsrtp keeps that list.
 */
#ifndef RELAY_TRANSPORT_SRTP_SESSION_H
#define RELAY_TRANSPORT_SRTP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/drop.h"
#include "base/near.h"
#include "transport/dtls_srtp.h"

enum {
    SRTP_SESSION_MAX_KEY =
        46, /**< longest master key with salt, GCM-256 has 44, counter mode 256 has 46 */
    SRTP_SESSION_MAX_TRAILER = 20, /**< bytes that protection may add: tag 16, SRTCP index 4 */
    SRTP_SESSION_REPLAY_WINDOW = 1024,
    SRTP_SESSION_MAX_RTP_SSRCS = 16,   /**< senders of media, and of RTCP beside it, at a time */
    SRTP_SESSION_MAX_GONE_SSRCS = 112, /**< that lost their place, in the session's life */
    SRTP_SESSION_IDLE_PACKETS = 500,   /**< of others since its own last one: may lose its place */
    /**
     * Firefox reports for each receiving m-line under an SSRC of its own, so senders of RTCP are
     * bounded by the number of m-lines.
     */
    SRTP_SESSION_MAX_RTCP_SSRCS = 64
};

struct srtp_session;

/** Bytes of master key plus salt of a profile; 0 for SRTP_PROFILE_NULL and unknown ones. */
size_t srtp_session_key_bytes(enum srtp_profile profile);

/** Bytes that the DTLS exporter must give for a profile: both keys, both salts (RFC 5764 4.2). */
size_t srtp_session_exporter_bytes(enum srtp_profile profile);

/**
 * Cuts exported keying material (client key, server key, client salt, server salt) into key+salt
 * for each direction.
 *
 * @param we_are_client true when we were the DTLS client
 * @param send_key, receive_key out: srtp_session_key_bytes each
 */
void srtp_session_split_exporter(enum srtp_profile profile, const uint8_t *exported,
                                 bool we_are_client, uint8_t *send_key, uint8_t *receive_key);

/**
 * @param send_key, receive_key master key followed by salt; not read for SRTP_PROFILE_NULL
 * @return 0, ERR_NO_MEMORY, ERR_UNSUPPORTED (profile) or ERR_CRYPTO
 */
int srtp_session_new(struct srtp_session **out, enum srtp_profile profile, const uint8_t *send_key,
                     const uint8_t *receive_key);

/** Bytes that protection adds to a RTP packet. */
size_t srtp_session_tag_bytes(const struct srtp_session *session);

/** Notes what every RTP packet reads, one that comes or one that is sent. */
void srtp_session_near(const struct srtp_session *session, struct near *near, bool sending);

/** Something will be protected soon: fetches what that begins with into the cache. */
void srtp_session_prefetch(const struct srtp_session *session);

/**
 * Protects in place; the buffer has SRTP_SESSION_MAX_TRAILER bytes more than *len, data is 4-byte
 * aligned.
 * @return 0 or ERR_CRYPTO (malformed, or key used up)
 */
int srtp_session_protect_rtp(struct srtp_session *session, uint8_t *data, size_t *len);
int srtp_session_protect_rtcp(struct srtp_session *session, uint8_t *data, size_t *len);

/**
 * Unprotects in place. On failure the content of data is undefined.
 * @return DROP_NONE, or why the packet is not taken
 */
enum drop_reason srtp_session_unprotect_rtp(struct srtp_session *session, uint8_t *data,
                                            size_t *len);
enum drop_reason srtp_session_unprotect_rtcp(struct srtp_session *session, uint8_t *data,
                                             size_t *len);

/** Inbound SSRCs that have ever authenticated, of media and of RTCP: grows when a packet brings a
 * new one. */
size_t srtp_session_ssrc_count(const struct srtp_session *session);

void srtp_session_free(struct srtp_session **session);

#endif
