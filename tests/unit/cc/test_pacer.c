#include "cc/pacer.h"
#include "unit/runner.h"

enum { PACKET = 1250, ITEMS = 64 };

static const uint64_t mbit = 1000000;

/** A pacer at 1 Mbit/s whose burst is used up. */
static void pacer_full(struct pacer *pacer, uint64_t target_bps)
{
    pacer_init(pacer);
    pacer_target(pacer, target_bps, false, 0);
    while (pacer_passes(pacer, 0)) {
        pacer_sent(pacer, PACKET);
    }
}

/** Pops all that may leave; returns the count. */
static size_t drain(struct pacer *pacer, int64_t now_us)
{
    size_t count = 0;
    struct pacer_item *item;
    while ((item = pacer_pop(pacer, now_us)) != NULL) {
        pacer_sent(pacer, item->bytes);
        count++;
    }
    return count;
}

TEST(nothing_waits_without_a_bound)
{
    struct pacer pacer;
    pacer_init(&pacer);
    for (int i = 0; i < 100000; i++) {
        CHECK(pacer_passes(&pacer, 0));
        pacer_sent(&pacer, PACKET);
    }
    CHECK_INT(pacer_next_deadline(&pacer), INT64_MAX);
    /* and what went before the first bound is not held against it */
    pacer_target(&pacer, mbit, false, 1000);
    CHECK(pacer_passes(&pacer, 1000));
    goto out;
out:;
}

TEST(sound_above_the_target_leaves_no_lasting_debt)
{
    struct pacer pacer;
    pacer_init(&pacer);
    pacer_target(&pacer, mbit / 10, false, 0);
    for (int64_t us = 0; us < 60000000; us += 10000) {
        pacer_sent(&pacer, PACKET); /* 1 Mbit/s, which never waits */
        (void)pacer_passes(&pacer, us);
    }
    pacer_target(&pacer, mbit, false, 60000000);
    CHECK(pacer_passes(&pacer, 60200000));
    goto out;
out:;
}

/** On 150 kbit/s a large packet takes 64 ms. */
TEST(a_thin_link_never_holds_two_large_packets)
{
    struct pacer pacer;
    pacer_init(&pacer);
    pacer_target(&pacer, 120000, false, 0);
    CHECK(pacer_passes(&pacer, 0));
    pacer_sent(&pacer, 1200);
    CHECK(!pacer_passes(&pacer, 72000)); /* 110 % of the target */
    CHECK(pacer_passes(&pacer, 73000));
    pacer_sent(&pacer, 160); /* sound, which comes first */
    CHECK(!pacer_passes(&pacer, 82000));
    CHECK(pacer_passes(&pacer, 83000));
    goto out;
out:;
}

TEST(a_short_burst_passes_and_no_more)
{
    struct pacer pacer;
    size_t passed = 0;
    pacer_init(&pacer);
    pacer_target(&pacer, mbit, false, 0);
    while (pacer_passes(&pacer, 0)) {
        pacer_sent(&pacer, PACKET);
        passed++;
    }
    CHECK_INT(passed, PACER_BURST_US / 10000); /* 10 ms each */
    CHECK(pacer_passes(&pacer, 1000));
    pacer_sent(&pacer, PACKET);
    CHECK(!pacer_passes(&pacer, 1000));
    CHECK(!pacer_passes(&pacer, 9000));
    CHECK(pacer_passes(&pacer, 10000));
    CHECK_INT(pacer_next_deadline(&pacer), INT64_MAX);
    goto out;
out:;
}

TEST(what_waits_leaves_a_little_faster_than_the_target)
{
    struct pacer pacer;
    struct pacer_flow flow;
    struct pacer_item items[ITEMS];
    pacer_full(&pacer, 10 * mbit);
    pacer_flow_init(&flow);
    for (int i = 0; i < ITEMS; i++) {
        pacer_push(&pacer, &flow, ALLOCATOR_VISIBLE, &items[i], PACKET, false, 0);
    }
    CHECK(!pacer_passes(&pacer, 0));
    int64_t now_us = 0;
    size_t left = 0;
    size_t releases = 0;
    while (left < ITEMS && releases < 1000) {
        int64_t next_us = pacer_next_deadline(&pacer);
        REQUIRE(next_us != INT64_MAX && next_us >= now_us);
        now_us = next_us;
        size_t count = drain(&pacer, now_us);
        CHECK(count > 0);
        left += count;
        releases++;
    }
    /* 64 ms' worth, in groups of a tick */
    CHECK(now_us > 50000 && now_us < 64000);
    CHECK(releases <= 14);
    CHECK_INT(pacer_next_deadline(&pacer), INT64_MAX);
    CHECK_INT(pacer.bytes, 0);
out:;
}

TEST(a_link_with_room_is_not_spared)
{
    struct pacer pacer;
    struct pacer_flow flow;
    struct pacer_item items[ITEMS];
    pacer_full(&pacer, mbit);
    pacer_target(&pacer, mbit, true, 0);
    pacer_flow_init(&flow);
    for (int i = 0; i < 8; i++) {
        pacer_push(&pacer, &flow, ALLOCATOR_VISIBLE, &items[i], PACKET, false, 0);
    }
    size_t left = 0;
    for (int64_t now_us = 0; now_us <= 32000; now_us += 4000) {
        left += drain(&pacer, now_us);
    }
    CHECK_INT(left, 8);
    goto out;
out:;
}

