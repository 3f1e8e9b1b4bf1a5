/**
 * How audio fared between a participant and the relay since the last report: what is left of the
 * losses after repair, for a score (media/quality.h).
 */
#ifndef ROOM_AUDIO_REPORT_H
#define ROOM_AUDIO_REPORT_H

#include <stdint.h>

#include "room/event.h"
#include "streams.h"

/** What came from the participant, of the last seconds. */
void audio_report_received(const struct streams *streams, int64_t now_us, struct event_audio *out);

/** What the participant says about what was sent to it, since the last call. */
void audio_report_sent(struct streams *streams, struct event_audio *out);

#endif
