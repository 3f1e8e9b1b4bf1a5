/**
 * What a room shows to the floor above that mixes and composes (bridge/): who sends, which slots
 * want to hear a mix or see a composed picture, and how these go over between forwarding and mixing
 * without a gap.
 *
 * The bridge pulls: nothing here calls it. It looks at each `struct bridging` of the exchange
 * (exchange_bridgings) before each exchange_flush, takes packets from taps (room/tap.h), sends what
 * it made through feeds (room/feed.h), and gives slots their feed. All on the worker's thread.
 *
 * Lives: a room's bridging is made with the room. While `audio` or `video` is set, it outlives the
 * room (`gone` is set then, lists are empty): each bridge lets go of its taps and feeds, clears its
 * pointer and calls bridging_release. Bridges go before the exchange does.
 */
#ifndef ROOM_BRIDGING_H
#define ROOM_BRIDGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "room/bridge_ends.h"

/** Whom to hear: audio sources in the order of voices (media/active_speaker.h), those without a
 * sound left out. @return how many of at most max */
size_t bridging_voices(const struct bridging *bridging, struct bridge_source **out, size_t max);

/** Who is not among them and makes a sound that may be the beginning of a voice, in any order.
 * @return how many of at most max */
size_t bridging_stirring(const struct bridging *bridging, struct bridge_source **out, size_t max);

/** True when a voice rests, and its place may be had by who stirs. Audio. */
bool bridge_source_pauses(const struct bridge_source *source);

/** True when a voice makes a sound, or did within the last 60 ms. Audio. */
bool bridge_source_sounds(const struct bridge_source *source);

/** Whom to show: video sources, screens first, then by the last turn that their owner took, muted
 * and dormant ones last. @return how many of at most max */
size_t bridging_faces(const struct bridging *bridging, struct bridge_source **out, size_t max);

/** Participant who dominates, 0 = nobody. */
uint32_t bridging_dominant(const struct bridging *bridging);

/** Layers of a video source: one, or its simulcast encodings, the smallest not necessarily first.
 * @return how many (at most SESSION_MAX_LAYERS) */
size_t bridge_source_layers(const struct bridge_source *source,
                            struct bridge_layer out[static SESSION_MAX_LAYERS]);

/** Wishes for a layer up to a temporal level (3 = all), so that its sender goes on with it. To be
 * said again each second. */
void bridge_source_want(struct bridge_source *source, size_t layer, uint8_t temporal);

/** Asks for a keyframe of a layer; requests coalesce, and are limited like a receiver's. */
void bridge_source_want_keyframe(struct bridge_source *source, size_t layer);

/**
 * What is forwarded to this slot now, and where it stands; a sink that is not fed by the bridge yet
 * goes on being forwarded until bridge_sink_take.
 */
struct bridge_position bridge_sink_forwarded(const struct bridge_sink *sink);

/**
 * Nothing more of what was forwarded goes out: the mix goes on at bridge_sink_forwarded when its
 * own (later) play-out has come there.
 */
void bridge_sink_hush(struct bridge_sink *sink);

/**
 * From its next packet on, this feed feeds the slot; one that has a feed already goes over from it
 * (mixes of one room share their clock: their timestamps go on as they are).
 *
 * @param seam where what it brings follows on what went out before; NULL = by the time that passes.
 *             Audio only.
 */
void bridge_sink_take(struct bridge_sink *sink, struct feed *feed, const struct bridge_seam *seam);

/** Takes this feed, and sends one packet of it at once. @param number by feed_prepare */
void bridge_sink_send(struct bridge_sink *sink, struct feed *feed, int64_t number,
                      const struct bridge_seam *seam);

/**
 * Where the first packet begins with which a leaving sink would go on, if it is to hear its source
 * from a place on. @return false: none has come yet that begins there or later
 */
bool bridge_sink_next(const struct bridge_sink *sink, uint32_t timestamp, uint32_t *begin);

/**
 * The slot is to be forwarded again, beginning with the packet of its source that is nearest to
 * a place; packets since then are sent at once. The sink ends. Only for `leaving` sinks.
 *
 * @param at NULL: the mix had nothing of that source; forwarding begins with what comes
 */
void bridge_sink_leave(struct bridge_sink *sink, const struct bridge_return *at);

/** The source that a leaving sink is going to have, NULL = nothing. */
const struct bridge_source *bridge_sink_destination(const struct bridge_sink *sink);

/** A bridge has cleared its pointer: frees it if the room is gone and no other bridge holds
 * anything of it. */
void bridging_release(struct bridging *bridging);

#endif
