/**
 * A main context of GLib served by the turn: for libnice, whose agents live in one.
 *
 * Its descriptors are held in an epoll set of their own, so that a datagram for one of hundreds of
 * agents costs no poll over all of them.
 */
#ifndef LOAD_GLIB_TURN_H
#define LOAD_GLIB_TURN_H

#include <glib.h>

#include "load/turn.h"

struct glib_turn;

/** @return 0, ERR_NO_MEMORY or ERR_IO */
int glib_turn_new(struct glib_turn **out, struct turn *turn);

/** Owned by this. */
GMainContext *glib_turn_context(const struct glib_turn *glib);

/** To be called after whatever may have added sources or closed descriptors from outside. */
void glib_turn_touch(struct glib_turn *glib);

/** All that lives in the context must be gone. */
void glib_turn_free(struct glib_turn **glib);

#endif
