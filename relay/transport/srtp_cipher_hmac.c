#include <string.h>

#include <openssl/crypto.h>

#include "hmac_sha1.h"
#include "srtp_cipher_types.h"

struct hmac_auth {
    srtp_auth_t auth;
    struct hmac_sha1_key key;
    struct hmac_sha1 message;
};

/** From OpenSSL's allocator for the reason that srtp_cipher_mb.c gives. */
static srtp_err_status_t hmac_alloc(srtp_auth_pointer_t *out, int key_len, int out_len)
{
    if (key_len < 0 || out_len < 0 || out_len > HMAC_SHA1_BYTES) {
        return srtp_err_status_bad_param;
    }
    struct hmac_auth *hmac = OPENSSL_zalloc(sizeof(*hmac));
    if (hmac == NULL) {
        return srtp_err_status_alloc_fail;
    }
    hmac->auth.type = &srtp_hmac_sha1_type;
    hmac->auth.state = hmac;
    hmac->auth.key_len = key_len;
    hmac->auth.out_len = out_len;
    *out = &hmac->auth;
    return srtp_err_status_ok;
}

static srtp_err_status_t hmac_dealloc(srtp_auth_pointer_t auth)
{
    OPENSSL_clear_free(auth->state, sizeof(struct hmac_auth));
    return srtp_err_status_ok;
}

static srtp_err_status_t hmac_init(void *opaque, const uint8_t *key, int key_len)
{
    struct hmac_auth *hmac = opaque;
    if (key_len < 0) {
        return srtp_err_status_bad_param;
    }
    hmac_sha1_key_init(&hmac->key, key, (size_t)key_len);
    hmac_sha1_start(&hmac->message, &hmac->key);
    return srtp_err_status_ok;
}

static srtp_err_status_t hmac_start(void *opaque)
{
    struct hmac_auth *hmac = opaque;
    hmac_sha1_start(&hmac->message, &hmac->key);
    return srtp_err_status_ok;
}

static srtp_err_status_t hmac_update(void *opaque, const uint8_t *data, int len)
{
    struct hmac_auth *hmac = opaque;
    if (len < 0) {
        return srtp_err_status_bad_param;
    }
    hmac_sha1_update(&hmac->message, data, (size_t)len);
    return srtp_err_status_ok;
}

static srtp_err_status_t hmac_compute(void *opaque, const uint8_t *data, int len, int tag_len,
                                      uint8_t *tag)
{
    struct hmac_auth *hmac = opaque;
    if (len < 0 || tag_len < 0 || tag_len > HMAC_SHA1_BYTES) {
        return srtp_err_status_bad_param;
    }
    uint8_t digest[HMAC_SHA1_BYTES];
    hmac_sha1_update(&hmac->message, data, (size_t)len);
    hmac_sha1_finish(&hmac->message, &hmac->key, digest);
    memcpy(tag, digest, (size_t)tag_len);
    return srtp_err_status_ok;
}

/* RFC 2202 3, test case 1. */
static const uint8_t hmac_vector_key[20] = {0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
                                            0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
                                            0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b};
static const uint8_t hmac_vector_data[8] = {'H', 'i', ' ', 'T', 'h', 'e', 'r', 'e'};
static const uint8_t hmac_vector_tag[20] = {0xb6, 0x17, 0x31, 0x86, 0x55, 0x05, 0x72,
                                            0x64, 0xe2, 0x8b, 0xc0, 0xb6, 0xfb, 0x37,
                                            0x8c, 0x8e, 0xf1, 0x46, 0xbe, 0x00};
static const srtp_auth_test_case_t hmac_vector = {
    .key_length_octets = sizeof(hmac_vector_key),
    .key = hmac_vector_key,
    .data_length_octets = sizeof(hmac_vector_data),
    .data = hmac_vector_data,
    .tag_length_octets = sizeof(hmac_vector_tag),
    .tag = hmac_vector_tag,
};

const srtp_auth_type_t srtp_hmac_sha1_type = {
    .alloc = hmac_alloc,
    .dealloc = hmac_dealloc,
    .init = hmac_init,
    .compute = hmac_compute,
    .update = hmac_update,
    .start = hmac_start,
    .description = "HMAC-SHA1 from kept states",
    .test_data = &hmac_vector,
    .id = SRTP_HMAC_SHA1,
};
