/**
 * Plays sound a little faster or slower without changing its pitch: one period of the voice is
 * taken out or played again, where it fits its neighbour best (overlap-add in time).
 *
 * Between such places sound goes through bit by bit, and without adjustment nothing is held back:
 * what was pushed can be pulled. 48 kHz mono. One allocation, in _new.
 *
 * Our own and not libsonic, which keeps samples as 16-bit integers, needs 31 ms ahead for slowing
 * down (which is asked for when there is nothing ahead), does not tell how much of its input it
 * still holds, and allocates as it goes.
 */
#ifndef CODEC_TIME_STRETCH_H
#define CODEC_TIME_STRETCH_H

#include <stddef.h>
#include <stdint.h>

#include "codec/pcm.h"

enum {
    TIME_STRETCH_LOOK = 2 * PCM_FRAME /**< pending samples that let every removal happen; whoever
                                         has fewer may push PCM_MAX_SAMPLES more */
};

struct time_stretch;

/** @return 0, ERR_NO_MEMORY */
int time_stretch_new(struct time_stretch **out);

/** Adds sound. @param count at most time_stretch_room */
void time_stretch_push(struct time_stretch *stretch, const float *pcm, size_t count);

/** How much may be pushed now. */
size_t time_stretch_room(const struct time_stretch *stretch);

/** Samples pushed that have not been played. */
size_t time_stretch_pending(const struct time_stretch *stretch);

/**
 * Plays one frame.
 *
 * @param adjust samples to take out (above 0) or to put in (below 0), at most; 0 = exactly as
 * pushed
 * @param urgent how soon: samples of change that have become due since the last one (0.05 to 0.25
 *               of those played is customary); the change is no longer than this, except in silence
 * @param out    PCM_FRAME samples; zeros where nothing is pending
 * @return samples taken out, below 0 put in: at most |adjust|, mostly less or 0
 */
int32_t time_stretch_pull(struct time_stretch *stretch, int32_t adjust, int32_t urgent,
                          float out[PCM_FRAME]);

/** Forgets all sound. */
void time_stretch_reset(struct time_stretch *stretch);

/** Clears the pointer; NULL is allowed. */
void time_stretch_free(struct time_stretch **stretch);

#endif
