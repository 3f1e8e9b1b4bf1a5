/**
 * What the control thread is told about a room: slots that show something else than before, layers
 * that are wanted or not any more, and who speaks.
 */
#ifndef ROOM_ANNOUNCE_H
#define ROOM_ANNOUNCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "context.h"
#include "media/active_speaker.h"
#include "participant.h"

enum { ANNOUNCE_SPEAKING_US = 100000 /**< at most one EVENT_SPEAKING in this time */ };

/** Sends EVENT_SLOTS about the slots that changed since the last one; without memory, they stay to
 * be told. */
void announce_slots(struct participant *participant, const char *room);

/** Sends EVENT_LAYERS about the participant's tracks of which other layers are wanted than it was
 * told; without memory, they stay to be told. */
void announce_layers(struct participant *participant, const char *room);

/** Sends EVENT_SPEAKING with everybody who is heard now. */
void announce_speaking(struct room_context *context, const char *room,
                       const struct active_speaker *speakers);

/** Sends an event without further content; reason may be NULL. */
void announce(struct room_context *context, enum event_kind kind, uint32_t number, const char *room,
              const char *reason);

#endif
