/**
 * What a packet of ours says about itself, inside its payload, so that any server forwards it
 * unread: who sent it, its place, and when it left.
 *
 * In Opus it rides in the padding of a code 3 packet (RFC 6716 3.2.5), which decoders pass over; in
 * VP8 it follows the last partition of a frame, so it is in the last packet of each frame (RFC 6386
 * 9.5: the last partition's size is not coded, and nothing after its last symbol is read). A mix
 * has no marks: there tones tell who is in it.
 */
#ifndef LOAD_MARK_H
#define LOAD_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MARK_BYTES = 24, MARK_STRANGER = 0 /**< no caller of ours */ };

struct mark {
    uint32_t caller;  /**< number of the caller in the run, from 1 */
    uint32_t number;  /**< of the frame, or of the 20 ms of sound: rises by one each */
    uint16_t content; /**< frame of the content loop, for comparison with the source */
    uint8_t layer;    /**< simulcast layer, 0 = lowest */
    uint16_t run;     /**< of the tool, by chance: another one's callers may be in the same rooms */
    int64_t sent_us;  /**< monotonic time of the tool when it was handed to the agent; 48 bits of
                           it, which are nine years */
};

/** Writes a mark with its own check sum. */
void mark_write(uint8_t out[static MARK_BYTES], const struct mark *mark);

/** Reads one from the end of a payload. @return false when there is none */
bool mark_read(const uint8_t *payload, size_t len, struct mark *out);

/**
 * Makes an Opus packet (any code) one of code 3 that ends in a mark.
 * @param cap of out, at least len + MARK_BYTES + 8
 * @return its length, 0 for what is no Opus packet or does not fit
 */
size_t mark_opus(const uint8_t *packet, size_t len, const struct mark *mark, uint8_t *out,
                 size_t cap);

#endif
