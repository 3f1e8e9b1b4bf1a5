#include <limits.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "srtp_cipher_types.h"

enum { EVP_IV_BYTES = 12, EVP_BLOCK_BYTES = 16, EVP_SALT_BYTES = 14 };

/** Fetched once: an implicit fetch per stream costs more than its key schedule. */
static EVP_CIPHER *evp_icm_128;
static EVP_CIPHER *evp_icm_256;
static EVP_CIPHER *evp_gcm_128;
static EVP_CIPHER *evp_gcm_256;

struct evp_cipher {
    srtp_cipher_t cipher;
    const EVP_CIPHER *algorithm;
    EVP_CIPHER_CTX *ctx;
    int tag_len;
    bool encrypt;
    uint8_t salt[EVP_BLOCK_BYTES]; /**< counter mode: k_s * 2^16 (RFC 3711 4.1.1) */
};

static const srtp_cipher_type_t evp_icm_128_type;
static const srtp_cipher_type_t evp_icm_256_type;
static const srtp_cipher_type_t evp_gcm_128_type;
static const srtp_cipher_type_t evp_gcm_256_type;

static srtp_err_status_t evp_alloc(srtp_cipher_pointer_t *out, const srtp_cipher_type_t *type,
                                   const EVP_CIPHER *algorithm, int key_len, int tag_len)
{
    struct evp_cipher *evp = OPENSSL_zalloc(sizeof(*evp));
    if (evp == NULL) {
        return srtp_err_status_alloc_fail;
    }
    evp->ctx = EVP_CIPHER_CTX_new();
    if (evp->ctx == NULL) {
        OPENSSL_free(evp);
        return srtp_err_status_alloc_fail;
    }
    evp->algorithm = algorithm;
    evp->tag_len = tag_len;
    evp->cipher.type = type;
    evp->cipher.state = evp;
    evp->cipher.key_len = key_len;
    evp->cipher.algorithm = (int)type->id;
    *out = &evp->cipher;
    return srtp_err_status_ok;
}

static srtp_err_status_t evp_dealloc(srtp_cipher_pointer_t cipher)
{
    struct evp_cipher *evp = cipher->state;
    EVP_CIPHER_CTX_free(evp->ctx);
    OPENSSL_clear_free(evp, sizeof(*evp));
    return srtp_err_status_ok;
}

static srtp_err_status_t evp_icm_128_alloc(srtp_cipher_pointer_t *out, int key_len, int tag_len)
{
    (void)tag_len;
    return key_len == SRTP_AES_ICM_128_KEY_LEN_WSALT
               ? evp_alloc(out, &evp_icm_128_type, evp_icm_128, key_len, 0)
               : srtp_err_status_bad_param;
}

static srtp_err_status_t evp_icm_256_alloc(srtp_cipher_pointer_t *out, int key_len, int tag_len)
{
    (void)tag_len;
    return key_len == SRTP_AES_ICM_256_KEY_LEN_WSALT
               ? evp_alloc(out, &evp_icm_256_type, evp_icm_256, key_len, 0)
               : srtp_err_status_bad_param;
}

static srtp_err_status_t evp_gcm_128_alloc(srtp_cipher_pointer_t *out, int key_len, int tag_len)
{
    return key_len == SRTP_AES_GCM_128_KEY_LEN_WSALT && (tag_len == 16 || tag_len == 8)
               ? evp_alloc(out, &evp_gcm_128_type, evp_gcm_128, key_len, tag_len)
               : srtp_err_status_bad_param;
}

static srtp_err_status_t evp_gcm_256_alloc(srtp_cipher_pointer_t *out, int key_len, int tag_len)
{
    return key_len == SRTP_AES_GCM_256_KEY_LEN_WSALT && (tag_len == 16 || tag_len == 8)
               ? evp_alloc(out, &evp_gcm_256_type, evp_gcm_256, key_len, tag_len)
               : srtp_err_status_bad_param;
}

