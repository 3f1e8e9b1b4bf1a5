#include "base/err.h"
#include "media/stream_rewrite.h"
#include "unit/runner.h"

static const int64_t source = 100000;

static int make(struct stream_rewrite **out, uint32_t window)
{
    struct rand rand;
    rand_init(&rand, 1);
    const struct stream_rewrite_config config = {
        .clock_rate = 90000, .window = window, .min_step = 1};
    return stream_rewrite_new(out, &config, &rand);
}

/** One packet whose timestamp is its number, arriving one millisecond after the other. */
static bool forward(struct stream_rewrite *rewrite, int64_t seq, struct stream_rewrite_out *out)
{
    return stream_rewrite_forward(rewrite, seq, (uint32_t)seq, true, seq * 1000, out);
}

static void feed(struct stream_rewrite *rewrite, uint32_t id, int64_t seq)
{
    stream_rewrite_switch(rewrite, id, seq, (uint32_t)seq, seq * 1000, INT64_MIN);
}

TEST(starts_in_the_lower_half)
{
    struct rand rand;
    rand_init(&rand, 3);
    struct stream_rewrite *rewrite = NULL;
    const struct stream_rewrite_config config = {.clock_rate = 48000, .window = 16, .min_step = 1};
    for (int i = 0; i < 200; i++) {
        REQUIRE_OK(stream_rewrite_new(&rewrite, &config, &rand));
        struct stream_rewrite_out out;
        CHECK(!stream_rewrite_active(rewrite));
        CHECK_INT(stream_rewrite_highest(rewrite), -1);
        CHECK(!forward(rewrite, source, &out)); /* nothing feeds it */
        feed(rewrite, 1, source);
        CHECK(forward(rewrite, source, &out));
        CHECK(out.ext_seq >= 0 && out.ext_seq < 0x8000);
        CHECK(out.first && !out.late);
        CHECK_INT(stream_rewrite_highest(rewrite), out.ext_seq);
        stream_rewrite_free(&rewrite);
    }
out:
    stream_rewrite_free(&rewrite);
}

TEST(refuses_windows_that_are_no_power_of_two)
{
    struct stream_rewrite *rewrite = NULL;
    CHECK_INT(make(&rewrite, 0), ERR_INVALID);
    CHECK_INT(make(&rewrite, 100), ERR_INVALID);
    CHECK_INT(make(&rewrite, 65536), ERR_INVALID);
    for (uint32_t first = 24; first <= 128; first += 104) {
        const struct stream_rewrite_config config = {
            .clock_rate = 90000, .window = 64, .first = first, .min_step = 1};
        CHECK_INT(stream_rewrite_new(&rewrite, &config, NULL), ERR_INVALID);
    }
    CHECK(rewrite == NULL);
}

TEST(keeps_gaps_of_the_source_for_late_packets)
{
    struct stream_rewrite *rewrite = NULL;
    struct stream_rewrite_out first;
    struct stream_rewrite_out out;
    REQUIRE_OK(make(&rewrite, 64));
    feed(rewrite, 1, source);
    CHECK(forward(rewrite, source, &first));
    CHECK(forward(rewrite, source + 3, &out));
    CHECK_INT(out.ext_seq, first.ext_seq + 3);
    CHECK_INT(out.timestamp, first.timestamp + 3);
    CHECK(!out.first);
    CHECK(forward(rewrite, source + 1, &out));
    CHECK_INT(out.ext_seq, first.ext_seq + 1);
    CHECK_INT(out.timestamp, first.timestamp + 1);
    CHECK(out.late);
    /* Asked again, the answer is the same. */
    CHECK(forward(rewrite, source + 1, &out));
    CHECK_INT(out.ext_seq, first.ext_seq + 1);
    CHECK(forward(rewrite, source, &out));
    CHECK_INT(out.ext_seq, first.ext_seq);
    CHECK_INT(stream_rewrite_highest(rewrite), first.ext_seq + 3);
    /* Before the change of feed there is no place. */
    CHECK(!forward(rewrite, source - 1, &out));
out:
    stream_rewrite_free(&rewrite);
}

