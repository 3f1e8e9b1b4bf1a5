/**
 * STUN messages as ICE uses them (RFC 8489, RFC 8445 7): read with a bounded cursor and cheap
 * checks first, written by libnice's STUN layer, with MESSAGE-INTEGRITY from kept key states and
 * FINGERPRINT computed here (LIMITS.md 6).
 *
 *     type(2) length(2) cookie(4) transaction(12), then attributes: type(2) length(2) value, padded
 * to 4
 */
#ifndef RELAY_TRANSPORT_ICE_STUN_H
#define RELAY_TRANSPORT_ICE_STUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/str.h"
#include "hmac_sha1.h"

enum {
    ICE_STUN_MAX_BYTES = 548, /**< SECURITY.md 2 */
    ICE_STUN_MAX_ATTRIBUTES = 32,
    ICE_STUN_MAX_UNKNOWN = 8, /**< named in a 420 */
    ICE_STUN_HEADER_BYTES = 20,
    ICE_STUN_TRANSACTION_BYTES = 12
};

enum ice_stun_class { ICE_STUN_REQUEST, ICE_STUN_INDICATION, ICE_STUN_SUCCESS, ICE_STUN_ERROR };

/** A binding message; pointers are into the datagram. */
struct ice_stun {
    const uint8_t *data;
    size_t len;
    enum ice_stun_class class;
    const uint8_t *transaction;
    struct str_view username;    /**< at == NULL: none */
    struct str_view local_ufrag; /**< its part before the colon: the ufrag of who is asked */
    size_t integrity_at;         /**< offset of the MESSAGE-INTEGRITY attribute, 0: none */
    bool use_candidate;
    bool controlled; /**< ICE-CONTROLLED is there */
    uint32_t priority;
    uint16_t
        unknown[ICE_STUN_MAX_UNKNOWN]; /**< comprehension-required attributes that we do not know */
    size_t unknown_count;
};

/** What reading and writing need: libnice's agent and the tables of the CRC. One per hub (17 kB).
 */
struct ice_stun_codec;

/** @return 0 or ERR_NO_MEMORY */
int ice_stun_codec_new(struct ice_stun_codec **out);
void ice_stun_codec_free(struct ice_stun_codec **codec);

/**
 * Reads a message without touching a key: length equal to the datagram's, cookie, bounds,
 * FINGERPRINT when there. Attributes behind MESSAGE-INTEGRITY are passed over (RFC 8489 14.5).
 * @return 0, ERR_MALFORMED, or ERR_UNSUPPORTED for a method other than Binding
 */
int ice_stun_read(const struct ice_stun_codec *codec, const uint8_t *data, size_t len,
                  struct ice_stun *out);

/** True when MESSAGE-INTEGRITY is there and right under the key. Constant time. */
bool ice_stun_verify(const struct ice_stun *message, const struct hmac_sha1_key *key);

/** Success with XOR-MAPPED-ADDRESS of `to`. @return bytes written to out */
size_t ice_stun_write_success(struct ice_stun_codec *codec, const struct ice_stun *request,
                              const struct hmac_sha1_key *key, const struct addr *to,
                              uint8_t out[static ICE_STUN_MAX_BYTES]);

/** Error 420 (with UNKNOWN-ATTRIBUTES) or 487. @return bytes written to out */
size_t ice_stun_write_error(struct ice_stun_codec *codec, const struct ice_stun *request,
                            const struct hmac_sha1_key *key, int code,
                            uint8_t out[static ICE_STUN_MAX_BYTES]);

/**
 * A check of our own, in the role of the controlled agent.
 * @param username "remote:local" ufrags; at most 255 bytes
 * @return bytes written to out, 0 when the username is too long
 */
size_t ice_stun_write_check(struct ice_stun_codec *codec,
                            const uint8_t transaction[static ICE_STUN_TRANSACTION_BYTES],
                            struct str_view username, const struct hmac_sha1_key *key,
                            uint64_t tie_breaker, uint8_t out[static ICE_STUN_MAX_BYTES]);

#endif
