/**
 * The queue that stands before the bottleneck: one-way delay above the least of the last 30 s.
 *
 * Each feedback counts with its least delay, which jitter does not raise. The clocks of both sides
 * need not agree, only run alike.
 */
#ifndef CC_QUEUE_DELAY_H
#define CC_QUEUE_DELAY_H

#include <stddef.h>
#include <stdint.h>

enum { QUEUE_DELAY_SECONDS = 30 };

struct queue_delay {
    int64_t least_us[QUEUE_DELAY_SECONDS]; /**< per second, ring; INT64_MAX = no feedback in it */
    size_t second;                         /**< present place in the ring */
    int64_t second_us;                     /**< when it began; INT64_MIN = not started */
    int64_t base_us;                       /**< least of all */
    int64_t last_us;                       /**< queue by the last feedback */
    int64_t before_us;                     /**< queue by the one before */
    int64_t smooth_us;
};

void queue_delay_init(struct queue_delay *queue);

/** @param least_us least of arrival - sending time in one feedback */
void queue_delay_add(struct queue_delay *queue, int64_t least_us, int64_t now_us);

/** After a silence: the base stays, what the queue was is forgotten. */
void queue_delay_resume(struct queue_delay *queue);

/** What stands is no queue but a longer way: the least of the last second or two is the new base.
 */
void queue_delay_rebase(struct queue_delay *queue);

#endif
