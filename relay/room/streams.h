/**
 * What one participant sends and is sent: a track and a slot for each m-line that has one. Values
 * only, no behaviour.
 */
#ifndef ROOM_STREAMS_H
#define ROOM_STREAMS_H

#include <stddef.h>
#include <stdint.h>

#include "media/timeline.h"
#include "room/session.h"
#include "slot.h"
#include "track.h"

struct streams {
    size_t count; /**< m-lines */
    struct track
        *tracks[SESSION_MAX_MEDIA]; /**< by m-line; NULL where the client does not send; owned */
    struct slot *slots[SESSION_MAX_MEDIA]; /**< by m-line; NULL where it does not receive; owned */
    struct timeline_clock clock;           /**< the participant's NTP clock against ours */
};

/** Slot with this SSRC, or NULL. */
static inline struct slot *streams_slot(const struct streams *streams, uint32_t ssrc)
{
    for (size_t i = 0; i < streams->count; i++) {
        if (streams->slots[i] != NULL && streams->slots[i]->ssrc == ssrc) {
            return streams->slots[i];
        }
    }
    return NULL;
}

#endif
