/**
 * How fast packets to one participant may leave, and in which order those go that must wait
 * (QUALITY.md 1.6).
 *
 * A keyframe of 60 packets comes within milliseconds; sent on like that it overflows the queue of a
 * thin link. So what exceeds a short burst waits here and leaves at a little more than the target,
 * or far more while the link has not shown where it ends. Audio never waits, but counts. Then
 * repeats go, then pictures by class, among equals the oldest first; one stream's packets keep
 * their order.
 *
 * Nothing waits while the burst is not used up: then a packet costs a sum or two, and no timer.
 *
 * Items and flows are the owner's memory; nothing here allocates.
 */
#ifndef CC_PACER_H
#define CC_PACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "cc/allocator.h"

enum {
    PACER_BURST_US = 40000,    /**< of target that may leave at once: a frame of its share at 25 a
                                  second passes whole */
    PACER_PACKET_BYTES = 1200, /**< of a large packet */
    PACER_TICK_US = 5000, /**< least time between two releases, so that what leaves together can be
                             one message */
    PACER_MAX_AGE_US = 500000,   /**< what is older than this is stale ... */
    PACER_PATIENCE_US = 3000000, /**< ... but for so long after a keyframe, which is worth waiting
                                    for, ... */
    PACER_PATIENT_AGE_US = 1500000, /**< ... this holds */
    PACER_RATE_PERCENT = 110, /**< of the target, while the link's end is known: what exceeds it
                                 would only wait in another queue */
    PACER_ROOMY_PERCENT = 250 /**< of the target, else */
};

/** Packets of one stream that wait; part of its owner. */
struct pacer_flow {
    struct list link;    /**< in the pacer while anything waits */
    struct list repeats; /**< pacer_item.link, oldest first */
    struct list firsts;
    enum allocator_class class; /**< as of the last push */
    int64_t patient_us;         /**< until then a keyframe or what follows it may be under way */
};

/** A packet that waits; part of its owner. */
struct pacer_item {
    struct list link;
    struct pacer_flow *flow;
    int64_t queued_us;
    int64_t stale_us; /**< it has waited too long after this */
    uint32_t bytes;   /**< on the wire */
    bool repeat;
};

struct pacer {
    uint64_t target_bps; /**< UINT64_MAX = no bound: nothing ever waits */
    size_t count;
    int64_t debt;        /**< sent and not yet earned, in bits times 10^-6 */
    int64_t updated_us;  /**< when debt was right */
    int64_t released_us; /**< last pacer_pop of an item */
    bool roomy;          /**< the link may well carry more than the target */
    struct list flows;   /**< pacer_flow.link */
    uint64_t bytes;
};

void pacer_init(struct pacer *pacer);

void pacer_flow_init(struct pacer_flow *flow);

/** A keyframe of this flow begins. */
static inline void pacer_flow_keyframe(struct pacer_flow *flow, int64_t now_us)
{
    flow->patient_us = now_us + PACER_PATIENCE_US;
}

void pacer_target(struct pacer *pacer, uint64_t target_bps, bool roomy, int64_t now_us);

/** Is the burst not used up? */
bool pacer_may_leave(struct pacer *pacer, int64_t now_us);

/** May a packet leave at once? True while nothing waits and the burst is not used up. Hot path. */
static inline bool pacer_passes(struct pacer *pacer, int64_t now_us)
{
    return pacer->count == 0 && (pacer->target_bps == UINT64_MAX || pacer_may_leave(pacer, now_us));
}

/** A packet has left, paced or not. Hot path. */
static inline void pacer_sent(struct pacer *pacer, uint32_t bytes)
{
    if (pacer->target_bps != UINT64_MAX) {
        pacer->debt += (int64_t)bytes * 8 * 1000000;
    }
}

/** Queues an item of a flow; link need not be initialised. */
void pacer_push(struct pacer *pacer, struct pacer_flow *flow, enum allocator_class class,
                struct pacer_item *item, uint32_t bytes, bool repeat, int64_t now_us);

/** Takes the next item out when one may leave now, or NULL; the caller tells pacer_sent. */
struct pacer_item *pacer_pop(struct pacer *pacer, int64_t now_us);

/** Takes an item out, whatever the rate. */
void pacer_remove(struct pacer *pacer, struct pacer_item *item);

/** A flow whose oldest first copy is stale, or NULL; the caller drops some. */
struct pacer_flow *pacer_stale(const struct pacer *pacer, int64_t now_us);

/** When the next item may leave; INT64_MAX while nothing waits. */
int64_t pacer_next_deadline(const struct pacer *pacer);

#endif
