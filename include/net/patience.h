/**
 * When sockets are looked at to which only comes what can wait: at once while little comes, and
 * from some rate on at points of a grid of time only, so that such datagrams wake nobody. The grid
 * is that of timers that can wait (base/grid.h), and no wait is longer than it takes to fill a
 * batch.
 */
#ifndef NET_PATIENCE_H
#define NET_PATIENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/grid.h"

enum {
    PATIENCE_WINDOW_US = 200000, /**< datagrams are counted for so long */
    PATIENCE_BEGIN = 300,        /**< a second: so many are worth turns of their own; they wait
                                    until they become fewer than half of what made them wait */
    PATIENCE_BEGIN_MIXED = 20,   /**< where something is mixed, so that there are turns anyway */
    PATIENCE_DATAGRAMS = 64,     /**< are enough for one look */
    PATIENCE_HALVINGS = 4        /**< of GRID_US: the shortest wait */
};

struct patience {
    int64_t wait_us; /**< from one look to the next, 0 = whenever something comes */
    int64_t due_us;  /**< of the next look, INT64_MAX while wait_us is 0 */
    int64_t window_us;
    size_t datagrams; /**< in this window */
};

void patience_init(struct patience *patience, int64_t now_us);

/** So many have been read. */
static inline void patience_read(struct patience *patience, size_t datagrams)
{
    patience->datagrams += datagrams;
}

/** Once a turn, after reading. @param begin datagrams a second, from which on they wait @return
 * true when it has changed whether one waits */
bool patience_turn(struct patience *patience, int64_t begin, int64_t now_us);

/** Are the sockets left alone between looks? */
static inline bool patience_waits(const struct patience *patience)
{
    return patience->wait_us > 0;
}

/** When to look; INT64_MAX when the sockets themselves tell. */
static inline int64_t patience_deadline(const struct patience *patience)
{
    return patience->due_us;
}

#endif
