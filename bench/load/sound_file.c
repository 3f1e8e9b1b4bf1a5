#include "load/sound_file.h"

#include <errno.h>
#include <ogg/ogg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "codec/audio_decoder.h"
#include "score/resample.h"

enum {
    HZ = 48000,
    MOST = SOUND_FILE_MOST_S * HZ,
    WAV_PCM = 1,
    WAV_FLOAT = 3,
    WAV_EXTENSIBLE = 0xfffe,
    MAX_CHANNELS = 32,
    MIN_HZ = 4000,
    MAX_HZ = 192000,
    OPUS_HEAD_BYTES = 19,
    MAX_FILE_BYTES = 1 << 28
};

/** Reads little-endian fields; zeros past the end. */
struct little {
    const uint8_t *at;
    size_t left;
};

static uint32_t little_take(struct little *in, size_t bytes)
{
    uint32_t value = 0;
    if (in->left < bytes) {
        in->left = 0;
        return 0;
    }
    for (size_t i = bytes; i > 0; i--) {
        value = value << 8 | in->at[i - 1];
    }
    in->at += bytes;
    in->left -= bytes;
    return value;
}

/** The form of a WAV file's samples. */
struct wav {
    uint32_t format;
    uint32_t channels;
    uint32_t hz;
    uint32_t bits;
    const uint8_t *data;
    size_t bytes;
};

static void read_format(struct little chunk, struct wav *wav)
{
    wav->format = little_take(&chunk, 2);
    wav->channels = little_take(&chunk, 2);
    wav->hz = little_take(&chunk, 4);
    (void)little_take(&chunk, 4);
    (void)little_take(&chunk, 2);
    wav->bits = little_take(&chunk, 2);
    if (wav->format == WAV_EXTENSIBLE) {
        (void)little_take(&chunk, 4);
        (void)little_take(&chunk, 4);
        wav->format = little_take(&chunk, 2); /* first two bytes of the GUID */
    }
}

/** Finds format and data among the chunks of RIFF. @return false when one is missing */
static bool find_wav(const uint8_t *file, size_t len, struct wav *wav)
{
    struct little in = {file + 12, len - 12};
    *wav = (struct wav){0};
    while (in.left >= 8 && in.at != NULL && wav->data == NULL) {
        const uint8_t *name = in.at;
        (void)little_take(&in, 4);
        size_t bytes = little_take(&in, 4);
        bytes = bytes < in.left ? bytes : in.left;
        if (memcmp(name, "fmt ", 4) == 0) {
            read_format((struct little){in.at, bytes}, wav);
        } else if (memcmp(name, "data", 4) == 0) {
            wav->data = in.at;
            wav->bytes = bytes;
        }
        size_t step = bytes + (bytes & 1) < in.left ? bytes + (bytes & 1) : in.left;
        in.at += step;
        in.left -= step;
    }
    return wav->data != NULL && wav->channels > 0;
}

static float wav_sample(const struct wav *wav, const uint8_t *at)
{
    struct little in = {at, wav->bits / 8};
    uint32_t value = little_take(&in, wav->bits / 8);
    if (wav->format == WAV_FLOAT) {
        float sample; /* beyond full scale there may be some; what is no number is silence */
        memcpy(&sample, &value, sizeof(sample));
        return sample > 1 ? 1 : sample < -1 ? -1 : sample >= -1 ? sample : 0;
    }
    return (float)(int32_t)(value << (32 - wav->bits)) / 2147483648.0F;
}

static bool can_read(const struct wav *wav)
{
    bool pcm = wav->format == WAV_PCM && (wav->bits == 16 || wav->bits == 24 || wav->bits == 32);
    bool floating = wav->format == WAV_FLOAT && wav->bits == 32;
    return (pcm || floating) && wav->channels <= MAX_CHANNELS && wav->hz >= MIN_HZ &&
           wav->hz <= MAX_HZ;
}

/** At another rate, in place of the old samples. */
static int to_48k(float **samples, size_t *count, unsigned hz)
{
    if (hz == HZ) {
        return 0;
    }
    size_t more = resample_count(*count, hz, HZ);
    float *other = malloc((more + 1) * sizeof(*other));
    int err = other == NULL ? ERR_NO_MEMORY : resample(*samples, *count, hz, HZ, other);
    if (err != 0) {
        free(other);
        return err;
    }
    free(*samples);
    *samples = other;
    *count = more;
    return 0;
}

static int parse_wav(const uint8_t *file, size_t len, float **out, size_t *count,
                     const char **reason)
{
    struct wav wav;
    if (!find_wav(file, len, &wav)) {
        *reason = "a WAV file without format or data";
        return ERR_MALFORMED;
    }
    if (!can_read(&wav)) {
        *reason = "a WAV file of a kind that is not read: PCM of 16, 24 or 32 bit or float is";
        return ERR_UNSUPPORTED;
    }
    size_t step = wav.channels * wav.bits / 8;
    size_t most = (size_t)SOUND_FILE_MOST_S * wav.hz;
    size_t frames = wav.bytes / step < most ? wav.bytes / step : most;
    float *samples = malloc((frames + 1) * sizeof(*samples));
    if (samples == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < frames; i++) {
        float sum = 0;
        for (size_t channel = 0; channel < wav.channels; channel++) {
            sum += wav_sample(&wav, wav.data + i * step + channel * wav.bits / 8);
        }
        samples[i] = sum / (float)wav.channels;
    }
    int err = to_48k(&samples, &frames, wav.hz);
    if (err != 0) {
        free(samples);
        return err;
    }
    *out = samples;
    *count = frames;
    return 0;
}

