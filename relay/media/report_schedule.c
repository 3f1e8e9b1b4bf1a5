#include "media/report_schedule.h"

#include "base/grid.h"

void report_schedule_init(struct report_schedule *schedule)
{
    schedule->due_us = INT64_MAX;
}

void report_schedule_hurry(struct report_schedule *schedule, int64_t now_us)
{
    if (schedule->due_us > now_us + REPORT_EARLY_US) {
        schedule->due_us = now_us + REPORT_EARLY_US;
    }
}

void report_schedule_sent(struct report_schedule *schedule, struct rand *rand, int64_t now_us)
{
    schedule->due_us = now_us + REPORT_INTERVAL_US / 2 + rand_below(rand, REPORT_INTERVAL_US);
}

int64_t report_schedule_next_deadline(const struct report_schedule *schedule)
{
    return grid_up(schedule->due_us);
}
