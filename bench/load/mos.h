/**
 * What received speech is worth (G.107.2, media/quality.h), and what it lost by what.
 *
 * A perfect call has R = 148. What is missing from that is told apart in this order, each step
 * against the one before, so that the four always add up to 148 - r:
 *
 * 1. codec: nothing is lost, nothing is late
 * 2. loss: so much is concealed, as if at random
 * 3. burst: the same share, in runs as long as those that were seen
 * 4. delay: and as late as it is, from mouth to ear
 */
#ifndef LOAD_MOS_H
#define LOAD_MOS_H

#include <stdbool.h>
#include <stdint.h>

#include "load/stats.h"
#include "media/quality.h"

enum {
    MOS_DECODER_US = 1000,      /**< from the playout buffer to the ear */
    MOS_LEAST_DUE_US = 1000000, /**< a stream with less sound is not judged */
    MOS_PERFECT_R = 148
};

struct mos {
    double score; /**< 1..4.5; 0 = there is none */
    double r;     /**< 0..148 */
    double by_codec;
    double by_loss;
    double by_burst;
    double by_delay;
    bool delay_known; /**< of server and network; else it was taken for nothing */
};

/** What is known beside a stream's own sums. */
struct mos_about {
    uint32_t sent_bps; /**< what callers' voices are coded at, 0 = not known */
    int64_t rtt_us;    /**< to the server and back, 0 = not known */
    int64_t heard_us;  /**< from mouth to ear, by listening; 0 = not known */
};

void mos_score(struct mos *out, const struct quality_input *input);

/**
 * Of a stream of sound over a span of time: share concealed, runs of losses over those of random
 * loss, one-way delay (median) with encoder, playout buffer and decoder, codecs: the sender's, and
 * one more for a mix. A mix has no marks: its delay is what was heard, or the time to the server
 * and back (without what the server takes).
 *
 * @param received sums of that span
 * @return false when it had too little sound
 */
bool mos_of_stream(struct mos *out, const struct stats_received *received,
                   const struct mos_about *about);

/** Of the worst stream of sound; score 0 when there is none. */
void mos_of_stats(struct mos *out, const struct stats *stats, uint32_t sent_bps);

/** The same where somebody listened: how late it was, 0 = not known. */
void mos_of_heard(struct mos *out, const struct stats *stats, uint32_t sent_bps, int64_t heard_us);

#endif