/** An Ogg Opus file on its way to samples. */
struct ogg_opus {
    ogg_sync_state sync;
    ogg_stream_state stream;
    bool streaming;
    unsigned packets; /* seen: the first two are heads */
    size_t skip;      /* samples at the beginning */
    struct audio_decoder *decoder;
    float *samples;
    size_t count;
};

/** @return 0, or ERR_UNSUPPORTED for what is no Opus of one or two channels */
static int take_packet(struct ogg_opus *opus, const ogg_packet *packet)
{
    float pcm[PCM_MAX_SAMPLES];
    size_t samples = 0;
    if (opus->packets++ == 0) {
        if (packet->bytes < OPUS_HEAD_BYTES || memcmp(packet->packet, "OpusHead", 8) != 0 ||
            packet->packet[18] != 0) {
            return ERR_UNSUPPORTED;
        }
        opus->skip = packet->packet[10] | (size_t)packet->packet[11] << 8;
        return 0;
    }
    if (opus->packets == 2 || audio_decoder_decode(opus->decoder, packet->packet,
                                                   (size_t)packet->bytes, pcm, &samples) != 0) {
        return 0;
    }
    size_t skip = opus->skip < samples ? opus->skip : samples;
    opus->skip -= skip;
    samples -= skip;
    samples = samples < MOST - opus->count ? samples : MOST - opus->count;
    memcpy(opus->samples + opus->count, pcm + skip, samples * sizeof(*pcm));
    opus->count += samples;
    return 0;
}

static int take_pages(struct ogg_opus *opus)
{
    ogg_page page;
    ogg_packet packet;
    int err = 0;
    while (err == 0 && opus->count < MOST && ogg_sync_pageout(&opus->sync, &page) == 1) {
        if (!opus->streaming) {
            opus->streaming = ogg_stream_init(&opus->stream, ogg_page_serialno(&page)) == 0;
        }
        if (!opus->streaming) {
            return ERR_NO_MEMORY;
        }
        (void)ogg_stream_pagein(&opus->stream, &page); /* other streams' are refused by it */
        while (err == 0 && ogg_stream_packetout(&opus->stream, &packet) == 1) {
            err = take_packet(opus, &packet);
        }
    }
    return err;
}

static int parse_ogg(const uint8_t *file, size_t len, float **out, size_t *count,
                     const char **reason)
{
    struct ogg_opus opus = {.samples = malloc((size_t)MOST * sizeof(float))};
    (void)ogg_sync_init(&opus.sync);
    int err = opus.samples == NULL ? ERR_NO_MEMORY : audio_decoder_new(&opus.decoder);
    char *room = err == 0 ? ogg_sync_buffer(&opus.sync, (long)len) : NULL;
    if (room != NULL) {
        memcpy(room, file, len);
        (void)ogg_sync_wrote(&opus.sync, (long)len);
        err = take_pages(&opus);
    } else {
        err = ERR_NO_MEMORY;
    }
    if (err == ERR_UNSUPPORTED) {
        *reason = "an Ogg file that holds no Opus of one or two channels";
    }
    if (opus.streaming) {
        (void)ogg_stream_clear(&opus.stream);
    }
    (void)ogg_sync_clear(&opus.sync);
    audio_decoder_free(&opus.decoder);
    if (err != 0) {
        free(opus.samples);
        return err;
    }
    *out = opus.samples;
    *count = opus.count;
    return 0;
}

int sound_file_parse(const void *data, size_t len, float **out, size_t *count, const char **reason)
{
    const uint8_t *file = data;
    int err = ERR_UNSUPPORTED;
    float *samples = NULL;
    size_t got = 0;
    *reason = "neither WAV nor Ogg Opus";
    if (len >= 12 && memcmp(file, "RIFF", 4) == 0 && memcmp(file + 8, "WAVE", 4) == 0) {
        err = parse_wav(file, len, &samples, &got, reason);
    } else if (len >= 4 && memcmp(file, "OggS", 4) == 0) {
        err = parse_ogg(file, len, &samples, &got, reason);
    }
    if (err == 0 && got == 0) {
        free(samples);
        *reason = "no sound in it";
        err = ERR_MALFORMED;
    }
    if (err != 0) {
        *reason = err == ERR_NO_MEMORY ? "no memory" : *reason;
        return err;
    }
    *out = samples;
    *count = got;
    return 0;
}

/** A whole file. */
static int read_all(const char *path, uint8_t **out, size_t *len)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return ERR_NOT_FOUND;
    }
    long bytes = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1; /* pipes cannot: ESPIPE */
    int err = bytes < 0 || fseek(file, 0, SEEK_SET) != 0 ? ERR_NOT_FOUND : 0;
    size_t most = bytes > MAX_FILE_BYTES ? MAX_FILE_BYTES : (size_t)(bytes < 0 ? 0 : bytes);
    uint8_t *data = err == 0 ? malloc(most + 1) : NULL;
    if (err == 0 && data == NULL) {
        err = ERR_NO_MEMORY;
    }
    if (err == 0) {
        *len = fread(data, 1, most, file);
        *out = data;
    }
    (void)fclose(file);
    return err;
}

int sound_file_read(const char *path, float **out, size_t *count, const char **reason)
{
    uint8_t *data = NULL;
    size_t len = 0;
    int err = read_all(path, &data, &len);
    if (err != 0) {
        *reason = err == ERR_NO_MEMORY ? "no memory" : strerror(errno);
        return err;
    }
    err = sound_file_parse(data, len, out, count, reason);
    free(data);
    return err;
}
