#include "load/playback.h"

#include <stdlib.h>
#include <string.h>

#include "base/minmax.h"

void playback_init(struct playback *playback, bool keep)
{
    *playback = (struct playback){.keep = keep};
}

/** A larger array, or the same when there is no memory. @return true when there is room */
static bool room(void **at, size_t count, size_t *capacity, size_t bytes)
{
    if (count < *capacity) {
        return true;
    }
    size_t more = *capacity == 0 ? 256 : 2 * *capacity;
    void *grown = realloc(*at, more * bytes);
    if (grown == NULL) {
        return false;
    }
    *at = grown;
    *capacity = more;
    return true;
}

static void keep_span(const struct playback *playback, struct playback_spans *spans,
                      int64_t from_us, int64_t end_us)
{
    void *at = spans->at;
    if (playback->keep && room(&at, spans->count, &spans->capacity, sizeof(*spans->at))) {
        spans->at = at;
        spans->at[spans->count++] = (struct playback_span){.from_us = from_us, .end_us = end_us};
    }
}

static void keep_frame(struct playback *playback, const struct playback_frame *frame)
{
    void *at = playback->frames;
    if (playback->keep &&
        room(&at, playback->frame_count, &playback->frame_capacity, sizeof(*frame))) {
        playback->frames = at;
        playback->frames[playback->frame_count++] = *frame;
    }
}

/** Shortest time between frames that is a freeze now. */
static int64_t freeze_limit_us(const struct playback *playback)
{
    size_t count =
        playback->interval_count < PLAYBACK_MEAN_OF ? playback->interval_count : PLAYBACK_MEAN_OF;
    if (count == 0) {
        return INT64_MAX;
    }
    int64_t sum_us = 0;
    for (size_t i = 0; i < count; i++) {
        sum_us += playback->intervals_us[i];
    }
    int64_t mean_us = sum_us / (int64_t)count;
    return 3 * mean_us > mean_us + PLAYBACK_FREEZE_EXTRA_US ? 3 * mean_us
                                                            : mean_us + PLAYBACK_FREEZE_EXTRA_US;
}

static void add_interval(struct playback_sums *sums, int64_t interval_us, uint16_t height)
{
    double s = (double)interval_us / 1e6;
    sums->shown_us += interval_us;
    sums->interval_s += s;
    sums->interval2_s2 += s * s;
    sums->height_s += s * height;
}

static bool add_freeze(struct playback_sums *sums, int64_t interval_us, int64_t limit_us)
{
    if (interval_us < limit_us) {
        return false;
    }
    sums->freezes++;
    sums->frozen_us += interval_us;
    return true;
}

/** The time from the last frame to the next one, or to a pause. */
static void end_interval(struct playback *playback, int64_t now_us)
{
    int64_t interval_us = now_us - playback->last.shown_us;
    if (add_freeze(&playback->sums, interval_us, freeze_limit_us(playback))) {
        keep_span(playback, &playback->freezes, playback->last.shown_us, now_us);
    }
    add_interval(&playback->sums, interval_us, playback->last.height);
    playback->intervals_us[playback->interval_count++ % PLAYBACK_MEAN_OF] = interval_us;
}

/** Each group of frames from one of TID 0 to the next tells how high the TIDs go. */
static void watch_tid(struct playback *playback, const struct playback_frame *frame, bool same)
{
    if (!same) {
        playback->group_tid = 0;
        playback->group_before = 0;
        playback->level = UINT8_MAX; /* not known */
        return;
    }
    if (frame->tid > 0) {
        playback->group_tid = frame->tid > playback->group_tid ? frame->tid : playback->group_tid;
        return;
    }
    if (playback->group_tid == playback->group_before && playback->group_tid != playback->level) {
        playback->sums.temporal_switches += playback->level != UINT8_MAX;
        playback->level = playback->group_tid;
    }
    playback->group_before = playback->group_tid;
    playback->group_tid = 0;
}

