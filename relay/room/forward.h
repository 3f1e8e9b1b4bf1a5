/**
 * From a layer's pending packets to its slots: receiver by receiver, so that datagrams to one
 * destination stand together and can leave as segments of one message (LIMITS.md 2).
 */
#ifndef ROOM_FORWARD_H
#define ROOM_FORWARD_H

#include "context.h"
#include "layer.h"

/** Sends a layer's pending packets to all its slots and lets go of them. */
void forward_layer(struct layer *layer);

/** The layer will have something to send soon: fetches its first slot into the cache. */
void forward_prefetch(const struct layer *layer);

/** All layers that have pending packets. */
void forward_all(struct room_context *context);

#endif
