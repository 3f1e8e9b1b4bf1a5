#include "sim/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "rtp/red.h"
#include "rtp/rtp.h"
#include "rtp/rtp_ext.h"
#include "rtp/vp8_payload.h"

enum {
    AUDIO_INTERVAL_US = 20000,
    MILLION = 1000000,
    VIDEO_FRAMES_PER_S = 30,
    DEFAULT_WIDTH = 640,
    DEFAULT_HEIGHT = 360,
    BITRATE_PAYLOAD = 1100, /* most bytes of a packet when frames follow a bitrate */
    KEY_FRAMES_MIN = 5,     /* a keyframe is as large as so many mean frames */
    KEY_FRAMES_SPREAD = 4,
    ROUND = 8,      /* frames until the temporal pattern repeats */
    OPUS_TOC = 0x78 /* hybrid, fullband, 20 ms, mono, one frame */
};

/**
 * The temporal pattern of libwebrtc: T1 refers to the last T0 and T1, T2 to both; in the first half
 * of a round T1 and the T2 before it refer to T0 only (Y).
 */
static const struct {
    uint8_t tid;
    bool sync;
    bool needs_t1;
    double weight; /* share of the bits, of the mean */
} pattern[ROUND] = {
    {0, false, false, 1.6}, {2, true, false, 0.8}, {1, true, false, 0.8}, {2, false, true, 0.8},
    {0, false, false, 1.6}, {2, false, true, 0.8}, {1, false, true, 0.8}, {2, false, true, 0.8},
};

/** A packet that can be asked for again: payload and fixed fields. */
struct kept {
    bool used;
    bool marker;
    uint16_t seq;
    uint16_t len;
    uint32_t timestamp;
    uint8_t payload[SOURCE_MAX_PAYLOAD];
};

struct source {
    struct source_config config;
    struct source_output output;
    struct source_voice voice;   /* next NULL = marks */
    struct source_camera camera; /* likewise */
    struct source_counts counts;
    bool on;
    bool want_keyframe;
    uint8_t level;
    uint16_t seq;
    uint16_t rtx_seq;
    uint16_t picture_id;
    uint8_t tl0picidx;
    uint8_t keyidx;
    uint32_t first_timestamp;
    uint32_t life;
    uint32_t number;
    uint32_t last_number[2]; /* of T0, T1 */
    size_t phase;            /* place of the next frame in the pattern */
    int quarters;            /* turns told with each packet, -1 = none */
    double debt_bytes;       /* what the last keyframe took beyond the bitrate */
    struct rand rand;
    int64_t start_us;
    int32_t drift_ppm;
    int64_t ticks; /* packets (audio) or frames (video) since start_us, made or not */
    struct kept *history;
};

static void begin_life(struct source *source, struct rand *rand)
{
    source->seq = (uint16_t)rand_u32(rand);
    source->rtx_seq = (uint16_t)rand_u32(rand);
    source->picture_id = (uint16_t)(rand_u32(rand) & 0x7fff);
    source->tl0picidx = (uint8_t)rand_u32(rand);
    source->keyidx = (uint8_t)(rand_u32(rand) & 0x1f);
    source->first_timestamp = rand_u32(rand);
    source->want_keyframe = true;
    source->life++;
    for (size_t i = 0; i < SOURCE_HISTORY; i++) {
        source->history[i].used = false;
    }
}

int source_new(struct source **out, const struct source_config *config,
               const struct source_output *output, struct rand *rand, int64_t start_us)
{
    struct source *source = calloc(1, sizeof(*source));
    if (source == NULL) {
        return ERR_NO_MEMORY;
    }
    source->history = calloc(SOURCE_HISTORY, sizeof(*source->history));
    if (source->history == NULL) {
        free(source);
        return ERR_NO_MEMORY;
    }
    source->config = *config;
    source->output = *output;
    source->on = true;
    source->level = 127;
    source->quarters = -1;
    source->start_us = start_us;
    if (source->config.width == 0) {
        source->config.width = DEFAULT_WIDTH;
        source->config.height = DEFAULT_HEIGHT;
    }
    begin_life(source, rand);
    rand_init(&source->rand, rand_u64(rand));
    *out = source;
    return 0;
}

void source_restart(struct source *source, uint32_t ssrc, uint32_t rtx_ssrc, struct rand *rand)
{
    source->config.ssrc = ssrc;
    source->config.rtx_ssrc = rtx_ssrc;
    begin_life(source, rand);
}

