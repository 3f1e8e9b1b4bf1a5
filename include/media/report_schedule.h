/**
 * When a participant's next compound RTCP report is due (RFC 3550 6.2, with the 1 s pace of
 * RTP/SAVPF, RFC 4585 3.4).
 *
 * Each interval is drawn from 0.5 to 1.5 s so that participants who joined together do not report
 * together.
 */
#ifndef MEDIA_REPORT_SCHEDULE_H
#define MEDIA_REPORT_SCHEDULE_H

#include <stdint.h>

#include "base/rand.h"

enum {
    REPORT_INTERVAL_US = 1000000,
    REPORT_EARLY_US = 50000 /**< after a stream starts or changes its feed */
};

struct report_schedule {
    int64_t due_us; /**< INT64_MAX before the first hurry */
};

/** Nothing is due until the first packet. */
void report_schedule_init(struct report_schedule *schedule);

/** A stream started or changed its feed (either direction): report within 50 ms. */
void report_schedule_hurry(struct report_schedule *schedule, int64_t now_us);

/** The report was sent: draws the next time. */
void report_schedule_sent(struct report_schedule *schedule, struct rand *rand, int64_t now_us);

int64_t report_schedule_next_deadline(const struct report_schedule *schedule);

#endif
