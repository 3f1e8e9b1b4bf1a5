#include "media/recv_stats.h"
#include "rtp/rtcp.h"
#include "unit/runner.h"

static enum recv_verdict receive(struct recv_stats *stats, uint16_t seq, int64_t *ext)
{
    return recv_stats_receive(stats, seq, 0, 100, 0, ext);
}

TEST(extends_over_the_wrap)
{
    struct recv_stats stats;
    recv_stats_init(&stats, 90000);
    int64_t first = 0;
    int64_t ext = 0;
    CHECK(!recv_stats_active(&stats));
    CHECK_INT(receive(&stats, 65534, &first), RECV_IN_ORDER);
    CHECK_INT((uint16_t)first, 65534);
    CHECK_INT(receive(&stats, 65535, &ext), RECV_IN_ORDER);
    CHECK_INT(ext, first + 1);
    CHECK_INT(receive(&stats, 1, &ext), RECV_IN_ORDER);
    CHECK_INT(ext, first + 3);
    CHECK_INT(receive(&stats, 0, &ext), RECV_LATE);
    CHECK_INT(ext, first + 2);
    CHECK_INT(recv_stats_lost(&stats), 0);
    struct rtcp_report_block block = {0};
    recv_stats_report(&stats, 0, &block);
    CHECK_INT(block.highest_seq, 0x10001);
}

TEST(refuses_duplicates_in_and_out_of_order)
{
    struct recv_stats stats;
    recv_stats_init(&stats, 90000);
    int64_t ext = 0;
    (void)receive(&stats, 10, &ext);
    (void)receive(&stats, 13, &ext);
    CHECK_INT(receive(&stats, 13, &ext), RECV_DUPLICATE);
    CHECK_INT(receive(&stats, 11, &ext), RECV_LATE);
    CHECK_INT(receive(&stats, 11, &ext), RECV_DUPLICATE);
    CHECK_INT(stats.duplicates, 2);
    CHECK_INT(recv_stats_lost(&stats), 1);
    /* The same bits come around after a window of numbers. */
    for (int i = 14; i < 14 + 2 * RECV_STATS_WINDOW; i++) {
        CHECK_INT(receive(&stats, (uint16_t)i, &ext), RECV_IN_ORDER);
    }
    CHECK_INT(recv_stats_lost(&stats), 1);
}

TEST(packet_before_the_first_one_counts)
{
    struct recv_stats stats;
    recv_stats_init(&stats, 48000);
    int64_t first = 0;
    int64_t ext = 0;
    (void)receive(&stats, 0, &first);
    CHECK_INT(receive(&stats, 65535, &ext), RECV_LATE);
    CHECK_INT(ext, first - 1);
    CHECK(ext > 0);
    CHECK_INT(recv_stats_lost(&stats), 0);
}

TEST(counts_fraction_and_cumulative_loss)
{
    struct recv_stats stats;
    recv_stats_init(&stats, 90000);
    int64_t ext = 0;
    for (int i = 0; i < 100; i++) {
        if (i % 4 != 3) {
            (void)receive(&stats, (uint16_t)(65500 + i), &ext);
        }
    }
    (void)receive(&stats, (uint16_t)(65500 + 100), &ext);
    struct rtcp_report_block block = {.ssrc = 7};
    recv_stats_report(&stats, 0, &block);
    CHECK_INT(block.ssrc, 7);
    CHECK_INT(block.cumulative_lost, 25);
    CHECK_INT(block.fraction_lost, 25 * 256 / 101);
    /* Nothing in the next interval: nothing lost in it. */
    recv_stats_report(&stats, 0, &block);
    CHECK_INT(block.fraction_lost, 0);
    CHECK_INT(block.cumulative_lost, 25);
}

