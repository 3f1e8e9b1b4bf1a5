#include <stdlib.h>

#include "base/err.h"
#include "base/rand.h"
#include "media/stream_rewrite.h"
#include "media/temporal_filter.h"
#include "media/vp8_rewrite.h"
#include "unit/runner.h"

static struct vp8_payload picture(uint32_t number, uint8_t tid, bool sync)
{
    return (struct vp8_payload){.start = true,
                                .has_tid = true,
                                .tid = tid,
                                .layer_sync = sync,
                                .picture_id_bits = 15,
                                .picture_id_offset = 2,
                                .picture_id = number & 0x7fff,
                                .tl0picidx_offset = 4,
                                .tl0picidx = (uint8_t)(number / 4)};
}

/** A picture of one packet. */
static bool pass(struct temporal_filter *filter, uint32_t number, uint8_t tid, bool sync)
{
    struct vp8_payload vp8 = picture(number, tid, sync);
    bool left_out;
    return temporal_filter_pass(filter, &vp8, 3000 * number, true, false, &left_out);
}

TEST(levels_go_down_at_once_and_up_at_a_sync_picture)
{
    struct temporal_filter filter;
    temporal_filter_init(&filter, TEMPORAL_FILTER_ALL);
    CHECK(!temporal_filter_looks(&filter, 3));
    temporal_filter_want(&filter, 0);
    CHECK(temporal_filter_looks(&filter, 0));
    CHECK(pass(&filter, 4, 0, false));
    CHECK(!pass(&filter, 5, 2, true));
    CHECK(!pass(&filter, 6, 1, true));
    CHECK(!pass(&filter, 7, 2, false));
    temporal_filter_want(&filter, TEMPORAL_FILTER_ALL);
    CHECK(pass(&filter, 8, 0, false));
    CHECK(!pass(&filter, 9, 2, false));
    CHECK(!pass(&filter, 10, 1, false));
    CHECK(!pass(&filter, 11, 2, false));
    CHECK(pass(&filter, 12, 0, false));
    CHECK(pass(&filter, 13, 2, true));
    /* that one needed only the base; the next may need a picture of level 1 */
    CHECK(!pass(&filter, 14, 1, false));
    CHECK(!pass(&filter, 15, 2, false));
    CHECK(pass(&filter, 16, 0, false));
    CHECK(pass(&filter, 17, 1, true));
    CHECK(!pass(&filter, 18, 2, false));
    CHECK(pass(&filter, 19, 1, false));
    CHECK(pass(&filter, 20, 2, true));
    CHECK(pass(&filter, 21, 2, false));
    CHECK(pass(&filter, 22, 1, false));
    CHECK_INT(filter.open, 2);
}

TEST(a_keyframe_opens_all_levels)
{
    struct temporal_filter filter;
    temporal_filter_init(&filter, 0);
    CHECK(!pass(&filter, 1, 1, true));
    temporal_filter_want(&filter, TEMPORAL_FILTER_ALL);
    struct vp8_payload vp8 = picture(4, 0, false);
    bool left_out;
    vp8.keyframe = true;
    CHECK(temporal_filter_pass(&filter, &vp8, 12000, true, false, &left_out));
    CHECK(!temporal_filter_looks(&filter, 3));
}

TEST(a_picture_passes_whole_or_not_at_all)
{
    struct temporal_filter filter;
    bool left_out;
    temporal_filter_init(&filter, 2);
    struct vp8_payload head = picture(5, 2, false);
    struct vp8_payload rest = head;
    rest.start = false;
    CHECK(temporal_filter_pass(&filter, &head, 15000, false, false, &left_out));
    temporal_filter_want(&filter, 0);
    CHECK(temporal_filter_pass(&filter, &rest, 15000, false, false, &left_out));
    CHECK(temporal_filter_pass(&filter, &rest, 15000, true, false, &left_out));
    CHECK(!pass(&filter, 6, 1, true));
    /* its late packets go on too; those of the next do not */
    CHECK(temporal_filter_pass(&filter, &rest, 15000, false, true, &left_out) == false);
    struct vp8_payload base = picture(8, 0, false);
    CHECK(temporal_filter_pass(&filter, &base, 24000, false, true, &left_out));
}