void source_set_level(struct source *source, uint8_t dbov)
{
    source->level = dbov;
}

void source_set_voice(struct source *source, const struct source_voice *voice)
{
    source->voice = *voice;
}

void source_set_camera(struct source *source, const struct source_camera *camera)
{
    source->camera = *camera;
    source->want_keyframe = true;
}

void source_set_turn(struct source *source, int quarters)
{
    source->quarters = quarters;
}

void source_set_on(struct source *source, bool on)
{
    source->on = on;
}

void source_request_keyframe(struct source *source)
{
    source->want_keyframe = true;
}

/** Payload of a packet, with copies of those before where that is wanted (RFC 2198). @return bytes
 */
static size_t write_payload(const struct source *source, const struct kept *kept, uint8_t *out)
{
    const struct source_config *config = &source->config;
    if (config->red_copies == 0) {
        memcpy(out, kept->payload, kept->len);
        return kept->len;
    }
    struct red_part parts[RED_MAX_BLOCKS];
    size_t count = 0;
    for (uint32_t back = config->red_copies; back > 0; back--) {
        uint16_t seq = (uint16_t)(kept->seq - back);
        const struct kept *old = &source->history[seq % SOURCE_HISTORY];
        uint32_t ago = kept->timestamp - old->timestamp;
        if (old->used && old->seq == seq && ago <= RED_MAX_TIMESTAMP_OFFSET) {
            parts[count++] = (struct red_part){
                .at = old->payload, .timestamp_offset = (uint16_t)ago, .bytes = old->len};
        }
    }
    parts[count++] = (struct red_part){.at = kept->payload, .bytes = kept->len};
    red_write(out, config->pt, parts, count);
    return red_bytes(parts, count);
}

/** Header with extensions, then payload; hands it over. */
static void send_packet(struct source *source, const struct kept *kept, bool rtx)
{
    const struct source_config *config = &source->config;
    uint8_t rtp[RTP_HEADER_BYTES + 64 + 2 + SOURCE_MAX_PAYLOAD];
    uint8_t number[2];
    uint8_t level = (uint8_t)(0x80 | source->level);
    uint8_t turn = (uint8_t)source->quarters;
    struct rtp_ext_element elements[5];
    size_t count = 0;
    bytes_put_u16(number, ++*source->output.twcc);
    if (config->mid[0] != 0) {
        elements[count++] = (struct rtp_ext_element){.id = config->exts.id[RTP_EXT_MID],
                                                     .bytes = (uint8_t)strlen(config->mid),
                                                     .at = (const uint8_t *)config->mid};
    }
    if (config->rid[0] != 0) {
        elements[count++] =
            (struct rtp_ext_element){.id = config->exts.id[rtx ? RTP_EXT_RRID : RTP_EXT_RID],
                                     .bytes = (uint8_t)strlen(config->rid),
                                     .at = (const uint8_t *)config->rid};
    }
    elements[count++] = (struct rtp_ext_element){
        .id = config->exts.id[RTP_EXT_TRANSPORT_CC], .bytes = 2, .at = number};
    if (config->kind == MEDIA_AUDIO) {
        elements[count++] = (struct rtp_ext_element){
            .id = config->exts.id[RTP_EXT_AUDIO_LEVEL], .bytes = 1, .at = &level};
    }
    if (config->kind == MEDIA_VIDEO && source->quarters >= 0) {
        elements[count++] = (struct rtp_ext_element){
            .id = config->exts.id[RTP_EXT_VIDEO_ORIENTATION], .bytes = 1, .at = &turn};
    }
    rtp[0] = 0x90;
    uint8_t pt = config->red_copies > 0 ? config->red_pt : config->pt;
    rtp[1] = (uint8_t)((kept->marker ? 0x80 : 0) | (rtx ? config->rtx_pt : pt));
    bytes_put_u16(rtp + 2, rtx ? source->rtx_seq++ : kept->seq);
    bytes_put_u32(rtp + 4, kept->timestamp);
    bytes_put_u32(rtp + 8, rtx ? config->rtx_ssrc : config->ssrc);
    size_t len = RTP_HEADER_BYTES;
    size_t ext_bytes = rtp_ext_write(rtp + len, 64, elements, count, false);
    if (ext_bytes == 0) {
        rtp[0] = 0x80;
    }
    len += ext_bytes;
    if (rtx) {
        bytes_put_u16(rtp + len, kept->seq);
        len += 2;
    }
    len += write_payload(source, kept, rtp + len);
    source->output.send(source->output.owner, rtp, len);
}

