/* The one-shot SHA-1 functions are deprecated in OpenSSL 3, and EVP has no cheap way to start from
 * a kept state. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "srtp_cipher_types.h"

enum { HMAC_BLOCK_BYTES = 64, HMAC_DIGEST_BYTES = 20 };

struct hmac_state {
    SHA_CTX inner; /**< after the key XOR ipad block */
    SHA_CTX outer; /**< after the key XOR opad block */
    SHA_CTX work;
};

struct hmac {
    srtp_auth_t auth;
    struct hmac_state state;
};

static srtp_err_status_t hmac_alloc(srtp_auth_pointer_t *out, int key_len, int out_len)
{
    if (key_len < 0 || key_len > HMAC_BLOCK_BYTES || out_len < 0 || out_len > HMAC_DIGEST_BYTES) {
        return srtp_err_status_bad_param;
    }
    struct hmac *hmac = OPENSSL_zalloc(sizeof(*hmac));
    if (hmac == NULL) {
        return srtp_err_status_alloc_fail;
    }
    hmac->auth.type = &srtp_hmac_sha1_type;
    hmac->auth.state = &hmac->state;
    hmac->auth.key_len = key_len;
    hmac->auth.out_len = out_len;
    *out = &hmac->auth;
    return srtp_err_status_ok;
}

static srtp_err_status_t hmac_dealloc(srtp_auth_pointer_t auth)
{
    struct hmac *hmac = (struct hmac *)(void *)auth;
    OPENSSL_clear_free(hmac, sizeof(*hmac));
    return srtp_err_status_ok;
}

static srtp_err_status_t hmac_init(void *opaque, const uint8_t *key, int key_len)
{
    struct hmac_state *state = opaque;
    if (key_len < 0 || key_len > HMAC_BLOCK_BYTES) {
        return srtp_err_status_bad_param;
    }
    uint8_t inner[HMAC_BLOCK_BYTES];
    uint8_t outer[HMAC_BLOCK_BYTES];
    memset(inner, 0x36, sizeof(inner));
    memset(outer, 0x5c, sizeof(outer));
    for (int i = 0; i < key_len; i++) {
        inner[i] ^= key[i];
        outer[i] ^= key[i];
    }
    bool ok =
        SHA1_Init(&state->inner) == 1 && SHA1_Update(&state->inner, inner, sizeof(inner)) == 1 &&
        SHA1_Init(&state->outer) == 1 && SHA1_Update(&state->outer, outer, sizeof(outer)) == 1;
    OPENSSL_cleanse(inner, sizeof(inner));
    OPENSSL_cleanse(outer, sizeof(outer));
    state->work = state->inner;
    return ok ? srtp_err_status_ok : srtp_err_status_init_fail;
}

static srtp_err_status_t hmac_start(void *opaque)
{
    struct hmac_state *state = opaque;
    state->work = state->inner;
    return srtp_err_status_ok;
}

static srtp_err_status_t hmac_update(void *opaque, const uint8_t *data, int len)
{
    struct hmac_state *state = opaque;
    return len >= 0 && SHA1_Update(&state->work, data, (size_t)len) == 1
               ? srtp_err_status_ok
               : srtp_err_status_auth_fail;
}

static srtp_err_status_t hmac_compute(void *opaque, const uint8_t *data, int len, int tag_len,
                                      uint8_t *tag)
{
    struct hmac_state *state = opaque;
    if (tag_len < 0 || tag_len > HMAC_DIGEST_BYTES) {
        return srtp_err_status_bad_param;
    }
    uint8_t digest[HMAC_DIGEST_BYTES];
    bool ok = len >= 0 && SHA1_Update(&state->work, data, (size_t)len) == 1 &&
              SHA1_Final(digest, &state->work) == 1;
    state->work = state->outer;
    ok = ok && SHA1_Update(&state->work, digest, sizeof(digest)) == 1 &&
         SHA1_Final(digest, &state->work) == 1;
    if (!ok) {
        return srtp_err_status_auth_fail;
    }
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
