/**
 * What callers send, coded once and shared by all: loops of Opus packets and of VP8 frames.
 *
 * Sound: a caller's voice is a loop of speech (a file's, or one made here) with a name tone in it:
 * tones of the callers of one room differ, so that ears can tell who is in a mix. Loops are made
 * when first asked for and kept.
 *
 * Pictures: each simulcast layer exists in several rates, each a row of short groups that begin
 * with a keyframe: a keyframe that is asked for is the next group's first frame, and a change of
 * rate happens there too. Each picture carries its number burnt in (score/moving_picture.h), so
 * that what is seen can be compared with what was filmed, whatever was left out.
 */
#ifndef LOAD_CONTENT_H
#define LOAD_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/picture.h"

enum {
    CONTENT_TONES = 48, /**< callers of a room beyond that share tones */
    CONTENT_LAYERS = 3,
    CONTENT_RATES = 3,
    CONTENT_AUDIO_HZ = 48000,
    CONTENT_FPS = 30
};

struct content;

struct content_config {
    const char *audio_file; /**< WAV or Ogg Opus; NULL = speech-like sound made here */
    const char *video_file; /**< IVF (VP8) or Y4M; NULL = a moving picture made here */
    uint32_t audio_bps;     /**< default 32000 */
    uint16_t width;         /**< of the highest layer, default 1280; others a half and a quarter */
    uint16_t height;        /**< default 720 */
    uint64_t video_bps;     /**< of the highest layer at its highest rate, default 1,500,000 */
    bool video;             /**< pictures are needed at all */
    uint64_t seed;
    void (*progress)(void *owner, double share); /**< coding takes seconds; may be NULL */
    void *owner;
};

/** @return 0, ERR_NO_MEMORY, ERR_NOT_FOUND, ERR_MALFORMED or ERR_UNSUPPORTED; *reason names file
 * and cause */
int content_new(struct content **out, const struct content_config *config, const char **reason);

/** Frequency of tone n. */
double content_tone_hz(unsigned tone);

/** One Opus packet of 20 ms. */
struct content_sound {
    const uint8_t *data; /**< valid for the content's life */
    size_t len;
    uint8_t level; /**< RFC 6464, -dBov */
};

/** The loop with this tone (made now if need be). speaking false: what a quiet microphone sends.
 * @param place counts on for ever; *out holds place modulo the loop's length */
int content_sound(struct content *content, unsigned tone, bool speaking, uint64_t place,
                  struct content_sound *out);

/** Source samples of a packet of the loop: 960 at 48 kHz mono, for comparison. */
int content_samples(struct content *content, unsigned tone, bool speaking, uint64_t place,
                    float out[static 960]);

/** One VP8 frame. */
struct content_frame {
    const uint8_t *data;
    size_t len;
    uint16_t number; /**< of the picture in the loop, as burnt in */
    uint8_t tid;
    bool sync; /**< temporal: needs nothing but TID 0 before it */
    bool keyframe;
    uint16_t width;
    uint16_t height;
};

/** Frame `place` of a layer and rate, both from 0 = lowest; place is taken modulo the loop. */
void content_frame(const struct content *content, unsigned layer, unsigned rate, uint64_t place,
                   struct content_frame *out);

/** The first place from `place` on that is a keyframe. */
uint64_t content_next_keyframe(const struct content *content, uint64_t place);

/** Mean rate of a layer at a rate step, bit/s. */
uint64_t content_bps(const struct content *content, unsigned layer, unsigned rate);

/** The picture as filmed, at a layer's size, for comparison. @param out of that size */
int content_picture(struct content *content, unsigned layer, uint16_t number,
                    const struct picture *out);

void content_free(struct content **content);

#endif
