/**
 * Who speaks when in a room: a chain of single talk, double talk and mutual silence (ITU-T P.59),
 * for two speakers as there, for more with the same times and whoever it falls to.
 *
 * Values only; time is an argument.
 */
#ifndef LOAD_TALK_SPURTS_H
#define LOAD_TALK_SPURTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rand.h"

enum talk_state { TALK_SILENCE, TALK_SINGLE, TALK_DOUBLE };

struct talk_spurts {
    struct rand rand;
    unsigned speakers;
    enum talk_state state;
    unsigned first; /**< who speaks, 0..speakers-1, unless there is silence */
    unsigned second;
    int64_t until_us; /**< the state lasts; INT64_MAX without speakers */
};

/** Begins with silence. */
void talk_spurts_init(struct talk_spurts *talk, unsigned speakers, uint64_t seed, int64_t now_us);

bool talk_spurts_speaks(const struct talk_spurts *talk, unsigned speaker);

int64_t talk_spurts_next_deadline(const struct talk_spurts *talk);

/** The next state, if it is time. */
void talk_spurts_timeout(struct talk_spurts *talk, int64_t now_us);

#endif
