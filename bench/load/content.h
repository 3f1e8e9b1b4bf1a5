/**
 * What callers send, coded once and shared by all: loops of Opus packets and of VP8 frames.
 *
 * Sound: a caller's voice is a loop of speech (a file's, or one made here) with a name tone in it
 * (name_tone.h): tones of the callers of one room differ, so that ears can tell who is in a mix.
 * The tone sounds only while its caller says something: in pauses, and of a quiet microphone, there
 * is none.
 *
 * Pictures: each simulcast layer exists in several rates, each a row of short groups that begin
 * with a keyframe: a keyframe that is asked for is the next group's first frame, and a change of
 * rate happens there too. Each picture carries its number burnt in (score/moving_picture.h), so
 * that what is seen can be compared with what was filmed, whatever was left out.
 *
 * All is made by content_new; after that nothing changes, so that any thread may ask (but for
 * content_picture, which is for one thread at a time).
 */
#ifndef LOAD_CONTENT_H
#define LOAD_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/picture.h"
#include "load/name_tone.h"

enum {
    CONTENT_TONES = NAME_TONES, /**< callers of a room beyond that share tones */
    CONTENT_LAYERS = 3,
    CONTENT_RATES = 3,
    CONTENT_LEVELS = 3, /**< temporal */
    CONTENT_AUDIO_HZ = 48000,
    CONTENT_FPS = 30,
    CONTENT_VIDEO_BPS = 2500000, /**< what Chromium sends of 1280x720 when its path allows */
    CONTENT_QUIET = 0xffff       /**< mark.content of a quiet microphone's packet */
};

struct content;

struct content_config {
    const char *audio_file; /**< WAV or Ogg Opus; NULL = speech-like sound made here */
    const char *video_file; /**< IVF (VP8) or Y4M; NULL = a moving picture made here */
    unsigned tones;         /**< so many are used, 1..CONTENT_TONES; 0 = all: 0.1 s of work each */
    uint32_t audio_bps;     /**< 0 = 32000 */
    uint16_t width;         /**< of the highest layer, 0 = 1280; others a half and a quarter */
    uint16_t height;        /**< 0 = 720 */
    uint64_t video_bps;     /**< of the highest layer at its highest rate, 0 = CONTENT_VIDEO_BPS */
    bool video;             /**< pictures are needed at all ... */
    bool simulcast;         /**< ... and of the lower layers, too */
    uint64_t seed;
    uint16_t run; /**< by chance: marks bear it, and tones begin elsewhere, so that the callers of
                     two tools in the same rooms are told apart */
    bool (*progress)(void *owner, double share); /**< coding takes seconds; false ends it; may be
                                                    NULL */
    void *owner;
};

/** @return 0, ERR_NO_MEMORY, ERR_NOT_FOUND, ERR_MALFORMED, ERR_UNSUPPORTED, or ERR_CLOSED when
 * `progress` ended it; *reason names file and cause (valid until the next call) */
int content_new(struct content **out, const struct content_config *config, const char **reason);

/** What this tool's marks bear. */
uint16_t content_run(const struct content *content);

/** The tone of who has the n-th place of a room. */
unsigned content_tone(const struct content *content, unsigned place);

/** Frequency of tone n. */
double content_tone_hz(unsigned tone);

/** One Opus packet of 20 ms. */
struct content_sound {
    const uint8_t *data; /**< valid for the content's life */
    size_t len;
    uint8_t level; /**< RFC 6464, -dBov */
};

/**
 * A packet of the loop with this tone (content_tone).
 *
 * @param speaking false: what a quiet microphone sends, the same for all
 * @param place    counts on for ever; it is taken modulo the loop's length
 */
void content_sound(const struct content *content, unsigned tone, bool speaking, uint64_t place,
                   struct content_sound *out);

/**
 * What a quiet microphone sends where the server asks for DTX: `place` counts on from when silence
 * began. Packets of at most AUDIO_PACKET_DTX_BYTES hold nothing.
 */
void content_paused(const struct content *content, uint64_t place, struct content_sound *out);

/** Packets in a loop. The mark of a packet has its place in the loop, or CONTENT_QUIET. */
size_t content_loop(const struct content *content, bool speaking);

/** Source samples of a packet: 960 at 48 kHz mono, for comparison. */
void content_samples(const struct content *content, unsigned tone, bool speaking, uint64_t place,
                     float out[static 960]);

/** Is something said (and the tone heard) in this packet of the speaking loop? */
bool content_says(const struct content *content, unsigned tone, uint64_t place);

/** One VP8 frame. */
struct content_frame {
    const uint8_t *data; /**< MARK_BYTES of zeros are behind it */
    size_t len;
    uint16_t number; /**< of the picture in the loop, as burnt in */
    uint8_t tid;
    bool sync; /**< temporal: needs nothing but TID 0 before it */
    bool keyframe;
    uint16_t width;
    uint16_t height;
};

/**
 * Frame `place` of a layer and rate, both from 0 = lowest; place is taken modulo the loop.
 * Without simulcast there is only the highest layer. Of an IVF file all rates of the highest layer
 * are the file's.
 */
void content_frame(const struct content *content, unsigned layer, unsigned rate, uint64_t place,
                   struct content_frame *out);

/** The first place from `place` on that is a keyframe. */
uint64_t content_next_keyframe(const struct content *content, uint64_t place);

/** Mean rate of a layer at a rate step, bit/s, with temporal levels up to tid. */
uint64_t content_bps(const struct content *content, unsigned layer, unsigned rate, unsigned tid);

/** The picture as filmed, at a layer's size, for comparison. @param out of that size. @return 0,
 * ERR_NOT_FOUND, ERR_IO or ERR_MALFORMED */
int content_picture(struct content *content, unsigned layer, uint16_t number,
                    const struct picture *out);

void content_free(struct content **content);

#endif