TEST(dropped_numbers_close_up)
{
    struct stream_rewrite *rewrite = NULL;
    struct stream_rewrite_out first;
    struct stream_rewrite_out out;
    REQUIRE_OK(make(&rewrite, 64));
    feed(rewrite, 1, source);
    CHECK(forward(rewrite, source, &first));
    stream_rewrite_drop(rewrite, source + 1);
    stream_rewrite_drop(rewrite, source + 2);
    CHECK(forward(rewrite, source + 3, &out));
    CHECK_INT(out.ext_seq, first.ext_seq + 1);
    /* 4 is missing, 5 dropped, 6 forwarded: 4 keeps its place. */
    stream_rewrite_drop(rewrite, source + 5);
    CHECK(forward(rewrite, source + 6, &out));
    CHECK_INT(out.ext_seq, first.ext_seq + 3);
    CHECK(forward(rewrite, source + 4, &out));
    CHECK_INT(out.ext_seq, first.ext_seq + 2);
    /* What was dropped stays dropped. */
    CHECK(!forward(rewrite, source + 2, &out));
    CHECK(!forward(rewrite, source + 5, &out));
    /* A late drop leaves its reserved number unused. */
    CHECK(forward(rewrite, source + 8, &out));
    stream_rewrite_drop(rewrite, source + 7);
    CHECK(forward(rewrite, source + 9, &out));
    CHECK_INT(out.ext_seq, first.ext_seq + 6);
out:
    stream_rewrite_free(&rewrite);
}

TEST(finds_the_source_of_an_outgoing_number)
{
    struct stream_rewrite *rewrite = NULL;
    struct stream_rewrite_out out[40];
    struct stream_rewrite_origin origin;
    REQUIRE_OK(make(&rewrite, 64));
    CHECK(!stream_rewrite_find(rewrite, 0, &origin));
    feed(rewrite, 9, source);
    for (int i = 0; i < 40; i++) {
        if (i % 5 == 3) {
            stream_rewrite_drop(rewrite, source + i);
        } else {
            CHECK(forward(rewrite, source + i, &out[i]));
        }
    }
    for (int i = 0; i < 40; i++) {
        if (i % 5 == 3) {
            continue;
        }
        CHECK(stream_rewrite_find(rewrite, (uint16_t)out[i].ext_seq, &origin));
        CHECK_INT(origin.source_seq, source + i);
        CHECK_INT(origin.ext_seq, out[i].ext_seq);
        CHECK_INT(origin.feed, 9);
        CHECK_INT(origin.change, out[i].change);
        CHECK_INT((uint32_t)(source + i) + origin.timestamp_offset, out[i].timestamp);
    }
    CHECK(!stream_rewrite_find(rewrite, (uint16_t)(out[39].ext_seq + 1), &origin));
    CHECK(!stream_rewrite_find(rewrite, (uint16_t)(out[0].ext_seq - 1), &origin));
out:
    stream_rewrite_free(&rewrite);
}

TEST(old_feeds_can_still_be_asked_for)
{
    struct stream_rewrite *rewrite = NULL;
    struct stream_rewrite_out out[6];
    struct stream_rewrite_origin origin;
    REQUIRE_OK(make(&rewrite, 64));
    for (uint32_t i = 0; i < 6; i++) {
        /* Each feed has its own numbering, some lower than the one before. */
        feed(rewrite, 100 + i, source - 1000 * i);
        CHECK(forward(rewrite, source - 1000 * i, &out[i]));
        CHECK(out[i].first);
        CHECK_INT(out[i].change, i + 1);
    }
    for (uint32_t i = 0; i < 6; i++) {
        CHECK(stream_rewrite_find(rewrite, (uint16_t)out[i].ext_seq, &origin));
        CHECK_INT(origin.feed, 100 + i);
        CHECK_INT(origin.source_seq, source - 1000 * i);
        CHECK_INT(origin.change, i + 1);
    }
out:
    stream_rewrite_free(&rewrite);
}

TEST(change_of_feed_continues_at_the_next_number)
{
    struct stream_rewrite *rewrite = NULL;
    struct stream_rewrite_out before;
    struct stream_rewrite_out out;
    REQUIRE_OK(make(&rewrite, 64));
    feed(rewrite, 1, source);
    CHECK(stream_rewrite_forward(rewrite, source, 5000, true, 1000000, &before));
    /* The other feed's clock stands elsewhere; its packet came 40 ms later. */
    stream_rewrite_switch(rewrite, 2, 77, 4000000000U, 1040000, INT64_MIN);
    CHECK(stream_rewrite_forward(rewrite, 77, 4000000000U, true, 1040000, &out));
    CHECK_INT(out.ext_seq, before.ext_seq + 1);
    CHECK_INT(out.timestamp, before.timestamp + 3600);
    CHECK(out.first);
    CHECK_INT(stream_rewrite_timestamp_offset(rewrite), out.timestamp - 4000000000U);
    CHECK_INT(stream_rewrite_source_timestamp(rewrite), 4000000000U);
    /* Late packets of before the change have no place, whatever their number. */
    CHECK(!stream_rewrite_forward(rewrite, 76, 4000000000U, true, 1040000, &out));
out:
    stream_rewrite_free(&rewrite);
}

