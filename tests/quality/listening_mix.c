/**
 * Speech that the relay mixes: three talk at once, and somebody with a single slot hears them; on
 * good lines (beside an ideal mixer), and on lines that lose packets on the way up or down.
 */
#include "quality/case.h"
#include "quality/hearing.h"
#include "quality/ideal_mixer.h"
#include "sim/scenario.h"

enum { SPEECH_S = 12, TALKERS = 3, RTT_US = 40000, TURN_US = 4000000 };

/** How far below an ideal mixer's the ESTOI may be. */
static const double margin_estoi = .015;

static const struct ear_buffer buffer = {.us = 100000};

/** @param talkers_up NULL = clean, and they speak all at once; else in turn: each voice has a
 * play-out delay of its own then, and sound at once could not be compared with its sum */
static int hold_talk(struct hearing *hearing, uint64_t seed, const struct link_config *talkers_up,
                     const struct link_config *down, struct hearing_person **listener)
{
    static const struct peer_config talker = {
        .audio_sources = 1, .audio_slots = 1, .audio_nack = true, .audio_red = true};
    static const struct peer_config phone = {
        .audio_slots = 1, .audio_nack = true, .audio_red = true};
    int err = hearing_init(hearing, seed, SPEECH_S);
    for (size_t i = 0; i < TALKERS && err == 0; i++) {
        struct hearing_person *person = NULL;
        err = hearing_join(hearing, &talker, NULL, NULL, &person);
        if (err == 0) {
            world_set_link(hearing->world, person->peer, talkers_up, NULL);
        }
    }
    if (err == 0) {
        err = hearing_join(hearing, &phone, NULL, NULL, listener);
    }
    if (err == 0) {
        world_set_link(hearing->world, (*listener)->peer, NULL, down);
        if (talkers_up != NULL) {
            hearing_take_turns(hearing, TURN_US);
        }
        hearing_begin(hearing);
        hearing_finish(hearing);
    }
    return err;
}

/** Scores of a listener, drawn. @param margin from an ideal mixer's, of the ESTOI; LSD by 30 times
 * as many dB; 0 = not judged beside it */
static int judge(struct quality_run *run, struct hearing *hearing, struct hearing_person *listener,
                 double margin)
{
    struct sound_score ideal = {0};
    struct report *report = &run->report;
    int err = 0;
    hearing_expect(hearing, listener);
    if (margin > 0) {
        err = hearing_judge_ideal(hearing, listener);
        ideal = hearing->score;
    }
    if (err == 0) {
        err = hearing_judge(hearing, listener, &buffer);
    }
    if (err != 0) {
        return err;
    }
    hearing_report(hearing, report);
    hearing_draw(hearing, &run->trace);
    if (margin > 0) {
        const struct sound_score *score = &hearing->score;
        report_number(report, "ideal ESTOI", 3, ideal.estoi);
        report_number(report, "ideal LSD dB", 2, ideal.lsd_db);
        report_bar(report, score->estoi >= ideal.estoi - margin,
                   "ESTOI is close to an ideal mixer's", "%.3f, ideal %.3f", score->estoi,
                   ideal.estoi);
        report_bar(report, score->lsd_db <= ideal.lsd_db + 30 * margin,
                   "LSD is close to an ideal mixer's", "%.2f dB, ideal %.2f dB", score->lsd_db,
                   ideal.lsd_db);
    }
    return 0;
}

/** A fourth listens. @param bars NULL = held against an ideal mixer */
static int run_mix(struct quality_run *run, double loss_up, double loss_down,
                   const struct hearing_bars *bars)
{
    const struct link_config up = {.delay_us = RTT_US / 2, .jitter_us = 5000, .loss = loss_up};
    const struct link_config down = {.delay_us = RTT_US / 2, .jitter_us = 5000, .loss = loss_down};
    struct hearing hearing;
    struct hearing_person *listener = NULL;
    run->to_us = SPEECH_S * SECOND_US;
    int err = hold_talk(&hearing, run->seed, loss_up > 0 ? &up : NULL, &down, &listener);
    if (err == 0) {
        err = judge(run, &hearing, listener, bars == NULL ? margin_estoi : 0);
    }
    if (err == 0 && bars != NULL) {
        hearing_hold_against(&hearing, bars, &run->report);
    }
    hearing_deinit(&hearing);
    return err;
}

QUALITY_CASE(mix_talkers, "mixing", "three talk at once: what one of them hears of the others")
{
    const struct link_config clean = {.delay_us = RTT_US / 2, .jitter_us = 5000};
    struct hearing hearing;
    struct hearing_person *listener = NULL;
    run->to_us = SPEECH_S * SECOND_US;
    int err = hold_talk(&hearing, run->seed, NULL, &clean, &listener);
    if (err == 0) {
        err = judge(run, &hearing, &hearing.people[0], margin_estoi);
    }
    hearing_deinit(&hearing);
    return err;
}

QUALITY_CASE(mix_0, "mixing", "three talk at once, a fourth hears them in one slot")
{
    return run_mix(run, 0, 0, NULL);
}

#define MIX_CASE(case_name, about, loss_up, loss_down, ...)                                        \
    QUALITY_CASE(case_name, "mixing", about)                                                       \
    {                                                                                              \
        return run_mix(run, (loss_up), (loss_down), &(struct hearing_bars){__VA_ARGS__});          \
    }

MIX_CASE(mix_5, "the same, 5 % lost on his way down", 0, .05, .94, 4, 1)
MIX_CASE(mix_10, "the same, 10 % lost on his way down", 0, .10, .93, 4.1, 2)
MIX_CASE(mix_20, "the same, 20 % lost on his way down", 0, .20, .9, 4.3, 7)
MIX_CASE(mix_up_5, "three talk in turn, 5 % lost on their ways up, a fourth hears them", .05, 0,
         .87, 3.7, 0.5)
MIX_CASE(mix_up_20, "the same, 20 % lost on their ways up", .20, 0, .82, 4, 0.5)
