#include "srtp_sender.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "srtp_cipher_types.h"

enum {
    RTP_HEADER = 12,
    CSRC_BYTES = 4,
    EXT_HEADER = 4,
    GCM_TAG = 16,
    GCM_SALT = 12,
    CM_TAG = 10,
    CM_SALT = 14,
    CM_AUTH_KEY = 20,
    ROC_BYTES = 4,
    CIPHER_NEAR_BYTES = 384,   /**< its state up to the first keys */
    CIPHER_FETCH_BYTES = 1152, /**< up to those that a large packet takes (GHASH in 48 powers) */
    IV_BYTES = 16,
    KEY_MAX = 32,
    FIRST_STREAMS = 4,
    MOST_STREAMS = 1024, /**< far more than a session can have slots */
    HALF = 0x8000,       /**< of the numbers of one round */
    INDEX_BITS = 48
};

/** RFC 3711 4.3.2 */
enum label { LABEL_ENCRYPTION = 0, LABEL_AUTHENTICATION = 1, LABEL_SALT = 2 };

struct srtp_sender {
    srtp_cipher_t *cipher;
    srtp_auth_t *auth; /**< NULL: the cipher has it */
    uint32_t count;
    uint32_t room;
    uint32_t *ssrcs;       /**< side by side, to be searched fast */
    uint64_t *highest;     /**< index (RFC 3711 3.3.1) of each one's newest packet */
    uint8_t salt[CM_SALT]; /**< GCM: beneath the numbers of the IV */
    uint16_t last;         /**< stream of the packet before */
    uint64_t first_highest[FIRST_STREAMS]; /**< where they are kept while they are few */
    uint32_t first_ssrcs[FIRST_STREAMS];
};

struct suite {
    size_t key_bytes;
    size_t salt_bytes;
    const srtp_cipher_type_t *cipher;
    const srtp_cipher_type_t *derivation; /**< counter mode with keys of the same size */
    const srtp_auth_type_t *auth;
};

static bool suite_find(enum srtp_profile profile, struct suite *out)
{
    struct srtp_cipher_set set;
    if (!srtp_cipher_set_installed(&set)) {
        return false;
    }
    switch (profile) {
    case SRTP_PROFILE_CM_128_SHA1_80:
        *out = (struct suite){16, CM_SALT, set.icm_128, set.icm_128, set.hmac_sha1};
        return true;
    case SRTP_PROFILE_GCM_128:
        *out = (struct suite){16, GCM_SALT, set.gcm_128, set.icm_128, NULL};
        return true;
    case SRTP_PROFILE_GCM_256:
        *out = (struct suite){32, GCM_SALT, set.gcm_256, set.icm_256, NULL};
        return true;
    case SRTP_PROFILE_NULL:
    case SRTP_PROFILE_NONE:
        break;
    }
    return false;
}

static int error_of(srtp_err_status_t status)
{
    if (status == srtp_err_status_ok) {
        return 0;
    }
    return status == srtp_err_status_alloc_fail ? ERR_NO_MEMORY : ERR_CRYPTO;
}

/** A session key (RFC 3711 4.3.1, key derivation rate 0): keystream at the label. */
static int derive(srtp_cipher_t *prf, enum label label, uint8_t *out, size_t bytes)
{
    uint8_t iv[IV_BYTES] = {[7] = (uint8_t)label};
    unsigned int len = (unsigned int)bytes;
    memset(out, 0, bytes);
    int err = error_of(prf->type->set_iv(prf->state, iv, srtp_direction_encrypt));
    return err != 0 ? err : error_of(prf->type->encrypt(prf->state, out, &len));
}

static int start_cipher(struct srtp_sender *sender, const struct suite *suite, srtp_cipher_t *prf)
{
    uint8_t key[KEY_MAX + CM_SALT] = {0};
    uint8_t *salt = key + suite->key_bytes;
    bool aead = suite->auth == NULL;
    int err = derive(prf, LABEL_ENCRYPTION, key, suite->key_bytes);
    err = err != 0 ? err : derive(prf, LABEL_SALT, salt, suite->salt_bytes);
    if (err == 0) {
        int key_len = (int)(suite->key_bytes + suite->salt_bytes);
        err = error_of(suite->cipher->alloc(&sender->cipher, key_len, aead ? GCM_TAG : 0));
    }
    if (err == 0) {
        memcpy(sender->salt, salt, suite->salt_bytes);
        err = error_of(suite->cipher->init(sender->cipher->state, key));
    }
    explicit_bzero(key, sizeof(key));
    return err;
}

static int start_auth(struct srtp_sender *sender, const struct suite *suite, srtp_cipher_t *prf)
{
    uint8_t key[CM_AUTH_KEY];
    int err = derive(prf, LABEL_AUTHENTICATION, key, sizeof(key));
    err = err != 0 ? err : error_of(suite->auth->alloc(&sender->auth, CM_AUTH_KEY, CM_TAG));
    err = err != 0 ? err : error_of(suite->auth->init(sender->auth->state, key, CM_AUTH_KEY));
    explicit_bzero(key, sizeof(key));
    return err;
}

