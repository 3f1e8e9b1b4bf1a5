#include "support/recorded_speech.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rand.h"
#include "score/resample.h"

enum {
    CLIPS = 8,
    WAV_HEAD_BYTES = 44, /* RIFF, fmt and the head of data, as alsa-utils has them */
    MAX_CLIP = 5 * RECORDED_SPEECH_HZ,
    FRAME = RECORDED_SPEECH_HZ / 100,
    FADE = RECORDED_SPEECH_HZ / 200,
    EDGE_DB = 45,  /* below the loudest frame is silence around a clip */
    ACTIVE_DB = 30 /* below the loudest frame is not counted as speaking */
};

static const char folder[] = "/usr/share/sounds/alsa";

static const char *const names[CLIPS] = {"Front_Center", "Front_Left", "Front_Right", "Rear_Center",
                                         "Rear_Left",    "Rear_Right", "Side_Left",   "Side_Right"};

/** Rates at which the clips are played, in place of their own. */
static const unsigned rates_hz[RECORDED_SPEECH_TALKERS] = {
    RECORDED_SPEECH_HZ, 39360, 54720, 43200, 58560, 36480};

const struct recorded_speech_pauses recorded_speech_usual = {200, 200, 600};

struct clip {
    float *samples; /* owned */
    size_t count;
};

static uint32_t le(const uint8_t *at, size_t bytes)
{
    uint32_t value = 0;
    for (size_t i = bytes; i > 0; i--) {
        value = value << 8 | at[i - 1];
    }
    return value;
}

/** True when it is 16-bit mono PCM at our rate, with the data right after the head. */
static bool is_known(const uint8_t head[static WAV_HEAD_BYTES])
{
    return memcmp(head, "RIFF", 4) == 0 && memcmp(head + 8, "WAVEfmt ", 8) == 0 &&
           le(head + 16, 4) == 16 && le(head + 20, 2) == 1 && le(head + 22, 2) == 1 &&
           le(head + 24, 4) == RECORDED_SPEECH_HZ && le(head + 34, 2) == 16 &&
           memcmp(head + 36, "data", 4) == 0;
}

/** Samples of a file, -1..1. */
static int read_samples(FILE *file, struct clip *out)
{
    uint8_t head[WAV_HEAD_BYTES];
    if (fread(head, sizeof(head), 1, file) != 1 || !is_known(head)) {
        return ERR_UNSUPPORTED;
    }
    size_t bytes = le(head + 40, 4);
    bytes = bytes > (size_t)MAX_CLIP * 2 ? (size_t)MAX_CLIP * 2 : bytes;
    uint8_t *data = malloc(bytes);
    float *samples = malloc(bytes / 2 * sizeof(*samples));
    if (data == NULL || samples == NULL) {
        free(data);
        free(samples);
        return ERR_NO_MEMORY;
    }
    out->count = fread(data, 2, bytes / 2, file);
    for (size_t i = 0; i < out->count; i++) {
        samples[i] = (float)(int16_t)le(data + 2 * i, 2) / 32768;
    }
    out->samples = samples;
    free(data);
    return 0;
}

static int read_clip(const char *name, struct clip *out)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s.wav", folder, name);
    FILE *file = fopen(path, "rb");
    int err = file == NULL ? ERR_NOT_FOUND : read_samples(file, out);
    if (file != NULL) {
        (void)fclose(file);
    }
    if (err == ERR_NOT_FOUND || err == ERR_UNSUPPORTED) {
        (void)fprintf(stderr,
                      "%s: no 48 kHz recording of speech there: `make deps-test` installs it "
                      "(Debian's alsa-utils)\n",
                      path);
        err = ERR_NOT_FOUND;
    }
    return err;
}

static double frame_energy(const struct clip *clip, size_t frame)
{
    double sum = 0;
    for (size_t i = frame * FRAME; i < (frame + 1) * FRAME; i++) {
        sum += (double)clip->samples[i] * clip->samples[i];
    }
    return sum / FRAME;
}

