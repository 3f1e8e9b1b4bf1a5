/**
 * HMAC-SHA1 (RFC 2104) from key states that are computed once: what a kept key saves is most of the
 * cost of a short message.
 */
#ifndef RELAY_TRANSPORT_HMAC_SHA1_H
#define RELAY_TRANSPORT_HMAC_SHA1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/sha.h>

enum { HMAC_SHA1_BYTES = 20, HMAC_SHA1_BLOCK_BYTES = 64 };

/** A key, ready for use; to be wiped by its owner. */
struct hmac_sha1_key {
    SHA_CTX inner; /**< after the block of key XOR ipad */
    SHA_CTX outer; /**< after the block of key XOR opad */
};

/** One message under way. */
struct hmac_sha1 {
    SHA_CTX sha;
};

/** Keys longer than a block are hashed first. */
void hmac_sha1_key_init(struct hmac_sha1_key *key, const uint8_t *secret, size_t len);

void hmac_sha1_start(struct hmac_sha1 *hmac, const struct hmac_sha1_key *key);
void hmac_sha1_update(struct hmac_sha1 *hmac, const uint8_t *data, size_t len);
void hmac_sha1_finish(struct hmac_sha1 *hmac, const struct hmac_sha1_key *key,
                      uint8_t out[static HMAC_SHA1_BYTES]);

/** Constant time. */
bool hmac_sha1_equal(const uint8_t a[static HMAC_SHA1_BYTES],
                     const uint8_t b[static HMAC_SHA1_BYTES]);

#endif