TEST(repairs_are_not_counted_as_received)
{
    struct recv_stats stats;
    recv_stats_init(&stats, 90000);
    int64_t ext = 0;
    CHECK_INT(recv_stats_recover(&stats, 5, &ext), RECV_REFUSED);
    (void)receive(&stats, 4, &ext);
    (void)receive(&stats, 6, &ext);
    CHECK_INT(recv_stats_recover(&stats, 5, &ext), RECV_LATE);
    CHECK_INT((uint16_t)ext, 5);
    CHECK_INT(recv_stats_recover(&stats, 5, &ext), RECV_DUPLICATE);
    CHECK_INT(receive(&stats, 5, &ext), RECV_DUPLICATE);
    CHECK_INT(recv_stats_recover(&stats, 9, &ext), RECV_REFUSED);
    CHECK_INT(recv_stats_recover(&stats, 3, &ext), RECV_REFUSED);
    CHECK_INT(recv_stats_lost(&stats), 1);
}

TEST(jump_needs_a_second_packet)
{
    struct recv_stats stats;
    recv_stats_init(&stats, 90000);
    int64_t before = 0;
    int64_t ext = -7;
    (void)receive(&stats, 1000, &before);
    CHECK_INT(receive(&stats, 40000, &ext), RECV_REFUSED);
    CHECK_INT(ext, -7);
    /* A stray packet does not move anything. */
    CHECK_INT(receive(&stats, 1001, &ext), RECV_IN_ORDER);
    CHECK_INT(ext, before + 1);
    CHECK_INT(receive(&stats, 40001, &ext), RECV_REFUSED);
    CHECK_INT(receive(&stats, 40002, &ext), RECV_RESTART);
    CHECK_INT((uint16_t)ext, 40002);
    CHECK(ext > before + 65536);
    CHECK_INT(receive(&stats, 40003, &ext), RECV_IN_ORDER);
}

TEST(restart_keeps_numbers_rising_and_losses_counted)
{
    struct recv_stats stats;
    recv_stats_init(&stats, 90000);
    int64_t ext = 0;
    (void)receive(&stats, 50000, &ext);
    (void)receive(&stats, 50003, &ext);
    int64_t before = ext;
    CHECK_INT(receive(&stats, 100, &ext), RECV_REFUSED);
    CHECK_INT(receive(&stats, 101, &ext), RECV_RESTART);
    CHECK(ext > before);
    CHECK_INT((uint16_t)ext, 101);
    CHECK_INT(recv_stats_lost(&stats), 2);
    struct rtcp_report_block block = {0};
    recv_stats_report(&stats, 0, &block);
    CHECK_INT(block.highest_seq, 101);
    CHECK_INT(block.cumulative_lost, 2);
}

TEST(step_of_max_dropout_is_loss_and_one_more_is_a_jump)
{
    struct recv_stats stats;
    recv_stats_init(&stats, 90000);
    int64_t ext = 0;
    (void)receive(&stats, 0, &ext);
    CHECK_INT(receive(&stats, RECV_STATS_MAX_DROPOUT, &ext), RECV_IN_ORDER);
    CHECK_INT(recv_stats_lost(&stats), RECV_STATS_MAX_DROPOUT - 1);
    CHECK_INT(receive(&stats, 2 * RECV_STATS_MAX_DROPOUT + 1, &ext), RECV_REFUSED);
    CHECK_INT(receive(&stats, RECV_STATS_MAX_DROPOUT - RECV_STATS_WINDOW + 1, &ext), RECV_LATE);
    CHECK_INT(receive(&stats, RECV_STATS_MAX_DROPOUT - RECV_STATS_WINDOW, &ext), RECV_REFUSED);
}

TEST(jitter_follows_rfc_3550)
{
    struct recv_stats stats;
    recv_stats_init(&stats, 8000);
    int64_t ext = 0;
    /* Every second packet 5 ms late: |D| is 40 ticks each time, and J goes to 40. */
    for (int i = 0; i < 400; i++) {
        int64_t arrival_us = i * 20000 + (i % 2) * 5000;
        (void)recv_stats_receive(&stats, (uint16_t)i, (uint32_t)i * 160, 100, arrival_us, &ext);
    }
    struct rtcp_report_block block = {0};
    recv_stats_report(&stats, 0, &block);
    CHECK(block.jitter >= 39 && block.jitter <= 40);
    CHECK(recv_stats_jitter_us(&stats) >= 4800 && recv_stats_jitter_us(&stats) <= 5000);
}

