#include "srtp_session.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <srtp2/srtp.h>

#include "base/bytes.h"
#include "base/err.h"
#include "replay_window.h"
#include "srtp_receiver.h"
#include "srtp_sender.h"
#include "transport/srtp_ciphers.h"

enum {
    RTP_MIN_BYTES = 12,
    RTCP_MIN_BYTES = 8,
    SRTCP_INDEX_BYTES = 4,
    ENCRYPTED_BIT = 0x80, /**< in the first byte of the index word */
    LEAST_WINDOW = 64     /**< of libsrtp, for RTP that never comes to it */
};

_Static_assert((int)SRTP_SESSION_MAX_RTP_SSRCS == (int)SRTP_RECEIVER_STREAMS, "one bound");
_Static_assert((int)SRTP_SESSION_REPLAY_WINDOW == (int)REPLAY_WINDOW_PACKETS, "one window");

/** Sizes by profile (RFC 5764 4.1.2, RFC 7714 12 and 14.2). */
struct profile_facts {
    uint8_t key_bytes;
    uint8_t salt_bytes;
    uint8_t tag_bytes;
    bool aead; /**< the SRTCP index follows the tag; without AEAD it precedes it */
};

static const struct profile_facts cm_128_facts = {
    .key_bytes = 16, .salt_bytes = 14, .tag_bytes = 10};
static const struct profile_facts gcm_128_facts = {
    .key_bytes = 16, .salt_bytes = 12, .tag_bytes = 16, .aead = true};
static const struct profile_facts gcm_256_facts = {
    .key_bytes = 32, .salt_bytes = 12, .tag_bytes = 16, .aead = true};
static const struct profile_facts null_facts = {0};

struct srtp_session {
    const struct profile_facts *facts; /**< &null_facts: nothing is done */
    struct srtp_sender *rtp_sender;
    const void *rtp_keys; /**< of rtp_sender, to be fetched together with it */
    struct srtp_receiver *rtp_receiver;
    srtp_t rtcp_sender;
    srtp_t rtcp_receiver;
    size_t rtp_ssrc_count; /* together: all are read for every packet that comes in */
    size_t gone_ssrc_count;
    size_t rtcp_ssrc_count;
    uint64_t packets; /**< that have authenticated */
    uint32_t
        rtp_ssrcs[SRTP_SESSION_MAX_RTP_SSRCS]; /**< have authenticated: the receiver's streams */
    uint64_t rtp_used[SRTP_SESSION_MAX_RTP_SSRCS]; /**< `packets` at the last packet of each */
    uint32_t gone_ssrcs[SRTP_SESSION_MAX_GONE_SSRCS];
    uint32_t rtcp_ssrcs[SRTP_SESSION_MAX_RTCP_SSRCS]; /**< those that are not in rtp_ssrcs */
};

static const struct profile_facts *profile_facts_of(enum srtp_profile profile)
{
    switch (profile) {
    case SRTP_PROFILE_CM_128_SHA1_80:
        return &cm_128_facts;
    case SRTP_PROFILE_GCM_128:
        return &gcm_128_facts;
    case SRTP_PROFILE_GCM_256:
        return &gcm_256_facts;
    case SRTP_PROFILE_NULL:
        return &null_facts;
    case SRTP_PROFILE_NONE:
        break;
    }
    return NULL;
}

size_t srtp_session_key_bytes(enum srtp_profile profile)
{
    const struct profile_facts *facts = profile_facts_of(profile);
    return facts == NULL ? 0 : (size_t)facts->key_bytes + facts->salt_bytes;
}

size_t srtp_session_exporter_bytes(enum srtp_profile profile)
{
    return 2 * srtp_session_key_bytes(profile);
}

void srtp_session_split_exporter(enum srtp_profile profile, const uint8_t *exported,
                                 bool we_are_client, uint8_t *send_key, uint8_t *receive_key)
{
    const struct profile_facts *facts = profile_facts_of(profile);
    if (facts == NULL) {
        return;
    }
    const uint8_t *client_key = exported;
    const uint8_t *server_key = client_key + facts->key_bytes;
    const uint8_t *client_salt = server_key + facts->key_bytes;
    const uint8_t *server_salt = client_salt + facts->salt_bytes;
    uint8_t *of_client = we_are_client ? send_key : receive_key;
    uint8_t *of_server = we_are_client ? receive_key : send_key;
    memcpy(of_client, client_key, facts->key_bytes);
    memcpy(of_client + facts->key_bytes, client_salt, facts->salt_bytes);
    memcpy(of_server, server_key, facts->key_bytes);
    memcpy(of_server + facts->key_bytes, server_salt, facts->salt_bytes);
}

static void policy_fill(srtp_policy_t *policy, enum srtp_profile profile)
{
    if (profile == SRTP_PROFILE_GCM_128) {
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtcp);
    } else if (profile == SRTP_PROFILE_GCM_256) {
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtp);
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtcp);
    } else {
        srtp_crypto_policy_set_rtp_default(&policy->rtp); /* AES_CM_128_HMAC_SHA1_80 */
        srtp_crypto_policy_set_rtcp_default(&policy->rtcp);
    }
    policy->allow_repeat_tx = 1;
}

