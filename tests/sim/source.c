#include "sim/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "rtp/rtp.h"
#include "rtp/rtp_ext.h"

enum {
    AUDIO_INTERVAL_US = 20000,
    VIDEO_FRAMES_PER_S = 30,
    WIDTH = 640,
    HEIGHT = 360,
    OPUS_TOC = 0x78 /* hybrid, fullband, 20 ms, mono, one frame */
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
    int64_t start_us;
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
    source->start_us = start_us;
    begin_life(source, rand);
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

void source_set_on(struct source *source, bool on)
{
    source->on = on;
}

void source_request_keyframe(struct source *source)
{
    source->want_keyframe = true;
}

/** Header with extensions, then payload; hands it over. */
static void send_packet(struct source *source, const struct kept *kept, bool rtx)
{
    const struct source_config *config = &source->config;
    uint8_t rtp[RTP_HEADER_BYTES + 64 + 2 + SOURCE_MAX_PAYLOAD];
    uint8_t number[2];
    uint8_t level = (uint8_t)(0x80 | source->level);
    struct rtp_ext_element elements[3];
    size_t count = 0;
    bytes_put_u16(number, ++*source->output.twcc);
    if (config->mid[0] != 0) {
        elements[count++] = (struct rtp_ext_element){.id = config->exts.id[RTP_EXT_MID],
                                                     .bytes = (uint8_t)strlen(config->mid),
                                                     .at = (const uint8_t *)config->mid};
    }
    elements[count++] = (struct rtp_ext_element){
        .id = config->exts.id[RTP_EXT_TRANSPORT_CC], .bytes = 2, .at = number};
    if (config->kind == MEDIA_AUDIO) {
        elements[count++] = (struct rtp_ext_element){
            .id = config->exts.id[RTP_EXT_AUDIO_LEVEL], .bytes = 1, .at = &level};
    }
    rtp[0] = 0x90;
    rtp[1] = (uint8_t)((kept->marker ? 0x80 : 0) | (rtx ? config->rtx_pt : config->pt));
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
    memcpy(rtp + len, kept->payload, kept->len);
    source->output.send(source->output.owner, rtp, len + kept->len);
}

static void write_mark(uint8_t *payload, const struct source_mark *mark)
{
    uint8_t *at = payload + SOURCE_MARK_OFFSET;
    bytes_put_u32(at, mark->publisher);
    bytes_put_u32(at + 4, mark->life);
    bytes_put_u32(at + 8, mark->number);
    at[12] = mark->index;
    at[13] = mark->count;
    bytes_put_u64(at + 14, (uint64_t)mark->capture_us);
}

bool source_mark_read(const uint8_t *payload, size_t len, struct source_mark *out)
{
    if (len < SOURCE_MARK_OFFSET + SOURCE_MARK_BYTES) {
        return false;
    }
    const uint8_t *at = payload + SOURCE_MARK_OFFSET;
    *out = (struct source_mark){.publisher = bytes_get_u32(at),
                                .life = bytes_get_u32(at + 4),
                                .number = bytes_get_u32(at + 8),
                                .index = at[12],
                                .count = at[13],
                                .capture_us = (int64_t)bytes_get_u64(at + 14)};
    return true;
}

/** VP8 descriptor with all fields, and in a keyframe's first packet its header (RFC 7741 4.2, RFC
 * 6386 9.1). */
static void write_vp8(const struct source *source, uint8_t *payload, bool keyframe, bool first)
{
    payload[0] = first ? 0x90 : 0x80;
    payload[1] = 0xf0;
    bytes_put_u16(payload + 2, (uint16_t)(0x8000 | source->picture_id));
    payload[4] = source->tl0picidx;
    payload[5] = source->keyidx;
    payload[6] = keyframe ? 0x10 : 0x11;
    if (keyframe && first) {
        static const uint8_t start_code[3] = {0x9d, 0x01, 0x2a};
        memcpy(payload + 9, start_code, 3);
        payload[12] = WIDTH & 0xff;
        payload[13] = WIDTH >> 8;
        payload[14] = HEIGHT & 0xff;
        payload[15] = HEIGHT >> 8;
    }
}

static int64_t tick_us(const struct source *source, int64_t tick)
{
    return source->start_us + (source->config.kind == MEDIA_AUDIO
                                   ? tick * AUDIO_INTERVAL_US
                                   : tick * 1000000 / VIDEO_FRAMES_PER_S);
}

/** The next original packet: remembered, counted, sent. */
static void make_packet(struct source *source, uint32_t timestamp, bool marker, bool keyframe,
                        uint8_t index, uint8_t count)
{
    struct kept *kept = &source->history[source->seq % SOURCE_HISTORY];
    struct source_mark mark = {.publisher = source->config.publisher,
                               .life = source->life,
                               .number = source->number,
                               .index = index,
                               .count = count,
                               .capture_us = tick_us(source, source->ticks)};
    *kept = (struct kept){.used = true,
                          .marker = marker,
                          .seq = source->seq++,
                          .len = (uint16_t)source->config.payload_bytes,
                          .timestamp = timestamp};
    if (source->config.kind == MEDIA_VIDEO) {
        write_vp8(source, kept->payload, keyframe, index == 0);
    } else {
        kept->payload[0] = OPUS_TOC;
    }
    write_mark(kept->payload, &mark);
    source->counts.packets++;
    source->counts.octets += kept->len;
    send_packet(source, kept, false);
}

static void make_video_frame(struct source *source, uint32_t timestamp)
{
    bool keyframe = source->want_keyframe;
    uint32_t count = keyframe ? source->config.key_packets : source->config.delta_packets;
    source->want_keyframe = false;
    source->number++;
    source->picture_id = (source->picture_id + 1) & 0x7fff;
    source->tl0picidx++;
    source->keyidx = keyframe ? (source->keyidx + 1) & 0x1f : source->keyidx;
    for (uint32_t i = 0; i < count; i++) {
        make_packet(source, timestamp, i + 1 == count, keyframe, (uint8_t)i, (uint8_t)count);
    }
    source->counts.frames++;
    source->counts.keyframes += keyframe;
}

void source_repair(struct source *source, uint16_t seq)
{
    const struct kept *kept = &source->history[seq % SOURCE_HISTORY];
    if (!kept->used || kept->seq != seq || source->config.rtx_ssrc == 0) {
        source->counts.repairs_missed++;
        return;
    }
    source->counts.repairs++;
    send_packet(source, kept, true);
}

void source_timeout(struct source *source, int64_t now_us)
{
    while (tick_us(source, source->ticks) <= now_us) {
        if (source->on && source->config.kind == MEDIA_AUDIO) {
            source->number++;
            make_packet(source,
                        source->first_timestamp + (uint32_t)(source->ticks * SOURCE_AUDIO_STEP),
                        false, false, 0, 1);
            source->counts.frames++;
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
    return source->first_timestamp + (uint32_t)((now_us - source->start_us) * rate / 1000000);
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
