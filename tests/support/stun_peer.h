/**
 * STUN as a client's ICE agent writes and reads it, made without the relay's code: for tests and
 * simulations.
 */
#ifndef TESTS_SUPPORT_STUN_PEER_H
#define TESTS_SUPPORT_STUN_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

enum { STUN_PEER_BYTES = 1200 };

/** One message to be written; zeroed fields are left out. */
struct stun_peer_request {
    uint16_t type;        /**< 0: Binding request, 0x0001 */
    const char *username; /**< NULL: none */
    const char *password; /**< NULL: no MESSAGE-INTEGRITY */
    uint8_t transaction[12];
    bool use_candidate;
    bool controlled; /**< ICE-CONTROLLED instead of ICE-CONTROLLING */
    uint32_t priority;
    uint16_t unknown; /**< an attribute of 4 bytes under this type */
    bool no_fingerprint;
    bool bad_fingerprint;
    const struct addr *mapped; /**< XOR-MAPPED-ADDRESS, for responses */
};

/** @param out room for STUN_PEER_BYTES. @return bytes written */
size_t stun_peer_write(const struct stun_peer_request *request, uint8_t *out);

/** Value of the first attribute of a type, or NULL; *len its length. */
const uint8_t *stun_peer_find(const uint8_t *data, size_t size, uint16_t type, size_t *len);

/** True when the message has MESSAGE-INTEGRITY under the password and a right FINGERPRINT. */
bool stun_peer_verify(const uint8_t *data, size_t size, const char *password);

#endif
