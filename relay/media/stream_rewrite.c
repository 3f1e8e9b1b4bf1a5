#include "media/stream_rewrite.h"

#include <assert.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/minmax.h"
#include "base/window.h"
#include "rtp/seq.h"

/** Changes of feed whose packets can still be asked for. */
enum { SEGMENTS = 8 };

/** A caller's idea of the time that passed is believed when it is so near to what the arrivals say.
 */
static const int64_t elapsed_tolerance_us = 1000000;

/** An unbroken run of outgoing numbers from one feed. */
struct segment {
    int64_t first_out; /**< INT64_MAX while it has none */
    int64_t last_out;
    int64_t first_source;
    int64_t newest_source; /**< highest source number forwarded, reserved or dropped */
    uint32_t timestamp_offset;
    uint32_t feed;
    uint32_t change;
};

struct stream_rewrite {
    int64_t next_out;          /**< next number to be given */
    uint32_t mask;             /**< numbers remembered - 1 */
    uint32_t present;          /**< index into segments */
    bool fed;                  /**< a feed was set */
    bool active;               /**< a packet went out */
    bool frame_open;           /**< the newest packet did not end its frame */
    bool first_pending;        /**< no packet of this segment went out yet */
    uint32_t source_timestamp; /**< of the newest packet */
    uint32_t out_timestamp;
    uint32_t clock_rate;
    uint32_t min_step;
    int64_t arrival_us;  /**< first packet of the newest frame */
    int64_t first_known; /**< lower outgoing numbers were forgotten, or never given */
    uint32_t *sources; /**< owned; low 32 bits of the source number of each outgoing number, by its
                          low bits. Ascending within a segment. */
    uint32_t most;     /**< numbers remembered at most */
    struct segment segments[SEGMENTS];
};

int stream_rewrite_new(struct stream_rewrite **out, const struct stream_rewrite_config *config,
                       struct rand *rand)
{
    uint32_t window = config->window;
    uint32_t first = config->first == 0 ? window : config->first;
    if (window < 16 || window > 32768 || (window & (window - 1)) != 0 || first > window ||
        (first & (first - 1)) != 0 || config->clock_rate == 0) {
        return ERR_INVALID;
    }
    struct stream_rewrite *rewrite = calloc(1, sizeof(*rewrite));
    if (rewrite == NULL) {
        return ERR_NO_MEMORY;
    }
    rewrite->sources = calloc(first, sizeof(rewrite->sources[0]));
    if (rewrite->sources == NULL) {
        free(rewrite);
        return ERR_NO_MEMORY;
    }
    rewrite->first_known = rand_below(rand, 0x8000);
    rewrite->next_out = rewrite->first_known;
    rewrite->out_timestamp = rand_u32(rand);
    rewrite->mask = first - 1;
    rewrite->most = window;
    rewrite->clock_rate = config->clock_rate;
    rewrite->min_step = config->min_step;
    *out = rewrite;
    return 0;
}

/** Outgoing timestamp for a packet that follows a change of feed. */
static uint32_t next_timestamp(const struct stream_rewrite *rewrite, int64_t arrival_us,
                               int64_t elapsed_us)
{
    if (!rewrite->active) {
        return rewrite->out_timestamp;
    }
    int64_t arrived_us = arrival_us - rewrite->arrival_us;
    if (elapsed_us == INT64_MIN || elapsed_us > arrived_us + elapsed_tolerance_us ||
        elapsed_us < arrived_us - elapsed_tolerance_us) {
        elapsed_us = arrived_us;
    }
    uint32_t step = rewrite->min_step;
    if (elapsed_us > 0) {
        int64_t seconds = elapsed_us / 1000000;
        int64_t rest_us = elapsed_us % 1000000;
        int64_t ticks = seconds * rewrite->clock_rate + rest_us * rewrite->clock_rate / 1000000;
        if (ticks > step) {
            step = (uint32_t)ticks;
        }
    }
    return rewrite->out_timestamp + step;
}

/** Starts a segment whose first source number will be first_source. */
static void segment_begin(struct stream_rewrite *rewrite, uint32_t feed, int64_t first_source,
                          uint32_t timestamp_offset)
{
    const struct segment *before = &rewrite->segments[rewrite->present];
    uint32_t change = before->change + 1;
    if (rewrite->frame_open) {
        /* Left unused: the decoder shall see that the last frame has no end. */
        rewrite->next_out++;
        rewrite->frame_open = false;
    }
    if (before->first_out != INT64_MAX) {
        rewrite->present = (rewrite->present + 1) % SEGMENTS;
    }
    rewrite->segments[rewrite->present] = (struct segment){
        .first_out = INT64_MAX,
        .last_out = INT64_MIN,
        .first_source = first_source,
        .newest_source = first_source - 1,
        .timestamp_offset = timestamp_offset,
        .feed = feed,
        .change = change,
    };
    rewrite->fed = true;
    rewrite->first_pending = true;
}

