/**
 * Two people with one slot each talk; a third comes and goes, so that both slots go over from
 * forwarding to the mix and back. What is heard around these moments, beside ten seconds earlier:
 * they say the same words again and again, for some words are coded better than others.
 */
#include <math.h>

#include "quality/case.h"
#include "quality/hearing.h"
#include "sim/scenario.h"

enum {
    SPEECH_S = 78,
    EACH_S = 16, /* comes and goes in turn, at 15 s, 31 s, ...: at other words each time */
    FIRST_S = 15,
    EVENTS = 4,
    PERIOD_US = 5000000, /* of what is said: so the same words are compared */
    WINDOW_US = 4000000,
    APART_US = 10000000
};

static const struct peer_config talker = {
    .audio_sources = 1, .audio_slots = 1, .audio_nack = true, .audio_red = true};

/* To the sample: tests/sim/test_mix_seam.c. Here less than ALIGNMENT_STEP_MS is nothing. */
static const double seam_ms = 1.25;
static const double lsd_margin_db = 0.02; /* that is also by how much the same words differ */
static const double lsd_worst_db = 0.05;

/** They hardly pause: whatever happens, happens in speech. */
static const struct recorded_speech_pauses restless = {100, 60, 120};

static const struct recorded_speech_pauses silent = {1000 * SPEECH_S, 0, 0};

static int hold_call(struct hearing *hearing, uint64_t seed, const struct link_config *path)
{
    struct hearing_person *person = NULL;
    int err = hearing_init(hearing, seed, SPEECH_S);
    for (size_t i = 0; i < 2 && err == 0; i++) {
        err = hearing_join(hearing, &talker, &restless, path, &person);
    }
    if (err != 0) {
        return err;
    }
    hearing_repeat(hearing, PERIOD_US);
    hearing_begin(hearing);
    for (int64_t i = 0; i < EVENTS && err == 0; i++) {
        hearing_run_until(hearing, (FIRST_S + i * EACH_S) * SECOND_US);
        if (i % 2 == 0) {
            err = hearing_join(hearing, &talker, &silent, path, &person);
        } else {
            world_leave(hearing->world, person->peer);
        }
    }
    hearing_finish(hearing);
    return err;
}

/** Log-spectral distances of words, and by how much more those of the same words are later. */
struct comparison {
    double before_db; /* sums */
    double change_db;
    double worst_db; /* change */
    double count;
};

/** Over both people: switches, and what was worst. */
struct outcome {
    struct comparison entered;
    struct comparison left;
    struct comparison stayed; /* the same words twice without a switch: how exact all that is */
    double gap_ms;
    double inserted_ms; /* at once */
    double removed_ms;
    double concealed_ms; /* longest */
    double estoi;        /* the lower one */
};

static double distance_db(const struct hearing *hearing, int64_t from_us)
{
    return hearing_distance_db(hearing, from_us, from_us + WINDOW_US);
}

static void compare(struct comparison *out, double before_db, double change_db)
{
    out->before_db += before_db;
    out->change_db += change_db;
    out->worst_db = fmax(out->worst_db, change_db);
    out->count++;
}

static void add_switches(const struct hearing *hearing, struct outcome *outcome)
{
    for (int64_t i = 0; i < EVENTS; i++) {
        int64_t at_us = (FIRST_S + i * EACH_S) * SECOND_US;
        double before_db = distance_db(hearing, at_us - APART_US);
        double change_db = distance_db(hearing, at_us) - before_db;
        double chance_db = distance_db(hearing, at_us - PERIOD_US) - before_db;
        compare(i % 2 == 0 ? &outcome->entered : &outcome->left, before_db, change_db);
        compare(&outcome->stayed, before_db, fabs(chance_db));
    }
    outcome->gap_ms = fmax(outcome->gap_ms, hearing->score.gap_ms);
    outcome->inserted_ms = fmax(outcome->inserted_ms, hearing->alignment.worst_inserted_ms);
    outcome->removed_ms = fmax(outcome->removed_ms, hearing->alignment.worst_removed_ms);
    outcome->concealed_ms =
        fmax(outcome->concealed_ms, (double)hearing->account.longest_concealed_us / 1e3);
    outcome->estoi = fmin(outcome->estoi, hearing->score.estoi);
}