TEST(jitter_survives_hostile_timestamps)
{
    struct recv_stats stats;
    recv_stats_init(&stats, 90000);
    int64_t ext = 0;
    for (int i = 0; i < 1000; i++) {
        (void)recv_stats_receive(&stats, (uint16_t)i, i % 2 == 0 ? 0 : 0x80000000U, 100,
                                 i % 2 == 0 ? 0 : INT64_C(1) << 45, &ext);
    }
    struct rtcp_report_block block = {0};
    recv_stats_report(&stats, 0, &block);
    CHECK(recv_stats_jitter_us(&stats) >= 0);
}

TEST(reports_delay_since_last_sender_report)
{
    struct recv_stats stats;
    recv_stats_init(&stats, 90000);
    int64_t ext = 0;
    (void)receive(&stats, 1, &ext);
    struct rtcp_report_block block = {0};
    recv_stats_report(&stats, 5000000, &block);
    CHECK_INT(block.lsr, 0);
    CHECK_INT(block.dlsr, 0);
    recv_stats_sender_report(&stats, UINT64_C(0x1122334455667788), 5000000);
    recv_stats_report(&stats, 6500000, &block);
    CHECK_INT(block.lsr, 0x33445566);
    CHECK_INT(block.dlsr, 3 * 65536 / 2);
}

TEST(stretch_counts_what_is_still_missing)
{
    struct recv_stats stats;
    struct recv_stretch stretch;
    recv_stats_init(&stats, 48000);
    recv_stats_stretch(&stats, 250, 10, &stretch);
    CHECK_INT(stretch.expected, 0);
    int64_t ext = 0;
    for (int i = 0; i < 300; i++) {
        bool lost = i == 60 || i == 100 || i == 101 || i == 102 || i == 200 || i == 295;
        if (!lost) {
            (void)receive(&stats, (uint16_t)(65500 + i), &ext);
        }
    }
    CHECK_INT(recv_stats_recover(&stats, (uint16_t)(65500 + 200), &ext), RECV_LATE);
    recv_stats_stretch(&stats, 250, 10, &stretch);
    CHECK_INT(stretch.expected, 250);
    CHECK_INT(stretch.lost, 4);
    CHECK_INT(stretch.bursts, 2);
    recv_stats_stretch(&stats, 1000, 0, &stretch);
    CHECK_INT(stretch.expected, 300);
    CHECK_INT(stretch.lost, 5);
    CHECK_INT(stretch.bursts, 3);
}

TEST(loss_is_taken_since_the_last_call)
{
    struct recv_stats stats;
    uint32_t expected = 1;
    uint32_t lost = 1;
    recv_stats_init(&stats, 48000);
    recv_stats_take_loss(&stats, &expected, &lost);
    CHECK_INT(expected, 0);
    CHECK_INT(lost, 0);
    int64_t ext = 0;
    for (uint16_t i = 0; i < 100; i++) {
        if (i % 10 != 5) {
            (void)receive(&stats, (uint16_t)(65500 + i), &ext);
        }
    }
    (void)recv_stats_recover(&stats, (uint16_t)(65500 + 5), &ext);
    recv_stats_take_loss(&stats, &expected, &lost);
    CHECK_INT(expected, 100);
    CHECK_INT(lost, 10);
    (void)receive(&stats, (uint16_t)(65500 + 15), &ext); /* only late */
    recv_stats_take_loss(&stats, &expected, &lost);
    CHECK_INT(expected, 0);
    CHECK_INT(lost, 0);
    recv_stats_restart(&stats);
    (void)receive(&stats, 7, &ext);
    (void)receive(&stats, 9, &ext);
    recv_stats_take_loss(&stats, &expected, &lost);
    CHECK_INT(expected, 3);
    CHECK_INT(lost, 1);
}