void stream_rewrite_switch(struct stream_rewrite *rewrite, uint32_t feed, int64_t source_seq,
                           uint32_t timestamp, int64_t arrival_us, int64_t elapsed_us)
{
    uint32_t out = next_timestamp(rewrite, arrival_us, elapsed_us);
    segment_begin(rewrite, feed, source_seq, out - timestamp);
}

void stream_rewrite_switch_by(struct stream_rewrite *rewrite, uint32_t feed, int64_t source_seq,
                              uint32_t timestamp, uint32_t step)
{
    uint32_t out = rewrite->out_timestamp + (rewrite->active ? step : 0);
    segment_begin(rewrite, feed, source_seq, out - timestamp);
}

/** Gives the next outgoing number to a source number of the present segment. */
static int64_t number_give(struct stream_rewrite *rewrite, struct segment *segment,
                           int64_t source_seq)
{
    int64_t out = rewrite->next_out++;
    rewrite->sources[(uint32_t)out & rewrite->mask] = (uint32_t)source_seq;
    if (segment->first_out == INT64_MAX) {
        segment->first_out = out;
    }
    segment->last_out = out;
    return out;
}

void stream_rewrite_widen(struct stream_rewrite *rewrite, uint32_t numbers)
{
    uint32_t size = rewrite->mask + 1;
    uint32_t wider = size;
    while (wider < numbers && wider < rewrite->most) {
        wider *= 2;
    }
    if (wider == size) {
        return;
    }
    uint32_t *sources =
        window_widen(rewrite->sources, sizeof(rewrite->sources[0]), size, wider, rewrite->next_out);
    if (sources != NULL) {
        rewrite->first_known = max_i64(rewrite->first_known, rewrite->next_out - size);
        rewrite->sources = sources;
        rewrite->mask = wider - 1;
    }
}

/**
 * Makes source_seq, above all before, the newest; numbers missing in between are reserved.
 * A hole wider than the window could not be filled by late packets: it closes up, but for one
 * unused number.
 */
static struct segment *newest_advance(struct stream_rewrite *rewrite, int64_t source_seq)
{
    struct segment *segment = &rewrite->segments[rewrite->present];
    int64_t missing = source_seq - segment->newest_source - 1;
    if (missing > rewrite->mask && missing < rewrite->most) {
        stream_rewrite_widen(rewrite, (uint32_t)missing + 1);
    }
    if (missing > rewrite->mask) {
        rewrite->frame_open = rewrite->active;
        segment_begin(rewrite, segment->feed, source_seq, segment->timestamp_offset);
        segment = &rewrite->segments[rewrite->present];
    } else {
        for (int64_t seq = segment->newest_source + 1; seq < source_seq; seq++) {
            (void)number_give(rewrite, segment, seq);
        }
    }
    segment->newest_source = source_seq;
    return segment;
}

/** Outgoing number of a source number of the present segment, or -1. */
static int64_t number_find(const struct stream_rewrite *rewrite, int64_t source_seq)
{
    const struct segment *segment = &rewrite->segments[rewrite->present];
    if (segment->first_out == INT64_MAX || source_seq < segment->first_source) {
        return -1;
    }
    uint32_t wanted = (uint32_t)(segment->newest_source - source_seq);
    int64_t low = max_i64(rewrite->next_out - 1 - rewrite->mask, segment->first_out);
    low = max_i64(low, rewrite->first_known);
    int64_t high = segment->last_out;
    while (low <= high) {
        int64_t middle = low + (high - low) / 2;
        uint32_t behind =
            (uint32_t)segment->newest_source - rewrite->sources[(uint32_t)middle & rewrite->mask];
        if (behind == wanted) {
            return middle;
        }
        if (behind > wanted) {
            low = middle + 1;
        } else {
            high = middle - 1;
        }
    }
    return -1;
}

static bool late_forward(const struct stream_rewrite *rewrite, int64_t source_seq,
                         uint32_t timestamp, struct stream_rewrite_out *out)
{
    const struct segment *segment = &rewrite->segments[rewrite->present];
    int64_t ext_seq = number_find(rewrite, source_seq);
    if (ext_seq < 0) {
        return false;
    }
    *out = (struct stream_rewrite_out){.ext_seq = ext_seq,
                                       .timestamp = timestamp + segment->timestamp_offset,
                                       .change = segment->change,
                                       .first = false,
                                       .late = true};
    return true;
}

