#include "talkers.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "codec/audio_encoder.h"

enum { MOST_DBOV = 127 };

void talkers_speak(float pcm[TALKERS][TALKERS_FRAMES][PCM_FRAME])
{
    uint32_t noise = 1;
    for (size_t i = 0; i < (size_t)TALKERS * TALKERS_FRAMES * PCM_FRAME; i++) {
        size_t talker = i / (TALKERS_FRAMES * PCM_FRAME);
        double t = (double)(i % (TALKERS_FRAMES * PCM_FRAME)) / PCM_HZ;
        double swell = fabs(sin(M_PI * 5 * t + (double)talker));
        double buzz = 0;
        for (int harmonic = 1; harmonic < 12; harmonic++) {
            buzz += sin(2 * M_PI * harmonic * (110 + 30.0 * (double)talker) * t) / harmonic;
        }
        noise = noise * 1664525 + 1013904223;
        double hiss = (double)(noise >> 16) / 65536 - 0.5;
        (&pcm[0][0][0])[i] = (float)(0.15 * swell * buzz + 0.02 * swell * hiss);
    }
}

static uint8_t level_of(const float frame[PCM_FRAME])
{
    double power = 0;
    for (size_t i = 0; i < PCM_FRAME; i++) {
        power += (double)frame[i] * (double)frame[i] / PCM_FRAME;
    }
    double dbov = -10 * log10(power + 1e-13);
    return dbov < 0 ? 0 : dbov > MOST_DBOV ? MOST_DBOV : (uint8_t)dbov;
}

static int encode_all(struct talkers *talkers, size_t talker)
{
    struct audio_encoder *encoder = NULL;
    struct audio_encoder_config config = audio_encoder_defaults();
    int err = audio_encoder_new(&encoder, &config);
    for (size_t i = 0; i < TALKERS_FRAMES && err == 0; i++) {
        struct talkers_packet *packet = &talkers->packets[talker][i];
        packet->level = level_of(talkers->pcm[talker][i]);
        err = audio_encoder_encode(encoder, talkers->pcm[talker][i], packet->data,
                                   sizeof(packet->data), &packet->len);
    }
    audio_encoder_free(&encoder);
    return err;
}

int talkers_new(struct talkers **out)
{
    struct talkers *talkers = calloc(1, sizeof(*talkers));
    if (talkers == NULL) {
        return ERR_NO_MEMORY;
    }
    talkers_speak(talkers->pcm);
    int err = 0;
    for (size_t i = 0; i < TALKERS && err == 0; i++) {
        err = encode_all(talkers, i);
    }
    if (err != 0) {
        free(talkers);
        return err;
    }
    *out = talkers;
    return 0;
}
