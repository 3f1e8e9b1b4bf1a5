/**
 * How a worker waits, and when it reads its UDP sockets. Three paces, from the slowest on:
 *
 * - Feedback is looked at on a grid (net/patience.h), from a socket of its own.
 * - So is everything else while nobody waits for it (exchange_is_patient): each listener hears a
 *   mix, so what comes is needed when the next mix is made. Then each turn of the worker reads all
 *   there is, and none is made for datagrams alone, nor for a timer that can wait for the next mix
 *   (grid_join). The kernel's stamps tell when they came.
 * - What is forwarded is read at once, or gathered for a moment where much comes one by one
 *   (net/gather.h). A worker is back at this pace with the turn in which something changes; what
 *   came meanwhile is read then.
 */
#ifndef APP_INTAKE_H
#define APP_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/gather.h"
#include "net/loop.h"
#include "net/patience.h"
#include "net/udp.h"
#include "room/exchange.h"

enum { INTAKE_ARRIVALS = 256 /**< of one loop turn, whose delay is measured */ };

/** All is borrowed. */
struct intake_config {
    struct loop *loop;
    struct exchange *exchange;
    struct pool *packets;       /**< see udp_receive */
    struct pool *large_packets; /**< likewise */
    struct pool *small_packets; /**< what sound is kept in */
    int64_t gather_us;          /**< longest wait of gathering, 0 = none */
};

/** One of the sockets. Each is waited for, or looked at, by what comes to it alone: most of a
 * host's addresses are nobody's. */
struct intake_socket {
    struct intake *intake;
    int descriptor;
    bool left_alone; /**< between looks */
    struct patience patience;
};

struct intake {
    struct intake_config config;
    struct udp *udp; /**< NULL before intake_watch */
    struct intake_socket media[UDP_MAX_SOCKETS];
    size_t media_count;
    struct intake_socket feedback[UDP_MAX_SOCKETS];
    size_t feedback_count;
    struct gather gather;
    bool leisurely;   /**< nobody waits for what comes to `media`, and some of it is left alone */
    bool unhurried;   /**< some of `media` may be left alone */
    bool mixing;      /**< nobody waits, and there are turns for mixes anyway */
    int64_t due_us;   /**< of the next look at what is left alone of `feedback` */
    int64_t media_us; /**< and of `media` */
    int64_t soon_us;  /**< and of where so much comes that no wait may be longer */
    int64_t pace_us;  /**< when to see again how much comes */
    int64_t arrivals_us[INTAKE_ARRIVALS]; /**< of this loop turn's datagrams */
    size_t arrival_count;
};

void intake_init(struct intake *intake, const struct intake_config *config);

/** Reads the sockets of `udp` (borrowed) from now on; intake stays where it is. @return 0,
 * ERR_NO_MEMORY or ERR_IO */
int intake_watch(struct intake *intake, struct udp *udp);

/**
 * Waits for something to do, and gives what has come to the exchange.
 *
 * @param strict_us   what is due then would be heard if it came late
 * @param deadline_us may be met a little late
 * @return the time, after what was read
 */
int64_t intake_wait(struct intake *intake, int64_t strict_us, int64_t deadline_us);

/** All that this turn's datagrams caused is with the kernel now: how long that took is counted. */
void intake_measure(struct intake *intake);

#endif
