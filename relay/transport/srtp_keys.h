/**
 * Session keys of one direction (RFC 3711 4.3, RFC 7714 11), the ciphers that have them, and one
 * RTP packet sealed or opened at a known index. Which index that is, and whether it may be used, is
 * the caller's: srtp_sender and srtp_receiver.
 */
#ifndef RELAY_TRANSPORT_SRTP_KEYS_H
#define RELAY_TRANSPORT_SRTP_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/near.h"
#include "srtp_cipher_types.h"
#include "transport/dtls_srtp.h"

enum {
    SRTP_KEYS_SALT_BYTES = 14,  /**< the longest */
    SRTP_KEYS_INDEX_BITS = 48,  /**< of a packet's index (RFC 3711 3.3.1): all numbers of a key */
    SRTP_KEYS_MIN_BYTES = 12,   /**< of a packet in the clear */
    SRTP_KEYS_MAX_BYTES = 32767 /**< longer packets are not taken */
};

/** Zeroed: none. */
struct srtp_keys {
    srtp_cipher_t *cipher;
    srtp_auth_t *auth;                  /**< NULL: the cipher authenticates */
    uint8_t salt[SRTP_KEYS_SALT_BYTES]; /**< GCM: beneath the numbers of the IV */
};

/**
 * @param profile any but NONE and NULL
 * @param master key followed by salt
 * @return 0, ERR_NO_MEMORY, ERR_UNSUPPORTED or ERR_CRYPTO; srtp_keys_deinit is due in any case
 */
int srtp_keys_init(struct srtp_keys *keys, enum srtp_profile profile, const uint8_t *master);

/** Bytes of the tag behind each packet. */
static inline size_t srtp_keys_tag_bytes(const struct srtp_keys *keys)
{
    return keys->auth == NULL ? 16 : 10;
}

/** Notes what sealing and opening read, but for `keys` itself. */
void srtp_keys_near(const struct srtp_keys *keys, struct near *near);

/** Bytes of an RTP packet that stay in the clear; 0 when it is cut short. `len` is without tag. */
size_t srtp_keys_clear_bytes(const uint8_t *data, size_t len);

/**
 * Encrypts in place and adds the tag, for which there is room.
 * @param clear from srtp_keys_clear_bytes
 * @return 0 or ERR_CRYPTO
 */
int srtp_keys_seal(struct srtp_keys *keys, uint8_t *data, size_t *len, size_t clear,
                   uint64_t index);

/**
 * Verifies and decrypts in place, and takes the tag off.
 * @param len with tag
 * @return false when it is not authentic; data is undefined then
 */
bool srtp_keys_open(struct srtp_keys *keys, uint8_t *data, size_t *len, size_t clear,
                    uint64_t index);

void srtp_keys_deinit(struct srtp_keys *keys);

#endif
