/**
 * Who is to come in a run: a scenario's groups as one row of callers, room by room.
 */
#ifndef LOAD_CROWD_H
#define LOAD_CROWD_H

#include <stddef.h>
#include <stdint.h>

#include "load/caller.h"
#include "load/run.h"

/** What a room of the crowd is. */
struct crowd_room {
    unsigned people;
    unsigned speakers; /**< places 0.. of those who speak in spurts */
    bool all_at_once;
    bool strangers; /**< watchers only: what they receive others send, who are not of the crowd */
};

uint32_t crowd_people(const struct scenario *scenario);
uint32_t crowd_rooms(const struct scenario *scenario);

/**
 * The i-th caller: everything but `number`, which is i + 1.
 * @param i below crowd_people
 */
void crowd_describe(const struct scenario *scenario, uint32_t i, struct caller_config *out);

/** @param room below crowd_rooms */
void crowd_room(const struct scenario *scenario, uint32_t room, struct crowd_room *out);

#endif
