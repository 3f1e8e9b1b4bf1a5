#include "audience.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <srtp2/srtp.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/rand.h"
#include "rtp/rtp.h"

enum { MAX_WRAPS = 256 };

/** One receiver: what came to him so far. */
struct listener {
    srtp_t session; /**< made for the SSRC of the first packet */
    uint8_t key[AUDIENCE_KEY_BYTES];
    int64_t first; /**< counter of the first packet, -1 before it */
    int64_t next;  /**< counter expected next */
    uint16_t seq;  /**< RTP number of the last packet */
    uint32_t ssrc;
    int64_t wrong; /**< not decryptable, not recognised, out of order, or numbers that jump */
    int64_t others;
};

struct audience {
    const struct publisher *publisher;
    enum srtp_profile profile;
    size_t receivers;
    struct listener listeners[];
};

void audience_key(uint32_t index, uint8_t key[AUDIENCE_KEY_BYTES])
{
    struct rand rand;
    rand_init(&rand, 0xA0D1E4CE00000000ULL | index);
    rand_fill(&rand, key, AUDIENCE_KEY_BYTES);
}

int audience_new(struct audience **out, size_t receivers, enum srtp_profile profile,
                 const struct publisher *publisher)
{
    struct audience *audience =
        calloc(1, sizeof(*audience) + receivers * sizeof(audience->listeners[0]));
    if (audience == NULL) {
        return ERR_NO_MEMORY;
    }
    audience->publisher = publisher;
    audience->receivers = receivers;
    audience->profile = profile;
    for (size_t i = 0; i < receivers; i++) {
        audience_key((uint32_t)i, audience->listeners[i].key);
        audience->listeners[i].first = -1;
    }
    *out = audience;
    return 0;
}

static srtp_t session_at(enum srtp_profile profile, uint8_t *key, uint32_t ssrc, uint32_t roc)
{
    srtp_policy_t policy = {.ssrc = {.type = ssrc_specific, .value = ssrc}, .key = key};
    if (profile == SRTP_PROFILE_GCM_128) {
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
    } else {
        srtp_crypto_policy_set_rtp_default(&policy.rtp);
        srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
    }
    srtp_t session = NULL;
    if (srtp_create(&session, &policy) != srtp_err_status_ok) {
        return NULL;
    }
    (void)srtp_set_stream_roc(session, ssrc, roc);
    return session;
}

/**
 * Whoever begins to listen in mid-stream does not know how often its numbers have wrapped (RFC 3711
 * 3.3.1), so the first packet tells by trial.
 */
static bool unprotect_first(const struct audience *audience, struct listener *listener,
                            uint8_t *data, int *len)
{
    uint32_t ssrc = rtp_peek_ssrc(data, (size_t)*len);
    for (uint32_t roc = 0; roc < MAX_WRAPS; roc++) {
        _Alignas(16) uint8_t copy[DATAGRAM_BYTES];
        int copy_len = *len;
        srtp_t session = session_at(audience->profile, listener->key, ssrc, roc);
        memcpy(copy, data, (size_t)*len);
        if (session != NULL && srtp_unprotect(session, copy, &copy_len) == srtp_err_status_ok) {
            memcpy(data, copy, (size_t)copy_len);
            *len = copy_len;
            listener->session = session;
            return true;
        }
        (void)(session != NULL && srtp_dealloc(session));
    }
    return false;
}

static bool unprotect(const struct audience *audience, struct listener *listener, uint8_t *data,
                      size_t *len)
{
    int octets = (int)*len;
    bool good = listener->session == NULL
                    ? unprotect_first(audience, listener, data, &octets)
                    : srtp_unprotect(listener->session, data, &octets) == srtp_err_status_ok;
    *len = (size_t)octets;
    return good;
}

static bool take(const struct audience *audience, struct listener *listener, uint8_t *data,
                 size_t len)
{
    if (!unprotect(audience, listener, data, &len)) {
        return false;
    }
    int64_t counter = publisher_recognise(audience->publisher, data, len);
    uint16_t seq = bytes_get_u16(data + 2);
    uint32_t ssrc = rtp_peek_ssrc(data, len);
    if (listener->first < 0) {
        listener->first = counter;
        listener->next = counter;
        listener->seq = (uint16_t)(seq - 1);
        listener->ssrc = ssrc;
    }
    bool good =
        counter == listener->next && seq == (uint16_t)(listener->seq + 1) && ssrc == listener->ssrc;
    listener->next = counter + 1;
    listener->seq = seq;
    return good;
}

void audience_receive(struct audience *audience, uint32_t index, const uint8_t *data, size_t len)
{
    struct listener *listener = &audience->listeners[index];
    _Alignas(16) uint8_t copy[DATAGRAM_BYTES];
    if (len < RTP_HEADER_BYTES || len > sizeof(copy) || (data[0] & 0xC0) != 0x80 ||
        rtp_is_rtcp(data, len)) {
        listener->others++;
        return;
    }
    memcpy(copy, data, len);
    listener->wrong += take(audience, listener, copy, len) ? 0 : 1;
}

int audience_verify(const struct audience *audience, const char *who, int64_t first_counter,
                    int64_t count)
{
    for (size_t i = 0; i < audience->receivers; i++) {
        const struct listener *listener = &audience->listeners[i];
        if (listener->wrong != 0 || listener->first != first_counter ||
            listener->next != first_counter + count) {
            (void)fprintf(stderr,
                          "%s: receiver %zu of %zu got packets %lld to %lld of %lld to %lld, "
                          "%lld of them wrong\n",
                          who, i, audience->receivers, (long long)listener->first,
                          (long long)listener->next, (long long)first_counter,
                          (long long)(first_counter + count), (long long)listener->wrong);
            return ERR_INVALID;
        }
    }
    return 0;
}

void audience_free(struct audience **audience)
{
    if (*audience == NULL) {
        return;
    }
    for (size_t i = 0; i < (*audience)->receivers; i++) {
        if ((*audience)->listeners[i].session != NULL) {
            (void)srtp_dealloc((*audience)->listeners[i].session);
        }
    }
    free(*audience);
    *audience = NULL;
}
