#include "media/vp8_rewrite.h"
#include "unit/runner.h"

/** A descriptor with all fields. */
static struct vp8_payload vp8(uint8_t bits, uint16_t picture, uint8_t tl0, uint8_t keyidx)
{
    return (struct vp8_payload){.picture_id_bits = bits,
                                .picture_id = picture,
                                .picture_id_offset = 2,
                                .tl0picidx_offset = 4,
                                .tl0picidx = tl0,
                                .has_tid = true,
                                .has_keyidx = true,
                                .tid_keyidx_offset = 5,
                                .keyidx = keyidx};
}

static struct vp8_rewrite rewrite;

static void start(void)
{
    struct rand rand;
    rand_init(&rand, 5);
    vp8_rewrite_init(&rewrite, &rand);
}

static bool forward(uint32_t change, bool late, uint16_t picture, struct vp8_numbers *out)
{
    struct vp8_payload in = vp8(15, picture, (uint8_t)picture, 3);
    return vp8_rewrite_forward(&rewrite, change, late, 3000U * picture, &in, out);
}

static void drop(uint32_t change, uint16_t picture)
{
    struct vp8_payload in = vp8(15, picture, (uint8_t)picture, 3);
    vp8_rewrite_drop(&rewrite, change, false, 3000U * picture, &in);
}

TEST(pictures_count_on_by_frame)
{
    start();
    struct vp8_numbers first;
    struct vp8_numbers out;
    CHECK(forward(1, false, 32766, &first));
    CHECK(forward(1, false, 32766, &out));
    CHECK_INT(out.picture_id, first.picture_id);
    CHECK_INT(out.tl0picidx, first.tl0picidx);
    for (uint16_t i = 1; i < 300; i++) {
        CHECK(forward(1, false, (uint16_t)(32766 + i) & 0x7fff, &out));
        CHECK_INT(out.picture_id, (first.picture_id + i) & 0x7fff);
        CHECK_INT(out.keyidx, first.keyidx);
    }
}

TEST(packets_of_one_picture_agree_whatever_comes_between)
{
    start();
    struct vp8_numbers first;
    struct vp8_numbers out;
    CHECK(forward(1, false, 10, &first));
    CHECK(forward(1, false, 11, &out));
    CHECK(forward(1, true, 10, &out)); /* late */
    CHECK_INT(out.picture_id, first.picture_id);
    CHECK(forward(1, false, 11, &out));
    CHECK_INT(out.picture_id, (first.picture_id + 1) & 0x7fff);
    drop(1, 12);
    CHECK(!forward(1, true, 12, &out));
    CHECK(forward(1, false, 13, &out));
    CHECK_INT(out.picture_id, (first.picture_id + 2) & 0x7fff);
    /* a packet of it that lacks a field, or has another value in it, gets what it asks for */
    struct vp8_payload bare = vp8(15, 13, 13, 3);
    bare.tl0picidx_offset = 0;
    CHECK(vp8_rewrite_forward(&rewrite, 1, false, 3000U * 13, &bare, &out));
    CHECK_INT(out.tl0picidx, 0);
    bare = vp8(15, 13, 20, 3);
    CHECK(vp8_rewrite_forward(&rewrite, 1, false, 3000U * 13, &bare, &out));
    CHECK_INT(out.tl0picidx, (first.tl0picidx + 10) & 0xff);
    CHECK_INT(out.picture_id, (first.picture_id + 2) & 0x7fff);
}

TEST(change_of_feed_continues_every_number)
{
    start();
    struct vp8_numbers before;
    struct vp8_numbers out;
    struct vp8_payload in = vp8(15, 100, 7, 30);
    CHECK(vp8_rewrite_forward(&rewrite, 1, false, 3000U * in.picture_id, &in, &before));
    in = vp8(15, 20000, 250, 4);
    CHECK(vp8_rewrite_forward(&rewrite, 2, false, 3000U * in.picture_id, &in, &out));
    CHECK_INT(out.picture_id, (before.picture_id + 1) & 0x7fff);
    CHECK_INT(out.tl0picidx, (before.tl0picidx + 1) & 0xff);
    CHECK_INT(out.keyidx, (before.keyidx + 1) & 0x1f);
    /* A packet of the feed before is asked for again. */
    in = vp8(15, 100, 7, 30);
    struct vp8_numbers again;
    CHECK(vp8_rewrite_forward(&rewrite, 1, true, 3000U * in.picture_id, &in, &again));
    CHECK_INT(again.picture_id, before.picture_id);
    CHECK_INT(again.tl0picidx, before.tl0picidx);
    CHECK_INT(again.keyidx, before.keyidx);
    /* That did not disturb the present one. */
    in = vp8(15, 20001, 251, 4);
    struct vp8_numbers next;
    CHECK(vp8_rewrite_forward(&rewrite, 2, false, 3000U * in.picture_id, &in, &next));
    CHECK_INT(next.picture_id, (out.picture_id + 1) & 0x7fff);
    CHECK_INT(next.tl0picidx, (out.tl0picidx + 1) & 0xff);
    CHECK_INT(next.keyidx, out.keyidx);
}

