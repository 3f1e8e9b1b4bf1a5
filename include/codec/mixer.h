/**
 * One frame of up to MIXER_MAX_SOURCES mono sources to their sum, and to the sum without each.
 *
 * Sources have fixed places. What is heard of each changes without a click: gains go evenly over a
 * frame; a source that comes is faded in within MIXER_JOIN samples (so short that no onset is lost:
 * 0.3 dB of its first 60 ms); one that stops without notice is faded out over as many samples of
 * its last ones, played backwards. Sums may exceed full scale: codec/limiter.h is next.
 *
 * Each frame: mixer_put for every source that has sound, mixer_run, then the results. No
 * allocation after _new.
 */
#ifndef CODEC_MIXER_H
#define CODEC_MIXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/pcm.h"

enum {
    MIXER_MAX_SOURCES = 16,
    MIXER_JOIN = 5 * PCM_MS /**< samples */
};

struct mixer;

/** @return 0, ERR_NO_MEMORY */
int mixer_new(struct mixer **out);

/**
 * A source's sound of the coming frame.
 *
 * To leave in good order, a source puts its last frame with gain 0.
 *
 * @param source place 0..MIXER_MAX_SOURCES-1; at most once a frame
 * @param pcm PCM_FRAME samples; NaN and infinities count as 0
 * @param gain at the end of the frame, linear, finite, >= 0; 1 changes nothing
 */
void mixer_put(struct mixer *mixer, size_t source, const float *pcm, float gain);

/** Sums up what was put since the last time. */
void mixer_run(struct mixer *mixer);

/** Everybody: PCM_FRAME samples, finite; borrowed until the next mixer_run. */
const float *mixer_total(const struct mixer *mixer);

/**
 * Everybody but some, usually but one: the sum of the others, so that it is the same bit by bit
 * whether those left out have sound or not. All zeros when there is nobody else.
 * @param places bit i = place i is left out
 * @param out PCM_FRAME samples
 */
void mixer_without(const struct mixer *mixer, uint32_t places, float *out);

/** True when a source is part of the present frame, if only by its fading out. */
bool mixer_hears(const struct mixer *mixer, size_t source);

/** How many sources are part of the present frame. */
size_t mixer_heard(const struct mixer *mixer);

/** Forgets one source at once, for when its place gets another: no fading out. */
void mixer_forget(struct mixer *mixer, size_t source);

/** Clears the pointer; NULL is allowed. */
void mixer_free(struct mixer **mixer);

#endif
