#include "sim/mouth.h"

#include <math.h>

enum { SILENCE_DBOV = 127, FRAME_US = 20000 };

int mouth_init(struct mouth *mouth, const struct audio_encoder_config *config)
{
    const struct audio_encoder_config usual = audio_encoder_defaults();
    *mouth = (struct mouth){.encoder = NULL};
    return audio_encoder_new(&mouth->encoder, config != NULL ? config : &usual);
}

/** RFC 6464: RMS against full scale. */
static uint8_t level_of(const float pcm[static PCM_FRAME])
{
    double sum = 0;
    for (size_t i = 0; i < PCM_FRAME; i++) {
        sum += (double)pcm[i] * pcm[i];
    }
    double dbov = sum > 0 ? -10 * log10(sum / PCM_FRAME) : SILENCE_DBOV;
    return (uint8_t)(dbov < 0 ? 0 : dbov > SILENCE_DBOV ? SILENCE_DBOV : lround(dbov));
}

/** What lies between -1 and 1. */
static float even(struct rand *rand)
{
    return (float)(int32_t)rand_u32(rand) / 2147483648.0F;
}

size_t mouth_next(struct mouth *mouth, int64_t capture_us, uint8_t *out, uint8_t *level)
{
    float pcm[PCM_FRAME];
    size_t bytes = 0;
    int64_t first = (capture_us - FRAME_US - mouth->start_us) * PCM_MS / 1000;
    for (int64_t i = 0; i < PCM_FRAME; i++) {
        int64_t at = first + i;
        pcm[i] = at >= 0 && at < (int64_t)mouth->count ? mouth->speech[at] : 0;
        pcm[i] += mouth->noise > 0 ? mouth->noise * even(&mouth->rand) : 0;
    }
    *level = level_of(pcm);
    if (audio_encoder_encode(mouth->encoder, pcm, out, SOURCE_MAX_PAYLOAD, &bytes) != 0) {
        return 0;
    }
    bool empty = audio_encoder_config(mouth->encoder)->dtx && bytes <= AUDIO_PACKET_DTX_BYTES;
    bool sent = !empty || !mouth->pauses;
    mouth->pauses = empty;
    return sent ? bytes : 0;
}

static size_t next_packet(void *owner, int64_t capture_us, uint8_t *out, uint8_t *level)
{
    return mouth_next(owner, capture_us, out, level);
}

void mouth_attach(struct mouth *mouth, struct source *source)
{
    source_set_voice(source, &(struct source_voice){.next = next_packet, .owner = mouth});
}

void mouth_surround(struct mouth *mouth, double dbov, uint64_t seed)
{
    mouth->noise = (float)(sqrt(3) * pow(10, dbov / 20)); /* RMS of an even distribution */
    rand_init(&mouth->rand, seed);
}

void mouth_say(struct mouth *mouth, const float *speech, size_t count, int64_t start_us)
{
    mouth->speech = speech;
    mouth->count = count;
    mouth->start_us = start_us;
}

void mouth_deinit(struct mouth *mouth)
{
    audio_encoder_free(&mouth->encoder);
}
