/**
 * The controlling side of ICE checks, as a browser makes them, on libnice's STUN layer.
 */
#ifndef LOAD_ICE_CALLER_H
#define LOAD_ICE_CALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/rand.h"

enum { ICE_CALLER_MAX_BYTES = 1000 };

struct ice_caller;

/** What a datagram was. */
enum ice_caller_verdict {
    ICE_CALLER_NOTHING, /**< not for us, or wrong */
    ICE_CALLER_ANSWER,  /**< a right answer to one of our checks */
    ICE_CALLER_REQUEST  /**< a right check of the other side: reply holds the answer to it */
};

/** What an answered check tells. */
struct ice_caller_answer {
    int64_t rtt_us; /**< since the check was sent */
    bool nominated; /**< the check had USE-CANDIDATE */
};

struct ice_caller_credentials {
    const char *own_ufrag; /**< all borrowed */
    const char *own_pwd;
    const char *remote_ufrag;
    const char *remote_pwd;
};

/** @return 0 or ERR_NO_MEMORY */
int ice_caller_new(struct ice_caller **out, const struct ice_caller_credentials *credentials,
                   struct rand *rand);

/** Writes a check. @return its length */
size_t ice_caller_check(struct ice_caller *caller, bool use_candidate, int64_t now_us,
                        uint8_t out[static ICE_CALLER_MAX_BYTES]);

/**
 * @param from   where it came from, for the mapped address of a reply
 * @param reply  filled with ICE_CALLER_REQUEST, *reply_len bytes
 * @param answer filled with ICE_CALLER_ANSWER
 */
enum ice_caller_verdict ice_caller_receive(struct ice_caller *caller, const uint8_t *data,
                                           size_t len, const struct addr *from, int64_t now_us,
                                           uint8_t reply[static ICE_CALLER_MAX_BYTES],
                                           size_t *reply_len, struct ice_caller_answer *answer);

void ice_caller_free(struct ice_caller **caller);

#endif
