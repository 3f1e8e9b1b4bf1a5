/**
 * One room's mix, a frame of 20 ms at a time: who is heard, what each listener gets of it.
 */
#ifndef BRIDGE_MIX_ROOM_H
#define BRIDGE_MIX_ROOM_H

#include "mix_parts.h"

/**
 * @param bridging its `audio` is set
 * @param due_us   of the first frame
 * @return 0 or ERR_NO_MEMORY
 */
int mix_room_new(struct mix_room **out, struct bridging *bridging,
                 const struct audio_bridge_config *config, int64_t due_us);

/** Makes the frame that is due. @return false when nobody wants a mix any more */
bool mix_room_tick(struct mix_room *room, int64_t now_us);

/** Time has passed in which no frames were made: so many are left out. */
void mix_room_skip(struct mix_room *room, uint32_t frames);

/** Encoders at work. */
size_t mix_room_encoders(const struct mix_room *room);

/** Sources that are heard. */
size_t mix_room_decoders(const struct mix_room *room);

/** Lets go of the room (room/bridging.h). Clears the pointer. */
void mix_room_free(struct mix_room **room);

#endif
