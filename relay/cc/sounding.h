/**
 * Is the path a thin one? Found out before the first picture, whose keyframe and probes would fill
 * the queue of such a link for a second and push sound out of it.
 *
 * A train is a few small packets at once. How far apart they arrive tells what the link carries:
 * jitter moves packets by some milliseconds, a thin link draws them apart by more. One train may
 * meet a stall, so two must tell the same; loss says nothing. Whatever is not clear in time is
 * taken for a usual path.
 */
#ifndef CC_SOUNDING_H
#define CC_SOUNDING_H

#include <stdbool.h>
#include <stdint.h>

#include "cc/estimator_demand.h"

enum sounding_state {
    SOUNDING_OVER, /**< or never begun */
    SOUNDING_DUE,  /**< a train is to be sent */
    SOUNDING_OUT   /**< word about it is waited for */
};

struct sounding {
    enum sounding_state state;
    int64_t since_us; /**< since when it is in this state */
    int64_t word_us;  /**< without any word for so long it is given up */
    uint32_t train;   /**< number of the present one, of all ever */
    uint32_t drawn;   /**< how many were drawn apart */
    uint64_t bps;     /**< what they came at, 0 = usual path, or not known yet */

    bool fast; /**< it carries as much as the start rate asks for, or nearly */

    uint32_t sent; /**< packets of the present one */
    uint32_t acked;
    uint32_t lost;
    uint32_t bytes; /**< of those that arrived, but for the first to do so */
    uint32_t first_bytes;
    int64_t first_us; /**< arrival */
    int64_t last_us;
    int64_t gap_us; /**< least between two arrivals */

    uint64_t drawn_bytes; /**< of all that were drawn apart */
    int64_t drawn_us;
};

/** Zeroed memory is over; the path is open.
 *
 * @param rtt_us 0 = not known; on a long way there is none, since a picture would wait too long */
void sounding_begin(struct sounding *sounding, int64_t rtt_us, int64_t now_us);

/** The path is another one: over, and nothing is known. */
void sounding_forget(struct sounding *sounding);

static inline bool sounding_is_over(const struct sounding *sounding)
{
    return sounding->state == SOUNDING_OVER;
}

/** The next packet of the train, to be sent at once; until false. */
bool sounding_burst(const struct sounding *sounding, struct estimator_burst *out);

/** A packet leaves as part of what the burst numbered. */
void sounding_sent(struct sounding *sounding, uint32_t probe, int64_t now_us);

void sounding_acked(struct sounding *sounding, uint32_t probe, int64_t arrival_us, uint32_t bytes);
void sounding_lost(struct sounding *sounding, uint32_t probe);

/** All of a feedback is in, or time has passed. @return true when it ends thereby; if the path is
 * thin, bps is what it carries, else 0 */
bool sounding_judge(struct sounding *sounding, int64_t now_us);

/** When only time can tell; INT64_MAX = never. */
int64_t sounding_next(const struct sounding *sounding);

#endif
