/**
 * Kernels: single steps of a packet's way, each timed alone.
 *
 * A kernel prepares what it needs (not timed), does its step many times between two readings of the
 * CPU clock, and may prepare again: SRTP takes each packet only once.
 */
#ifndef BENCH_MICRO_KERNELS_H
#define BENCH_MICRO_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "sink.h"

struct kernel {
    const char *name; /**< "group/what/how" */
    const char *unit; /**< what one step is: "packet" */
    const void *argument;
    /** @return 0, ERR_UNSUPPORTED when this machine cannot, or another error */
    int (*open)(void **state, const void *argument);
    /** One round of some milliseconds. @return CPU nanoseconds per step, negative when it failed */
    double (*round)(void *state);
    void (*close)(void *state);
};

/** Two kernels that do the same work: the least that it takes, and what we do. */
struct kernel_pair {
    struct kernel ideal;
    struct kernel tandem; /**< its name is the pair's */
};

/** A file's kernels; count receives their number. */
const struct kernel *rtp_kernels(size_t *count);
const struct kernel *cc_kernels(size_t *count);
const struct kernel *srtp_kernels(size_t *count);
const struct kernel *sound_kernels(size_t *count);
const struct kernel *video_kernels(size_t *count);
/** @param sink where to send; borrowed */
const struct kernel *udp_kernels(size_t *count, const struct sink *sink);

/** A file's pairs; count receives their number. */
const struct kernel_pair *video_pairs(size_t *count);
/** @param sink where to send; borrowed */
const struct kernel_pair *mix_pairs(size_t *count, const struct sink *sink);

#endif
