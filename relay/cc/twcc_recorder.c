#include "cc/twcc_recorder.h"

#include <stdlib.h>

#include "base/window.h"
#include "rtp/rtcp_twcc.h"
#include "rtp/seq.h"

enum {
    /** Numbers told by one feedback packet; more take another one. */
    MAX_STATUSES = 512,
    /** IPv4, UDP and SRTCP around each feedback packet. */
    OVERHEAD_BYTES = 28 + 4 + 16,
    /** What a feedback packet about a frame or two costs. */
    USUAL_BYTES = 40 + OVERHEAD_BYTES,
    /** Feedback is one part in so many of what comes in. */
    SHARE = 20,
    CREDIT_MAX = SHARE * 4 * (TWCC_MAX_BYTES + OVERHEAD_BYTES)
};

void twcc_recorder_init(struct twcc_recorder *recorder)
{
    *recorder = (struct twcc_recorder){
        .highest = -1, .due_us = INT64_MAX, .credit = (int64_t)SHARE * USUAL_BYTES};
}

void twcc_recorder_deinit(struct twcc_recorder *recorder)
{
    free(recorder->arrival_us);
    twcc_recorder_init(recorder);
}

static int64_t *arrival_of(struct twcc_recorder *recorder, int64_t number)
{
    return &recorder->arrival_us[(uint64_t)number & (recorder->window - 1)];
}

/** @return false without memory */
static bool widen(struct twcc_recorder *recorder)
{
    uint32_t wider = recorder->window == 0 ? TWCC_FIRST_WINDOW : 2 * recorder->window;
    int64_t end = recorder->highest + 1;
    int64_t *arrival_us =
        window_widen(recorder->arrival_us, sizeof(*arrival_us), recorder->window, wider, end);
    if (arrival_us == NULL) {
        return false;
    }
    for (int64_t n = end - wider; n < end - recorder->window; n++) {
        arrival_us[(uint64_t)n & (wider - 1)] = RTCP_TWCC_LOST;
    }
    recorder->arrival_us = arrival_us;
    recorder->window = wider;
    return true;
}

/** Would `number` push something out of the window that is not told yet, or may have late
 * neighbours? */
static bool pushes_out(struct twcc_recorder *recorder, int64_t number, int64_t now_us)
{
    int64_t gone = number - recorder->window;
    if (gone >= recorder->start) {
        return number - recorder->start < TWCC_WINDOW; /* further no window reaches */
    }
    int64_t arrival_us = gone > recorder->highest ? RTCP_TWCC_LOST : *arrival_of(recorder, gone);
    return arrival_us != RTCP_TWCC_LOST && now_us - arrival_us <= TWCC_MAX_AGE_US;
}

static void make_room(struct twcc_recorder *recorder, int64_t number, int64_t now_us)
{
    while (recorder->window < TWCC_WINDOW && pushes_out(recorder, number, now_us) &&
           widen(recorder)) {
    }
}

/** Makes number, above all before, the highest. */
static void highest_advance(struct twcc_recorder *recorder, int64_t number, int64_t now_us)
{
    make_room(recorder, number, now_us);
    int64_t first = recorder->highest + 1;
    if (number - first >= recorder->window) {
        /* A jump over everything remembered: nothing useful can be said about the hole. */
        first = number - recorder->window + 1;
        recorder->start = number;
    } else if (recorder->start <= number - recorder->window) {
        recorder->start = number - recorder->window + 1;
    }
    for (int64_t n = first; n <= number; n++) {
        *arrival_of(recorder, n) = RTCP_TWCC_LOST;
    }
    recorder->highest = number;
}

/** True when the numbers from a late one on came recently enough to be told again. */
static bool still_of_interest(struct twcc_recorder *recorder, int64_t number, int64_t now_us)
{
    for (int64_t n = number + 1; n <= recorder->highest; n++) {
        int64_t arrival_us = *arrival_of(recorder, n);
        if (arrival_us != RTCP_TWCC_LOST) {
            return now_us - arrival_us <= TWCC_MAX_AGE_US;
        }
    }
    return true;
}

