/**
 * Somebody who speaks: sound at 48 kHz goes out of an audio source as Opus with its level, as a
 * browser sends it. Sample i is said at start_us + i / 48 kHz; each packet leaves when its last
 * sample is said. With DTX, the first empty packet of a pause is sent, as libwebrtc does, to say
 * that there is one.
 */
#ifndef TESTS_SIM_MOUTH_H
#define TESTS_SIM_MOUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rand.h"
#include "codec/audio_encoder.h"
#include "sim/source.h"

struct mouth {
    const float *speech; /**< borrowed; before and after it is silence */
    size_t count;
    int64_t start_us;
    float noise; /**< of the room around it: peak of an even distribution, 0 = none */
    struct rand rand;
    bool pauses; /**< has said that nothing comes for now (DTX) */
    struct audio_encoder *encoder;
};

/** @param config NULL = audio_encoder_defaults. @return 0, ERR_NO_MEMORY or ERR_INVALID (config) */
int mouth_init(struct mouth *mouth, const struct audio_encoder_config *config);

/** The next packet, for a voice of which it is a part (struct source_voice). */
size_t mouth_next(struct mouth *mouth, int64_t capture_us, uint8_t *out, uint8_t *level);

/** Speaks out of a source from now on. */
void mouth_attach(struct mouth *mouth, struct source *source);

/** Is in a room with noise of so many dB over full scale from now on, below 0. */
void mouth_surround(struct mouth *mouth, double dbov, uint64_t seed);

/** Says this from a time on, in place of what it said. */
void mouth_say(struct mouth *mouth, const float *speech, size_t count, int64_t start_us);

void mouth_deinit(struct mouth *mouth);

#endif