/** By this a mark is told from what the relay has made: "mark". */
static const uint32_t seal = 0x6d61726b;

static void write_mark(uint8_t *payload, const struct source_mark *mark)
{
    uint8_t *at = payload + SOURCE_MARK_OFFSET;
    bytes_put_u32(at, mark->publisher);
    bytes_put_u32(at + 4, mark->life);
    bytes_put_u32(at + 8, mark->number);
    at[12] = mark->index;
    at[13] = mark->count;
    bytes_put_u64(at + 14, (uint64_t)mark->capture_us);
    at[22] = mark->layer;
    at[23] = mark->tid;
    at[24] = mark->refers[0];
    at[25] = mark->refers[1];
    bytes_put_u16(at + 26, mark->height);
    bytes_put_u32(at + 28, seal);
}

bool source_mark_read(const uint8_t *payload, size_t len, struct source_mark *out)
{
    if (len < SOURCE_MARK_OFFSET + SOURCE_MARK_BYTES) {
        return false;
    }
    const uint8_t *at = payload + SOURCE_MARK_OFFSET;
    if (bytes_get_u32(at + 28) != seal) {
        return false;
    }
    *out = (struct source_mark){.publisher = bytes_get_u32(at),
                                .life = bytes_get_u32(at + 4),
                                .number = bytes_get_u32(at + 8),
                                .index = at[12],
                                .count = at[13],
                                .capture_us = (int64_t)bytes_get_u64(at + 14),
                                .layer = at[22],
                                .tid = at[23],
                                .refers = {at[24], at[25]},
                                .height = bytes_get_u16(at + 26)};
    return true;
}

/** One frame about to be made. */
struct frame {
    bool keyframe;
    bool sync;
    uint8_t tid;
    uint8_t refers[2];
    uint32_t timestamp;
    uint32_t packets;
    uint32_t bytes; /* of all packets */
};

/** VP8 descriptor with all fields, and in a keyframe's first packet its header (RFC 7741 4.2, RFC
 * 6386 9.1). */
static void write_vp8(const struct source *source, uint8_t *payload, const struct frame *frame,
                      bool first)
{
    payload[0] = (uint8_t)((first ? 0x90 : 0x80) | (frame->tid == 2 ? 0x20 : 0));
    payload[1] = 0xf0;
    bytes_put_u16(payload + 2, (uint16_t)(0x8000 | source->picture_id));
    payload[4] = source->tl0picidx;
    payload[5] = (uint8_t)(frame->tid << 6 | (frame->sync ? 0x20 : 0) | source->keyidx);
    payload[6] = frame->keyframe ? 0x10 : 0x11;
    if (frame->keyframe && first) {
        static const uint8_t start_code[3] = {0x9d, 0x01, 0x2a};
        memcpy(payload + 9, start_code, 3);
        payload[12] = (uint8_t)source->config.width;
        payload[13] = (uint8_t)(source->config.width >> 8);
        payload[14] = (uint8_t)source->config.height;
        payload[15] = (uint8_t)(source->config.height >> 8);
    }
}

static int64_t tick_us(const struct source *source, int64_t tick)
{
    return source->start_us +
           (source->config.kind == MEDIA_AUDIO
                ? tick * AUDIO_INTERVAL_US * MILLION / (MILLION + source->drift_ppm)
                : tick * 1000000 / VIDEO_FRAMES_PER_S);
}

static void count_and_send(struct source *source, const struct kept *kept)
{
    source->counts.packets++;
    source->counts.octets += kept->len;
    send_packet(source, kept, false);
}

