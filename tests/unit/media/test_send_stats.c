#include "media/send_stats.h"
#include "rtp/rtcp.h"
#include "unit/runner.h"

static const int64_t wall_us = INT64_C(1700000000) * 1000000;

TEST(ntp_time_counts_from_1900)
{
    CHECK_INT(send_stats_ntp(0) >> 32, 2208988800);
    CHECK_INT(send_stats_ntp(1500000) >> 32, 2208988801);
    CHECK_INT(send_stats_ntp(1500000) & 0xffffffff, 0x80000000);
}

TEST(nothing_sent_gives_no_report)
{
    struct send_stats stats;
    struct sender_report report;
    send_stats_init(&stats, 90000);
    CHECK(!send_stats_report(&stats, 0, wall_us, NULL, &report));
}

TEST(report_carries_counts_and_time)
{
    struct send_stats stats;
    struct sender_report report;
    send_stats_init(&stats, 90000);
    send_stats_send(&stats, 1000, 1200, 5000000);
    send_stats_send(&stats, 4000, 700, 5033333);
    send_stats_send(&stats, 4000, 50, 5040000);
    send_stats_send(&stats, 1000, 50, 5050000); /* late: its time says nothing */
    CHECK(send_stats_report(&stats, 5133333, wall_us, NULL, &report));
    CHECK_INT(report.packets, 4);
    CHECK_INT(report.octets, 2000);
    CHECK_INT(report.timestamp, 4000 + 9000);
    CHECK_INT(report.ntp, send_stats_ntp(wall_us));
    uint32_t timestamp = 77;
    CHECK(send_stats_report(&stats, 5133333, wall_us, &timestamp, &report));
    CHECK_INT(report.timestamp, 77);
}

TEST(round_trip_comes_from_own_reports_only)
{
    struct send_stats stats;
    struct sender_report report;
    send_stats_init(&stats, 48000);
    send_stats_send(&stats, 0, 100, 0);
    struct rtcp_report_block block = {.fraction_lost = 12,
                                      .cumulative_lost = 5,
                                      .highest_seq = 70000,
                                      .jitter = 44,
                                      .lsr = 0x12345678,
                                      .dlsr = 0};
    send_stats_receive(&stats, &block, 1000000);
    CHECK_INT(stats.fraction_lost, 12);
    CHECK_INT(stats.cumulative_lost, 5);
    CHECK_INT(stats.highest, 70000);
    CHECK_INT(stats.jitter, 44);
    CHECK_INT(stats.rtt_us, 0);
    CHECK(send_stats_report(&stats, 2000000, wall_us, NULL, &report));
    block.lsr = (uint32_t)(report.ntp >> 16);
    block.dlsr = 65536 / 2; /* held for half a second */
    send_stats_receive(&stats, &block, 2560000);
    CHECK_INT(stats.rtt_us, 60000);
    CHECK_INT(stats.rtt_var_us, 30000);
    /* Several reports later the old one is still known, and the mean moves by an eighth. */
    for (int i = 1; i < SEND_STATS_REPORTS; i++) {
        CHECK(
            send_stats_report(&stats, 2000000 + i * 1000000, wall_us + i * 1000000, NULL, &report));
    }
    block.dlsr = 8 * 65536;
    send_stats_receive(&stats, &block, 2000000 + 8000000 + 140000);
    CHECK_INT(stats.rtt_us, 70000);
    CHECK(send_stats_report(&stats, 90000000, wall_us + 90000000, NULL, &report));
    send_stats_receive(&stats, &block, 91000000);
    CHECK_INT(stats.rtt_us, 70000);
    /* A DLSR longer than the time that passed is a lie. */
    block.lsr = (uint32_t)(report.ntp >> 16);
    block.dlsr = UINT32_MAX;
    send_stats_receive(&stats, &block, 90010000);
    CHECK_INT(stats.rtt_us, 70000);
    /* No LSR: no report of ours has come there. */
    block.lsr = 0;
    send_stats_receive(&stats, &block, 90010000);
    CHECK_INT(stats.rtt_us, 70000);
}

TEST(loss_is_taken_between_two_calls)
{
    struct send_stats stats;
    uint32_t expected = 1;
    uint32_t lost = 1;
    send_stats_init(&stats, 48000);
    send_stats_take_loss(&stats, &expected, &lost);
    CHECK_INT(expected, 0);
    CHECK_INT(lost, 0);
    struct rtcp_report_block block = {.highest_seq = 1000, .cumulative_lost = 7};
    send_stats_receive(&stats, &block, 1000000);
    send_stats_take_loss(&stats, &expected, &lost);
    CHECK_INT(expected, 0); /* nobody knows since when */
    block = (struct rtcp_report_block){.highest_seq = 1250, .cumulative_lost = 12};
    send_stats_receive(&stats, &block, 2000000);
    send_stats_take_loss(&stats, &expected, &lost);
    CHECK_INT(expected, 250);
    CHECK_INT(lost, 5);
    send_stats_take_loss(&stats, &expected, &lost);
    CHECK_INT(expected, 0);
    /* duplicates make it fall; and receivers may say anything */
    block = (struct rtcp_report_block){.highest_seq = 1300, .cumulative_lost = 2};
    send_stats_receive(&stats, &block, 3000000);
    send_stats_take_loss(&stats, &expected, &lost);
    CHECK_INT(expected, 50);
    CHECK_INT(lost, 0);
    block = (struct rtcp_report_block){.highest_seq = 1310, .cumulative_lost = 0x7fffff};
    send_stats_receive(&stats, &block, 4000000);
    send_stats_take_loss(&stats, &expected, &lost);
    CHECK_INT(lost, 10);
    block = (struct rtcp_report_block){.highest_seq = 5, .cumulative_lost = -0x800000};
    send_stats_receive(&stats, &block, 5000000);
    send_stats_take_loss(&stats, &expected, &lost);
    CHECK_INT(expected, 0);
}
