#include "load/ear.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { CLOCK_PER_MS = 48, FRAME_US = 20000, LONG_PAUSE_US = 1000000, FADE_SAMPLES = 240 };

/** Where in a window's sound a time is. */
static int64_t sample_of(const struct ear_stage *stage, int64_t at_us)
{
    return (at_us - stage->from_us) * CLOCK_PER_MS / 1000;
}

/** Puts decoded sound at a time; the first samples are blended with what is there already. */
static void put(const struct ear_stage *stage, int64_t at_us, const float *sound, size_t count,
                int64_t there_until_us)
{
    int64_t at = sample_of(stage, at_us);
    int64_t until = sample_of(stage, there_until_us);
    for (size_t i = 0; i < count; i++) {
        int64_t place = at + (int64_t)i;
        if (place < 0 || place >= (int64_t)stage->samples) {
            continue;
        }
        if (place < until && i < FADE_SAMPLES) {
            float share = (float)i / FADE_SAMPLES;
            stage->pcm[place] += share * (sound[i] - stage->pcm[place]);
        } else {
            stage->pcm[place] = sound[i];
        }
    }
}

/** Makes up what is missing before a packet that is played at a time. */
static void fill(struct ear *ear, const struct ear_stage *stage, int64_t at_us, const uint8_t *next,
                 size_t len)
{
    float pcm[PCM_MAX_SAMPLES];
    while (at_us - ear->played_us >= 2500) {
        int64_t us = at_us - ear->played_us;
        us = us > FRAME_US ? FRAME_US : us / 2500 * 2500;
        size_t count = (size_t)(us * CLOCK_PER_MS / 1000);
        bool last = at_us - ear->played_us - us < 2500;
        if (!last || audio_decoder_recover(ear->decoder, next, len, count, pcm) != 0) {
            if (audio_decoder_conceal(ear->decoder, count, pcm) != 0) {
                return;
            }
        }
        put(stage, ear->played_us, pcm, count, ear->played_us);
        ear->played_us += us;
    }
}

/** @return false when the playout buffer's model says that it came too late to be heard */
static bool hear(struct ear *ear, const struct ear_packet *packet, int64_t *play_us)
{
    struct listening_packet heard = {.publisher = packet->ssrc,
                                     .number = (uint32_t)packet->ext_seq,
                                     .capture_us = packet->timestamp * 1000 / CLOCK_PER_MS,
                                     .arrival_us = packet->arrived_us,
                                     .overtaken = packet->overtaken};
    int64_t spare_us = heard.capture_us + ear->listening.offset_us - packet->arrived_us;
    bool late = ear->listening.begun && heard.overtaken && spare_us < 0;
    listening_hear(&ear->listening, &heard);
    *play_us = heard.capture_us + ear->listening.offset_us;
    return !late;
}

static void play(struct ear *ear, const struct ear_stage *stage, const struct ear_packet *packet,
                 const uint8_t *payload)
{
    float pcm[PCM_MAX_SAMPLES];
    size_t count = 0;
    int64_t play_us = 0;
    if (!hear(ear, packet, &play_us)) {
        return;
    }
    int64_t gap_us = play_us - ear->played_us;
    bool missing = packet->ext_seq != ear->seq + 1;
    bool new_start = gap_us > LONG_PAUSE_US || gap_us < -LONG_PAUSE_US;
    bool paused = !missing && gap_us >= FRAME_US; /* by the sender */
    if (new_start || paused) {
        ear->played_us = play_us;
    } else {
        fill(ear, stage, play_us, payload, packet->len);
    }
    ear->seq = packet->ext_seq;
    if (audio_decoder_decode(ear->decoder, payload, packet->len, pcm, &count) != 0) {
        return;
    }
    put(stage, play_us, pcm, count, ear->played_us);
    ear->played_us = play_us + (int64_t)count * 1000 / CLOCK_PER_MS;
}

int ear_play(struct ear *ear, const struct ear_packet *packets, size_t count, const uint8_t *bytes,
             const struct ear_stage *stage)
{
    if (ear->decoder == NULL) {
        int err = audio_decoder_new(&ear->decoder);
        if (err != 0) {
            return err;
        }
        ear->seq = -1;
        ear->played_us = INT64_MIN / 2;
    }
    for (size_t i = 0; i < count; i++) {
        if (packets[i].ssrc != ear->ssrc) {
            audio_decoder_reset(ear->decoder);
            ear->ssrc = packets[i].ssrc;
            ear->seq = packets[i].ext_seq - 1;
        }
        if (packets[i].ext_seq > ear->seq) {
            play(ear, stage, &packets[i], bytes + packets[i].offset);
        }
    }
    return 0;
}

static int compare(const void *left, const void *right)
{
    const struct ear_packet *a = left;
    const struct ear_packet *b = right;
    if (a->stream != b->stream) {
        return a->stream < b->stream ? -1 : 1;
    }
    return a->ext_seq < b->ext_seq ? -1 : a->ext_seq > b->ext_seq;
}

/** Repaired ones and stragglers: a later number came before them. */
static void find_overtaken(struct ear_packet *packets, size_t count)
{
    int64_t earliest_us = INT64_MAX; /* of later numbers */
    for (size_t i = count; i > 0; i--) {
        struct ear_packet *packet = &packets[i - 1];
        if (i < count && packet->stream != packets[i].stream) {
            earliest_us = INT64_MAX;
        }
        packet->overtaken = packet->arrived_us > earliest_us;
        earliest_us = packet->arrived_us < earliest_us ? packet->arrived_us : earliest_us;
    }
}

struct ear_packet ear_packet_of(unsigned stream, const struct stats_sound *sound, size_t len)
{
    return (struct ear_packet){.stream = stream,
                               .ssrc = sound->ssrc,
                               .arrived_us = sound->arrived_us,
                               .ext_seq = sound->ext_seq,
                               .timestamp = sound->timestamp,
                               .marked = sound->marked,
                               .mark = sound->mark,
                               .len = len};
}

size_t ear_sort(struct ear_packet *packets, size_t count)
{
    qsort(packets, count, sizeof(*packets), compare);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || packets[kept - 1].stream != packets[i].stream ||
            packets[kept - 1].ext_seq != packets[i].ext_seq) {
            packets[kept++] = packets[i];
        }
    }
    find_overtaken(packets, kept);
    return kept;
}

void ear_deinit(struct ear *ear)
{
    audio_decoder_free(&ear->decoder);
}
