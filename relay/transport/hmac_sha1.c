/* The one-shot SHA-1 functions are deprecated in OpenSSL 3, and EVP has no cheap way to start from
 * a kept state. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "hmac_sha1.h"

#include <string.h>

#include <openssl/crypto.h>

/* SHA1_Init, _Update and _Final of OpenSSL return 1 always. */

void hmac_sha1_key_init(struct hmac_sha1_key *key, const uint8_t *secret, size_t len)
{
    uint8_t block[HMAC_SHA1_BLOCK_BYTES] = {0};
    if (len > sizeof(block)) {
        (void)SHA1(secret, len, block);
    } else if (len > 0) {
        memcpy(block, secret, len);
    }
    for (size_t i = 0; i < sizeof(block); i++) {
        block[i] ^= 0x36;
    }
    (void)SHA1_Init(&key->inner);
    (void)SHA1_Update(&key->inner, block, sizeof(block));
    for (size_t i = 0; i < sizeof(block); i++) {
        block[i] ^= 0x36 ^ 0x5c;
    }
    (void)SHA1_Init(&key->outer);
    (void)SHA1_Update(&key->outer, block, sizeof(block));
    OPENSSL_cleanse(block, sizeof(block));
}

void hmac_sha1_start(struct hmac_sha1 *hmac, const struct hmac_sha1_key *key)
{
    hmac->sha = key->inner;
}

void hmac_sha1_update(struct hmac_sha1 *hmac, const uint8_t *data, size_t len)
{
    (void)SHA1_Update(&hmac->sha, data, len);
}

void hmac_sha1_finish(struct hmac_sha1 *hmac, const struct hmac_sha1_key *key,
                      uint8_t out[static HMAC_SHA1_BYTES])
{
    uint8_t digest[HMAC_SHA1_BYTES];
    (void)SHA1_Final(digest, &hmac->sha);
    hmac->sha = key->outer;
    (void)SHA1_Update(&hmac->sha, digest, sizeof(digest));
    (void)SHA1_Final(out, &hmac->sha);
}

bool hmac_sha1_equal(const uint8_t a[static HMAC_SHA1_BYTES],
                     const uint8_t b[static HMAC_SHA1_BYTES])
{
    return CRYPTO_memcmp(a, b, HMAC_SHA1_BYTES) == 0;
}
