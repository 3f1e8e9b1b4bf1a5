#include "sim/peer_clock.h"

#include <sys/time.h>

static _Atomic int64_t virtual_now_us; /**< bench/latency has threads that share it */

void peer_clock_set(int64_t now_us)
{
    virtual_now_us = now_us;
}

/** In place of libc's. */
int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    (void)zone;
    now->tv_sec = 1000000 + virtual_now_us / 1000000;
    now->tv_usec = virtual_now_us % 1000000;
    return 0;
}