static int by_value(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/** The delay that all but PLAYBACK_LATE_PERCENT of the last frames did not exceed, within bounds.
 */
static int64_t find_aim(const struct playback *playback)
{
    int64_t sorted_us[PLAYBACK_DELAYS];
    size_t count =
        playback->delay_count < PLAYBACK_DELAYS ? playback->delay_count : PLAYBACK_DELAYS;
    memcpy(sorted_us, playback->delays_us, count * sizeof(sorted_us[0]));
    qsort(sorted_us, count, sizeof(sorted_us[0]), by_value);
    int64_t aim_us = sorted_us[(count - 1) * (100 - PLAYBACK_LATE_PERCENT) / 100];
    int64_t bound_us = sorted_us[0] + PLAYBACK_BUFFER_MOST_US;
    return aim_us < bound_us ? aim_us : bound_us;
}

/** The buffer after a frame that took so long. */
static void adapt(struct playback *playback, int64_t delay_us, int64_t since_us)
{
    bool first = playback->delay_count == 0;
    playback->delays_us[playback->delay_count++ % PLAYBACK_DELAYS] = delay_us;
    if (first || playback->delay_count % PLAYBACK_AIM_EACH == 0) {
        playback->aim_us = find_aim(playback);
    }
    int64_t step_us = since_us / 10;
    if (first) {
        playback->offset_us = delay_us;
    } else if (delay_us > playback->offset_us && playback->aim_us > playback->offset_us) {
        playback->offset_us = min_i64(delay_us, playback->aim_us);
    } else if (playback->offset_us < playback->aim_us) {
        playback->offset_us += min_i64(step_us, playback->aim_us - playback->offset_us);
    } else {
        playback->offset_us -= min_i64(step_us, playback->offset_us - playback->aim_us);
    }
}

void playback_take(struct playback *playback, const struct playback_frame *frame, int64_t now_us)
{
    struct playback_frame shown = *frame;
    if (playback->last.publisher != frame->publisher) {
        playback->delay_count = 0; /* another path, another clock */
    }
    adapt(playback, now_us - frame->capture_us, now_us - playback->there_us);
    playback->there_us = now_us;
    shown.shown_us = frame->capture_us + playback->offset_us;
    shown.shown_us = shown.shown_us > now_us ? shown.shown_us : now_us;
    if (playback->sums.frames > 0 && shown.shown_us < playback->last.shown_us) {
        shown.shown_us = playback->last.shown_us;
    }
    playback_show(playback, &shown);
}

void playback_show(struct playback *playback, const struct playback_frame *frame)
{
    struct playback_sums *sums = &playback->sums;
    bool first = sums->frames == 0;
    bool same_publisher = !first && frame->publisher == playback->last.publisher;
    if (first) {
        sums->first_us = frame->shown_us;
    } else if (playback->paused) {
        /* A frame that was on its way still comes in a pause; the pause goes on. */
        sums->paused_us += frame->shown_us - playback->pause_us;
        playback->pause_us = frame->shown_us;
    } else {
        end_interval(playback, frame->shown_us);
    }
    bool other_layer = same_publisher && frame->layer != playback->last.layer;
    sums->layer_switches += other_layer;
    watch_tid(playback, frame, same_publisher && !other_layer);
    sums->frames++;
    playback->last = *frame;
    keep_frame(playback, frame);
}

void playback_pause(struct playback *playback, bool on, int64_t now_us)
{
    if (playback->paused == on) {
        return;
    }
    playback->paused = on;
    if (on) {
        playback->sums.pauses++;
        playback->pause_us = now_us;
        keep_span(playback, &playback->told_pauses, now_us, 0);
        if (playback->sums.frames > 0 && now_us > playback->last.shown_us) {
            end_interval(playback, now_us);
        }
        return;
    }
    playback->sums.paused_us += now_us - playback->pause_us;
    if (playback->told_pauses.count > 0) {
        playback->told_pauses.at[playback->told_pauses.count - 1].end_us = now_us;
    }
    playback->last.shown_us = now_us; /* what follows counts from here */
}

struct playback_sums playback_sums(const struct playback *playback, int64_t now_us)
{
    struct playback_sums sums = playback->sums;
    if (playback->paused) {
        sums.paused_us += now_us - playback->pause_us;
    } else if (sums.frames > 0 && now_us > playback->last.shown_us) {
        int64_t interval_us = now_us - playback->last.shown_us;
        if (add_freeze(&sums, interval_us, freeze_limit_us(playback))) {
            add_interval(&sums, interval_us, playback->last.height);
        }
    }
    return sums;
}

struct playback_sums playback_since(const struct playback_sums *from,
                                    const struct playback_sums *to)
{
    struct playback_sums since = *to;
    since.frames -= from->frames;
    since.freezes -= from->freezes;
    since.frozen_us -= from->frozen_us;
    since.pauses -= from->pauses;
    since.paused_us -= from->paused_us;
    since.layer_switches -= from->layer_switches;
    since.temporal_switches -= from->temporal_switches;
    since.shown_us -= from->shown_us;
    since.interval_s -= from->interval_s;
    since.interval2_s2 -= from->interval2_s2;
    since.height_s -= from->height_s;
    return since;
}

double playback_harmonic_fps(const struct playback_sums *sums)
{
    return sums->interval2_s2 > 0 ? sums->interval_s / sums->interval2_s2 : 0;
}

double playback_mean_height(const struct playback_sums *sums)
{
    double total_s = (double)(sums->shown_us + sums->paused_us) / 1e6;
    return total_s > 0 ? sums->height_s / total_s : 0;
}

void playback_deinit(struct playback *playback)
{
    free(playback->frames);
    free(playback->freezes.at);
    free(playback->told_pauses.at);
    playback->frames = NULL;
    playback->freezes.at = NULL;
    playback->told_pauses.at = NULL;
}
