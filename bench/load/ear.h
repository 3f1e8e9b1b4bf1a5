/**
 * Decodes one received stream of sound as it is heard: at the time at which it is played, through
 * the same model of a playout buffer that the statistics go by (listening.h), with what is missing
 * made up by the decoder.
 */
#ifndef LOAD_EAR_H
#define LOAD_EAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/audio_decoder.h"
#include "load/listening.h"
#include "load/mark.h"
#include "load/stats.h"

/** A packet of sound that came to a sampled caller. */
struct ear_packet {
    unsigned stream;
    uint32_t ssrc;
    int64_t arrived_us;
    int64_t ext_seq;
    int64_t timestamp; /**< unwrapped, 48 kHz */
    bool overtaken;    /**< set by ear_sort: later ones came before it */
    bool marked;
    struct mark mark;
    size_t offset; /**< of its bytes in the window's */
    size_t len;
};

struct ear {
    struct audio_decoder *decoder; /**< owned; NULL before the first packet */
    struct listening listening;
    uint32_t ssrc;
    int64_t seq;       /**< of the last packet */
    int64_t played_us; /**< up to here there is sound */
};

/** Where sound is played. */
struct ear_stage {
    float *pcm; /**< 48 kHz; was zeroed, and is left so where nothing is played */
    size_t samples;
    int64_t from_us; /**< monotonic time of pcm[0] */
};

/**
 * Plays packets of one stream into a window; state goes on to the next one.
 *
 * @param packets sorted by number (ear_sort), all of one stream
 * @param bytes   what their offsets are into
 * @return 0 or ERR_NO_MEMORY
 */
int ear_play(struct ear *ear, const struct ear_packet *packets, size_t count, const uint8_t *bytes,
             const struct ear_stage *stage);

/** A packet of so many bytes as it came; its offset is 0. */
struct ear_packet ear_packet_of(unsigned stream, const struct stats_sound *sound, size_t len);

/** Sorts by stream and number, and leaves out what came twice. @return how many are left */
size_t ear_sort(struct ear_packet *packets, size_t count);

void ear_deinit(struct ear *ear);

#endif
