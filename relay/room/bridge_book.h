/**
 * Who is at the two ends of a room's bridge: sources come and go, sinks are wanted and end. Keeps
 * the lists and counts that bridges go by (room/bridge_ends.h).
 */
#ifndef ROOM_BRIDGE_BOOK_H
#define ROOM_BRIDGE_BOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "context.h"
#include "room/bridge_ends.h"

/** @param owner not followed here; @param name of the room. @return 0 or ERR_NO_MEMORY */
int bridge_book_new(struct bridging **out, struct room_context *context, struct room *owner,
                    const char *name);

/** True while it matters to a bridge: there are sinks, or a bridge holds something. */
static inline bool bridge_book_is_open(const struct bridging *bridging)
{
    return !list_empty(&bridging->link);
}

/** A track is there. Its fields are set. */
void bridge_book_add_source(struct bridging *bridging, struct bridge_source *source);

void bridge_book_remove_source(struct bridging *bridging, struct bridge_source *source);

/** A slot that nothing has to do with yet. */
void bridge_book_init_sink(struct bridge_sink *sink, const struct session_media *media);

static inline bool bridge_book_is_sink(const struct bridge_sink *sink)
{
    return sink->bridging != NULL;
}

/** Makes it a sink, or one that is not leaving any more. */
void bridge_book_want_sink(struct bridging *bridging, struct bridge_sink *sink,
                           uint32_t participant);

/** It is to be forwarded again, when the bridge finds it fit. */
void bridge_book_dismiss_sink(struct bridge_sink *sink);

/** It is no sink any more, or never was. */
void bridge_book_end_sink(struct bridge_sink *sink);

/** What the bridge knows of it has changed. */
void bridge_book_refresh_sink(struct bridge_sink *sink);

/** The slots of a kind are to be staged anew, because of what a bridge has done. */
void bridge_book_restage(struct bridging *bridging, enum media_kind kind);

/** Neither sinks nor a bridge, nor anything for the stage to follow: out of the list, and freed
 * when the room is gone. */
void bridge_book_settle(struct bridging *bridging);

/** The room ends; sources and sinks have gone already. Frees it now, or when no bridge holds it any
 * more. */
void bridge_book_free(struct bridging **bridging);

#endif
