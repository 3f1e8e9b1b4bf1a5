#include "relay/cc/feedback_walk.h"
#include "unit/runner.h"

static struct send_history history;
static struct packet_fate fates[FEEDBACK_BATCH];
static uint64_t unmatched;
static uint8_t wire[1500];

/** Numbers 100 to 199 were sent, one each millisecond. */
static void set_up(void)
{
    send_history_init(&history);
    unmatched = 0;
    for (uint16_t i = 0; i < 100; i++) {
        send_history_add(&history, (uint16_t)(100 + i),
                         (struct sent_packet){.sent_us = i * 1000, .bytes = 500});
    }
}

/** Feedback about count numbers from first on, walked; returns how many fates were news. */
static size_t walk(uint16_t first, const int64_t *arrival_ms, size_t count)
{
    struct rtcp_twcc_status statuses[16];
    for (size_t i = 0; i < count; i++) {
        statuses[i] = (struct rtcp_twcc_status){
            .seq = (uint16_t)(first + i),
            .arrival_us = arrival_ms[i] < 0 ? RTCP_TWCC_LOST : arrival_ms[i] * 1000};
    }
    size_t covered = 0;
    size_t bytes = rtcp_twcc_write(wire, sizeof(wire), 1, 2, 3, statuses, count, &covered);
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    struct rtcp_fb fb;
    struct rtcp_twcc twcc;
    rtcp_reader_init(&reader, wire, bytes);
    if (!CHECK(rtcp_reader_next(&reader, &packet) == 1 && rtcp_fb_parse(&packet, &fb) == 0 &&
               rtcp_twcc_parse(&fb, &twcc) == 0)) {
        return 0;
    }
    return feedback_walk(&twcc, &history, 0, fates, &unmatched);
}

TEST(fates_come_in_order_of_arrival_lost_last)
{
    set_up();
    static const int64_t arrivals[] = {60, -1, 80, 70};
    REQUIRE_INT(walk(110, arrivals, 4), 4);
    CHECK_INT(fates[0].sent_us, 10000);
    CHECK_INT(fates[1].sent_us, 13000);
    CHECK_INT(fates[1].arrival_us, 70000);
    CHECK_INT(fates[2].sent_us, 12000);
    CHECK(fates[3].arrival_us == RTCP_TWCC_LOST);
    CHECK_INT(fates[3].sent_us, 11000);
out:
    send_history_deinit(&history);
}

TEST(fate_is_told_once_unless_a_lost_one_comes_late)
{
    set_up();
    static const int64_t before[] = {60, -1, 80};
    static const int64_t after[] = {60, 90, 80};
    REQUIRE_INT(walk(110, before, 3), 3);
    REQUIRE_INT(walk(110, before, 3), 0);
    REQUIRE_INT(walk(110, after, 3), 1);
    CHECK(fates[0].was_lost);
    CHECK_INT(fates[0].arrival_us, 90000);
    REQUIRE_INT(walk(110, before, 3), 0);
out:
    send_history_deinit(&history);
}

TEST(feedback_about_what_was_never_sent_is_counted_only)
{
    set_up();
    static const int64_t arrivals[] = {60, 61, 62, 63};
    CHECK_INT(walk(198, arrivals, 4), 2);
    CHECK_INT(unmatched, 2);
    CHECK_INT(walk(98, arrivals, 2), 0);
    CHECK_INT(walk(40000, arrivals, 4), 0);
    CHECK_INT(unmatched, 8);
    send_history_deinit(&history);
}

TEST(clock_of_the_receiver_wraps_and_leaps)
{
    struct feedback_clock clock = {0};
    CHECK_INT(feedback_clock_offset(&clock, 0x7fffff), 0);
    CHECK_INT(feedback_clock_offset(&clock, -0x800000), INT64_C(0x1000000) * 64000);
    CHECK_INT(feedback_clock_offset(&clock, 0x7fffff), 0);
    /* further than an hour: taken as it is, so that leaps do not add up */
    CHECK_INT(feedback_clock_offset(&clock, 0), 0);
    CHECK_INT(feedback_clock_offset(&clock, -0x7fffff), 0);
    send_history_deinit(&history);
}