TEST(what_is_missing_is_told_apart)
{
    struct temporal_filter filter;
    bool left_out;
    struct vp8_payload vp8;
    temporal_filter_init(&filter, 0);
    CHECK(pass(&filter, 4, 0, false));
    /* 5 is missing: its level is not the base's, which has gone on counting nothing */
    vp8 = picture(6, 1, true);
    CHECK(!temporal_filter_pass(&filter, &vp8, 18000, false, false, &left_out));
    CHECK(left_out);
    /* the rest of it and 7 */
    vp8 = picture(8, 0, false);
    CHECK(temporal_filter_pass(&filter, &vp8, 24000, true, false, &left_out));
    CHECK(left_out);
    /* a base picture is among the missing */
    vp8 = picture(14, 1, true);
    CHECK(!temporal_filter_pass(&filter, &vp8, 42000, true, false, &left_out));
    CHECK(!left_out);
    /* the head of one that goes through */
    vp8 = picture(16, 0, false);
    vp8.start = false;
    CHECK(temporal_filter_pass(&filter, &vp8, 48000, false, false, &left_out));
    CHECK(!left_out);
    /* its tail */
    vp8 = picture(17, 2, true);
    CHECK(!temporal_filter_pass(&filter, &vp8, 51000, true, false, &left_out));
    CHECK(!left_out);
    /* with more levels wanted nobody can know */
    temporal_filter_init(&filter, 1);
    CHECK(pass(&filter, 4, 0, false));
    vp8 = picture(6, 1, true);
    CHECK(temporal_filter_pass(&filter, &vp8, 18000, true, false, &left_out));
    CHECK(!left_out);
}

/* The chain that a slot is made of, over three layers with loss, reordering, and levels and layers
 * that change at random; and a receiver that believes nothing. */

enum { PATTERN = 8, STEPS = 6000, LATE = 16, RECEIVED = 1 << 15 };

struct made {
    int64_t seq;
    uint32_t timestamp;
    struct vp8_payload vp8;
    bool marker;
    uint32_t number; /**< of the picture in its layer */
    unsigned layer;
};

struct maker {
    int64_t seq;
    uint32_t number;
    uint8_t tl0;
    uint8_t bits;
    uint32_t first_picture;
    uint32_t first_timestamp;
};

/** What one outgoing number bore. */
struct received {
    bool used;
    bool marker;
    bool start;
    bool keyframe;
    uint8_t tid;
    uint8_t tl0;
    uint16_t picture_id;
    uint32_t timestamp;
    uint32_t number;
    unsigned layer;
    uint32_t change;
};

struct chain {
    struct rand rand;
    struct stream_rewrite *rewrite;
    struct vp8_rewrite vp8;
    struct temporal_filter filter;
    struct maker makers[3];
    unsigned feed;  /**< layer */
    int64_t passed; /**< newest number of the feed that went in */
    struct received *received;
    int64_t base; /**< first outgoing number */
    int64_t highest;
    unsigned changes;
};

static const uint8_t tids[PATTERN] = {0, 2, 1, 2, 0, 2, 1, 2};
static const bool syncs[PATTERN] = {false, true, true, false, false, false, false, false};

