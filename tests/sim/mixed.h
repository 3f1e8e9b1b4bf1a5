/**
 * People with one audio slot each, who really speak and listen: what a mix is made of and heard by.
 */
#ifndef TESTS_SIM_MIXED_H
#define TESTS_SIM_MIXED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/ear.h"
#include "sim/mouth.h"
#include "sim/scenario.h"

enum { MIXED_MOST = 12 };

struct mixed {
    struct world *world;
    size_t people;
    struct peer *peers[MIXED_MOST];
    struct mouth mouths[MIXED_MOST];
    struct ear ears[MIXED_MOST];
};

/** @return 0 or an error of what it makes; mixed_deinit in any case */
int mixed_init(struct mixed *mixed, uint64_t seed);

/** One more joins, on a path of his own. @param config NULL = speaks, and listens to one slot */
int mixed_join(struct mixed *mixed, const struct peer_config *config,
               const struct link_config *path);

/** One says this from now on. */
void mixed_say(struct mixed *mixed, size_t who, const float *speech, size_t count);

/**
 * What one heard since from_us, through a play-out buffer of 60 ms that waits.
 * @return 0, ERR_NO_MEMORY or ERR_NOT_FOUND
 */
int mixed_hear(const struct mixed *mixed, size_t who, int64_t from_us, float *out, size_t count,
               struct ear_account *account);

/** A sine without beginning or end clicks. */
void mixed_tone(float *out, size_t count, double hz, double amplitude);

/** Amplitude of a sine in sound of at least a tenth of a second. */
double mixed_amplitude(const float *sound, size_t count, double hz);

/** Mean power over full scale, in dB; -200 for silence. */
double mixed_power_db(const float *sound, size_t count);

/** Share of frames that were kept for longer than this, 0..1; 1 when there were none. */
double mixed_slower_than(const struct event_mix_delay *delay, int64_t us);

void mixed_deinit(struct mixed *mixed);

#endif
