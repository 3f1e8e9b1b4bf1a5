/**
 * A room of the relay in which three people talk and everybody hears the mix: exchange, audio
 * bridge, SRTP and sending, as on a worker.
 */
#ifndef BENCH_MICRO_MIXED_ROOM_H
#define BENCH_MICRO_MIXED_ROOM_H

#include <stdbool.h>
#include <stddef.h>

#include "sink.h"
#include "talkers.h"

struct mixed_room;

/**
 * @param talkers   borrowed
 * @param listeners who do not talk
 * @param sink      borrowed
 */
int mixed_room_new(struct mixed_room **out, const struct talkers *talkers, size_t listeners,
                   const struct sink *sink);

/** The next packets of all talkers, as they come from the network. @return 0 or an error */
int mixed_room_load(struct mixed_room *room, size_t frame);

/** 20 ms of the worker's loop: what was loaded comes in, and what is due goes out. */
void mixed_room_step(struct mixed_room *room);

/** Has everybody been sent a packet in each step since this was asked last, out of as many encoders
 * as there must be? */
bool mixed_room_is_right(struct mixed_room *room);

void mixed_room_free(struct mixed_room **room);

#endif
