/**
 * Six people who often speak at once, more than have places in the mix, and a listener: who begins
 * while all places are taken is to be heard soon, and in time.
 */
#include "quality/case.h"
#include "quality/hearing.h"
#include "quality/ideal_mixer.h"
#include "sim/mixed.h"
#include "sim/scenario.h"

enum { SPEECH_S = 45, TALKERS = 6 };

/** It is 0.87 when whoever begins waits until one of the others has paused for 200 ms, and .98 when
 * all that is said is heard. */
static const double least_estoi = 0.94;

static const struct ear_buffer buffer = {.us = 100000};

static int hold_talk(struct hearing *hearing, uint64_t seed, struct hearing_person **listener)
{
    const struct recorded_speech_pauses pauses = {300 + 370 * (unsigned)(seed % 8), 1000, 4000};
    int err = hearing_init(hearing, seed, SPEECH_S);
    return err != 0 ? err : hearing_of_mix(hearing, TALKERS, &pauses, &buffer, listener);
}

QUALITY_CASE(mix_crowd, "mixing", "six people often speak at once, three can be heard")
{
    struct hearing hearing;
    struct hearing_person *listener = NULL;
    run->to_us = SPEECH_S * SECOND_US;
    int err = hold_talk(&hearing, run->seed, &listener);
    if (err == 0) {
        const struct event_mix mix = world_counters(hearing.world).mix;
        double late = 100 * mixed_slower_than(&mix.added, 25000);
        double late_in_all = 100 * mixed_slower_than(&mix.delay, 45000);
        hearing_report(&hearing, &run->report);
        hearing_draw(&hearing, &run->trace);
        report_number(&run->report, "> 25 ms added %", 2, late);
        report_number(&run->report, "> 45 ms %", 2, late_in_all);
        report_number(&run->report, "decoded", 0, (double)mix.decoded);
        report_bar(&run->report, late <= 0, "nothing is kept for more than 25 ms beyond the target",
                   "%.2f %%", late);
        report_bar(&run->report, late_in_all <= 0, "nor for more than 45 ms", "%.2f %%",
                   late_in_all);
        report_bar(&run->report, hearing.score.estoi >= least_estoi,
                   "what matters of it is heard: ESTOI at least 0.94", "%.3f", hearing.score.estoi);
        err = hearing_judge_received(&hearing, listener);
        if (err == 0) {
            report_number(&run->report, "all ESTOI", 3, hearing.score.estoi);
        }
    }
    hearing_deinit(&hearing);
    return err;
}
