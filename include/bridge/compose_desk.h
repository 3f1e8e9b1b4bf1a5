/**
 * One thread's compositions: takes requests, composes each at its rate, gives results.
 *
 * Sans-I/O: app/codec_pool drives it with a mailbox and a clock, tests/sim in virtual time.
 * When the thread does not keep up, pictures become fewer before they become late, and frames of
 * tiles that have waited for too long are left out; what is asked for beyond the bound is refused.
 */
#ifndef BRIDGE_COMPOSE_DESK_H
#define BRIDGE_COMPOSE_DESK_H

#include <stdint.h>

#include "bridge/compose_message.h"

struct compose_desk;

struct compose_desk_config {
    size_t max_compositions;
    int (*result)(void *owner,
                  struct compose_result *result); /**< takes it over. @return 0 or ERR_FULL */
    void *owner;
};

/** Counters since the start. */
struct compose_desk_counters {
    uint64_t composed; /**< pictures */
    uint64_t encoded;  /**< frames of all renditions */
    uint64_t decoded;  /**< frames of tiles */
    uint64_t broken;   /**< frames of tiles that could not be decoded */
    uint64_t left_out; /**< frames of tiles that were too old, too many, or without a keyframe */
    uint64_t skipped;  /**< pictures that were not made because the thread was behind */
    uint64_t untaken;  /**< results that the worker did not take */
    uint64_t refused;  /**< compositions */
    uint32_t open;     /**< compositions now */
    uint32_t slowed;   /**< of them, at less than the full rate now */
};

/** @return 0 or ERR_NO_MEMORY */
int compose_desk_new(struct compose_desk **out, const struct compose_desk_config *config);

/** Takes the request over. Frames are decoded at once, unless they are old. */
void compose_desk_receive(struct compose_desk *desk, struct compose_request *request,
                          int64_t now_us);

/** Composes one composition that is due, so that requests are looked at between two. */
void compose_desk_timeout(struct compose_desk *desk, int64_t now_us);

/** INT64_MAX while nothing is to be composed. */
int64_t compose_desk_next_deadline(const struct compose_desk *desk);

const struct compose_desk_counters *compose_desk_counters(const struct compose_desk *desk);

void compose_desk_free(struct compose_desk **desk);

#endif