TEST(dropped_frames_close_up_and_late_ones_keep_their_place)
{
    start();
    struct vp8_numbers first;
    struct vp8_numbers out;
    CHECK(forward(1, false, 10, &first));
    drop(1, 11);
    drop(1, 11);
    CHECK(forward(1, false, 12, &out));
    CHECK_INT(out.picture_id, (first.picture_id + 1) & 0x7fff);
    CHECK(!forward(1, true, 11, &out));
    /* 13 and 14 are missing. */
    CHECK(forward(1, false, 15, &out));
    CHECK_INT(out.picture_id, (first.picture_id + 4) & 0x7fff);
    CHECK(forward(1, true, 14, &out));
    CHECK_INT(out.picture_id, (first.picture_id + 3) & 0x7fff);
    CHECK(forward(1, true, 13, &out));
    CHECK_INT(out.picture_id, (first.picture_id + 2) & 0x7fff);
    CHECK(forward(1, true, 10, &out));
    CHECK_INT(out.picture_id, first.picture_id);
    /* 16 is lost whole, 17 dropped: 16 keeps a place. */
    drop(1, 17);
    CHECK(forward(1, false, 18, &out));
    CHECK_INT(out.picture_id, (first.picture_id + 6) & 0x7fff);
    CHECK(forward(1, true, 16, &out));
    CHECK_INT(out.picture_id, (first.picture_id + 5) & 0x7fff);
    CHECK(!forward(1, true, 17, &out));
    /* Dropping a frame that went out changes nothing. */
    drop(1, 18);
    CHECK(forward(1, true, 18, &out));
}

TEST(keeps_the_width_of_the_source)
{
    start();
    struct vp8_numbers before;
    struct vp8_numbers out;
    struct vp8_payload in = vp8(7, 126, 0, 0);
    CHECK(vp8_rewrite_forward(&rewrite, 1, false, 3000U * in.picture_id, &in, &before));
    CHECK(before.picture_id < 128);
    for (uint16_t i = 1; i < 400; i++) {
        in.picture_id = (126 + i) & 0x7f;
        CHECK(vp8_rewrite_forward(&rewrite, 1, false, 3000U * in.picture_id, &in, &out));
        CHECK_INT(out.picture_id, (before.picture_id + i) & 0x7f);
    }
    /* Dropping works in every turn of the seven bits. */
    in.picture_id = (in.picture_id + 1) & 0x7f;
    vp8_rewrite_drop(&rewrite, 1, false, 3000U * in.picture_id, &in);
    in.picture_id = (in.picture_id + 1) & 0x7f;
    struct vp8_numbers next;
    CHECK(vp8_rewrite_forward(&rewrite, 1, false, 3000U * in.picture_id, &in, &next));
    CHECK_INT(next.picture_id, (out.picture_id + 1) & 0x7f);
    /* To a wide one: it goes on in the low bits too. */
    CHECK(forward(2, false, 9000, &out));
    CHECK_INT(out.picture_id & 0x7f, (next.picture_id + 1) & 0x7f);
}

TEST(seven_bits_do_not_mix_up_pictures_of_different_turns)
{
    start();
    struct vp8_numbers out;
    struct vp8_payload in = vp8(7, 0, 0, 0);
    in.tl0picidx_offset = 0;
    uint16_t outs[400];
    /* every second picture is dropped, whole turns long */
    for (uint32_t i = 0; i < 400; i++) {
        in.picture_id = i & 0x7f;
        if (i % 2 == 1) {
            vp8_rewrite_drop(&rewrite, 1, false, 3000 * i, &in);
            continue;
        }
        CHECK(vp8_rewrite_forward(&rewrite, 1, false, 3000 * i, &in, &out));
        CHECK(i == 0 || out.picture_id == ((outs[i - 2] + 1) & 0x7f));
        outs[i] = out.picture_id;
    }
    /* of this turn and of the one before, under the same number */
    in.picture_id = 390 & 0x7f;
    CHECK(vp8_rewrite_forward(&rewrite, 1, true, 3000 * 390, &in, &out));
    CHECK_INT(out.picture_id, outs[390]);
    CHECK(!vp8_rewrite_forward(&rewrite, 1, true, 3000 * (390 - 128), &in, &out));
    /* a late one that looks ahead by its number is no new picture */
    in.picture_id = (399 - 100) & 0x7f;
    vp8_rewrite_drop(&rewrite, 1, true, 3000 * (399 - 100), &in);
    in.picture_id = 400 & 0x7f;
    CHECK(vp8_rewrite_forward(&rewrite, 1, false, 3000 * 400, &in, &out));
    CHECK_INT(out.picture_id, (outs[398] + 1) & 0x7f);
}

