/**
 * How long the packets of one received stream come out of order: what a hole in the numbers is
 * given before it counts as a loss (QUALITY.md 1.9).
 *
 * The last holes are remembered, each with how late its latest packet came of its own accord (0 for
 * a hole that was a loss). The tolerance is the 95th percentile: where one hole in twenty is mere
 * reordering, that is waited for; where all are losses, nothing is.
 */
#ifndef MEDIA_REORDER_H
#define MEDIA_REORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    REORDER_HOLES = 32,         /**< remembered */
    REORDER_LEARNT = 16,        /**< as many holes tell more than the default does */
    REORDER_DEFAULT_US = 10000, /**< until then, at least */
    REORDER_MARGIN_US = 2000,   /**< added to what was seen */
    REORDER_MAX_US = 30000
};

/** A run of numbers found missing at once. */
struct reorder_hole {
    int64_t first;
    int64_t end; /**< first number behind it */
    int64_t since_us;
    int64_t late_us; /**< 0 while nothing of it came by itself */
};

struct reorder {
    int64_t highest; /**< -1 before the first packet */
    int64_t tolerance_us;
    size_t next;  /**< where the next hole is put */
    size_t count; /**< holes known */
    struct reorder_hole holes[REORDER_HOLES];
};

void reorder_init(struct reorder *reorder);

/** The stream starts anew: numbers of before mean nothing, what was learnt stays. */
void reorder_reset(struct reorder *reorder);

/** As reorder_receive, for any packet but the one that is due. */
bool reorder_receive_other(struct reorder *reorder, int64_t ext_seq, int64_t now_us);

/**
 * Takes note of a packet that nobody had asked for.
 *
 * @param ext_seq extended number (recv_stats)
 * @return true when the tolerance may have changed
 */
static inline bool reorder_receive(struct reorder *reorder, int64_t ext_seq, int64_t now_us)
{
    if (ext_seq == reorder->highest + 1) {
        reorder->highest = ext_seq;
        return false;
    }
    return reorder_receive_other(reorder, ext_seq, now_us);
}

/** What to give a hole, in 0..REORDER_MAX_US. */
int64_t reorder_tolerance_us(const struct reorder *reorder);

#endif
