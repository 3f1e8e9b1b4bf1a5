/**
 * Two people with one slot each talk; a third comes and goes, so that both slots go over from
 * forwarding to the mix and back. What is heard around these moments, beside ten seconds earlier.
 */
#include <math.h>

#include "quality/case.h"
#include "quality/hearing.h"
#include "sim/scenario.h"

enum {
    SPEECH_S = 67,
    EACH_S = 15, /* comes and goes in turn, at 10 s, 25 s, ... */
    FIRST_S = 10,
    EVENTS = 4,
    WINDOW_US = 3000000,
    EARLIER_US = 10000000,
    LATER_US = 8000000
};

static const struct peer_config talker = {
    .audio_sources = 1, .audio_slots = 1, .audio_nack = true, .audio_red = true};

/* A slot goes over at the nearest whole packet; delays are measured to a fraction of a millisecond.
 */
static const double half_packet_ms = 10.5;
static const double lsd_margin_db = 0.4; /* between windows with other words in them */

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

/** Means over the switches, and what was worst, over both people. */
struct outcome {
    double before_db;
    double around_db;
    double after_db;
    size_t windows;
    double gap_ms;
    double inserted_ms; /* at once */
    double removed_ms;
    double concealed_ms; /* longest */
    double estoi;        /* the lower one */
};

static void add_switches(const struct hearing *hearing, struct outcome *outcome)
{
    for (int64_t i = 0; i < EVENTS; i++) {
        int64_t at_us = (FIRST_S + i * EACH_S) * SECOND_US;
        outcome->before_db +=
            hearing_distance_db(hearing, at_us - EARLIER_US, at_us - EARLIER_US + WINDOW_US);
        outcome->around_db += hearing_distance_db(hearing, at_us, at_us + WINDOW_US);
        outcome->after_db +=
            hearing_distance_db(hearing, at_us + LATER_US, at_us + LATER_US + WINDOW_US);
        outcome->windows++;
    }
    outcome->gap_ms = fmax(outcome->gap_ms, hearing->score.gap_ms);
    outcome->inserted_ms = fmax(outcome->inserted_ms, hearing->alignment.worst_inserted_ms);
    outcome->removed_ms = fmax(outcome->removed_ms, hearing->alignment.worst_removed_ms);
    outcome->concealed_ms =
        fmax(outcome->concealed_ms, (double)hearing->account.longest_concealed_us / 1e3);
    outcome->estoi = fmin(outcome->estoi, hearing->score.estoi);
}

static void report_switches(struct quality_run *run, const struct outcome *outcome)
{
    struct report *report = &run->report;
    double count = (double)outcome->windows;
    double before_db = outcome->before_db / count;
    double around_db = outcome->around_db / count;
    double after_db = outcome->after_db / count;
    report_number(report, "ESTOI", 3, outcome->estoi);
    report_number(report, "LSD 10 s before dB", 2, before_db);
    report_number(report, "LSD at switch dB", 2, around_db);
    report_number(report, "LSD 8 s after dB", 2, after_db);
    report_number(report, "longest gap ms", 0, outcome->gap_ms);
    report_number(report, "inserted at once ms", 1, outcome->inserted_ms);
    report_number(report, "removed at once ms", 1, outcome->removed_ms);
    report_number(report, "longest made up ms", 0, outcome->concealed_ms);
    /* a mix is coded twice: half of the windows before are forwarded, all around are partly mixed
     */
    report_bar(report, around_db <= fmax(before_db, after_db) + lsd_margin_db,
               "LSD at a switch is that of before or after", "%.2f dB, %.2f, %.2f", before_db,
               around_db, after_db);
    report_bar(report, outcome->gap_ms <= 40, "no gap above 40 ms", "%.0f ms", outcome->gap_ms);
    report_bar(report, outcome->concealed_ms <= 40, "at most 40 ms made up at once", "%.0f ms",
               outcome->concealed_ms);
    report_bar(report,
               outcome->inserted_ms <= half_packet_ms && outcome->removed_ms <= half_packet_ms,
               "no more than half a packet is repeated, or missing", "%.0f ms, %.0f ms",
               outcome->inserted_ms, outcome->removed_ms);
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