TEST(unfinished_frame_leaves_one_number_unused)
{
    struct stream_rewrite *rewrite = NULL;
    struct stream_rewrite_out before;
    struct stream_rewrite_out out;
    struct stream_rewrite_origin origin;
    REQUIRE_OK(make(&rewrite, 64));
    feed(rewrite, 1, source);
    CHECK(stream_rewrite_forward(rewrite, source, 1, false, 1000, &before));
    feed(rewrite, 2, 500);
    feed(rewrite, 2, 600); /* changed its mind: still only one */
    CHECK(forward(rewrite, 600, &out));
    CHECK_INT(out.ext_seq, before.ext_seq + 2);
    CHECK(!stream_rewrite_find(rewrite, (uint16_t)(before.ext_seq + 1), &origin));
    CHECK(stream_rewrite_find(rewrite, (uint16_t)before.ext_seq, &origin));
    CHECK_INT(origin.feed, 1);
out:
    stream_rewrite_free(&rewrite);
}

TEST(timestamp_never_goes_back)
{
    struct stream_rewrite *rewrite = NULL;
    struct stream_rewrite_out before;
    struct stream_rewrite_out out;
    REQUIRE_OK(make(&rewrite, 64));
    feed(rewrite, 1, source);
    CHECK(stream_rewrite_forward(rewrite, source, 1000, true, 5000000, &before));
    /* Sampled 20 ms before the last one that went out (another layer, SR mapping). */
    stream_rewrite_switch(rewrite, 2, 9, 0, 5000100, -20000);
    CHECK(stream_rewrite_forward(rewrite, 9, 0, true, 5000100, &out));
    CHECK_INT(out.timestamp, before.timestamp + 1);
    before = out;
    /* A mapping that says otherwise than the arrivals by more than a second is not believed. */
    stream_rewrite_switch(rewrite, 3, 9, 0, 5010100, 3600000000);
    CHECK(stream_rewrite_forward(rewrite, 9, 0, true, 5010100, &out));
    CHECK_INT(out.timestamp, before.timestamp + 900);
    before = out;
    stream_rewrite_switch(rewrite, 3, 9, 0, 5020100, 33333);
    CHECK(stream_rewrite_forward(rewrite, 9, 0, true, 5020100, &out));
    CHECK_INT(out.timestamp, before.timestamp + 2999);
    before = out;
    /* A day of silence. */
    stream_rewrite_switch(rewrite, 4, 9, 0, 5020100 + INT64_C(86400) * 1000000, INT64_MIN);
    CHECK(stream_rewrite_forward(rewrite, 9, 0, true, 0, &out));
    CHECK_INT(out.timestamp, (uint32_t)(before.timestamp + UINT64_C(86400) * 90000));
out:
    stream_rewrite_free(&rewrite);
}

TEST(elapsed_counts_from_the_first_packet_of_the_last_frame)
{
    struct stream_rewrite *rewrite = NULL;
    struct stream_rewrite_out before;
    struct stream_rewrite_out out;
    REQUIRE_OK(make(&rewrite, 64));
    feed(rewrite, 1, source);
    CHECK(stream_rewrite_forward(rewrite, source, 1000, false, 5000000, &before));
    CHECK(stream_rewrite_forward(rewrite, source + 1, 1000, true, 5008000, &before));
    stream_rewrite_switch(rewrite, 2, 9, 0, 5020000, INT64_MIN);
    CHECK(stream_rewrite_forward(rewrite, 9, 0, true, 5020000, &out));
    CHECK_INT(out.timestamp, before.timestamp + 1800);
out:
    stream_rewrite_free(&rewrite);
}

