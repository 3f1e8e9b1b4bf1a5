/**
 * The controlling side of ICE checks, as a browser makes them, on libnice's STUN layer.
 */
#ifndef TESTS_SIM_PEER_STUN_H
#define TESTS_SIM_PEER_STUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/rand.h"

enum { PEER_STUN_MAX_BYTES = 1000 };

struct peer_stun;

/** What a datagram was. */
enum peer_stun_verdict {
    PEER_STUN_NOTHING, /**< not for us, or wrong */
    PEER_STUN_ANSWER,  /**< a right answer to one of our checks */
    PEER_STUN_REQUEST  /**< a right check of the relay: reply holds the answer to it */
};

struct peer_stun_credentials {
    const char *own_ufrag; /**< all borrowed */
    const char *own_pwd;
    const char *relay_ufrag;
    const char *relay_pwd;
};

/** @return 0 or ERR_NO_MEMORY */
int peer_stun_new(struct peer_stun **out, const struct peer_stun_credentials *credentials,
                  struct rand *rand);

/** Writes a check. @return its length */
size_t peer_stun_check(struct peer_stun *stun, bool use_candidate, int64_t now_us,
                       uint8_t out[static PEER_STUN_MAX_BYTES]);

/**
 * @param from   where it came from, for the mapped address of a reply
 * @param reply  filled with PEER_STUN_REQUEST, *reply_len bytes
 * @param rtt_us out with PEER_STUN_ANSWER: the time since the check was sent
 */
enum peer_stun_verdict peer_stun_receive(struct peer_stun *stun, const uint8_t *data, size_t len,
                                         const struct addr *from, int64_t now_us,
                                         uint8_t reply[static PEER_STUN_MAX_BYTES],
                                         size_t *reply_len, int64_t *rtt_us);

void peer_stun_free(struct peer_stun **stun);

#endif
