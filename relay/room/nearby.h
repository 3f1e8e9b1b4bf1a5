/**
 * Which memory a participant's sound needs on its way through the relay: his own side, and that of
 * those who hear him, where they are few (room/forward.c sees to many).
 */
#ifndef ROOM_NEARBY_H
#define ROOM_NEARBY_H

#include "base/near.h"
#include "egress.h"
#include "rtp/demux.h"
#include "streams.h"

enum {
    NEARBY_PACKETS =
        64 /**< of a participant, after which it is noted anew: slots and feeds change */
};

/** Notes it for one with this side, streams and demultiplexer. */
void nearby_note(struct near *near, const struct egress *egress, const struct streams *streams,
                 const struct demux *demux);

/** What is somewhere else for each packet: places in rings, and the packets that leave them. What
 * near_fetch() has fetched must be there. */
void nearby_fetch_moving(const struct streams *streams);

#endif