static void give(struct chain *c, const struct made *packet, bool late)
{
    bool left_out;
    uint32_t change = stream_rewrite_change(c->rewrite);
    if (temporal_filter_looks(&c->filter, packet->vp8.tid)) {
        bool passes = temporal_filter_pass(&c->filter, &packet->vp8, packet->timestamp,
                                           packet->marker, late, &left_out);
        if (left_out) {
            stream_rewrite_skip(c->rewrite, packet->seq);
            vp8_rewrite_skip(&c->vp8, change, packet->timestamp, &packet->vp8);
        }
        if (!passes) {
            stream_rewrite_drop(c->rewrite, packet->seq);
            vp8_rewrite_drop(&c->vp8, stream_rewrite_change(c->rewrite), late, packet->timestamp,
                             &packet->vp8);
            return;
        }
    }
    struct stream_rewrite_out out;
    struct vp8_numbers numbers;
    if (!stream_rewrite_forward(c->rewrite, packet->seq, packet->timestamp, packet->marker,
                                (int64_t)packet->number * 33333, &out) ||
        !vp8_rewrite_forward(&c->vp8, out.change, out.late, packet->timestamp, &packet->vp8,
                             &numbers)) {
        return;
    }
    if (c->base < 0) {
        c->base = out.ext_seq;
    }
    if (out.ext_seq - c->base >= RECEIVED) {
        return;
    }
    c->highest = out.ext_seq > c->highest ? out.ext_seq : c->highest;
    struct received *received = &c->received[out.ext_seq - c->base];
    CHECK(!received->used); /* no number twice */
    *received = (struct received){.used = true,
                                  .marker = packet->marker,
                                  .start = packet->vp8.start,
                                  .keyframe = packet->vp8.keyframe,
                                  .tid = packet->vp8.tid,
                                  .tl0 = numbers.tl0picidx,
                                  .picture_id = numbers.picture_id,
                                  .timestamp = out.timestamp,
                                  .number = packet->number,
                                  .layer = packet->layer,
                                  .change = out.change};
}

static struct made make(const struct maker *maker, unsigned layer, uint32_t index, uint32_t count,
                        bool key)
{
    uint32_t at = maker->number % PATTERN;
    uint16_t mask = maker->bits == 7 ? 0x7f : 0x7fff;
    return (struct made){
        .seq = maker->seq,
        .timestamp = maker->first_timestamp + 3000 * maker->number,
        .marker = index + 1 == count,
        .number = maker->number,
        .layer = layer,
        .vp8 = {.start = index == 0,
                .keyframe = key && index == 0,
                .has_tid = true,
                .tid = key ? 0 : tids[at],
                .layer_sync = !key && syncs[at],
                .picture_id_bits = maker->bits,
                .picture_id_offset = 2,
                .picture_id = (uint16_t)(maker->first_picture + maker->number) & mask,
                .tl0picidx_offset = 4,
                .tl0picidx = maker->tl0},
    };
}

/** One picture of one layer, through loss and disorder, to the slot if that layer feeds it. */
static void picture_through(struct chain *c, unsigned layer, bool key, unsigned loss, bool switches)
{
    struct maker *maker = &c->makers[layer];
    struct made late[LATE];
    size_t late_count = 0;
    uint32_t count = 1 + rand_below(&c->rand, 4);
    maker->number++;
    maker->tl0 = (uint8_t)(maker->tl0 + (key || tids[maker->number % PATTERN] == 0));
    for (uint32_t i = 0; i < count; i++) {
        maker->seq++;
        struct made packet = make(maker, layer, i, count, key);
        if (rand_below(&c->rand, 60) == 0) {
            temporal_filter_want(&c->filter, (uint8_t)rand_below(&c->rand, 4));
        }
        if (switches && i == 0) {
            c->feed = layer;
            c->passed = packet.seq - 1;
            c->changes++;
            temporal_filter_init(&c->filter, (uint8_t)rand_below(&c->rand, 4));
            stream_rewrite_switch(c->rewrite, layer + 1, packet.seq, packet.timestamp,
                                  (int64_t)packet.number * 33333, INT64_MIN);
        }
        bool first = switches && i == 0;
        if (c->feed != layer || (!first && rand_below(&c->rand, 100) < loss)) {
            continue;
        }
        if (!first && rand_below(&c->rand, 100) < 5 && late_count < LATE) {
            late[late_count++] = packet;
            continue;
        }
        c->passed = packet.seq;
        give(c, &packet, false);
    }
    for (size_t i = 0; i < late_count; i++) {
        bool is_late = late[i].seq < c->passed;
        c->passed = is_late ? c->passed : late[i].seq;
        give(c, &late[i], is_late);
    }
}

