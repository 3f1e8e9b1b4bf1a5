#include "load/intake.h"
#include "unit/runner.h"

enum { RUN = 7, PAYLOAD = 60 };

TEST(strangers_are_nobody_of_ours_and_their_clock_is_not_believed)
{
    const struct agreement_stream stream = {.kind = LOAD_AUDIO};
    struct intake intake;
    uint8_t payload[PAYLOAD] = {0};
    struct mark mark = {.caller = 3, .run = RUN, .sent_us = 1000};
    REQUIRE_OK(intake_init(&intake, &stream, RUN));
    mark_write(payload + PAYLOAD - MARK_BYTES, &mark);
    CHECK(intake_mark(&intake, payload, PAYLOAD, true, 1500, &mark));
    CHECK_INT(mark.caller, 3);
    mark.run = RUN + 1;
    mark.sent_us = INT64_C(1) << 40;
    mark_write(payload + PAYLOAD - MARK_BYTES, &mark);
    CHECK(intake_mark(&intake, payload, PAYLOAD, true, 1500, &mark));
    CHECK_INT(mark.caller, MARK_STRANGER);
    struct stats_received stats;
    intake_stats(&intake, &stats);
    CHECK_INT(hist_count(&stats.delay_us), 1);
    CHECK_INT(stats.heard_count, 2);
    CHECK_INT(stats.heard[1].caller, MARK_STRANGER);
    CHECK_INT(stats.heard[1].packets, 1);
out:
    intake_deinit(&intake);
}
