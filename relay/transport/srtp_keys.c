#include "srtp_keys.h"

#include <string.h>

#include <openssl/crypto.h>

#include "base/bytes.h"
#include "base/err.h"

enum {
    CSRC_BYTES = 4,
    EXT_HEADER = 4,
    GCM_TAG = 16,
    GCM_SALT = 12,
    CM_TAG = 10,
    CM_SALT = 14,
    CM_AUTH_KEY = 20,
    ROC_BYTES = 4,
    CIPHER_NEAR_BYTES = 384, /**< its state up to the first keys */
    AUTH_NEAR_BYTES = 320,   /**< its two states and the message's */
    IV_BYTES = 16,
    KEY_MAX = 32
};

/** RFC 3711 4.3.2 */
enum label { LABEL_ENCRYPTION = 0, LABEL_AUTHENTICATION = 1, LABEL_SALT = 2 };

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

static int start_cipher(struct srtp_keys *keys, const struct suite *suite, srtp_cipher_t *prf)
{
    uint8_t key[KEY_MAX + CM_SALT] = {0};
    uint8_t *salt = key + suite->key_bytes;
    bool aead = suite->auth == NULL;
    int err = derive(prf, LABEL_ENCRYPTION, key, suite->key_bytes);
    err = err != 0 ? err : derive(prf, LABEL_SALT, salt, suite->salt_bytes);
    if (err == 0) {
        int key_len = (int)(suite->key_bytes + suite->salt_bytes);
        err = error_of(suite->cipher->alloc(&keys->cipher, key_len, aead ? GCM_TAG : 0));
    }
    if (err == 0) {
        memcpy(keys->salt, salt, suite->salt_bytes);
        err = error_of(suite->cipher->init(keys->cipher->state, key));
    }
    explicit_bzero(key, sizeof(key));
    return err;
}

static int start_auth(struct srtp_keys *keys, const struct suite *suite, srtp_cipher_t *prf)
{
    uint8_t key[CM_AUTH_KEY];
    int err = derive(prf, LABEL_AUTHENTICATION, key, sizeof(key));
    err = err != 0 ? err : error_of(suite->auth->alloc(&keys->auth, CM_AUTH_KEY, CM_TAG));
    err = err != 0 ? err : error_of(suite->auth->init(keys->auth->state, key, CM_AUTH_KEY));
    explicit_bzero(key, sizeof(key));
    return err;
}

static int derive_all(struct srtp_keys *keys, const struct suite *suite, const uint8_t *master)
{
    /* A shorter salt has zeros behind it (RFC 7714 11). */
    uint8_t key[KEY_MAX + CM_SALT] = {0};
    srtp_cipher_t *prf = NULL;
    memcpy(key, master, suite->key_bytes + suite->salt_bytes);
    int err = error_of(suite->derivation->alloc(&prf, (int)suite->key_bytes + CM_SALT, 0));
    if (err == 0) {
        err = error_of(prf->type->init(prf->state, key));
        err = err != 0 ? err : start_cipher(keys, suite, prf);
        err = err != 0 || suite->auth == NULL ? err : start_auth(keys, suite, prf);
        (void)prf->type->dealloc(prf);
    }
    explicit_bzero(key, sizeof(key));
    return err;
}

int srtp_keys_init(struct srtp_keys *keys, enum srtp_profile profile, const uint8_t *master)
{
    struct suite suite;
    *keys = (struct srtp_keys){.cipher = NULL};
    return suite_find(profile, &suite) ? derive_all(keys, &suite, master) : ERR_UNSUPPORTED;
}

void srtp_keys_near(const struct srtp_keys *keys, struct near *near)
{
    near_add(near, keys->cipher->state, CIPHER_NEAR_BYTES);
    if (keys->auth != NULL) {
        near_add(near, keys->auth->state, AUTH_NEAR_BYTES);
    }
}

size_t srtp_keys_clear_bytes(const uint8_t *data, size_t len)
{
    size_t bytes = SRTP_KEYS_MIN_BYTES + (data[0] & 0x0fU) * CSRC_BYTES;
    if ((data[0] & 0x10) != 0) {
        if (bytes + EXT_HEADER > len) {
            return 0;
        }
        bytes += EXT_HEADER + (size_t)bytes_get_u16(data + bytes + 2) * 4;
    }
    return bytes <= len ? bytes : 0;
}

/** Tells the cipher to begin with a packet of GCM: its IV (RFC 7714 8.1), and what is in the clear.
 */
