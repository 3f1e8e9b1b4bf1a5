/**
 * DTLS-SRTP as plain values: protection profiles, certificate fingerprints, what can be repeated.
 */
#ifndef TRANSPORT_DTLS_SRTP_H
#define TRANSPORT_DTLS_SRTP_H

#include <stdint.h>

enum srtp_profile {
    SRTP_PROFILE_NONE = 0,
    SRTP_PROFILE_CM_128_SHA1_80 = 1, /**< values of RFC 5764 4.1.2 and RFC 7714 14.2 */
    SRTP_PROFILE_GCM_128 = 7,
    SRTP_PROFILE_GCM_256 = 8,
    SRTP_PROFILE_NULL = 255 /**< no cipher, no tag: simulations only, never negotiated */
};

/** Packets of a stream, up to its newest, that can be sent again as they were. */
enum { TRANSPORT_REPEAT_WINDOW = 512 };

struct transport_fingerprint {
    char hash[12]; /**< lower case, "sha-256" */
    uint8_t value[64];
    uint8_t bytes;
};

#endif
