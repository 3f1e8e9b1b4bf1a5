/**
 * The rate by loss in receiver reports, for receivers without transport-wide feedback: the simple
 * rule of QUALITY.md 1.3.1 (draft-ietf-rmcat-gcc-02 6), which grows no further than twice what is
 * sent, and remembers for a while what the path carried when it was full.
 */
#ifndef CC_REPORT_CONTROL_H
#define CC_REPORT_CONTROL_H

#include <stdint.h>

struct report_control {
    uint64_t rate_bps; /**< UINT64_MAX until loss has limited it */
    uint64_t min_bps;
    uint64_t max_bps;
    uint32_t expected; /**< not yet judged */
    uint32_t lost;
    double loss;          /**< share, as last judged */
    int64_t judged_us;    /**< INT64_MIN = never */
    int64_t decreased_us; /**< INT64_MIN = never */
    uint64_t ceiling_bps; /**< what came through when too much was sent */
    int64_t ceiling_us;   /**< until then the rate stays below that; INT64_MIN = no more */
    int64_t wait_us;      /**< how long that was set for */
};

void report_control_init(struct report_control *report, uint64_t min_bps, uint64_t max_bps);

/**
 * A report block came.
 *
 * @param sent_bps what has been sent lately, 0 = not known
 */
void report_control_add(struct report_control *report, uint32_t expected, uint32_t lost,
                        uint64_t sent_bps, int64_t rtt_us, int64_t now_us);

#endif