/** Takes a number into the window. @return false when there is nothing new to tell */
static bool number_note(struct twcc_recorder *recorder, uint16_t number, int64_t now_us,
                        int64_t *ext)
{
    if (recorder->highest < 0) {
        if (!widen(recorder)) {
            return false;
        }
        recorder->highest = INT64_C(65536) + number;
        recorder->start = recorder->highest;
        recorder->sent_us = now_us;
        *ext = recorder->highest;
        return true;
    }
    *ext = seq_extend(recorder->highest, number);
    if (*ext > recorder->highest) {
        highest_advance(recorder, *ext, now_us);
        return true;
    }
    if (*ext < 0 || *ext <= recorder->highest - recorder->window ||
        *arrival_of(recorder, *ext) != RTCP_TWCC_LOST) {
        return false;
    }
    if (*ext < recorder->start) {
        if (!still_of_interest(recorder, *ext, now_us)) {
            return false;
        }
        recorder->start = *ext;
    }
    return true;
}

void twcc_recorder_receive(struct twcc_recorder *recorder, uint16_t number, uint32_t media_ssrc,
                           uint32_t bytes, bool marker, int64_t arrival_us, int64_t now_us)
{
    recorder->credit += bytes;
    if (recorder->credit > CREDIT_MAX) {
        recorder->credit = CREDIT_MAX;
    }
    int64_t ext = 0;
    if (!number_note(recorder, number, now_us, &ext)) {
        return;
    }
    *arrival_of(recorder, ext) = arrival_us;
    recorder->media_ssrc = media_ssrc;
    int64_t interval_us = TWCC_MAX_INTERVAL_US;
    if (recorder->credit >= (int64_t)SHARE * USUAL_BYTES) {
        interval_us = marker ? TWCC_MARKER_INTERVAL_US : TWCC_INTERVAL_US;
    }
    int64_t due_us = recorder->sent_us + interval_us;
    if (due_us < now_us) {
        due_us = now_us;
    }
    if (due_us < recorder->due_us) {
        recorder->due_us = due_us;
    }
}

int64_t twcc_recorder_next_deadline(const struct twcc_recorder *recorder)
{
    return recorder->due_us;
}

/** Collects statuses from start on; returns how many, with at least one received, or 0. */
static size_t statuses_collect(struct twcc_recorder *recorder,
                               struct rtcp_twcc_status out[static MAX_STATUSES])
{
    /* A hole wider than one feedback can tell is passed over. */
    while (recorder->highest - recorder->start >= MAX_STATUSES &&
           *arrival_of(recorder, recorder->start) == RTCP_TWCC_LOST) {
        recorder->start++;
    }
    size_t count = 0;
    for (int64_t n = recorder->start; n <= recorder->highest && count < MAX_STATUSES; n++) {
        out[count++] =
            (struct rtcp_twcc_status){.seq = (uint16_t)n, .arrival_us = *arrival_of(recorder, n)};
    }
    return count;
}

size_t twcc_recorder_poll(struct twcc_recorder *recorder, uint32_t sender_ssrc, int64_t now_us,
                          uint8_t *out, size_t cap)
{
    if (now_us < recorder->due_us) {
        return 0;
    }
    struct rtcp_twcc_status statuses[MAX_STATUSES];
    size_t count = statuses_collect(recorder, statuses);
    size_t covered = 0;
    size_t bytes = 0;
    if (count > 0) {
        bytes = rtcp_twcc_write(out, cap < TWCC_MAX_BYTES ? cap : TWCC_MAX_BYTES, sender_ssrc,
                                recorder->media_ssrc, recorder->count, statuses, count, &covered);
    }
    recorder->start = bytes > 0 ? recorder->start + (int64_t)covered : recorder->highest + 1;
    if (recorder->start > recorder->highest) {
        recorder->due_us = INT64_MAX;
        recorder->sent_us = now_us;
    }
    if (bytes > 0) {
        recorder->count++;
        recorder->credit -= (int64_t)SHARE * ((int64_t)bytes + OVERHEAD_BYTES);
        if (recorder->credit < 0) {
            recorder->credit = 0;
        }
    }
    return bytes;
}