TEST(hole_wider_than_the_window_closes_up)
{
    struct stream_rewrite *rewrite = NULL;
    struct stream_rewrite_out before;
    struct stream_rewrite_out out;
    struct stream_rewrite_origin origin;
    REQUIRE_OK(make(&rewrite, 64));
    feed(rewrite, 1, source);
    CHECK(forward(rewrite, source, &before));
    CHECK(forward(rewrite, source + 2999, &out));
    CHECK_INT(out.ext_seq, before.ext_seq + 2);
    CHECK_INT(out.timestamp, before.timestamp + 2999);
    CHECK(!forward(rewrite, source + 2998, &out));
    CHECK(stream_rewrite_find(rewrite, (uint16_t)before.ext_seq, &origin));
    CHECK_INT(origin.source_seq, source);
    /* The widest hole that is kept. */
    CHECK(forward(rewrite, source + 2999 + 64, &out));
    CHECK_INT(out.ext_seq, before.ext_seq + 2 + 64);
    CHECK(stream_rewrite_find(rewrite, (uint16_t)(out.ext_seq - 63), &origin));
    CHECK_INT(origin.source_seq, source + 3000);
    CHECK(!stream_rewrite_find(rewrite, (uint16_t)(out.ext_seq - 64), &origin));
    stream_rewrite_drop(rewrite, source + 100000);
    CHECK(forward(rewrite, source + 100001, &out));
    CHECK_INT(out.ext_seq, before.ext_seq + 2 + 64 + 2);
out:
    stream_rewrite_free(&rewrite);
}

TEST(remembers_more_when_told_to)
{
    static const struct stream_rewrite_config config = {
        .clock_rate = 90000, .window = 256, .first = 32, .min_step = 1};
    struct stream_rewrite *rewrite = NULL;
    struct stream_rewrite_out out = {0};
    struct stream_rewrite_origin origin;
    struct rand rand;
    rand_init(&rand, 1);
    REQUIRE_OK(stream_rewrite_new(&rewrite, &config, &rand));
    feed(rewrite, 1, source);
    for (int64_t i = 0; i < 40; i++) {
        REQUIRE(forward(rewrite, source + i, &out));
    }
    CHECK(stream_rewrite_find(rewrite, (uint16_t)(out.ext_seq - 31), &origin));
    CHECK_INT(origin.source_seq, source + 8);
    CHECK(!stream_rewrite_find(rewrite, (uint16_t)(out.ext_seq - 32), &origin));
    stream_rewrite_widen(rewrite, 100);
    for (int64_t i = 40; i < 40 + 96; i++) {
        REQUIRE(forward(rewrite, source + i, &out));
    }
    REQUIRE(stream_rewrite_find(rewrite, (uint16_t)(out.ext_seq - 127), &origin)); /* from before */
    CHECK_INT(origin.source_seq, source + 8);
    CHECK(!stream_rewrite_find(rewrite, (uint16_t)(out.ext_seq - 128), &origin));
    stream_rewrite_widen(rewrite, 1000); /* as many as there may be */
    stream_rewrite_widen(rewrite, 16);   /* never fewer */
    for (int64_t i = 136; i < 400; i++) {
        REQUIRE(forward(rewrite, source + i, &out));
    }
    REQUIRE(stream_rewrite_find(rewrite, (uint16_t)(out.ext_seq - 255), &origin));
    CHECK_INT(origin.source_seq, source + 399 - 255);
    CHECK(!stream_rewrite_find(rewrite, (uint16_t)(out.ext_seq - 256), &origin));
out:
    stream_rewrite_free(&rewrite);
}

TEST(what_was_forgotten_before_is_not_known_after)
{
    static const struct stream_rewrite_config config = {
        .clock_rate = 90000, .window = 256, .first = 32, .min_step = 1};
    struct stream_rewrite *rewrite = NULL;
    struct stream_rewrite_out out = {0};
    struct stream_rewrite_origin origin;
    struct rand rand;
    rand_init(&rand, 1);
    REQUIRE_OK(stream_rewrite_new(&rewrite, &config, &rand));
    feed(rewrite, 1, 0);
    for (int64_t i = 0; i < 100; i++) {
        REQUIRE(forward(rewrite, i, &out));
    }
    int64_t newest = out.ext_seq;
    stream_rewrite_widen(rewrite, 256);
    CHECK(stream_rewrite_find(rewrite, (uint16_t)(newest - 31), &origin));
    for (int64_t back = 32; back < 100; back++) {
        CHECK(!stream_rewrite_find(rewrite, (uint16_t)(newest - back), &origin));
        CHECK(!forward(rewrite, 99 - back, &out));
    }
    CHECK(stream_rewrite_active(rewrite));
out:
    stream_rewrite_free(&rewrite);
}