static int direction_new(srtp_t *out, enum srtp_profile profile, srtp_ssrc_type_t any,
                         const uint8_t *key)
{
    uint8_t copy[SRTP_SESSION_MAX_KEY]; /* libsrtp's key pointer is not const */
    memcpy(copy, key, srtp_session_key_bytes(profile));
    srtp_policy_t policy = {.ssrc = {.type = any}, .key = copy};
    policy_fill(&policy, profile);
    policy.window_size = LEAST_WINDOW;
    srtp_err_status_t status = srtp_create(out, &policy);
    explicit_bzero(copy, sizeof(copy));
    if (status == srtp_err_status_ok) {
        return 0;
    }
    *out = NULL;
    return status == srtp_err_status_alloc_fail ? ERR_NO_MEMORY : ERR_CRYPTO;
}

int srtp_session_new(struct srtp_session **out, enum srtp_profile profile, const uint8_t *send_key,
                     const uint8_t *receive_key)
{
    const struct profile_facts *facts = profile_facts_of(profile);
    if (facts == NULL) {
        return ERR_UNSUPPORTED;
    }
    struct srtp_session *session = calloc(1, sizeof(*session));
    if (session == NULL) {
        return ERR_NO_MEMORY;
    }
    session->facts = facts;
    int err = 0;
    if (facts != &null_facts) {
        err = srtp_ciphers_ensure();
        if (err == 0) {
            err = srtp_sender_new(&session->rtp_sender, profile, send_key);
        }
        if (err == 0) {
            session->rtp_keys = srtp_sender_keys(session->rtp_sender);
        }
        if (err == 0) {
            err = direction_new(&session->rtcp_sender, profile, ssrc_any_outbound, send_key);
        }
        if (err == 0) {
            err = srtp_receiver_new(&session->rtp_receiver, profile, receive_key);
        }
        if (err == 0) {
            err = direction_new(&session->rtcp_receiver, profile, ssrc_any_inbound, receive_key);
        }
    }
    if (err != 0) {
        srtp_session_free(&session);
        return err;
    }
    *out = session;
    return 0;
}

size_t srtp_session_tag_bytes(const struct srtp_session *session)
{
    return session->facts->tag_bytes;
}

void srtp_session_near(const struct srtp_session *session, struct near *near, bool sending)
{
    near_add(near, session, NEAR_LINE_BYTES);
    if (sending) {
        if (session->rtp_sender != NULL) {
            srtp_sender_near(session->rtp_sender, near);
        }
    } else {
        near_add(near, session->rtp_ssrcs, NEAR_LINE_BYTES);
        near_add(near, session->rtp_used, NEAR_LINE_BYTES);
        if (session->rtp_receiver != NULL) {
            srtp_receiver_near(session->rtp_receiver, near);
        }
    }
}

void srtp_session_prefetch(const struct srtp_session *session)
{
    if (session->rtp_sender != NULL) { /* a prefetch of NULL is slow */
        srtp_sender_prefetch(session->rtp_sender, session->rtp_keys);
    }
}

int srtp_session_protect_rtp(struct srtp_session *session, uint8_t *data, size_t *len)
{
    if (session->facts == &null_facts) {
        return 0;
    }
    return srtp_sender_protect(session->rtp_sender, data, len);
}

int srtp_session_protect_rtcp(struct srtp_session *session, uint8_t *data, size_t *len)
{
    if (session->facts == &null_facts) {
        return 0;
    }
    int octets = *len > INT_MAX ? 0 : (int)*len;
    if (octets < RTCP_MIN_BYTES ||
        srtp_protect_rtcp(session->rtcp_sender, data, &octets) != srtp_err_status_ok) {
        return ERR_CRYPTO;
    }
    *len = (size_t)octets;
    return 0;
}

/** Index of ssrc, or count when it is not there. */
static size_t ssrc_find(const uint32_t *ssrcs, size_t count, uint32_t ssrc)
{
    size_t i = 0;
    while (i < count && ssrcs[i] != ssrc) {
        i++;
    }
    return i;
}

static bool ssrc_in(const uint32_t *ssrcs, size_t count, uint32_t ssrc)
{
    return ssrc_find(ssrcs, count, ssrc) < count;
}

/** Place for one more sender of media: a free one, or that of the one silent longest. @return the
 * maximum when there is none */
static size_t rtp_place(const struct srtp_session *session)
{
    if (session->rtp_ssrc_count < SRTP_SESSION_MAX_RTP_SSRCS) {
        return session->rtp_ssrc_count;
    }
    size_t oldest = 0;
    for (size_t i = 1; i < SRTP_SESSION_MAX_RTP_SSRCS; i++) {
        if (session->rtp_used[i] < session->rtp_used[oldest]) {
            oldest = i;
        }
    }
    bool idle = session->packets - session->rtp_used[oldest] >= SRTP_SESSION_IDLE_PACKETS;
    return idle && session->gone_ssrc_count < SRTP_SESSION_MAX_GONE_SSRCS
               ? oldest
               : SRTP_SESSION_MAX_RTP_SSRCS;
}

