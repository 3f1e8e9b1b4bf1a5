/**
 * When a loop looks at its sockets again: at once, or, where datagrams come often and one by one, a
 * little later, so that one turn takes many of them.
 *
 * A turn costs far more than a datagram: a wake-up, and system calls to wait, to read and to send.
 * So what counts is how many turns there would be without waiting: datagrams that come so close
 * behind each other that one turn takes them anyway are one bunch. The kernel's stamps tell, so
 * waiting does not change what is measured. Few bunches a second are not waited for: a single
 * call, or some rooms, have no delay from this.
 *
 * While many come, the sockets are looked at on a grid of time, which timers of whole milliseconds
 * share. No wait is longer than it takes to fill a batch.
 */
#ifndef NET_GATHER_H
#define NET_GATHER_H

#include <stdint.h>

enum {
    GATHER_WINDOW_US = 100000, /**< bunches are counted for so long */
    GATHER_BUNCH_US = 50,      /**< what comes this soon after another is of its bunch */
    GATHER_BEGIN = 1200,       /**< bunches a second, smoothed, from which on it is waited ... */
    GATHER_END = 800,          /**< ... until they become fewer than this */
    GATHER_DATAGRAMS = 64,     /**< are enough for one turn */
    GATHER_MOST_US = 5000      /**< no sensible wait is longer */
};

struct gather {
    int64_t most_us; /**< longest wait, 0 = never */
    int64_t wait_us; /**< in force, 0 = none */
    int64_t until_us;
    int64_t window_us;  /**< when the window was opened */
    int64_t arrival_us; /**< of the last datagram */
    uint32_t datagrams; /**< in this window */
    uint32_t bunches;
    uint32_t datagram_rate; /**< per second, smoothed */
    uint32_t bunch_rate;
};

/** @param most_us 0..GATHER_MOST_US; 0: nothing is ever waited for */
void gather_init(struct gather *gather, int64_t most_us, int64_t now_us);

/** A datagram has been read. Hot path. */
static inline void gather_arrival(struct gather *gather, int64_t arrival_us)
{
    int64_t gap_us = arrival_us - gather->arrival_us;
    gather->datagrams++;
    gather->bunches += gap_us > GATHER_BUNCH_US || gap_us < -GATHER_BUNCH_US;
    gather->arrival_us = arrival_us;
}

/** What was there has been read. */
void gather_turn(struct gather *gather, int64_t now_us);

/** Until when the sockets are left alone; in the past when they are not. */
static inline int64_t gather_until(const struct gather *gather)
{
    return gather->until_us;
}

#endif
