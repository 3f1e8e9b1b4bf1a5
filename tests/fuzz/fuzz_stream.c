/**
 * A publisher that sends whatever numbers it likes, through the machines of one forwarded stream as
 * a room chains them: numbers in, numbers out, what is kept, what is asked for. Checks what must
 * hold whatever comes.
 *
 * Each step takes five bytes: what, sequence number (2), picture and time (2).
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/err.h"
#include "cc/twcc_recorder.h"
#include "media/nack_generator.h"
#include "media/recv_stats.h"
#include "media/rtx_cache.h"
#include "media/stream_rewrite.h"
#include "media/timeline.h"
#include "media/vp8_rewrite.h"
#include "rtp/rtcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEP_BYTES = 5, WINDOW = 64, CACHE = 64 };

static void must(bool condition)
{
    if (!condition) {
        abort();
    }
}

struct chain {
    struct recv_stats stats;
    struct nack_generator nacks;
    struct timeline timeline;
    struct timeline_clock clock;
    struct vp8_rewrite vp8;
    struct twcc_recorder twcc;
    struct stream_rewrite *rewrite;
    struct rtx_cache *cache;
    struct pool *pool;
    int64_t now_us;
    uint32_t feed;
};

static void poll_all(struct chain *c)
{
    int64_t missing[16];
    size_t count = 0;
    uint8_t wire[TWCC_MAX_BYTES];
    int err = nack_generator_poll(&c->nacks, c->now_us, missing, 16, &count);
    must(err == 0 || err == ERR_NEED_KEYFRAME);
    for (size_t i = 0; i < count; i++) {
        must(missing[i] >= 0 && missing[i] < c->nacks.highest);
        must(i == 0 || missing[i] > missing[i - 1]);
    }
    for (int i = 0; i < 64; i++) {
        if (twcc_recorder_poll(&c->twcc, 1, c->now_us, wire, sizeof(wire)) == 0) {
            break;
        }
    }
    rtx_cache_timeout(c->cache, c->now_us);
    must(rtx_cache_count(c->cache) <= CACHE);
    must(rtx_cache_next_deadline(c->cache) > c->now_us);
}

static void keep(struct chain *c, int64_t ext_seq)
{
    struct packet *packet = packet_take(c->pool);
    if (packet != NULL) {
        packet->arrival_us = c->now_us;
        rtx_cache_insert(c->cache, ext_seq, packet, c->now_us);
        packet_unref(&packet);
    }
    must(rtx_cache_count(c->cache) == pool_in_use(c->pool));
}

static void pass_on(struct chain *c, int64_t ext_seq, uint32_t timestamp, const uint8_t *step)
{
    struct vp8_payload vp8 = {.picture_id_bits = (step[0] & 0x20) != 0 ? 7 : 15,
                              .picture_id = (uint16_t)(step[3] << 8 | step[4]) & 0x7fff,
                              .tl0picidx_offset = 4,
                              .tl0picidx = step[4]};
    if (vp8.picture_id_bits == 7) {
        vp8.picture_id &= 0x7f;
    }
    int64_t highest = stream_rewrite_highest(c->rewrite);
    struct stream_rewrite_out out;
    if (!stream_rewrite_forward(c->rewrite, ext_seq, timestamp, step[3] == 0, c->now_us, &out)) {
        return;
    }
    must(out.late ? out.ext_seq <= highest : out.ext_seq > highest);
    struct stream_rewrite_origin origin;
    must(stream_rewrite_find(c->rewrite, (uint16_t)out.ext_seq, &origin));
    must(origin.source_seq == ext_seq && origin.ext_seq == out.ext_seq && origin.feed == c->feed);
    must(timestamp + origin.timestamp_offset == out.timestamp);
    struct stream_rewrite_out again;
    must(stream_rewrite_forward(c->rewrite, ext_seq, timestamp, false, c->now_us, &again));
    must(again.ext_seq == out.ext_seq && again.timestamp == out.timestamp && again.late);
    struct vp8_numbers first;
    struct vp8_numbers second;
    if (vp8_rewrite_forward(&c->vp8, out.change, out.late, timestamp, &vp8, &first)) {
        must(vp8_rewrite_forward(&c->vp8, out.change, true, timestamp, &vp8, &second));
        must(first.picture_id == second.picture_id && first.tl0picidx == second.tl0picidx);
        must(first.picture_id <= (vp8.picture_id_bits == 7 ? 0x7f : 0x7fff));
    }
}

static void take_step(struct chain *c, const uint8_t *step)
{
    uint16_t seq = (uint16_t)(step[1] << 8 | step[2]);
    if ((step[0] & 0x80) != 0) { /* near the last one */
        seq = (uint16_t)(c->stats.highest + (int8_t)step[1]);
    }
    uint32_t timestamp = (uint32_t)step[3] << 24 | step[4];
    c->now_us += (int64_t)step[4] * 100;
    int64_t ext_seq = -1;
    enum recv_verdict verdict =
        recv_stats_receive(&c->stats, seq, timestamp, 100, c->now_us, &ext_seq);
    twcc_recorder_receive(&c->twcc, seq, 1, 100, step[3] == 0, c->now_us + (step[0] & 1) * 40000000,
                          c->now_us);
    if (verdict == RECV_DUPLICATE || verdict == RECV_REFUSED) {
        poll_all(c);
        return;
    }
    must(ext_seq >= 0 && (uint16_t)ext_seq == seq && ext_seq <= c->stats.highest);
    if (verdict == RECV_RESTART || (step[0] & 0x1f) == 0x1f || c->feed == 0) {
        c->feed++;
        timeline_reset(&c->timeline);
        stream_rewrite_switch(c->rewrite, c->feed, ext_seq, timestamp, c->now_us,
                              (step[0] & 0x40) != 0 ? INT64_MIN : (int8_t)step[3] * 100000);
    }
    timeline_receive(&c->timeline, timestamp, c->now_us);
    (void)timeline_instant_us(&c->timeline, &c->clock, timestamp + seq);
    (void)nack_generator_receive(&c->nacks, ext_seq, c->now_us);
    keep(c, ext_seq);
    if ((step[0] & 0x07) == 0x07) {
        stream_rewrite_drop(c->rewrite, ext_seq);
    } else {
        pass_on(c, ext_seq, timestamp, step);
    }
    struct rtcp_report_block block;
    recv_stats_report(&c->stats, c->now_us, &block);
    poll_all(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct chain c;
    struct rand rand;
    rand_init(&rand, 1);
    c = (struct chain){.now_us = 1000000};
    const struct stream_rewrite_config config = {
        .clock_rate = 90000, .window = WINDOW, .min_step = 1};
    must(stream_rewrite_new(&c.rewrite, &config, &rand) == 0);
    must(rtx_cache_new(&c.cache, CACHE, 200000) == 0);
    must(packet_pool_new(&c.pool, 128) == 0);
    recv_stats_init(&c.stats, 90000);
    nack_generator_init(&c.nacks, true);
    timeline_init(&c.timeline, 90000);
    timeline_clock_init(&c.clock);
    vp8_rewrite_init(&c.vp8, &rand);
    twcc_recorder_init(&c.twcc);
    for (size_t at = 0; at + STEP_BYTES <= size; at += STEP_BYTES) {
        take_step(&c, data + at);
    }
    nack_generator_deinit(&c.nacks);
    twcc_recorder_deinit(&c.twcc);
    stream_rewrite_free(&c.rewrite);
    rtx_cache_free(&c.cache);
    pool_free(&c.pool);
    return 0;
}
