/**
 * What should have been heard in a window of time, out of the very sounds that callers sent.
 */
#ifndef LOAD_SAID_H
#define LOAD_SAID_H

#include <stddef.h>
#include <stdint.h>

#include "load/content.h"
#include "load/ear.h"
#include "load/spoken.h"

/**
 * Of a stream that was forwarded: its packets' marks say whose sound they hold; of lost ones those
 * beside them do.
 *
 * @param packets sorted, of one stream
 * @param voices  of the room
 * @param pcm     out: each sound at the time at which it was said; was zeroed
 * @return how many samples are speech
 */
size_t said_forwarded(const struct content *content, const struct ear_packet *packets, size_t count,
                      const struct spoken_voice *voices, size_t voice_count, float *pcm,
                      size_t samples, int64_t from_us);

/** Of a mix: the sum of those who spoke, but for the listener. */
size_t said_together(const struct content *content, const struct spoken_voice *voices,
                     size_t voice_count, uint32_t listener, float *pcm, size_t samples,
                     int64_t from_us);

#endif
