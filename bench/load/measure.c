#include "load/measure.h"

#include <stddef.h>

#include "load/listening.h"

void measure_silence(struct stats *stats, int64_t from_us, int64_t to_us)
{
    struct stats_received *last = NULL;
    for (size_t i = 0; i < stats->received_count; i++) {
        struct stats_received *received = &stats->received[i];
        if (received->kind == LOAD_AUDIO && (last == NULL || received->last_us > last->last_us)) {
            last = received;
        }
    }
    if (last == NULL) {
        return;
    }
    int64_t silent_us = to_us - (last->last_us > from_us ? last->last_us : from_us);
    if (silent_us < MEASURE_SILENCE_US) {
        return;
    }
    uint64_t lost = (uint64_t)silent_us / LISTENING_FRAME_US;
    last->due_us += (uint64_t)silent_us;
    last->concealed_us += (uint64_t)silent_us;
    last->lost_before += lost;
    last->lost_after += lost;
    last->runs++;
}

void measure_take(struct stats *stats, const struct measure_time *time)
{
    if (time->begin_us == 0) {
        stats->received_count = 0;
        stats->sent_count = 0;
        stats->rtp_received = 0;
        stats->rtp_sent = 0;
        stats->malformed = 0;
        stats->unknown_ssrc = 0;
        return;
    }
    span_since(stats, time->mark);
    if (time->sound_due_us != 0) {
        int64_t from_us = time->sound_due_us > time->begin_us ? time->sound_due_us : time->begin_us;
        measure_silence(stats, from_us, time->spoken_us);
    }
}