static srtp_err_status_t evp_icm_init(void *opaque, const uint8_t *key)
{
    struct evp_cipher *evp = opaque;
    memcpy(evp->salt, key + evp->cipher.key_len - EVP_SALT_BYTES, EVP_SALT_BYTES);
    return EVP_EncryptInit_ex(evp->ctx, evp->algorithm, NULL, key, NULL) == 1
               ? srtp_err_status_ok
               : srtp_err_status_init_fail;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is libsrtp's */
static srtp_err_status_t evp_icm_set_iv(void *opaque, uint8_t *iv,
                                        srtp_cipher_direction_t direction)
{
    (void)direction;
    struct evp_cipher *evp = opaque;
    uint8_t counter[EVP_BLOCK_BYTES];
    for (size_t i = 0; i < sizeof(counter); i++) {
        counter[i] = evp->salt[i] ^ iv[i];
    }
    return EVP_EncryptInit_ex(evp->ctx, NULL, NULL, NULL, counter) == 1
               ? srtp_err_status_ok
               : srtp_err_status_cipher_fail;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is libsrtp's */
static srtp_err_status_t evp_icm_crypt(void *opaque, uint8_t *buffer, unsigned int *len)
{
    struct evp_cipher *evp = opaque;
    int written = 0;
    if (*len > INT_MAX || EVP_EncryptUpdate(evp->ctx, buffer, &written, buffer, (int)*len) != 1) {
        return srtp_err_status_cipher_fail;
    }
    return srtp_err_status_ok;
}

static srtp_err_status_t evp_gcm_init(void *opaque, const uint8_t *key)
{
    struct evp_cipher *evp = opaque;
    return EVP_EncryptInit_ex(evp->ctx, evp->algorithm, NULL, key, NULL) == 1 &&
                   EVP_CIPHER_CTX_ctrl(evp->ctx, EVP_CTRL_AEAD_SET_IVLEN, EVP_IV_BYTES, NULL) == 1
               ? srtp_err_status_ok
               : srtp_err_status_init_fail;
}

static srtp_err_status_t evp_gcm_set_iv(void *opaque, uint8_t *iv,
                                        srtp_cipher_direction_t direction)
{
    struct evp_cipher *evp = opaque;
    evp->encrypt = direction == srtp_direction_encrypt;
    return EVP_CipherInit_ex(evp->ctx, NULL, NULL, NULL, iv, evp->encrypt ? 1 : 0) == 1
               ? srtp_err_status_ok
               : srtp_err_status_cipher_fail;
}

static srtp_err_status_t evp_gcm_set_aad(void *opaque, const uint8_t *aad, uint32_t len)
{
    struct evp_cipher *evp = opaque;
    int written = 0;
    return len <= INT_MAX && EVP_CipherUpdate(evp->ctx, NULL, &written, aad, (int)len) == 1
               ? srtp_err_status_ok
               : srtp_err_status_cipher_fail;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is libsrtp's */
static srtp_err_status_t evp_gcm_encrypt(void *opaque, uint8_t *buffer, unsigned int *len)
{
    struct evp_cipher *evp = opaque;
    int written = 0;
    uint8_t none[EVP_BLOCK_BYTES];
    if (*len > INT_MAX ||
        (*len > 0 && EVP_EncryptUpdate(evp->ctx, buffer, &written, buffer, (int)*len) != 1) ||
        EVP_EncryptFinal_ex(evp->ctx, none, &written) != 1) {
        return srtp_err_status_cipher_fail;
    }
    return srtp_err_status_ok;
}

static srtp_err_status_t evp_gcm_get_tag(void *opaque, uint8_t *tag, uint32_t *len)
{
    struct evp_cipher *evp = opaque;
    if (EVP_CIPHER_CTX_ctrl(evp->ctx, EVP_CTRL_AEAD_GET_TAG, evp->tag_len, tag) != 1) {
        return srtp_err_status_algo_fail;
    }
    *len = (uint32_t)evp->tag_len;
    return srtp_err_status_ok;
}

static srtp_err_status_t evp_gcm_decrypt(void *opaque, uint8_t *buffer, unsigned int *len)
{
    struct evp_cipher *evp = opaque;
    if (*len > INT_MAX || (int)*len < evp->tag_len) {
        return srtp_err_status_bad_param;
    }
    int text_len = (int)*len - evp->tag_len;
    int written = 0;
    uint8_t none[EVP_BLOCK_BYTES];
    if (EVP_CIPHER_CTX_ctrl(evp->ctx, EVP_CTRL_AEAD_SET_TAG, evp->tag_len, buffer + text_len) !=
            1 ||
        (text_len > 0 && EVP_DecryptUpdate(evp->ctx, buffer, &written, buffer, text_len) != 1)) {
        return srtp_err_status_cipher_fail;
    }
    if (EVP_DecryptFinal_ex(evp->ctx, none, &written) != 1) {
        return srtp_err_status_auth_fail;
    }
    *len = (unsigned int)text_len;
    return srtp_err_status_ok;
}

static const srtp_cipher_type_t evp_icm_128_type = {
    .alloc = evp_icm_128_alloc,
    .dealloc = evp_dealloc,
    .init = evp_icm_init,
    .encrypt = evp_icm_crypt,
    .decrypt = evp_icm_crypt,
    .set_iv = evp_icm_set_iv,
    .description = "AES-128 counter mode, OpenSSL EVP",
    .test_data = &srtp_vector_icm_128,
    .id = SRTP_AES_ICM_128,
};

static const srtp_cipher_type_t evp_icm_256_type = {
    .alloc = evp_icm_256_alloc,
    .dealloc = evp_dealloc,
    .init = evp_icm_init,
    .encrypt = evp_icm_crypt,
    .decrypt = evp_icm_crypt,
    .set_iv = evp_icm_set_iv,
    .description = "AES-256 counter mode, OpenSSL EVP",
    .test_data = &srtp_vector_icm_256,
    .id = SRTP_AES_ICM_256,
};

static const srtp_cipher_type_t evp_gcm_128_type = {
    .alloc = evp_gcm_128_alloc,
    .dealloc = evp_dealloc,
    .init = evp_gcm_init,
    .set_aad = evp_gcm_set_aad,
    .encrypt = evp_gcm_encrypt,
    .decrypt = evp_gcm_decrypt,
    .set_iv = evp_gcm_set_iv,
    .get_tag = evp_gcm_get_tag,
    .description = "AES-128 GCM, OpenSSL EVP",
    .test_data = &srtp_vector_gcm_128,
    .id = SRTP_AES_GCM_128,
};

static const srtp_cipher_type_t evp_gcm_256_type = {
    .alloc = evp_gcm_256_alloc,
    .dealloc = evp_dealloc,
    .init = evp_gcm_init,
    .set_aad = evp_gcm_set_aad,
    .encrypt = evp_gcm_encrypt,
    .decrypt = evp_gcm_decrypt,
    .set_iv = evp_gcm_set_iv,
    .get_tag = evp_gcm_get_tag,
    .description = "AES-256 GCM, OpenSSL EVP",
    .test_data = &srtp_vector_gcm_256,
    .id = SRTP_AES_GCM_256,
};

static bool evp_fetch(EVP_CIPHER **cipher, const char *name)
{
    if (*cipher == NULL) {
        *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    }
    return *cipher != NULL;
}

bool srtp_cipher_evp_set(struct srtp_cipher_set *out)
{
    if (!evp_fetch(&evp_icm_128, "AES-128-CTR") || !evp_fetch(&evp_icm_256, "AES-256-CTR") ||
        !evp_fetch(&evp_gcm_128, "AES-128-GCM") || !evp_fetch(&evp_gcm_256, "AES-256-GCM")) {
        return false;
    }
    *out = (struct srtp_cipher_set){
        .icm_128 = &evp_icm_128_type,
        .icm_256 = &evp_icm_256_type,
        .gcm_128 = &evp_gcm_128_type,
        .gcm_256 = &evp_gcm_256_type,
        .hmac_sha1 = &srtp_hmac_sha1_type,
    };
    return true;
}
