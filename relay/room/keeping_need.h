/**
 * When all who take a layer's pictures will have told what they miss of what comes now: who tells
 * of every packet has told what came until now; others do a few round trips after it has left, and
 * all the time for which they have told nothing. And how long ago the keyframe began that others
 * may still begin with.
 */
#ifndef ROOM_KEEPING_NEED_H
#define ROOM_KEEPING_NEED_H

#include <stdint.h>

#include "keeping.h"

struct layer;

/** For keeping_update; asks each receiver. */
void keeping_need_find(struct layer *layer, int64_t now_us, struct keeping_need *out);

#endif
