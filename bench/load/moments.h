/**
 * The course of a run, second by second. Callers are looked at in slices spread over the second, so
 * that the look itself delays nobody.
 */
#ifndef LOAD_MOMENTS_H
#define LOAD_MOMENTS_H

#include <sys/types.h>

#include "load/roster.h"
#include "load/usage.h"

enum { MOMENTS_SLICES = 50, MOMENTS_SLICE_US = 20000 };

struct moments {
    struct roster *roster; /**< borrowed */
    struct turn *turn;
    pid_t server; /**< 0 = not asked for */
    int64_t begin_us;
    unsigned slice;  /**< of the second */
    unsigned second; /**< of the run */
    /* of the second under way */
    uint64_t packets;
    uint64_t lost;
    uint64_t sent_bytes;
    uint64_t received_bytes;
    struct hist delay_us;
    /* as of its begin */
    int64_t since_us;
    uint32_t joined;
    int64_t own_us;
    struct usage server_usage;
    struct hist lag_us;
    struct stats *scratch;
    struct stats *change;
};

/** @return 0 or ERR_NO_MEMORY */
int moments_init(struct moments *moments, struct roster *roster, struct turn *turn, pid_t server);

/** The next slice; to be called each MOMENTS_SLICE_US.
 * @return true when a second is complete, and *out holds it */
bool moments_slice(struct moments *moments, struct tally_moment *out);

void moments_deinit(struct moments *moments);

#endif
