/**
 * Is the path a thin one? Found out before the first picture, whose keyframe and probes would fill
 * the queue of such a link for a second and push sound out of it.
 *
 * A train is a few small packets at once. How far apart they arrive tells what the link carries:
 * jitter moves packets by some milliseconds, a thin link draws them apart by more. One train may
 * meet a stall, so two must tell the same; loss says nothing.
 *
 * Pictures wait for the verdict, but not long. When word of the trains is late or lost they are let
 * go, carefully; the next train leaves then, and late word still counts.
 */
#ifndef CC_SOUNDING_H
#define CC_SOUNDING_H

#include <stdbool.h>
#include <stdint.h>

#include "cc/estimator_demand.h"

enum { SOUNDING_TRAINS = 3 };

enum sounding_state {
    SOUNDING_OVER, /**< or never begun */
    SOUNDING_DUE,  /**< a train is to be sent */
    SOUNDING_OUT   /**< word about it is waited for */
};

/** What time, or word of the trains, has brought. */
enum sounding_news {
    SOUNDING_NOTHING,
    SOUNDING_LET_GO,  /**< no verdict yet, but pictures wait no longer */
    SOUNDING_USUAL,   /**< over: not thin, or nobody can send a train */
    SOUNDING_THIN,    /**< over: see bps */
    SOUNDING_UNCLEAR, /**< over: no word that tells anything */
};

/** What became of a train. */
struct sounding_train {
    int64_t sent_us; /**< last packet */
    uint32_t sent;   /**< packets */
    uint32_t acked;
    uint32_t lost;
    uint32_t bytes; /**< of those that arrived, but for the first to do so */
    uint32_t first_bytes;
    int64_t first_us; /**< arrival */
    int64_t last_us;
    int64_t gap_us; /**< least between two arrivals */
};

struct sounding {
    enum sounding_state state;
    bool holds;        /**< pictures wait */
    bool far;          /**< or may be: silence tells nothing */
    bool alive;        /**< there is word of something */
    bool fast;         /**< it carries as much as the start rate asks for, or nearly */
    int64_t begun_us;  /**< when pictures began to wait */
    int64_t series_us; /**< the same, the first time of several in short order */
    int64_t since_us;  /**< since when it is in this state */
    int64_t word_us;   /**< usual time from a train to word of it */
    uint64_t bps;      /**< what the trains came at, when it is thin */
    uint32_t number;   /**< of the first train, of all ever */
    uint32_t count;    /**< trains that are due or were sent */
    struct sounding_train trains[SOUNDING_TRAINS];
};

/** Zeroed memory is over; the path is open, or is another one now. However often that happens,
 * pictures do not wait for much longer than once.
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

/** All of a feedback is in, or time has passed: what is to be concluded.
 *
 * @param heard_us when the newest packet was sent of which there is word, INT64_MIN = none */
enum sounding_news sounding_judge(struct sounding *sounding, int64_t heard_us, int64_t now_us);

/** When only time can tell; INT64_MAX = never. */
int64_t sounding_next(const struct sounding *sounding);

#endif
