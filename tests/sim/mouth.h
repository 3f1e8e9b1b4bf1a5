/**
 * Somebody who speaks: sound at 48 kHz goes out of an audio source as Opus with its level, as a
 * browser sends it. Sample i is said at start_us + i / 48 kHz; each packet leaves when its last
 * sample is said.
 */
#ifndef TESTS_SIM_MOUTH_H
#define TESTS_SIM_MOUTH_H

#include <stddef.h>
#include <stdint.h>

#include "codec/audio_encoder.h"
#include "sim/source.h"

struct mouth {
    const float *speech; /**< borrowed; before and after it is silence */
    size_t count;
    int64_t start_us;
    struct audio_encoder *encoder;
};

/** @param config NULL = audio_encoder_defaults. @return 0, ERR_NO_MEMORY or ERR_INVALID (config) */
int mouth_init(struct mouth *mouth, const struct audio_encoder_config *config);

/** The next packet, for a voice of which it is a part (struct source_voice). */
size_t mouth_next(const struct mouth *mouth, int64_t capture_us, uint8_t *out, uint8_t *level);

/** Speaks out of a source from now on. */
void mouth_attach(struct mouth *mouth, struct source *source);

/** Says this from a time on, in place of what it said. */
void mouth_say(struct mouth *mouth, const float *speech, size_t count, int64_t start_us);

void mouth_deinit(struct mouth *mouth);

#endif