TEST(a_hole_that_could_be_remembered_is_kept_open)
{
    static const struct stream_rewrite_config config = {
        .clock_rate = 90000, .window = 256, .first = 32, .min_step = 1};
    struct stream_rewrite *rewrite = NULL;
    struct stream_rewrite_out before;
    struct stream_rewrite_out out;
    struct rand rand;
    rand_init(&rand, 1);
    REQUIRE_OK(stream_rewrite_new(&rewrite, &config, &rand));
    feed(rewrite, 1, source);
    REQUIRE(forward(rewrite, source, &before));
    REQUIRE(forward(rewrite, source + 200, &out));
    REQUIRE_INT(out.ext_seq, before.ext_seq + 200);
    REQUIRE(forward(rewrite, source + 1, &out));
    CHECK_INT(out.ext_seq, before.ext_seq + 1);
    CHECK(out.late);
out:
    stream_rewrite_free(&rewrite);
}

TEST(numbers_wrap_on_both_sides)
{
    struct stream_rewrite *rewrite = NULL;
    struct stream_rewrite_out out;
    struct stream_rewrite_origin origin;
    REQUIRE_OK(make(&rewrite, 64));
    /* The source's low 32 bits wrap, and so do the outgoing 16 bits, several times. */
    int64_t from = (INT64_C(1) << 32) - 70000;
    feed(rewrite, 1, from);
    int64_t offset = 0;
    for (int64_t i = 0; i < 140000; i++) {
        bool ok = forward(rewrite, from + i, &out);
        if (i == 0) {
            offset = out.ext_seq;
        }
        if (!ok || out.ext_seq != offset + i) {
            CHECK_INT(out.ext_seq, offset + i);
            break;
        }
        if (i >= 63 && (!stream_rewrite_find(rewrite, (uint16_t)(out.ext_seq - 63), &origin) ||
                        origin.source_seq != from + i - 63)) {
            CHECK_INT(origin.source_seq, from + i - 63);
            break;
        }
        if (i >= 63 && (!forward(rewrite, from + i - 63, &out) || out.ext_seq != offset + i - 63)) {
            CHECK_INT(out.ext_seq, offset + i - 63);
            break;
        }
    }
out:
    stream_rewrite_free(&rewrite);
}

/** Against a plain model: every forwarded number is unique, ascending with the source, and stable.
 */
TEST(random_order_matches_the_model)
{
    enum { COUNT = 3000, SHUFFLE = 2 };
    struct stream_rewrite *rewrite = NULL;
    struct rand rand;
    rand_init(&rand, 42);
    static int64_t got[COUNT];
    static uint16_t order[COUNT];
    memset(got, 0xff, sizeof(got));
    REQUIRE_OK(make(&rewrite, 512));
    for (uint16_t i = 0; i < COUNT; i++) {
        order[i] = i;
    }
    for (uint16_t i = 1; i + SHUFFLE < COUNT; i++) {
        uint32_t j = i + rand_below(&rand, SHUFFLE);
        uint16_t kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
    feed(rewrite, 1, source);
    for (int i = 0; i < COUNT; i++) {
        uint32_t what = rand_below(&rand, 10);
        struct stream_rewrite_out out;
        if (what == 0) {
            continue; /* lost */
        }
        if (what <= 2) {
            stream_rewrite_drop(rewrite, source + order[i]);
        } else if (forward(rewrite, source + order[i], &out)) {
            got[order[i]] = out.ext_seq;
        }
    }
    int64_t last = -1;
    for (int i = 0; i < COUNT; i++) {
        struct stream_rewrite_origin origin;
        if (got[i] < 0) {
            continue;
        }
        CHECK(got[i] > last);
        last = got[i];
        if (stream_rewrite_highest(rewrite) - got[i] < 512) {
            CHECK(stream_rewrite_find(rewrite, (uint16_t)got[i], &origin));
            CHECK_INT(origin.source_seq, source + i);
        }
    }
    /* About one in five was dropped, most of them in order: those numbers closed up. */
    CHECK(stream_rewrite_highest(rewrite) - got[0] < COUNT * 93 / 100);
out:
    stream_rewrite_free(&rewrite);
}