/** Numbers for the packet that is now the newest of the segment. */
static inline void newest_forward(struct stream_rewrite *rewrite, struct segment *segment,
                                  int64_t source_seq, uint32_t timestamp, bool frame_end,
                                  int64_t arrival_us, struct stream_rewrite_out *out)
{
    out->ext_seq = number_give(rewrite, segment, source_seq);
    out->timestamp = timestamp + segment->timestamp_offset;
    out->change = segment->change;
    out->first = rewrite->first_pending;
    out->late = false;
    if (timestamp != rewrite->source_timestamp || rewrite->first_pending) {
        rewrite->arrival_us = arrival_us;
    }
    rewrite->source_timestamp = timestamp;
    rewrite->out_timestamp = out->timestamp;
    rewrite->first_pending = false;
    rewrite->frame_open = !frame_end;
    rewrite->active = true;
}

/** As stream_rewrite_forward, for a packet that does not follow the newest one. */
__attribute__((noinline)) static bool apart_forward(struct stream_rewrite *rewrite,
                                                    int64_t source_seq, uint32_t timestamp,
                                                    bool frame_end, int64_t arrival_us,
                                                    struct stream_rewrite_out *out)
{
    if (!rewrite->fed) {
        return false;
    }
    if (source_seq <= rewrite->segments[rewrite->present].newest_source) {
        return late_forward(rewrite, source_seq, timestamp, out);
    }
    struct segment *segment = newest_advance(rewrite, source_seq);
    newest_forward(rewrite, segment, source_seq, timestamp, frame_end, arrival_us, out);
    return true;
}

bool stream_rewrite_forward(struct stream_rewrite *rewrite, int64_t source_seq, uint32_t timestamp,
                            bool frame_end, int64_t arrival_us, struct stream_rewrite_out *out)
{
    struct segment *segment = &rewrite->segments[rewrite->present];
    if (!rewrite->fed || source_seq != segment->newest_source + 1) {
        return apart_forward(rewrite, source_seq, timestamp, frame_end, arrival_us, out);
    }
    segment->newest_source = source_seq;
    newest_forward(rewrite, segment, source_seq, timestamp, frame_end, arrival_us, out);
    return true;
}

void stream_rewrite_drop(struct stream_rewrite *rewrite, int64_t source_seq)
{
    if (rewrite->fed && source_seq > rewrite->segments[rewrite->present].newest_source) {
        (void)newest_advance(rewrite, source_seq);
    }
}

void stream_rewrite_skip(struct stream_rewrite *rewrite, int64_t source_seq)
{
    struct segment *segment = &rewrite->segments[rewrite->present];
    if (rewrite->fed && source_seq - 1 > segment->newest_source) {
        segment->newest_source = source_seq - 1;
    }
}

int64_t stream_rewrite_newest(const struct stream_rewrite *rewrite)
{
    return rewrite->fed ? rewrite->segments[rewrite->present].newest_source : -1;
}

uint32_t stream_rewrite_change(const struct stream_rewrite *rewrite)
{
    return rewrite->segments[rewrite->present].change;
}

bool stream_rewrite_find(const struct stream_rewrite *rewrite, uint16_t out_seq,
                         struct stream_rewrite_origin *out)
{
    int64_t highest = rewrite->next_out - 1;
    int64_t ext_seq = seq_extend(highest, out_seq);
    if (ext_seq > highest || ext_seq < rewrite->first_known || highest - ext_seq > rewrite->mask) {
        return false;
    }
    for (uint32_t i = 0; i < SEGMENTS; i++) {
        const struct segment *segment = &rewrite->segments[i];
        if (segment->change == 0 || ext_seq < segment->first_out || ext_seq > segment->last_out) {
            continue;
        }
        uint32_t low = rewrite->sources[(uint32_t)ext_seq & rewrite->mask];
        *out = (struct stream_rewrite_origin){
            .source_seq =
                segment->newest_source - (uint32_t)((uint32_t)segment->newest_source - low),
            .ext_seq = ext_seq,
            .feed = segment->feed,
            .change = segment->change,
            .timestamp_offset = segment->timestamp_offset};
        return true;
    }
    return false;
}

bool stream_rewrite_frame_open(const struct stream_rewrite *rewrite)
{
    return rewrite->frame_open;
}

bool stream_rewrite_active(const struct stream_rewrite *rewrite)
{
    return rewrite->next_out > rewrite->first_known;
}

uint32_t stream_rewrite_source_timestamp(const struct stream_rewrite *rewrite)
{
    return rewrite->source_timestamp;
}

int64_t stream_rewrite_highest(const struct stream_rewrite *rewrite)
{
    return stream_rewrite_active(rewrite) ? rewrite->next_out - 1 : -1;
}

uint32_t stream_rewrite_timestamp_offset(const struct stream_rewrite *rewrite)
{
    return rewrite->segments[rewrite->present].timestamp_offset;
}

void stream_rewrite_near(const struct stream_rewrite *rewrite, struct near *near)
{
    near_add(near, rewrite, sizeof(*rewrite));
}

void stream_rewrite_free(struct stream_rewrite **rewrite)
{
    if (*rewrite != NULL) {
        free((*rewrite)->sources);
    }
    free(*rewrite);
    *rewrite = NULL;
}
