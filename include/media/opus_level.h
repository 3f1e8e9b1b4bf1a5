/**
 * How loud an Opus packet is, in -dBov as of RFC 6464: as its sender says, if the packet is large
 * enough to hold sound at all; else guessed from its size and its voice flag.
 *
 * Guesses are good enough to tell who speaks (media/active_speaker.h), and for nothing else.
 * Streams of constant rate without a voice flag (CELT) are even, hence never speech, but heard.
 */
#ifndef MEDIA_OPUS_LEVEL_H
#define MEDIA_OPUS_LEVEL_H

#include <stddef.h>
#include <stdint.h>

enum { OPUS_LEVEL_UNTOLD = -1 };

/**
 * @param told level from the header extension, or OPUS_LEVEL_UNTOLD
 * @return 0 (loudest) .. 127 (silence, and whatever is no Opus)
 */
uint8_t opus_level(const uint8_t *payload, size_t len, int told);

#endif
