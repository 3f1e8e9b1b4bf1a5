/**
 * How much one audio track speaks, from its RFC 6464 levels: the last second in samples of 20 ms on
 * the track's own clock, above its own noise (Volfin and Cohen, "Dominant speaker identification
 * for multipoint videoconferencing"; QUALITY.md 1.14).
 *
 * The noise floor falls at once and rises slowly, and a sound that stays even for a second and a
 * half is noise as well: fans, hiss, and whoever claims to be loud all the time.
 */
#ifndef MEDIA_SPEECH_ACTIVITY_H
#define MEDIA_SPEECH_ACTIVITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bits.h"

enum {
    SPEECH_SAMPLE_US = 20000,
    SPEECH_SAMPLES = 50,      /**< remembered: one second */
    SPEECH_BLOCK_SAMPLES = 5, /**< of a medium-length unit */
    SPEECH_BLOCKS = SPEECH_SAMPLES / SPEECH_BLOCK_SAMPLES,
    SPEECH_LOUD_DBOV = 35,  /**< at least so loud counts for the list of who speaks */
    SPEECH_STEADY_DBOV = 47 /**< at least so loud, and not above its own noise: music, a tone */
};

struct speech_activity {
    int64_t head;             /**< number of the newest sample; 0 before the first level */
    int64_t position;         /**< of the newest packet, RTP units since the first one */
    int64_t arrival_us;       /**< of the newest packet, INT64_MIN = none yet */
    uint32_t timestamp;       /**< of the newest packet */
    uint32_t sample_ticks;    /**< RTP units of one sample */
    uint64_t high;            /**< bit n: the sample n back counts as speech (immediate > 7) */
    uint64_t loud;            /**< bit n: at least SPEECH_LOUD_DBOV */
    uint64_t voiced;          /**< bit n: above the noise, and above a whisper */
    uint64_t steady;          /**< bit n: at least SPEECH_STEADY_DBOV, but not above the noise */
    uint8_t immediate;        /**< of the newest sample, 0..13 */
    uint8_t last;             /**< loudness (127 - level) of the newest packet */
    uint8_t floor;            /**< of noise: loudness 1..127, 0 = none known */
    uint8_t next_floor;       /**< least since the floor was set last, 0 = none */
    uint16_t floor_samples;   /**< since then */
    uint8_t least[2];         /**< least loudness of the present and the last stretch, 0 counts */
    uint16_t stretch_samples; /**< of the present one */
};

/** Scores of Volfin and Cohen, as natural logarithms. */
struct speech_scores {
    double immediate;
    double medium;
    double longer;
    uint8_t blocks; /**< of the last second, so many tenths were mostly speech */
};

/** @param clock_rate of the track's RTP timestamps, Hz */
void speech_activity_init(struct speech_activity *activity, uint32_t clock_rate);

/** A level came: -dBov, larger than 127 counts as 127. Late packets find their place. Constant
 * time. */
void speech_activity_receive(struct speech_activity *activity, uint8_t dbov, uint32_t timestamp,
                             int64_t now_us);

/** What did not come by now was silence. */
void speech_activity_advance(struct speech_activity *activity, int64_t now_us);

/** @param count 1..64 @return how many of the newest samples were so */
static inline unsigned speech_activity_count(uint64_t samples, unsigned count)
{
    return bits_set(samples & (UINT64_MAX >> (64 - count)));
}

void speech_activity_score(const struct speech_activity *activity, struct speech_scores *out);

/** Logarithm of the score of k active units (QUALITY.md 1.14), from tables. */
double speech_score_immediate(unsigned k); /**< k 0..13 */
double speech_score_medium(unsigned k);    /**< k 0..5 */
double speech_score_longer(unsigned k);    /**< k 0..10 */

#endif