/** The next original packet of a frame: remembered, counted, sent. */
static void make_packet(struct source *source, const struct frame *frame, uint32_t index)
{
    bool video = source->config.kind == MEDIA_VIDEO;
    struct kept *kept = &source->history[source->seq % SOURCE_HISTORY];
    struct source_mark mark = {.publisher = source->config.publisher,
                               .life = source->life,
                               .number = source->number,
                               .index = (uint8_t)index,
                               .count = (uint8_t)frame->packets,
                               .capture_us = tick_us(source, source->ticks),
                               .layer = source->config.layer,
                               .tid = frame->tid,
                               .refers = {frame->refers[0], frame->refers[1]},
                               .height = source->config.height};
    uint32_t bytes = frame->bytes / frame->packets + (index < frame->bytes % frame->packets);
    *kept = (struct kept){.used = true,
                          .marker = video && index + 1 == frame->packets,
                          .seq = source->seq++,
                          .len = (uint16_t)bytes,
                          .timestamp = frame->timestamp};
    if (video) {
        write_vp8(source, kept->payload, frame, index == 0);
    } else {
        kept->payload[0] = OPUS_TOC;
    }
    write_mark(kept->payload, &mark);
    count_and_send(source, kept);
}

/** Uniform from 0 to 1. */
static double fraction(struct source *source)
{
    return (double)rand_below(&source->rand, 1000001) / 1000000;
}

/** How large a frame gets at the source's bitrate. */
static uint32_t draw_bytes(struct source *source, const struct frame *frame)
{
    double mean = (double)source->config.bitrate_bps / 8 / VIDEO_FRAMES_PER_S;
    double weight = source->config.temporal ? pattern[source->phase].weight : 1;
    double bytes = mean * weight * (0.8 + 0.4 * fraction(source));
    if (frame->keyframe) {
        bytes = mean * (KEY_FRAMES_MIN + KEY_FRAMES_SPREAD * fraction(source));
        source->debt_bytes += bytes - mean;
    } else if (source->debt_bytes > 0) {
        double paid = bytes * 0.3 < source->debt_bytes ? bytes * 0.3 : source->debt_bytes;
        source->debt_bytes -= paid;
        bytes -= paid;
    }
    double least = SOURCE_MARK_OFFSET + SOURCE_MARK_BYTES;
    return (uint32_t)(bytes > least ? bytes : least);
}

static void set_size(struct source *source, struct frame *frame)
{
    const struct source_config *config = &source->config;
    if (config->bitrate_bps == 0) {
        frame->packets = frame->keyframe ? config->key_packets : config->delta_packets;
        frame->bytes = frame->packets * config->payload_bytes;
        return;
    }
    frame->bytes = draw_bytes(source, frame);
    frame->packets = (frame->bytes + BITRATE_PAYLOAD - 1) / BITRATE_PAYLOAD;
}

/** Which temporal layer the frame is of, and what it refers to. */
static void set_references(struct source *source, struct frame *frame)
{
    if (frame->keyframe) {
        source->phase = 0;
        frame->sync = true;
        return;
    }
    if (source->config.temporal) {
        frame->tid = pattern[source->phase].tid;
        frame->sync = pattern[source->phase].sync;
    }
    frame->refers[0] = (uint8_t)(source->number - source->last_number[0]);
    if (source->config.temporal && pattern[source->phase].needs_t1) {
        frame->refers[1] = (uint8_t)(source->number - source->last_number[1]);
    }
}

/** A real frame, cut into packets behind descriptors of ours. */
static void make_camera_frame(struct source *source, uint32_t timestamp)
{
    struct frame frame = {.keyframe = source->want_keyframe, .timestamp = timestamp};
    const uint8_t *bytes = NULL;
    size_t left = source->camera.next(source->camera.owner, tick_us(source, source->ticks),
                                      frame.keyframe, &bytes);
    if (left == 0) {
        return;
    }
    source->want_keyframe = false;
    source->picture_id = (source->picture_id + 1) & 0x7fff;
    source->tl0picidx++;
    source->keyidx = frame.keyframe ? (source->keyidx + 1) & 0x1f : source->keyidx;
    for (bool first = true; left > 0; first = false) {
        struct kept *kept = &source->history[source->seq % SOURCE_HISTORY];
        size_t part = left < BITRATE_PAYLOAD ? left : BITRATE_PAYLOAD;
        *kept = (struct kept){.used = true,
                              .marker = part == left,
                              .seq = source->seq++,
                              .len = (uint16_t)(VP8_DESCRIPTOR_MAX_BYTES + part),
                              .timestamp = timestamp};
        write_vp8(source, kept->payload, &frame, first);
        memcpy(kept->payload + VP8_DESCRIPTOR_MAX_BYTES, bytes, part);
        count_and_send(source, kept);
        bytes += part;
        left -= part;
    }
    source->counts.frames++;
    source->counts.keyframes += frame.keyframe;
}

