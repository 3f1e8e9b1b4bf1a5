#include "load/report.h"

bool report_good(const struct report *report)
{
    if (report->capacity != NULL) {
        return report->capacity->best != NULL;
    }
    struct expect_verdict verdict;
    if (expect_broken(report->expect, report->tally, report->sum, &verdict) != NULL) {
        return false;
    }
    return (report->sum->failed == 0 || expect_is_about(report->expect, "failed")) &&
           report->sum->up > 0 && report->tally->length_us > 0;
}
