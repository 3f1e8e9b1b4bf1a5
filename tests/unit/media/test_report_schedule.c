#include "media/report_schedule.h"
#include "unit/runner.h"

TEST(reports_follow_within_their_bounds)
{
    struct report_schedule schedule;
    struct rand rand;
    rand_init(&rand, 1);
    report_schedule_init(&schedule);
    CHECK_INT(report_schedule_next_deadline(&schedule), INT64_MAX);
    report_schedule_hurry(&schedule, 1000000);
    CHECK_INT(report_schedule_next_deadline(&schedule), 1000000 + REPORT_EARLY_US);
    int64_t now_us = report_schedule_next_deadline(&schedule);
    int64_t from_us = now_us;
    for (int i = 0; i < 1000; i++) {
        report_schedule_sent(&schedule, &rand, now_us);
        int64_t next_us = report_schedule_next_deadline(&schedule);
        CHECK(next_us >= now_us + REPORT_INTERVAL_US / 2);
        CHECK(next_us <= now_us + REPORT_INTERVAL_US * 3 / 2);
        now_us = next_us;
    }
    int64_t mean_us = (now_us - from_us) / 1000;
    CHECK(mean_us > 950000 && mean_us < 1050000);
    /* A hurry brings it forward, and never back. */
    report_schedule_hurry(&schedule, now_us - 1000000);
    int64_t due_us = report_schedule_next_deadline(&schedule);
    CHECK_INT(due_us, now_us - 1000000 + REPORT_EARLY_US);
    report_schedule_hurry(&schedule, now_us);
    CHECK_INT(report_schedule_next_deadline(&schedule), due_us);
}
