#include "relay/cc/report_control.h"
#include "unit/runner.h"

static struct report_control report;
static int64_t now_us;

static void run(uint32_t lost, uint64_t sent_bps, int seconds)
{
    for (int i = 0; i < seconds; i++) {
        now_us += 1000000;
        report_control_add(&report, 100, lost, sent_bps, 50000, now_us);
    }
}

TEST(reports_limit_nothing_before_loss)
{
    now_us = 1000000;
    report_control_init(&report, 30000, 10000000);
    run(0, 1000000, 5);
    run(8, 1000000, 5);
    CHECK(report.rate_bps == UINT64_MAX);
    run(20, 1000000, 1);
    CHECK_INT(report.rate_bps, 900000);
    run(50, 900000, 1);
    CHECK_INT(report.rate_bps, 675000);
    run(5, 675000, 5);
    CHECK_INT(report.rate_bps, 675000);
    run(0, 675000, 4);
    CHECK_INT(report.rate_bps, 675000); /* no more came through lately */
    run(0, 675000, 10);
    CHECK(report.rate_bps > 900000 && report.rate_bps < 1600000);
    run(0, 675000, 20);
    CHECK(report.rate_bps > 1300000 && report.rate_bps < 1600000); /* twice what is sent */
    run(0, 9000000, 100);
    CHECK(report.rate_bps == UINT64_MAX); /* beyond the maximum: no limit again */
}

TEST(reports_wait_longer_each_time_that_they_were_wrong)
{
    now_us = 1000000;
    report_control_init(&report, 30000, 10000000);
    int64_t waited_s[3];
    for (size_t i = 0; i < 3; i++) {
        run(20, 1500000, 1);
        CHECK(report.rate_bps < 1400000);
        int64_t from_us = now_us;
        while (report.rate_bps < 1400000 && now_us - from_us < 200000000) {
            run(0, 1000000, 1);
        }
        waited_s[i] = (now_us - from_us) / 1000000;
    }
    CHECK(waited_s[0] >= 10 && waited_s[0] < 15);
    CHECK(waited_s[1] >= 20 && waited_s[1] < 25);
    CHECK(waited_s[2] >= 40 && waited_s[2] < 45);
}

TEST(reports_that_cannot_be_true_do_little)
{
    now_us = 1000000;
    report_control_init(&report, 30000, 10000000);
    report_control_add(&report, UINT32_MAX, UINT32_MAX, 1000000, 0, now_us);
    CHECK(report.rate_bps == UINT64_MAX);
    report_control_add(&report, 100, UINT32_MAX, 1000000, 0, now_us);
    CHECK_INT(report.rate_bps, 500000);
    for (int i = 0; i < 100; i++) {
        run(100, 0, 1);
    }
    CHECK_INT(report.rate_bps, 30000);
}