static int chain_new(struct chain *c, uint64_t seed)
{
    *c = (struct chain){.base = -1, .highest = -1};
    rand_init(&c->rand, seed);
    const struct stream_rewrite_config config = {
        .clock_rate = 90000, .window = STREAM_REWRITE_VIDEO_WINDOW, .min_step = 1};
    vp8_rewrite_init(&c->vp8, &c->rand);
    for (size_t i = 0; i < 3; i++) {
        c->makers[i] = (struct maker){.seq = 100000 + rand_below(&c->rand, 60000),
                                      .tl0 = (uint8_t)rand_u32(&c->rand),
                                      .bits = rand_below(&c->rand, 2) == 0 ? 7 : 15,
                                      .first_picture = rand_u32(&c->rand),
                                      .first_timestamp = rand_u32(&c->rand)};
    }
    c->makers[1].bits = c->makers[0].bits;
    c->makers[2].bits = c->makers[0].bits;
    c->received = calloc(RECEIVED, sizeof(*c->received));
    return c->received == NULL ? ERR_NO_MEMORY : stream_rewrite_new(&c->rewrite, &config, &c->rand);
}

/** What every two packets that follow each other must satisfy. @return false when they do not */
static bool follows(const struct received *a, const struct received *b, bool gap, uint16_t mask)
{
    uint32_t pictures = (uint32_t)(b->picture_id - a->picture_id) & mask;
    int32_t step = (int32_t)(b->timestamp - a->timestamp);
    if (a->change == b->change && a->number == b->number) {
        return pictures == 0 && step == 0 && a->tl0 == b->tl0;
    }
    if (step <= 0 || pictures == 0) {
        return false;
    }
    if (a->change != b->change) {
        return b->keyframe || gap;
    }
    if (step != (int32_t)(3000 * (b->number - a->number))) {
        return false;
    }
    /* Nothing missing: the picture before has ended, and this one is the next. */
    return gap || (a->marker && b->start && pictures == 1);
}

static void check_received(const struct chain *c, bool lossless)
{
    uint16_t mask = c->makers[0].bits == 7 ? 0x7f : 0x7fff;
    const struct received *last = NULL;
    bool gap = false;
    uint64_t holes = 0;
    for (int64_t i = 0; i <= c->highest - c->base; i++) {
        const struct received *now = &c->received[i];
        if (!now->used) {
            gap = true;
            holes++;
            continue;
        }
        CHECK(last == NULL || follows(last, now, gap, mask));
        last = now;
        gap = false;
    }
    CHECK(!lossless || holes == 0);
}

static void run(struct chain *c, unsigned loss)
{
    picture_through(c, 0, true, 0, true);
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned to = rand_below(&c->rand, 3);
        bool switches = to != c->feed && rand_below(&c->rand, 100) == 0;
        for (unsigned layer = 0; layer < 3; layer++) {
            bool key = (switches && layer == to) || rand_below(&c->rand, 300) == 0;
            picture_through(c, layer, key, loss, switches && layer == to);
        }
    }
}

TEST_NO_OOM(any_mixture_of_levels_layers_and_loss_makes_one_stream)
{
    struct chain c = {0};
    for (uint64_t seed = 1; seed <= 12; seed++) {
        unsigned loss = seed % 3 == 0 ? 0 : 5;
        REQUIRE_OK(chain_new(&c, seed));
        run(&c, loss);
        CHECK(c.changes > 20);
        CHECK(c.highest - c.base > 3000);
        check_received(&c, loss == 0);
        stream_rewrite_free(&c.rewrite);
        free(c.received);
        c.received = NULL;
    }
out:
    stream_rewrite_free(&c.rewrite);
    free(c.received);
}
