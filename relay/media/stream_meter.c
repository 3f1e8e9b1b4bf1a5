#include "media/stream_meter.h"

#include <string.h>

enum {
    INTERVAL_US = 500000,
    PAUSE_US = 2500000, /**< after a longer interval the stream had rested: it does not count */
    READY_INTERVALS = 2,
    STEADY_WEIGHT = 6, /**< of an interval in the steady rate: one in six */
    IDLE_INTERVALS = 4 /**< a level without pictures for so long is not in use */
};

void stream_meter_init(struct stream_meter *meter)
{
    *meter = (struct stream_meter){.since_us = INT64_MIN, .levels = 1};
}

static void interval_begin(struct stream_meter *meter, int64_t now_us)
{
    meter->since_us = now_us;
    meter->key_bytes = 0;
    memset(meter->bytes, 0, sizeof(meter->bytes));
    memset(meter->frames, 0, sizeof(meter->frames));
}

void stream_meter_restart(struct stream_meter *meter)
{
    if (meter->since_us != INT64_MIN) {
        meter->since_us = INT64_MIN;
        meter->keyframe = false;
    }
}

static uint32_t per_second(uint64_t count, int64_t elapsed_us)
{
    uint64_t rate = count * 1000000 / (uint64_t)elapsed_us;
    return rate > UINT32_MAX ? UINT32_MAX : (uint32_t)rate;
}

static uint32_t approach(uint32_t steady, uint32_t now, bool first)
{
    return first ? now : (uint32_t)(((uint64_t)steady * (STEADY_WEIGHT - 1) + now) / STEADY_WEIGHT);
}

static void note_levels(struct stream_meter *meter)
{
    meter->levels = 1;
    for (size_t i = 0; i < STREAM_METER_LEVELS; i++) {
        bool idle = meter->frames[i] == 0;
        meter->idle[i] = (uint8_t)(idle ? meter->idle[i] + (meter->idle[i] < IDLE_INTERVALS) : 0);
        if (meter->idle[i] < IDLE_INTERVALS) {
            meter->levels = (uint8_t)(i + 1);
        }
    }
}

static void interval_end(struct stream_meter *meter, int64_t elapsed_us)
{
    bool first = meter->intervals == 0;
    uint64_t bytes = 0;
    uint64_t frames = 0;
    if (first) {
        memset(meter->idle, IDLE_INTERVALS, sizeof(meter->idle));
    }
    for (size_t i = 0; i < STREAM_METER_LEVELS; i++) {
        bytes += meter->bytes[i];
        frames += meter->frames[i];
        uint32_t bps = per_second(8 * bytes, elapsed_us);
        uint32_t with_keys = per_second(8 * (bytes + meter->key_bytes), elapsed_us);
        meter->recent_bps[i] = first ? bps : bps / 2 + meter->last_bps[i] / 2;
        meter->last_bps[i] = bps;
        meter->steady_bps[i] = approach(meter->steady_bps[i], with_keys, first);
        meter->fps_q8[i] = approach(meter->fps_q8[i], per_second(256 * frames, elapsed_us), first);
    }
    note_levels(meter);
    meter->intervals++;
}

static void picture_begin(struct stream_meter *meter, uint8_t tid, bool keyframe,
                          uint32_t timestamp)
{
    meter->timestamp = timestamp;
    meter->tid = tid;
    meter->keyframe = keyframe;
    meter->frames[tid]++;
    if (keyframe) {
        meter->keyframe_bytes = 0;
    }
}

void stream_meter_receive(struct stream_meter *meter, uint8_t tid, bool keyframe_start,
                          uint32_t timestamp, size_t bytes, int64_t now_us)
{
    bool begun = meter->since_us != INT64_MIN;
    int64_t elapsed_us = begun ? now_us - meter->since_us : 0;
    if (!begun || elapsed_us > PAUSE_US) {
        interval_begin(meter, now_us);
    } else if (elapsed_us >= INTERVAL_US) {
        interval_end(meter, elapsed_us);
        interval_begin(meter, now_us);
    }
    tid &= STREAM_METER_LEVELS - 1;
    if (!begun || keyframe_start || (int32_t)(timestamp - meter->timestamp) > 0) {
        picture_begin(meter, tid, keyframe_start, timestamp);
    }
    uint32_t all = (uint32_t)bytes + STREAM_METER_OVERHEAD_BYTES;
    if (meter->keyframe && timestamp == meter->timestamp) {
        meter->key_bytes += all;
        meter->keyframe_bytes += all;
    } else {
        meter->bytes[tid] += all;
    }
}

bool stream_meter_ready(const struct stream_meter *meter)
{
    return meter->intervals >= READY_INTERVALS;
}

size_t stream_meter_levels(const struct stream_meter *meter)
{
    return meter->levels;
}

uint64_t stream_meter_bps(const struct stream_meter *meter, size_t level)
{
    uint32_t recent = meter->recent_bps[level];
    uint32_t steady = meter->steady_bps[level];
    return recent > steady ? recent : steady;
}

uint8_t stream_meter_fps(const struct stream_meter *meter, size_t level)
{
    uint32_t fps = (meter->fps_q8[level] + 128) >> 8;
    return (uint8_t)(fps < 1 ? 1 : fps > UINT8_MAX ? UINT8_MAX : fps);
}