static bool begin_gcm(const struct srtp_keys *keys, const uint8_t *data, size_t clear,
                      uint64_t index, srtp_cipher_direction_t direction)
{
    const srtp_cipher_type_t *type = keys->cipher->type;
    void *state = keys->cipher->state;
    uint8_t iv[GCM_SALT];
    uint64_t ssrc = bytes_get_u32(data + 8);
    /* in two words, as it is read again: bytes written one by one have to be waited for */
    bytes_put_u64(iv, bytes_get_u64(keys->salt) ^ (ssrc << 16 | index >> 32));
    bytes_put_u32(iv + 8, bytes_get_u32(keys->salt + 8) ^ (uint32_t)index);
    return type->set_iv(state, iv, direction) == srtp_err_status_ok &&
           type->set_aad(state, data, (uint32_t)clear) == srtp_err_status_ok;
}

/** Encrypts or decrypts in counter mode (RFC 3711 4.1.1). */
static bool crypt_cm(const struct srtp_keys *keys, uint8_t *data, size_t len, size_t clear,
                     uint64_t index)
{
    const srtp_cipher_type_t *type = keys->cipher->type;
    unsigned int text = (unsigned int)(len - clear);
    uint8_t iv[IV_BYTES] = {0};
    memcpy(iv + 4, data + 8, 4);
    bytes_put_u32(iv + 8, (uint32_t)(index >> 16));
    bytes_put_u16(iv + 12, (uint16_t)index);
    return type->set_iv(keys->cipher->state, iv, srtp_direction_encrypt) == srtp_err_status_ok &&
           type->encrypt(keys->cipher->state, data + clear, &text) == srtp_err_status_ok;
}

/** The tag of an encrypted packet (RFC 3711 4.2). */
static bool authenticate(const struct srtp_keys *keys, const uint8_t *data, size_t len,
                         uint64_t index, uint8_t tag[CM_TAG])
{
    const srtp_auth_type_t *type = keys->auth->type;
    void *state = keys->auth->state;
    uint8_t roc[ROC_BYTES];
    bytes_put_u32(roc, (uint32_t)(index >> 16));
    return type->start(state) == srtp_err_status_ok &&
           type->update(state, data, (int)len) == srtp_err_status_ok &&
           type->compute(state, roc, ROC_BYTES, CM_TAG, tag) == srtp_err_status_ok;
}

int srtp_keys_seal(struct srtp_keys *keys, uint8_t *data, size_t *len, size_t clear, uint64_t index)
{
    if (keys->auth != NULL) {
        if (!crypt_cm(keys, data, *len, clear, index) ||
            !authenticate(keys, data, *len, index, data + *len)) {
            return ERR_CRYPTO;
        }
        *len += CM_TAG;
        return 0;
    }
    const srtp_cipher_type_t *type = keys->cipher->type;
    void *state = keys->cipher->state;
    unsigned int text = (unsigned int)(*len - clear);
    uint32_t tag = GCM_TAG;
    if (!begin_gcm(keys, data, clear, index, srtp_direction_encrypt) ||
        type->encrypt(state, data + clear, &text) != srtp_err_status_ok ||
        type->get_tag(state, data + *len, &tag) != srtp_err_status_ok) {
        return ERR_CRYPTO;
    }
    *len += tag;
    return 0;
}

bool srtp_keys_open(struct srtp_keys *keys, uint8_t *data, size_t *len, size_t clear,
                    uint64_t index)
{
    if (keys->auth != NULL) {
        uint8_t tag[CM_TAG];
        size_t bytes = *len - CM_TAG;
        if (!authenticate(keys, data, bytes, index, tag) ||
            CRYPTO_memcmp(tag, data + bytes, CM_TAG) != 0 ||
            !crypt_cm(keys, data, bytes, clear, index)) {
            return false;
        }
        *len = bytes;
        return true;
    }
    const srtp_cipher_type_t *type = keys->cipher->type;
    unsigned int text = (unsigned int)(*len - clear); /* with the tag */
    if (!begin_gcm(keys, data, clear, index, srtp_direction_decrypt) ||
        type->decrypt(keys->cipher->state, data + clear, &text) != srtp_err_status_ok) {
        return false;
    }
    *len = clear + text;
    return true;
}

void srtp_keys_deinit(struct srtp_keys *keys)
{
    if (keys->cipher != NULL) {
        (void)keys->cipher->type->dealloc(keys->cipher);
    }
    if (keys->auth != NULL) {
        (void)keys->auth->type->dealloc(keys->auth);
    }
    explicit_bzero(keys, sizeof(*keys));
}
