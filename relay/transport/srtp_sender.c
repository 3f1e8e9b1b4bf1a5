#include "srtp_sender.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "srtp_keys.h"

enum {
    FIRST_STREAMS = 4,
    MOST_STREAMS = 1024, /**< far more than a session can have slots */
    HALF = 0x8000,       /**< of the numbers of one round */
    CIPHER_FETCH_BYTES =
        1152 /**< keys up to those that a large packet takes (GHASH in 48 powers) */
};

struct srtp_sender {
    struct srtp_keys keys;
    uint32_t count;
    uint32_t room;
    uint32_t *ssrcs;   /**< side by side, to be searched fast */
    uint64_t *highest; /**< index (RFC 3711 3.3.1) of each one's newest packet */
    uint16_t last;     /**< stream of the packet before */
    uint64_t first_highest[FIRST_STREAMS]; /**< where they are kept while they are few */
    uint32_t first_ssrcs[FIRST_STREAMS];
};

int srtp_sender_new(struct srtp_sender **out, enum srtp_profile profile, const uint8_t *master)
{
    struct srtp_sender *sender = calloc(1, sizeof(*sender));
    if (sender == NULL) {
        return ERR_NO_MEMORY;
    }
    sender->ssrcs = sender->first_ssrcs;
    sender->highest = sender->first_highest;
    sender->room = FIRST_STREAMS;
    int err = srtp_keys_init(&sender->keys, profile, master);
    if (err != 0) {
        srtp_sender_free(&sender);
        return err;
    }
    *out = sender;
    return 0;
}

const void *srtp_sender_keys(const struct srtp_sender *sender)
{
    return sender->keys.cipher->state;
}

void srtp_sender_prefetch(const struct srtp_sender *sender, const void *keys)
{
    __builtin_prefetch(sender);
    __builtin_prefetch((const char *)sender + NEAR_LINE_BYTES);
    for (size_t at = 0; at < CIPHER_FETCH_BYTES; at += NEAR_LINE_BYTES) {
        __builtin_prefetch((const char *)keys + at);
    }
}

void srtp_sender_near(const struct srtp_sender *sender, struct near *near)
{
    near_add(near, sender, sizeof(*sender));
    srtp_keys_near(&sender->keys, near);
}

static void free_streams(struct srtp_sender *sender)
{
    if (sender->ssrcs != sender->first_ssrcs) {
        free(sender->ssrcs);
        free(sender->highest);
    }
}

static bool widen(struct srtp_sender *sender)
{
    assert(sender->room >= FIRST_STREAMS);
    uint32_t room = 2 * sender->room;
    uint32_t *ssrcs = room > MOST_STREAMS ? NULL : calloc(room, sizeof(*ssrcs));
    uint64_t *highest = ssrcs == NULL ? NULL : calloc(room, sizeof(*highest));
    if (highest == NULL) {
        free(ssrcs);
        return false;
    }
    memcpy(ssrcs, sender->ssrcs, sender->count * sizeof(*ssrcs));
    memcpy(highest, sender->highest, sender->count * sizeof(*highest));
    free_streams(sender);
    sender->ssrcs = ssrcs;
    sender->highest = highest;
    sender->room = room;
    return true;
}

/** The stream of an SSRC, in sender->last. @return false when there is no memory for a new one */
static inline bool find_stream(struct srtp_sender *sender, uint32_t ssrc)
{
    size_t at = sender->last;
    if (at < sender->count && sender->ssrcs[at] == ssrc) {
        return true;
    }
    for (at = 0; at < sender->count && sender->ssrcs[at] != ssrc;) {
        at++;
    }
    if (at == sender->count) {
        if (sender->count == sender->room && !widen(sender)) {
            return false;
        }
        sender->ssrcs[at] = ssrc;
        sender->highest[at] = 0;
        sender->count++;
    }
    sender->last = (uint16_t)at;
    return true;
}

/** Index of a packet (RFC 3711 3.3.1). @return false when it is too old, or the last one is used up
 */
static inline bool find_index(const struct srtp_sender *sender, uint16_t seq, uint64_t *out)
{
    uint64_t highest = sender->highest[sender->last];
    int64_t ahead = highest > HALF ? (int16_t)(seq - (uint16_t)highest) : seq - (int64_t)highest;
    *out = highest + (uint64_t)ahead;
    return ahead > -(int64_t)TRANSPORT_REPEAT_WINDOW && *out >> SRTP_KEYS_INDEX_BITS == 0;
}

int srtp_sender_protect(struct srtp_sender *sender, uint8_t *data, size_t *len)
{
    uint64_t index;
    size_t clear = *len < SRTP_KEYS_MIN_BYTES || *len > SRTP_KEYS_MAX_BYTES
                       ? 0
                       : srtp_keys_clear_bytes(data, *len);
    if (clear == 0) {
        return ERR_CRYPTO;
    }
    if (!find_stream(sender, bytes_get_u32(data + 8))) {
        return ERR_NO_MEMORY;
    }
    if (!find_index(sender, bytes_get_u16(data + 2), &index)) {
        return ERR_CRYPTO;
    }
    uint64_t *highest = &sender->highest[sender->last];
    *highest = index > *highest ? index : *highest;
    return srtp_keys_seal(&sender->keys, data, len, clear, index);
}

void srtp_sender_free(struct srtp_sender **sender)
{
    struct srtp_sender *gone = *sender;
    if (gone == NULL) {
        return;
    }
    *sender = NULL;
    srtp_keys_deinit(&gone->keys);
    free_streams(gone);
    free(gone);
}
