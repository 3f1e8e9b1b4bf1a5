/**
 * Single-producer, single-consumer ring of pointers with acquire/release ordering, for mailboxes.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stdbool.h>
#include <stddef.h>

struct ring;

/** @param capacity power of two. @return 0 or ERR_NO_MEMORY */
int ring_new(struct ring **out, size_t capacity);

/** Producer only. False when full. */
bool ring_push(struct ring *ring, void *item);

/** Consumer only. NULL when empty. */
void *ring_pop(struct ring *ring);

/** The ring must be empty, or its items owned elsewhere. */
void ring_free(struct ring **ring);

#endif
