#include "load/said.h"

#include <stdbool.h>

enum { STEP_US = 20000, STEP = 960, CLOCK_PER_MS = 48, REANCHOR_US = 60000 };

/** Adds a packet of the speaking loop that was said from a time on. @return its speech, samples */
static size_t add(const struct content *content, unsigned tone, uint64_t place, float *pcm,
                  size_t samples, int64_t offset_us)
{
    float sound[STEP];
    int64_t at = offset_us * CLOCK_PER_MS / 1000;
    if (at < 0 || at + STEP > (int64_t)samples) {
        return 0;
    }
    content_samples(content, tone, true, place, sound);
    for (size_t i = 0; i < STEP; i++) {
        pcm[(size_t)at + i] += sound[i];
    }
    return content_says(content, tone, place) ? STEP : 0;
}

static const struct spoken_voice *find(const struct spoken_voice *voices, size_t count,
                                       uint32_t caller)
{
    for (size_t i = 0; i < count; i++) {
        if (voices[i].caller == caller) {
            return &voices[i];
        }
    }
    return NULL;
}

/** One caller's packets leave each 20 ms, but for what the tool was late: so the least of their
 * times counts. */
static int64_t anchor_of(const struct ear_packet *packets, size_t count, size_t from)
{
    const struct mark *first = &packets[from].mark;
    int64_t least_us = first->sent_us;
    for (size_t i = from; i < count; i++) {
        const struct mark *mark = &packets[i].mark;
        int64_t here_us = mark->sent_us - ((int64_t)mark->number - first->number) * STEP_US;
        if (!packets[i].marked || mark->caller != first->caller ||
            here_us - least_us > REANCHOR_US || least_us - here_us > REANCHOR_US) {
            break;
        }
        least_us = here_us < least_us ? here_us : least_us;
    }
    return least_us;
}

/** Whether two packets in a row are of one caller who spoke all the way between. */
static bool goes_on(const struct content *content, const struct ear_packet *a,
                    const struct ear_packet *b)
{
    uint32_t loop = (uint32_t)content_loop(content, true);
    return a->marked && b->marked && a->mark.caller == b->mark.caller &&
           a->mark.content != CONTENT_QUIET && b->mark.content != CONTENT_QUIET &&
           b->mark.number > a->mark.number &&
           (a->mark.content + (b->mark.number - a->mark.number)) % loop == b->mark.content;
}

size_t said_forwarded(const struct content *content, const struct ear_packet *packets, size_t count,
                      const struct spoken_voice *voices, size_t voice_count, float *pcm,
                      size_t samples, int64_t from_us)
{
    size_t speech = 0;
    int64_t anchor_us = 0;
    uint32_t anchor_number = 0;
    for (size_t i = 0; i < count; i++) {
        const struct ear_packet *packet = &packets[i];
        const struct mark *mark = &packet->mark;
        const struct spoken_voice *voice =
            packet->marked ? find(voices, voice_count, mark->caller) : NULL;
        if (voice == NULL) {
            continue;
        }
        bool same = i > 0 && packets[i - 1].marked && packets[i - 1].mark.caller == mark->caller;
        int64_t due_us = anchor_us + ((int64_t)mark->number - anchor_number) * STEP_US;
        if (!same || mark->sent_us - due_us > REANCHOR_US || due_us - mark->sent_us > REANCHOR_US) {
            anchor_us = anchor_of(packets, count, i);
            anchor_number = mark->number;
            due_us = anchor_us;
        }
        if (mark->content == CONTENT_QUIET) {
            continue;
        }
        uint32_t lost = i > 0 && goes_on(content, &packets[i - 1], packet)
                            ? mark->number - packets[i - 1].mark.number - 1
                            : 0;
        uint32_t loop = (uint32_t)content_loop(content, true);
        for (uint32_t k = lost < loop ? 0 : lost; k <= lost; k++) {
            uint32_t back = lost - k;
            speech += add(content, voice->tone, mark->content + loop - back, pcm, samples,
                          due_us - (int64_t)(back + 1) * STEP_US - from_us);
        }
    }
    return speech;
}

size_t said_together(const struct content *content, const struct spoken_voice *voices,
                     size_t voice_count, uint32_t listener, float *pcm, size_t samples,
                     int64_t from_us)
{
    size_t speech = 0;
    int64_t to_us = from_us + (int64_t)(samples / CLOCK_PER_MS) * 1000;
    for (size_t i = 0; i < voice_count; i++) {
        const struct spoken_voice *voice = &voices[i];
        size_t oldest = voice->count > SPOKEN_SPURTS ? voice->count - SPOKEN_SPURTS : 0;
        for (size_t j = oldest; j < voice->count && voice->caller != listener; j++) {
            const struct spoken_spurt *spurt = &voice->spurts[j % SPOKEN_SPURTS];
            int64_t end_us = j + 1 < voice->count
                                 ? voice->spurts[(j + 1) % SPOKEN_SPURTS].from_us - STEP_US
                                 : to_us;
            int64_t at_us = spurt->from_us - STEP_US;
            for (uint64_t k = 0; spurt->speaking && at_us < end_us; k++, at_us += STEP_US) {
                if (at_us >= from_us) {
                    speech +=
                        add(content, voice->tone, spurt->place + k, pcm, samples, at_us - from_us);
                }
            }
        }
    }
    return speech;
}