TEST(repeats_go_first_then_by_class_then_by_age)
{
    struct pacer pacer;
    struct pacer_flow pinned;
    struct pacer_flow visible;
    struct pacer_flow other;
    struct pacer_item items[5];
    pacer_full(&pacer, mbit);
    pacer_flow_init(&pinned);
    pacer_flow_init(&visible);
    pacer_flow_init(&other);
    pacer_push(&pacer, &visible, ALLOCATOR_VISIBLE, &items[3], PACKET, false, 0);
    pacer_push(&pacer, &other, ALLOCATOR_VISIBLE, &items[4], PACKET, false, 1);
    pacer_push(&pacer, &pinned, ALLOCATOR_PINNED, &items[2], PACKET, false, 2);
    pacer_push(&pacer, &other, ALLOCATOR_VISIBLE, &items[0], PACKET, true, 3);
    pacer_push(&pacer, &visible, ALLOCATOR_VISIBLE, &items[1], PACKET, true, 4);
    for (int i = 0; i < 5; i++) {
        CHECK(pacer_pop(&pacer, 1000000) == &items[i]);
    }
    CHECK(pacer_pop(&pacer, 1000000) == NULL);
    CHECK(list_empty(&pacer.flows));
    goto out;
out:;
}

TEST(sound_counts_but_never_waits)
{
    struct pacer pacer;
    struct pacer_flow flow;
    struct pacer_item item;
    pacer_full(&pacer, mbit / 10);
    pacer_flow_init(&flow);
    pacer_push(&pacer, &flow, ALLOCATOR_VISIBLE, &item, PACKET, false, 0);
    int64_t before_us = pacer_next_deadline(&pacer);
    pacer_sent(&pacer, 250);
    CHECK(pacer_next_deadline(&pacer) > before_us);
    pacer_remove(&pacer, &item);
    goto out;
out:;
}

TEST(a_flow_that_waited_too_long_is_stale)
{
    struct pacer pacer;
    struct pacer_flow flow;
    struct pacer_flow young;
    struct pacer_item items[3];
    pacer_full(&pacer, mbit / 10);
    pacer_flow_init(&flow);
    pacer_flow_init(&young);
    pacer_push(&pacer, &flow, ALLOCATOR_VISIBLE, &items[0], PACKET, false, 0);
    pacer_push(&pacer, &young, ALLOCATOR_VISIBLE, &items[1], PACKET, false, 400000);
    /* repeats alone do not make a flow stale: nothing can be saved by dropping pictures */
    pacer_push(&pacer, &young, ALLOCATOR_VISIBLE, &items[2], PACKET, true, 0);
    CHECK(pacer_stale(&pacer, PACER_MAX_AGE_US) == NULL);
    CHECK(pacer_stale(&pacer, PACER_MAX_AGE_US + 1) == &flow);
    pacer_remove(&pacer, &items[0]);
    CHECK(pacer_stale(&pacer, PACER_MAX_AGE_US + 1) == NULL);
    pacer_remove(&pacer, &items[1]);
    CHECK(!list_empty(&pacer.flows));
    pacer_remove(&pacer, &items[2]);
    CHECK(list_empty(&pacer.flows));
    goto out;
out:;
}

TEST(a_keyframe_is_waited_for)
{
    struct pacer pacer;
    struct pacer_flow flow;
    struct pacer_item item;
    pacer_full(&pacer, mbit / 10);
    pacer_flow_init(&flow);
    pacer_flow_keyframe(&flow, 0);
    pacer_push(&pacer, &flow, ALLOCATOR_VISIBLE, &item, PACKET, false, 0);
    CHECK(pacer_stale(&pacer, PACER_PATIENT_AGE_US) == NULL);
    CHECK(pacer_stale(&pacer, PACER_PATIENT_AGE_US + 1) == &flow);
    pacer_remove(&pacer, &item);
    pacer_push(&pacer, &flow, ALLOCATOR_VISIBLE, &item, PACKET, false, PACER_PATIENCE_US);
    CHECK(pacer_stale(&pacer, PACER_PATIENCE_US + PACER_MAX_AGE_US + 1) == &flow);
    pacer_remove(&pacer, &item);
    goto out;
out:;
}

TEST(a_queue_leaves_at_once_when_the_bound_goes)
{
    struct pacer pacer;
    struct pacer_flow flow;
    struct pacer_item items[2];
    pacer_full(&pacer, mbit / 10);
    pacer_flow_init(&flow);
    pacer_push(&pacer, &flow, ALLOCATOR_VISIBLE, &items[0], PACKET, false, 0);
    pacer_push(&pacer, &flow, ALLOCATOR_VISIBLE, &items[1], PACKET, false, 0);
    pacer_target(&pacer, UINT64_MAX, false, 10);
    CHECK(pacer_next_deadline(&pacer) <= 10);
    CHECK(!pacer_passes(&pacer, 10)); /* behind what waits */
    CHECK_INT(drain(&pacer, 10), 2);
    CHECK(pacer_passes(&pacer, 10));
    goto out;
out:;
}
