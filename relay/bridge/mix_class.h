/**
 * The shared mixes of a room: one encoder for all whose mix is coded alike, which works while
 * somebody listens. Encoders begin as copies of one another wherever that spares a listener's
 * decoder a seam.
 */
#ifndef BRIDGE_MIX_CLASS_H
#define BRIDGE_MIX_CLASS_H

#include "mix_parts.h"

/** NULL when there is none of this quality. */
struct mix_class *mix_class_find(struct mix_room *room, struct mix_quality quality);

/**
 * The listener hears the shared mix that suits him, made if there is none; leaves the one he heard.
 *
 * @param from where his decoder stands, NULL = nowhere
 * @return false without memory: nothing changed then
 */
bool mix_class_join(struct mix_room *room, struct mix_listener *listener,
                    const struct mix_output *from);

/** Allowed for who hears none. */
void mix_class_leave(struct mix_listener *listener);

/** Settings of an encoder, shared or not. */
void mix_class_set(const struct mix_room *room, struct mix_output *output,
                   struct mix_quality quality, uint8_t loss_percent);

/** An output goes on where another stands, with settings of its own. */
void mix_class_go_on(struct mix_room *room, struct mix_output *output,
                     const struct mix_output *from, struct mix_quality quality,
                     uint8_t loss_percent);

void mix_class_free_all(struct mix_room *room);

#endif