/** Gives a place from rtp_place to an SSRC that has just authenticated. */
static void rtp_settle(struct srtp_session *session, size_t place, uint32_t ssrc)
{
    if (place < session->rtp_ssrc_count) {
        session->gone_ssrcs[session->gone_ssrc_count++] = session->rtp_ssrcs[place];
    } else {
        session->rtp_ssrc_count++;
    }
    session->rtp_ssrcs[place] = ssrc;
}

static enum drop_reason drop_of_status(srtp_err_status_t status)
{
    if (status == srtp_err_status_ok) {
        return DROP_NONE;
    }
    if (status == srtp_err_status_auth_fail || status == srtp_err_status_cipher_fail) {
        return DROP_SRTP_AUTH;
    }
    if (status == srtp_err_status_replay_fail || status == srtp_err_status_replay_old ||
        status == srtp_err_status_pkt_idx_old) {
        return DROP_SRTP_REPLAY;
    }
    if (status == srtp_err_status_parse_err) {
        return DROP_RTP_MALFORMED;
    }
    return DROP_SRTP_ERROR;
}

enum drop_reason srtp_session_unprotect_rtp(struct srtp_session *session, uint8_t *data,
                                            size_t *len)
{
    if (*len < (size_t)RTP_MIN_BYTES + session->facts->tag_bytes || *len > INT_MAX) {
        return DROP_RTP_MALFORMED;
    }
    uint32_t ssrc = bytes_get_u32(data + 8);
    size_t place = ssrc_find(session->rtp_ssrcs, session->rtp_ssrc_count, ssrc);
    bool known = place < session->rtp_ssrc_count;
    if (!known) {
        place = rtp_place(session);
        if (place == SRTP_SESSION_MAX_RTP_SSRCS ||
            ssrc_in(session->gone_ssrcs, session->gone_ssrc_count, ssrc)) {
            return DROP_SSRC_LIMIT;
        }
    }
    if (session->facts != &null_facts) {
        enum drop_reason drop =
            srtp_receiver_unprotect(session->rtp_receiver, place, !known, data, len);
        if (drop != DROP_NONE) {
            return drop;
        }
    }
    if (!known) {
        rtp_settle(session, place, ssrc);
    }
    session->rtp_used[place] = ++session->packets;
    return DROP_NONE;
}

enum drop_reason srtp_session_unprotect_rtcp(struct srtp_session *session, uint8_t *data,
                                             size_t *len)
{
    const struct profile_facts *facts = session->facts;
    size_t trailer = facts == &null_facts ? 0 : (size_t)facts->tag_bytes + SRTCP_INDEX_BYTES;
    if (*len < RTCP_MIN_BYTES + trailer || *len > INT_MAX) {
        return DROP_RTCP_MALFORMED;
    }
    uint32_t ssrc = bytes_get_u32(data + 4);
    size_t place = ssrc_find(session->rtp_ssrcs, session->rtp_ssrc_count, ssrc);
    bool sends_rtp = place < session->rtp_ssrc_count;
    bool known = sends_rtp || ssrc_in(session->rtcp_ssrcs, session->rtcp_ssrc_count, ssrc);
    if (!known && session->rtcp_ssrc_count == SRTP_SESSION_MAX_RTCP_SSRCS) {
        return DROP_SSRC_LIMIT;
    }
    if (facts != &null_facts) {
        size_t index_from_end = SRTCP_INDEX_BYTES + (facts->aead ? 0U : facts->tag_bytes);
        if ((data[*len - index_from_end] & ENCRYPTED_BIT) == 0) {
            return DROP_SRTP_ERROR; /* RFC 8827 6.5: never in the clear, so we trust no such claim
                                     */
        }
        int octets = (int)*len;
        enum drop_reason drop =
            drop_of_status(srtp_unprotect_rtcp(session->rtcp_receiver, data, &octets));
        if (drop != DROP_NONE) {
            return drop;
        }
        *len = (size_t)octets;
    }
    if (sends_rtp) {
        session->rtp_used[place] = session->packets; /* alive, if only by its reports */
    } else if (!known) {
        session->rtcp_ssrcs[session->rtcp_ssrc_count++] = ssrc;
    }
    return DROP_NONE;
}

size_t srtp_session_ssrc_count(const struct srtp_session *session)
{
    return session->rtp_ssrc_count + session->gone_ssrc_count + session->rtcp_ssrc_count;
}

void srtp_session_free(struct srtp_session **session)
{
    struct srtp_session *gone = *session;
    if (gone == NULL) {
        return;
    }
    srtp_sender_free(&gone->rtp_sender);
    if (gone->rtcp_sender != NULL) {
        (void)srtp_dealloc(gone->rtcp_sender);
    }
    srtp_receiver_free(&gone->rtp_receiver);
    if (gone->rtcp_receiver != NULL) {
        (void)srtp_dealloc(gone->rtcp_receiver);
    }
    free(gone);
    *session = NULL;
}
