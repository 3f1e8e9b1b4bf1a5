#include "media/rtx_limiter.h"
#include "unit/runner.h"

static struct rtx_history history;

TEST(sends_a_packet_six_times_and_not_within_an_rtt)
{
    struct rtx_budget budget;
    rtx_budget_init(&budget);
    rtx_history_init(&history);
    int64_t now_us = INT64_C(1) << 45;
    CHECK(rtx_limiter_take(&budget, &history, 5, 100, 50000, now_us));
    CHECK(!rtx_limiter_take(&budget, &history, 5, 100, 50000, now_us + 36000));
    CHECK(rtx_limiter_take(&budget, &history, 6, 100, 50000, now_us + 49000));
    for (int64_t i = 1; i < RTX_MAX_TRIES; i++) {
        CHECK(rtx_limiter_take(&budget, &history, 5, 100, 50000, now_us + i * 50000));
    }
    CHECK(!rtx_limiter_take(&budget, &history, 5, 100, 50000, now_us + 900000));
    /* The same low 16 bits, a whole turn later, is another packet. */
    CHECK(rtx_limiter_take(&budget, &history, 5 + 65536, 100, 50000, now_us + 900000));
    rtx_history_deinit(&history);
}

TEST(a_late_packet_that_just_went_out_is_not_sent_again)
{
    struct rtx_budget budget;
    rtx_budget_init(&budget);
    rtx_history_init(&history);
    rtx_history_note(&history, 5, 1000000);
    CHECK(!rtx_limiter_take(&budget, &history, 5, 100, 48000, 1050000));
    CHECK(rtx_limiter_take(&budget, &history, 5, 100, 48000, 1060000));
    CHECK(!rtx_limiter_take(&budget, &history, 5, 100, 48000, 1080000));
    CHECK(rtx_limiter_take(&budget, &history, 5, 100, 48000, 1100000));
    rtx_history_deinit(&history);
}

TEST(unknown_rtt_has_a_least_spacing)
{
    struct rtx_budget budget;
    rtx_budget_init(&budget);
    rtx_history_init(&history);
    CHECK(rtx_limiter_take(&budget, &history, 5, 100, 0, 0));
    CHECK(!rtx_limiter_take(&budget, &history, 5, 100, 0, RTX_MIN_SPACING_US - 1000));
    CHECK(rtx_limiter_take(&budget, &history, 5, 100, 0, RTX_MIN_SPACING_US));
    rtx_history_deinit(&history);
}

TEST(what_was_sent_lately_is_not_forgotten_for_others)
{
    struct rtx_budget budget;
    rtx_budget_init(&budget);
    rtx_history_init(&history);
    for (int64_t seq = 1000; seq < 1000 + RTX_HISTORY_SLOTS; seq++) {
        rtx_history_note(&history, seq, 5000000);
        REQUIRE(history.size > 0);
    }
    CHECK_INT(history.size, RTX_HISTORY_SLOTS);
    for (int64_t seq = 1000; seq < 1000 + RTX_HISTORY_SLOTS; seq++) {
        CHECK(!rtx_limiter_take(&budget, &history, seq, 10, 100000, 5050000));
    }
    rtx_history_deinit(&history);
    /* Old ones give their places up. */
    for (int64_t i = 0; i < 1000; i++) {
        rtx_history_note(&history, i, i * RTX_HISTORY_AGE_MS * 1000 / RTX_HISTORY_FIRST_SLOTS);
    }
    CHECK(history.size == RTX_HISTORY_FIRST_SLOTS);
out:
    rtx_history_deinit(&history);
}

TEST(what_was_sent_lately_is_known_when_there_are_more_places)
{
    struct rtx_budget budget;
    rtx_budget_init(&budget);
    rtx_history_init(&history);
    rtx_history_note(&history, 64, 5000000); /* the first place of all, others are empty */
    rtx_history_note(&history, 1, 5000000);
    rtx_history_note(&history, 1 + RTX_HISTORY_FIRST_SLOTS, 5000000);
    REQUIRE_INT(history.size, 2 * RTX_HISTORY_FIRST_SLOTS);
    CHECK(!rtx_limiter_take(&budget, &history, 64, 10, 100000, 5050000));
    CHECK(!rtx_limiter_take(&budget, &history, 1, 10, 100000, 5050000));
out:
    rtx_history_deinit(&history);
}

TEST(leg_gets_three_eighths_of_its_rate_and_64_kb)
{
    struct rtx_budget budget;
    rtx_budget_init(&budget);
    rtx_history_init(&history);
    /* A NACK storm at once: 64 kB and no more. */
    int64_t sent = 0;
    for (int64_t seq = 0; seq < 1020; seq++) {
        sent += rtx_limiter_take(&budget, &history, seq, 1200, 20000, 0) ? 1200 : 0;
    }
    CHECK(sent <= RTX_BUDGET_DEPTH_BYTES && sent > RTX_BUDGET_DEPTH_BYTES - 1200);
    /* Then three eighths of what is sent. */
    sent = 0;
    for (int64_t i = 0; i < 4000; i++) {
        rtx_budget_earn(&budget, 1200);
        sent += rtx_limiter_take(&budget, &history, 5000 + i, 1200, 20000, 0) ? 1200 : 0;
    }
    CHECK(sent >= 1499 * 1200 && sent <= 1501 * 1200);
    /* What is not used is not saved up. */
    for (int i = 0; i < 100000; i++) {
        rtx_budget_earn(&budget, 1200);
    }
    sent = 0;
    for (int64_t seq = 20000; seq < 21020; seq++) {
        sent += rtx_limiter_take(&budget, &history, seq, 1200, 20000, 0) ? 1200 : 0;
    }
    CHECK(sent <= RTX_BUDGET_DEPTH_BYTES);
    rtx_history_deinit(&history);
}