static int derive_all(struct srtp_sender *sender, const struct suite *suite, const uint8_t *master)
{
    /* A shorter salt has zeros behind it (RFC 7714 11). */
    uint8_t key[KEY_MAX + CM_SALT] = {0};
    srtp_cipher_t *prf = NULL;
    memcpy(key, master, suite->key_bytes + suite->salt_bytes);
    int err = error_of(suite->derivation->alloc(&prf, (int)suite->key_bytes + CM_SALT, 0));
    if (err == 0) {
        err = error_of(prf->type->init(prf->state, key));
        err = err != 0 ? err : start_cipher(sender, suite, prf);
        err = err != 0 || suite->auth == NULL ? err : start_auth(sender, suite, prf);
        (void)prf->type->dealloc(prf);
    }
    explicit_bzero(key, sizeof(key));
    return err;
}

int srtp_sender_new(struct srtp_sender **out, enum srtp_profile profile, const uint8_t *master)
{
    struct suite suite;
    if (!suite_find(profile, &suite)) {
        return ERR_UNSUPPORTED;
    }
    struct srtp_sender *sender = calloc(1, sizeof(*sender));
    if (sender == NULL) {
        return ERR_NO_MEMORY;
    }
    sender->ssrcs = sender->first_ssrcs;
    sender->highest = sender->first_highest;
    sender->room = FIRST_STREAMS;
    int err = derive_all(sender, &suite, master);
    if (err != 0) {
        srtp_sender_free(&sender);
        return err;
    }
    *out = sender;
    return 0;
}

const void *srtp_sender_keys(const struct srtp_sender *sender)
{
    return sender->cipher->state;
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
    near_add(near, sender->cipher->state, CIPHER_NEAR_BYTES);
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
    return ahead > -(int64_t)TRANSPORT_REPEAT_WINDOW && *out >> INDEX_BITS == 0;
}

/** Bytes that stay in the clear; 0 when the packet is cut short. */
static inline size_t clear_bytes(const uint8_t *data, size_t len)
{
    size_t bytes = RTP_HEADER + (data[0] & 0x0fU) * CSRC_BYTES;
    if ((data[0] & 0x10) != 0) {
        if (bytes + EXT_HEADER > len) {
            return 0;
        }
        bytes += EXT_HEADER + (size_t)bytes_get_u16(data + bytes + 2) * 4;
    }
    return bytes <= len ? bytes : 0;
}

static int protect_gcm(struct srtp_sender *sender, uint8_t *data, size_t *len, size_t clear,
                       uint64_t index)
{
    const srtp_cipher_type_t *type = sender->cipher->type;
    void *state = sender->cipher->state;
    unsigned int text = (unsigned int)(*len - clear);
    uint32_t tag = GCM_TAG;
    uint8_t iv[IV_BYTES] = {0}; /* RFC 7714 8.1 */
    memcpy(iv + 2, data + 8, 4);
    bytes_put_u32(iv + 6, (uint32_t)(index >> 16));
    bytes_put_u16(iv + 10, (uint16_t)index);
    for (size_t i = 0; i < GCM_SALT; i++) {
        iv[i] ^= sender->salt[i];
    }
    if (type->set_iv(state, iv, srtp_direction_encrypt) != srtp_err_status_ok ||
        type->set_aad(state, data, (uint32_t)clear) != srtp_err_status_ok ||
        type->encrypt(state, data + clear, &text) != srtp_err_status_ok ||
        type->get_tag(state, data + *len, &tag) != srtp_err_status_ok) {
        return ERR_CRYPTO;
    }
    *len += tag;
    return 0;
}

static int protect_cm(struct srtp_sender *sender, uint8_t *data, size_t *len, size_t clear,
                      uint64_t index)
{
    const srtp_cipher_type_t *type = sender->cipher->type;
    const srtp_auth_type_t *auth = sender->auth->type;
    unsigned int text = (unsigned int)(*len - clear);
    uint8_t iv[IV_BYTES] = {0}; /* RFC 3711 4.1.1 */
    uint8_t roc[ROC_BYTES];
    memcpy(iv + 4, data + 8, 4);
    bytes_put_u32(iv + 8, (uint32_t)(index >> 16));
    bytes_put_u16(iv + 12, (uint16_t)index);
    bytes_put_u32(roc, (uint32_t)(index >> 16));
    if (type->set_iv(sender->cipher->state, iv, srtp_direction_encrypt) != srtp_err_status_ok ||
        type->encrypt(sender->cipher->state, data + clear, &text) != srtp_err_status_ok ||
        auth->start(sender->auth->state) != srtp_err_status_ok ||
        auth->update(sender->auth->state, data, (int)*len) != srtp_err_status_ok ||
        auth->compute(sender->auth->state, roc, ROC_BYTES, CM_TAG, data + *len) !=
            srtp_err_status_ok) {
        return ERR_CRYPTO;
    }
    *len += CM_TAG;
    return 0;
}

int srtp_sender_protect(struct srtp_sender *sender, uint8_t *data, size_t *len)
{
    uint64_t index;
    size_t clear = *len < RTP_HEADER || *len > INT16_MAX ? 0 : clear_bytes(data, *len);
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
    return sender->auth == NULL ? protect_gcm(sender, data, len, clear, index)
                                : protect_cm(sender, data, len, clear, index);
}

void srtp_sender_free(struct srtp_sender **sender)
{
    struct srtp_sender *gone = *sender;
    if (gone == NULL) {
        return;
    }
    *sender = NULL;
    if (gone->cipher != NULL) {
        (void)gone->cipher->type->dealloc(gone->cipher);
    }
    if (gone->auth != NULL) {
        (void)gone->auth->type->dealloc(gone->auth);
    }
    free_streams(gone);
    explicit_bzero(gone->salt, sizeof(gone->salt));
    free(gone);
}