TEST(late_packets_of_dropped_pictures_free_no_number)
{
    start();
    struct vp8_numbers first;
    struct vp8_numbers out;
    CHECK(forward(1, false, 10, &first));
    /* 11 is missing and has a number; it turns out to be none that goes on */
    CHECK(forward(1, false, 12, &out));
    struct vp8_payload in = vp8(15, 11, 11, 3);
    vp8_rewrite_drop(&rewrite, 1, true, 3000 * 11, &in);
    CHECK(!forward(1, true, 11, &out));
    /* 13 and 14 are missing and known not to go on */
    in = vp8(15, 15, 15, 3);
    vp8_rewrite_skip(&rewrite, 1, 3000 * 15, &in);
    CHECK(forward(1, false, 15, &out));
    CHECK_INT(out.picture_id, (first.picture_id + 3) & 0x7fff);
    CHECK(!forward(1, true, 14, &out));
}

TEST(another_width_begins_another_count)
{
    start();
    struct vp8_numbers before;
    struct vp8_numbers out;
    CHECK(forward(1, false, 9000, &before));
    struct vp8_payload in = vp8(7, 90, 0, 3);
    CHECK(vp8_rewrite_forward(&rewrite, 1, false, 7, &in, &out));
    CHECK_INT(out.picture_id, (before.picture_id + 1) & 0x7f);
    CHECK(forward(1, false, 9002, &out));
    CHECK_INT(out.picture_id, (before.picture_id + 2) & 0x7fff);
}

TEST(works_without_any_field)
{
    start();
    struct vp8_payload in = {.descriptor_bytes = 1};
    struct vp8_numbers out;
    for (uint32_t change = 1; change < 20; change++) {
        CHECK(vp8_rewrite_forward(&rewrite, change, false, 3000U * in.picture_id, &in, &out));
        CHECK(vp8_rewrite_forward(&rewrite, change, true, 3000U * in.picture_id, &in, &out));
        vp8_rewrite_drop(&rewrite, change, false, 3000U * in.picture_id, &in);
        CHECK_INT(out.picture_id, 0);
    }
}

TEST(encoder_that_counts_afresh_is_followed)
{
    start();
    struct vp8_numbers before;
    struct vp8_numbers out;
    CHECK(forward(1, false, 1000, &out));
    CHECK(forward(1, false, 1001, &before));
    /* A little back: its old mapping must not be used for a new picture. */
    CHECK(forward(1, false, 1000, &out));
    CHECK_INT(out.picture_id, (before.picture_id + 1) & 0x7fff);
    CHECK(forward(1, false, 1001, &out));
    CHECK_INT(out.picture_id, (before.picture_id + 2) & 0x7fff);
    /* Far away, both directions. */
    CHECK(forward(1, false, 9001, &out));
    CHECK_INT(out.picture_id, (before.picture_id + 3) & 0x7fff);
    CHECK(forward(1, false, 3, &out));
    CHECK_INT(out.picture_id, (before.picture_id + 4) & 0x7fff);
}

TEST(late_packets_of_unknown_pictures_are_refused)
{
    start();
    struct vp8_numbers out;
    CHECK(!forward(0, true, 0, &out)); /* nothing feeds yet */
    CHECK(forward(3, false, 500, &out));
    CHECK(!forward(3, true, 499, &out));
    CHECK(!forward(2, true, 500, &out)); /* a change that never was */
    for (uint16_t i = 1; i <= VP8_REWRITE_FRAMES; i++) {
        CHECK(forward(3, false, 500 + i, &out));
    }
    CHECK(!forward(3, true, 500, &out));
    CHECK(forward(3, true, 501, &out));
    CHECK(forward(3 + VP8_REWRITE_CHANGES, false, 1, &out));
    CHECK(!forward(3, true, 501, &out));
}
