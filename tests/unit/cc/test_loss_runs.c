#include <math.h>

#include "base/rand.h"
#include "relay/cc/loss_runs.h"
#include "unit/runner.h"

static struct loss_runs sample(uint32_t packets, uint32_t runs)
{
    return (struct loss_runs){.packets = packets, .lost = runs, .runs = runs};
}

TEST(runs_count_what_is_lost_in_a_row_once)
{
    static const bool lost[] = {false, true, true, true, false, true, false, false, true};
    struct loss_runs runs = {0};
    for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
        loss_runs_add(&runs, lost[i]);
    }
    CHECK_INT(runs.packets, 9);
    CHECK_INT(runs.lost, 5);
    CHECK_INT(runs.runs, 3);
    struct loss_runs sum = {0};
    loss_runs_join(&sum, &runs);
    loss_runs_add(&sum, true); /* another part: another run */
    CHECK_INT(sum.runs, 4);
}

TEST(runs_that_were_late_only_are_none)
{
    struct loss_runs runs = {0};
    loss_runs_correct(&runs);
    CHECK_INT(runs.lost, 0);
    CHECK_INT(runs.runs, 0);
    loss_runs_add(&runs, true);
    loss_runs_add(&runs, true);
    loss_runs_correct(&runs);
    CHECK_INT(runs.runs, 1); /* one of them is lost still */
    loss_runs_correct(&runs);
    CHECK_INT(runs.lost, 0);
    CHECK_INT(runs.runs, 0);
}

TEST(evidence_grows_with_what_was_seen)
{
    struct loss_runs before = sample(150, 24);
    struct loss_runs nothing = {0};
    struct loss_runs gone = sample(100, 0);
    struct loss_runs half = sample(83, 6);
    struct loss_runs same = sample(100, 16);
    CHECK(loss_runs_evidence(&nothing, &nothing) == 0);
    CHECK(loss_runs_evidence(&before, &nothing) == 0);
    CHECK(loss_runs_evidence(&before, &gone) > 7);
    CHECK(fabs(loss_runs_evidence(&before, &half)) < 3); /* may be luck */
    CHECK(loss_runs_evidence(&before, &same) < -4.6);
    before = sample(40, 3); /* there was little to go by */
    CHECK(loss_runs_evidence(&before, &gone) < 7);
}

TEST(luck_is_rarely_evidence)
{
    struct rand rand;
    int mistaken = 0;
    rand_init(&rand, 1);
    for (int i = 0; i < 2000; i++) {
        struct loss_runs before = {0};
        struct loss_runs now = {0};
        for (int j = 0; j < 150; j++) {
            loss_runs_add(&before, rand_below(&rand, 5) == 0);
        }
        for (int j = 0; j < 500; j++) {
            loss_runs_add(&now, rand_below(&rand, 5) == 0);
            double evidence = loss_runs_evidence(&before, &now);
            if (evidence >= 7) {
                mistaken++;
            }
            if (evidence >= 7 || evidence <= -4.6) {
                break;
            }
        }
    }
    CHECK(mistaken <= 4);
}
