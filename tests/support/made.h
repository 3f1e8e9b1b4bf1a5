/**
 * A bridge's hands without a bridge: finds what a room shows to one, and makes packets for feeds.
 */
#ifndef TESTS_SUPPORT_MADE_H
#define TESTS_SUPPORT_MADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "room/bridging.h"
#include "room/exchange.h"
#include "room/feed.h"
#include "room/tap.h"

enum { MADE_AUDIO_STEP = 960, MADE_AUDIO_US = 20000, MADE_VIDEO_STEP = 3000 };

extern const struct feed_config made_mix;

/** The bridging of a room, NULL while nobody wants a bridge there. */
struct bridging *made_bridging(struct exchange *exchange, const char *room);

/** The n-th sink of a participant, or NULL. */
struct bridge_sink *made_sink(struct exchange *exchange, enum media_kind kind, uint32_t number,
                              size_t n);

/** Gives a participant's first sink a feed, and lets time be as it is. @return false without one */
bool made_take(struct exchange *exchange, enum media_kind kind, uint32_t number, struct feed *feed);

/** The n-th source of a participant, or NULL. */
struct bridge_source *made_source(struct exchange *exchange, enum media_kind kind, uint32_t number,
                                  size_t n);

/** Sends 20 ms of Opus, in which participants 1 and 2 are heard, taken 60 ms ago. */
void made_audio(struct feed *feed, struct pool *packets, uint32_t timestamp, int64_t now_us);

/** Sends a picture of one packet of so many bytes, in which participants 1 and 2 are seen:
 * timestamp = 3000 * frame. */
void made_video(struct feed *feed, struct pool *packets, size_t layer, uint16_t frame, bool key,
                uint16_t height, size_t bytes, int64_t now_us);

#endif
