#include <string.h>

#include "base/err.h"
#include "load/expect.h"
#include "unit/runner.h"

/** What comes of a rule on sums that hold a bit of everything. */
static bool holds(const char *rule)
{
    static struct tally tally;
    static struct tally_sum sum;
    tally = (struct tally){.length_us = 2000000, .server_cpu_s = 1};
    sum = (struct tally_sum){.callers = 10,
                             .up = 9,
                             .failed = 1,
                             .judged = 9,
                             .mos_mean = 4.2,
                             .mos_p5 = 3.5,
                             .forwarded = 1000,
                             .loss_after = 0.02,
                             .watching = 2,
                             .freezes_per_min = 3,
                             .fps = 29,
                             .sampled = 4,
                             .heard_wrong = 1,
                             .server_us_per_packet = 1.5};
    for (int i = 0; i < 100; i++) {
        hist_add(&sum.delay_us, i < 98 ? 1000 : 30000);
    }
    struct expect expect = {.count = 0};
    char reason[EXPECT_REASON_BYTES];
    struct expect_verdict verdict;
    return expect_parse(&expect, rule, reason) == 0 &&
           expect_broken(&expect, &tally, &sum, &verdict) == NULL;
}

TEST(rules_are_kept_or_broken)
{
    CHECK(holds("mos>=4.0,p50<20ms") && !holds("mos>=4.0,p99<20ms") && holds("p99<40ms"));
    CHECK(holds("mos > 4.1 , mos < 4.3") && !holds("mos.p5>=4"));
    CHECK(holds("loss<=2%") && holds("loss<0.03") && !holds("loss=0"));
    CHECK(holds("freezes<=3/min") && !holds("freezes<1/min") && holds("fps>=25"));
    CHECK(holds("heard=75%") && holds("failed!=0") && !holds("failed=0") && holds("up==9"));
    CHECK(holds("cpu<0.6") && holds("cpu.packet<2us") && !holds("cpu.packet<1us"));
}

TEST(what_was_not_measured_breaks_a_rule)
{
    CHECK(!holds("estoi>=0") && !holds("psnr>=0") && !holds("join<100s"));
}

TEST(unknown_names_list_the_known)
{
    struct expect expect = {.count = 0};
    char reason[EXPECT_REASON_BYTES];
    CHECK(expect_parse(&expect, "mos>=4,moss>=4", reason) == ERR_NOT_FOUND);
    CHECK(strstr(reason, "'moss'") != NULL && strstr(reason, "mos.p5") != NULL);
    CHECK(strstr(reason, ", lag") != NULL); /* the last one is not cut off */
    CHECK(expect.count == 0);
}

TEST(malformed_rules_say_what_is_wrong)
{
    struct expect expect = {.count = 0};
    char reason[EXPECT_REASON_BYTES];
    static const char *const bad[] = {"",        "mos",     "mos>=",  ">=4",       "mos>=4,",
                                      "p99<20%", "mos>=-1", "p99<20", "freezes<1", "loss<5"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        reason[0] = 0;
        CHECK(expect_parse(&expect, bad[i], reason) == ERR_MALFORMED);
        CHECK(reason[0] != 0);
    }
    CHECK(expect_parse(&expect, "p99<20%", reason) != 0 && strstr(reason, "ms") != NULL);
    CHECK(expect_parse(&expect, "p99<20", reason) != 0 && strstr(reason, "unit") != NULL);
    CHECK(expect_parse(&expect, "freezes=0,loss<=0,heard>=1,p99>0", reason) == 0);
}

TEST(too_many_rules_are_refused)
{
    struct expect expect = {.count = 0};
    char reason[EXPECT_REASON_BYTES];
    for (size_t i = 0; i < EXPECT_MAX_RULES; i++) {
        CHECK(expect_parse(&expect, "mos>=4", reason) == 0);
    }
    CHECK(expect_parse(&expect, "mos>=4", reason) == ERR_FULL);
    CHECK_INT(expect.count, EXPECT_MAX_RULES);
    CHECK(expect_is_about(&expect, "mos") && !expect_is_about(&expect, "failed"));
}

TEST(every_measure_has_a_name_and_a_text)
{
    const char *name = NULL;
    const char *text = NULL;
    size_t count = 0;
    while (expect_measure(count, &name, &text)) {
        CHECK(strlen(name) > 0 && strlen(text) > 0);
        count++;
    }
    CHECK(count > 25);
}
