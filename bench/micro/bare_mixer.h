/**
 * The least that mixing takes: libopus and sums. Every talker is decoded once, everybody who only
 * listens hears the whole, each talker the others.
 */
#ifndef BENCH_MICRO_BARE_MIXER_H
#define BENCH_MICRO_BARE_MIXER_H

#include <stddef.h>

#include "talkers.h"

struct bare_mixer;

/** @return 0 or ERR_NO_MEMORY */
int bare_mixer_new(struct bare_mixer **out);

/** 20 ms: the frame-th packet of each talker. @return 0 or ERR_MALFORMED */
int bare_mixer_step(struct bare_mixer *mixer, const struct talkers *talkers, size_t frame);

void bare_mixer_free(struct bare_mixer **mixer);

#endif
