/**
 * A sender's RTP timestamps as samples at 48 kHz, also when they count at another rate than they
 * should (RFC 7587 4.1): seen by steps that differ from what the packets last, time after time.
 */
#ifndef MEDIA_SAMPLE_CLOCK_H
#define MEDIA_SAMPLE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct sample_clock {
    int64_t origin; /**< extended timestamp at which both counts are the same */
    int64_t newest; /**< extended timestamp, 0 before the first */
    int64_t newest_seq;
    int64_t run_us;   /**< arrival of the packet that the run began after */
    uint32_t samples; /**< that a step lasts, of `ticks` */
    uint32_t ticks;
    uint32_t step;    /**< of the run: not the one expected */
    uint32_t lasting; /**< samples of its packets */
    uint32_t run;     /**< such steps in a row */
};

/** As a sender counts that does it right. */
void sample_clock_init(struct sample_clock *clock);

/** A new life of the source; it goes on counting as before. */
void sample_clock_restart(struct sample_clock *clock);

/** The time of a timestamp near the newest one; the low 32 bits are its own where the rate is
 * right.
 */
int64_t sample_clock_time(const struct sample_clock *clock, uint32_t timestamp);

/** The timestamp at a time: the inverse. */
uint32_t sample_clock_timestamp(const struct sample_clock *clock, int64_t time);

/**
 * A packet came that is newer than all before.
 * @param even false where its timestamp is no step from the one before (silence between them)
 * @return true when the rate was found to be another: times have no relation to before, call
 *         sample_clock_restart and begin anew with this packet
 */
bool sample_clock_receive(struct sample_clock *clock, int64_t ext_seq, uint32_t timestamp,
                          uint16_t samples, bool even, int64_t arrival_us);

#endif