static void make_video_frame(struct source *source, uint32_t timestamp)
{
    if (source->camera.next != NULL) {
        make_camera_frame(source, timestamp);
        return;
    }
    struct frame frame = {.keyframe = source->want_keyframe, .timestamp = timestamp};
    source->want_keyframe = false;
    source->number++;
    set_references(source, &frame);
    set_size(source, &frame);
    source->picture_id = (source->picture_id + 1) & 0x7fff;
    source->tl0picidx = (uint8_t)(source->tl0picidx + (frame.tid == 0 ? 1 : 0));
    source->keyidx = frame.keyframe ? (source->keyidx + 1) & 0x1f : source->keyidx;
    for (uint32_t i = 0; i < frame.packets; i++) {
        make_packet(source, &frame, i);
    }
    if (frame.tid < 2) {
        source->last_number[frame.tid] = source->number;
    }
    source->phase = (source->phase + 1) % ROUND;
    source->counts.frames++;
    source->counts.keyframes += frame.keyframe;
}

/** The first packet after a time without has the marker (RFC 3551 4.1). */
static void make_voice_packet(struct source *source, uint32_t timestamp)
{
    struct kept *kept = &source->history[source->seq % SOURCE_HISTORY];
    const struct kept *last = &source->history[(uint16_t)(source->seq - 1) % SOURCE_HISTORY];
    uint8_t payload[SOURCE_MAX_PAYLOAD];
    size_t bytes = source->voice.next(source->voice.owner, tick_us(source, source->ticks), payload,
                                      &source->level);
    if (bytes == 0) {
        return;
    }
    *kept = (struct kept){.used = true,
                          .marker = !last->used || timestamp - last->timestamp != SOURCE_AUDIO_STEP,
                          .seq = source->seq++,
                          .len = (uint16_t)bytes,
                          .timestamp = timestamp};
    memcpy(kept->payload, payload, bytes);
    count_and_send(source, kept);
}

static void make_audio_packet(struct source *source)
{
    const struct frame frame = {.timestamp = source->first_timestamp +
                                             (uint32_t)(source->ticks * SOURCE_AUDIO_STEP),
                                .packets = 1,
                                .bytes = source->config.payload_bytes};
    if (source->voice.next != NULL) {
        make_voice_packet(source, frame.timestamp);
        return;
    }
    source->number++;
    make_packet(source, &frame, 0);
    source->counts.frames++;
}

void source_repair(struct source *source, uint16_t seq)
{
    const struct kept *kept = &source->history[seq % SOURCE_HISTORY];
    if (!kept->used || kept->seq != seq) {
        source->counts.repairs_missed++;
        return;
    }
    source->counts.repairs++;
    send_packet(source, kept, source->config.rtx_ssrc != 0);
}

void source_set_drift(struct source *source, int32_t ppm)
{
    source->drift_ppm = ppm;
}

void source_timeout(struct source *source, int64_t now_us)
{
    while (tick_us(source, source->ticks) <= now_us) {
        if (source->on && source->config.kind == MEDIA_AUDIO) {
            make_audio_packet(source);
        } else if (source->on) {
            make_video_frame(source, source->first_timestamp +
                                         (uint32_t)(source->ticks * SOURCE_VIDEO_STEP));
        }
        source->ticks++;
    }
}

int64_t source_next_deadline(const struct source *source)
{
    return tick_us(source, source->ticks);
}

uint32_t source_ssrc(const struct source *source)
{
    return source->config.ssrc;
}

bool source_is_on(const struct source *source)
{
    return source->on;
}

enum media_kind source_kind(const struct source *source)
{
    return source->config.kind;
}

const struct source_counts *source_counts(const struct source *source)
{
    return &source->counts;
}

uint32_t source_timestamp_at(const struct source *source, int64_t now_us)
{
    int64_t rate = source->config.kind == MEDIA_AUDIO ? 48000 : 90000;
    int64_t drifted_us = (now_us - source->start_us) * (MILLION + source->drift_ppm) / MILLION;
    return source->first_timestamp + (uint32_t)(drifted_us * rate / MILLION);
}

void source_free(struct source **source)
{
    if (*source == NULL) {
        return;
    }
    free((*source)->history);
    free(*source);
    *source = NULL;
}
