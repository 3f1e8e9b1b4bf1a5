/**
 * libsrtp beside our own SRTP: the same keys and packets, made by chance, for both.
 */
#ifndef SUPPORT_SRTP_REFERENCE_H
#define SUPPORT_SRTP_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include <srtp2/srtp.h>

#include "base/rand.h"
#include "transport/dtls_srtp.h"

enum { SRTP_REFERENCE_PROFILES = 3, SRTP_REFERENCE_MASTER_BYTES = 46 };

extern const enum srtp_profile srtp_reference_profiles[SRTP_REFERENCE_PROFILES];

void srtp_reference_fill(struct rand *rand, uint8_t *out, size_t bytes);

/**
 * libsrtp with a key.
 *
 * @param policy ssrc, key, window_size and allow_repeat_tx as the caller set them; the rest is set
 * @return 0 or ERR_CRYPTO
 */
int srtp_reference_new(srtp_t *out, enum srtp_profile profile, srtp_policy_t *policy);

/**
 * A packet with or without extension and sources, of fewer than `most` bytes of payload; sometimes
 * its words say more than it holds.
 * @return its length
 */
size_t srtp_reference_packet(struct rand *rand, uint8_t *out, uint32_t ssrc, uint16_t seq,
                             uint32_t most);

#endif