static void report_pair(struct report *report, const char *before, const char *around,
                        const struct comparison *comparison)
{
    report_number(report, before, 3, comparison->before_db / comparison->count);
    report_number(report, around, 3,
                  (comparison->before_db + comparison->change_db) / comparison->count);
}

static void report_switches(struct quality_run *run, const struct outcome *outcome)
{
    struct report *report = &run->report;
    double entered_db = outcome->entered.change_db / outcome->entered.count;
    double left_db = outcome->left.change_db / outcome->left.count;
    double worst_db = fmax(outcome->entered.worst_db, outcome->left.worst_db);
    report_number(report, "ESTOI", 3, outcome->estoi);
    report_pair(report, "before mixed dB", "when mixed dB", &outcome->entered);
    report_pair(report, "before forwarded dB", "when forwarded dB", &outcome->left);
    report_number(report, "by chance dB", 3, outcome->stayed.change_db / outcome->stayed.count);
    report_number(report, "longest gap ms", 0, outcome->gap_ms);
    report_number(report, "inserted at once ms", 1, outcome->inserted_ms);
    report_number(report, "removed at once ms", 1, outcome->removed_ms);
    report_number(report, "longest made up ms", 0, outcome->concealed_ms);
    report_bar(report, entered_db <= lsd_margin_db && left_db <= lsd_margin_db,
               "LSD of the same words is at a switch what it was 10 s before",
               "%+.3f dB when mixed, %+.3f dB when forwarded", entered_db, left_db);
    report_bar(report, worst_db <= lsd_worst_db, "nor is it heard at any of them", "%+.2f dB",
               worst_db);
    report_bar(report, outcome->gap_ms <= 40, "no gap above 40 ms", "%.0f ms", outcome->gap_ms);
    report_bar(report, outcome->concealed_ms <= 40, "at most 40 ms made up at once", "%.0f ms",
               outcome->concealed_ms);
    report_bar(report, outcome->inserted_ms <= seam_ms && outcome->removed_ms <= seam_ms,
               "nothing is repeated, or missing", "%.0f ms, %.0f ms", outcome->inserted_ms,
               outcome->removed_ms);
}

/** Both people, heard with a buffer. */
static int listen(struct hearing *hearing, const struct ear_buffer *buffer, struct outcome *outcome)
{
    int err = 0;
    *outcome = (struct outcome){.estoi = 1};
    for (size_t i = 0; i < 2 && err == 0; i++) {
        hearing_expect(hearing, &hearing->people[i]);
        err = hearing_judge(hearing, &hearing->people[i], buffer);
        if (err == 0) {
            add_switches(hearing, outcome);
        }
    }
    return err;
}

QUALITY_CASE(mix_switch, "mixing", "two talk in one slot each, a third comes and goes twice")
{
    static const struct ear_buffer fixed = {.us = 100000};
    static const struct ear_buffer browser = {.us = 40000, .waits = true};
    const struct link_config path = {.delay_us = 20000, .jitter_us = 5000};
    struct hearing hearing;
    struct outcome outcome;
    run->to_us = SPEECH_S * SECOND_US;
    int err = hold_call(&hearing, run->seed, &path);
    if (err == 0) {
        err = listen(&hearing, &browser, &outcome);
    }
    if (err == 0) {
        report_number(&run->report, "made up in browser ms", 0, outcome.concealed_ms);
        report_bar(&run->report, outcome.concealed_ms <= 40 && outcome.gap_ms <= 40,
                   "a buffer of 40 ms that waits when empty has no gap above 40 ms",
                   "%.0f, %.0f ms", outcome.concealed_ms, outcome.gap_ms);
        err = listen(&hearing, &fixed, &outcome);
    }
    if (err == 0) {
        report_switches(run, &outcome);
        hearing_draw(&hearing, &run->trace);
    }
    hearing_deinit(&hearing);
    return err;
}
