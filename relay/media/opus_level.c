#include "media/opus_level.h"

#include "media/audio_level.h"
#include "rtp/opus_payload.h"

enum {
    SAMPLES_20_MS = 960,
    SILENT_BYTES = 8, /* in 20 ms: 3.2 kbit/s; the least that Opus needs for a voice is 6 */
    UNVOICED_DBOV = 90,
    VOICED_DBOV = 40
};

/** By the bytes of 20 ms: at speech rates (16 to 64 kbit/s) an encoder of variable rate gives a
 * voice two to four times what it gives the background. */
static uint8_t guess_by_size(size_t bytes)
{
    static const struct {
        uint16_t bytes; /* up to */
        uint8_t dbov;
    } sizes[] = {
        {SILENT_BYTES, AUDIO_LEVEL_SILENCE}, {15, 75}, {27, 55}, {43, 42}, {69, 34}, {109, 28}};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        if (bytes <= sizes[i].bytes) {
            return sizes[i].dbov;
        }
    }
    return 24;
}

uint8_t opus_level(const uint8_t *payload, size_t len, int told)
{
    struct rtp_opus opus;
    if (rtp_opus_parse(payload, len, &opus) != 0) {
        return AUDIO_LEVEL_SILENCE;
    }
    if (opus.dtx || len * SAMPLES_20_MS < (size_t)(SILENT_BYTES + 1) * opus.duration_samples) {
        return AUDIO_LEVEL_SILENCE; /* whatever it claims */
    }
    if (told != OPUS_LEVEL_UNTOLD) {
        return (uint8_t)(told & AUDIO_LEVEL_SILENCE);
    }
    if (opus.voice == RTP_OPUS_VOICE_NO) {
        return UNVOICED_DBOV;
    }
    uint8_t guess = guess_by_size(len * SAMPLES_20_MS / opus.duration_samples);
    return opus.voice == RTP_OPUS_VOICE_YES && guess > VOICED_DBOV ? VOICED_DBOV : guess;
}