/** Takes the silence around it away, and brings what is spoken to the common level. */
static void trim(struct clip *clip)
{
    size_t frames = clip->count / FRAME;
    double most = 0;
    for (size_t i = 0; i < frames; i++) {
        most = fmax(most, frame_energy(clip, i));
    }
    size_t first = frames;
    size_t last = 0;
    size_t active = 0;
    double sum = 0;
    for (size_t i = 0; i < frames; i++) {
        double energy = frame_energy(clip, i);
        if (energy > most * pow(10, -EDGE_DB / 10.0)) {
            first = first < i ? first : i;
            last = i;
        }
        if (energy > most * pow(10, -ACTIVE_DB / 10.0)) {
            sum += energy;
            active++;
        }
    }
    if (active == 0) {
        return;
    }
    double gain = pow(10, RECORDED_SPEECH_DBFS / 20.0) / sqrt(sum / (double)active);
    clip->count = (last + 1 - first) * FRAME;
    for (size_t i = 0; i < clip->count; i++) {
        size_t edge = i < clip->count - 1 - i ? i : clip->count - 1 - i;
        double fade = edge < FADE ? (double)edge / FADE : 1;
        clip->samples[i] = (float)(clip->samples[first * FRAME + i] * gain * fade);
    }
}

/** Speaks a clip as another talker. */
static int alter(struct clip *clip, unsigned from_hz)
{
    size_t count = resample_count(clip->count, from_hz, RECORDED_SPEECH_HZ);
    float *samples = malloc(count * sizeof(*samples));
    if (samples == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = resample(clip->samples, clip->count, from_hz, RECORDED_SPEECH_HZ, samples);
    free(clip->samples);
    *clip = (struct clip){samples, count};
    return err;
}

static size_t draw_pause(struct rand *rand, const struct recorded_speech_pauses *pauses)
{
    unsigned ms = pauses->least_ms + rand_below(rand, pauses->most_ms - pauses->least_ms + 1);
    return (size_t)ms * RECORDED_SPEECH_HZ / 1000;
}

/** Each round says all clips once, in an order drawn anew. */
static void shuffle(struct rand *rand, size_t order[static CLIPS])
{
    for (size_t i = 0; i < CLIPS; i++) {
        size_t other = rand_below(rand, (uint32_t)i + 1);
        order[i] = order[other];
        order[other] = i;
    }
}

static void speak(const struct clip clips[static CLIPS], unsigned talker,
                  const struct recorded_speech_pauses *pauses, float *out, size_t count)
{
    struct rand rand;
    size_t order[CLIPS];
    size_t at = (size_t)pauses->first_ms * RECORDED_SPEECH_HZ / 1000;
    rand_init(&rand, 1000 + talker);
    memset(out, 0, count * sizeof(*out));
    for (size_t said = 0; at < count; said++) {
        if (said % CLIPS == 0) {
            shuffle(&rand, order);
        }
        const struct clip *clip = &clips[order[said % CLIPS]];
        size_t fits = count - at < clip->count ? count - at : clip->count;
        memcpy(out + at, clip->samples, fits * sizeof(*out));
        at += clip->count + draw_pause(&rand, pauses);
    }
}

int recorded_speech_read(unsigned talker, const struct recorded_speech_pauses *pauses, float *out,
                         size_t count)
{
    struct clip clips[CLIPS] = {{NULL, 0}};
    int err = talker < RECORDED_SPEECH_TALKERS ? 0 : ERR_INVALID;
    for (size_t i = 0; i < CLIPS && err == 0; i++) {
        err = read_clip(names[i], &clips[i]);
        if (err == 0) {
            trim(&clips[i]);
            err = talker == 0 ? 0 : alter(&clips[i], rates_hz[talker]);
        }
    }
    if (err == 0) {
        speak(clips, talker, pauses == NULL ? &recorded_speech_usual : pauses, out, count);
    }
    for (size_t i = 0; i < CLIPS; i++) {
        free(clips[i].samples);
    }
    return err;
}
